// A chime and an announcement through the timeline: both where they belong, to the sample, each as if it were alone.
#include <algorithm>
#include <cmath>
#include <sstream>

#include <gtest/gtest.h>

#include "audio/opus/joined_source.h"
#include "audio/opus/ogg_opus_reader.h"
#include "audio/playout/timeline.h"
#include "tests/support/clip.h"

namespace loa::playout {
namespace {

constexpr std::int64_t kChime = 2 * opus::kSampleRate + 77;
constexpr std::int64_t kClipAt = kChime + 14'400;
constexpr std::int64_t kClip = 2 * opus::kSampleRate + 77;

// The Ogg file of a chirp, with a gain in its header (RFC 7845 §5.1).
std::string file_of(std::int64_t length, int gain_q8) {
  auto pages = test::take_apart(test::to_ogg(test::encode(test::chirp(length)), length));
  pages[0].body[16] = static_cast<char>(gain_q8 & 0xFF);
  pages[0].body[17] = static_cast<char>((gain_q8 >> 8) & 0xFF);
  return test::put_together(pages);
}

std::unique_ptr<opus::PacketSource> reader(std::int64_t length, int gain_q8) {
  return std::make_unique<opus::OggOpusReader>(std::make_unique<std::istringstream>(file_of(length, gain_q8)), "clip");
}

constexpr int kChimeGain = -6 * 256;
constexpr int kClipGain = 2 * 256;

std::unique_ptr<opus::PacketSource> sound() {
  return std::make_unique<opus::JoinedSource>(reader(kChime, kChimeGain), kClipAt, reader(kClip, kClipGain));
}

std::vector<std::int16_t> render_all(Timeline& timeline, std::size_t block = 960) {
  std::vector<std::int16_t> all;
  std::vector<std::int16_t> part(block);
  while (!timeline.ended()) {
    const std::size_t got = timeline.render(part);
    if (got == 0) break;
    all.insert(all.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got));
  }
  return all;
}

// Each played by itself, laid at its place, silence between.
const std::vector<std::int16_t>& reference() {
  static const std::vector<std::int16_t> made = [] {
    Timeline chime(reader(kChime, kChimeGain), {.volume = 1.0F});
    Timeline clip(reader(kClip, kClipGain), {.volume = 1.0F});
    std::vector<std::int16_t> all = render_all(chime);
    all.resize(kClipAt);
    const auto behind = render_all(clip);
    all.insert(all.end(), behind.begin(), behind.end());
    return all;
  }();
  return made;
}

TEST(JoinedSound, BothPartsSoundAtTheirPlacesAsIfEachWereAlone) {
  for (const std::size_t block : {960U, 7U, 50'000U}) {
    Timeline timeline(sound(), {.start = -100, .volume = 1.0F});
    const auto all = render_all(timeline, block);
    ASSERT_EQ(all.size(), 100U + kClipAt + kClip);
    EXPECT_TRUE(std::equal(reference().begin(), reference().end(), all.begin() + 100)) << block;
  }
}

TEST(JoinedSound, EachPartHasTheGainItsMakerAsksFor) {
  Timeline timeline(sound(), {.volume = 1.0F});
  const auto all = render_all(timeline);
  const auto loudest = [&](std::int64_t from, std::int64_t to) {
    int peak = 0;
    for (std::int64_t i = from; i < to; ++i) peak = std::max(peak, std::abs(int{all[static_cast<std::size_t>(i)]}));
    return 20 * std::log10(peak / 16'384.0);  // a chirp at half of full scale
  };
  EXPECT_NEAR(loudest(0, kChime), -6.0, 2.0);
  EXPECT_NEAR(loudest(kClipAt, kClipAt + kClip), 2.0, 2.0);
  EXPECT_EQ(loudest(kChime, kClipAt), -INFINITY) << "nothing of the chime is made up behind its end";
}

TEST(JoinedSound, WhoComesLateIsInStepInEachPart) {
  for (const std::int64_t at : {31'234L, kChime - 50, kChime + 3'000, kClipAt - 1, kClipAt + 100, kClipAt + 31'234}) {
    Timeline timeline(sound(), {.start = -48'000, .volume = 1.0F});
    timeline.join(at - 700, at);
    const auto all = render_all(timeline);
    ASSERT_EQ(all.size(), static_cast<std::size_t>(kClipAt + kClip - at + 700)) << at;
    for (std::size_t i = 0; i < 700; ++i) ASSERT_EQ(all[i], 0) << at;
    for (std::size_t i = 700 + static_cast<std::size_t>(kJoinRampIn); i < all.size(); i += 3)
      ASSERT_NEAR(all[i], reference()[static_cast<std::size_t>(at) - 700 + i], 250.0) << at << " " << i;
  }
}

TEST(JoinedSound, AStallInThePauseMovesNoWord) {
  Timeline timeline(sound(), {.volume = 1.0F});
  std::vector<std::int16_t> part(1);
  while (timeline.position() < kChime + 2'000) ASSERT_EQ(timeline.render(part), 1U);
  timeline.join(kChime + 4'000, kChime + 6'000);
  const auto all = render_all(timeline);
  const auto from = static_cast<std::size_t>(kClipAt - kChime - 4'000);
  EXPECT_TRUE(std::all_of(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(from), [](auto s) { return s == 0; }));
  EXPECT_TRUE(
      std::equal(reference().begin() + kClipAt, reference().end(), all.begin() + static_cast<std::ptrdiff_t>(from)));
}

TEST(JoinedSound, TheLimitAndTheStopCountFromTheChime) {
  Timeline timeline(sound(), {.limit = kClipAt + 10'000, .volume = 1.0F});
  const auto all = render_all(timeline);
  ASSERT_EQ(all.size(), static_cast<std::size_t>(kClipAt) + 10'000U);
  const auto plain = static_cast<std::ptrdiff_t>(all.size()) - kFadeOut;
  EXPECT_TRUE(std::equal(all.begin(), all.begin() + plain, reference().begin()));
  EXPECT_LE(std::abs(all.back()), 40);

  Timeline stopped(sound(), {.volume = 1.0F});
  std::vector<std::int16_t> part(1);
  while (stopped.position() < 5'000) ASSERT_EQ(stopped.render(part), 1U);
  stopped.stop();
  EXPECT_EQ(render_all(stopped).size(), static_cast<std::size_t>(kFadeOut));
}

// A maker may put more before the first sample than our own intake does, up to 1.4 s (RFC 7845 §4.2).
TEST(JoinedSound, WhatStandsBeforeAClipsFirstSampleIsNeverHeard) {
  const auto delayed = [] {
    auto pages = test::take_apart(test::to_ogg(test::encode(test::chirp(kClip)), kClip));
    pages[0].body[10] = static_cast<char>(0xE0);  // pre-skip 24,032
    pages[0].body[11] = static_cast<char>(0x5D);
    return std::make_unique<opus::OggOpusReader>(std::make_unique<std::istringstream>(test::put_together(pages)),
                                                 "clip");
  };
  Timeline alone(delayed(), {.volume = 1.0F});
  const auto wanted = render_all(alone);
  Timeline timeline(std::make_unique<opus::JoinedSource>(reader(kChime, 0), kChime + 100, delayed()), {.volume = 1.0F});
  const auto all = render_all(timeline);
  ASSERT_EQ(all.size(), static_cast<std::size_t>(kChime) + 100 + wanted.size());
  EXPECT_TRUE(std::all_of(all.begin() + kChime, all.begin() + kChime + 100, [](auto s) { return s == 0; }));
  EXPECT_TRUE(std::equal(wanted.begin(), wanted.end(), all.begin() + kChime + 100));
}

}  // namespace
}  // namespace loa::playout
