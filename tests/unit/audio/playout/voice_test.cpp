#include "audio/playout/voice.h"

#include <algorithm>
#include <fstream>
#include <limits>

#include <gtest/gtest.h>

#include "tests/support/clip.h"
#include "tests/support/scratch_folder.h"

namespace loa::playout {
namespace {

constexpr std::int64_t kRate = opus::kSampleRate;
constexpr std::int64_t kLength = kRate;
const StationTime kStart{seconds{1'000'000}};

class VoiceTest : public testing::Test {
 protected:
  VoiceTest() { write("clip.opus", test::to_ogg(encoded_, kLength)); }

  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  Voice voice(const std::string& clip = "clip.opus") {
    return Voice({.play = PlayId{"p"},
                  .clip = folder_ / clip,
                  .start = kStart,
                  .lead_in = milliseconds{400},
                  .ramp_in = milliseconds{0},
                  .volume = 1.0},
                 std::nullopt, [this](PlayerEvent event) { said_.push_back(std::move(event)); });
  }
  // Hands all that it gives to a device that is `behind` the plan and always in time.
  std::vector<std::int16_t> hand_over(Voice& voice, nanoseconds behind) {
    std::vector<std::int16_t> all;
    std::vector<std::int16_t> block(static_cast<std::size_t>(kBlock));
    for (;;) {
      const Voice::Block given = voice.render(block, std::numeric_limits<std::int64_t>::min(), milliseconds{0});
      if (given.size == 0) return all;
      const std::span<const std::int16_t> samples = std::span{block}.first(given.size);
      all.insert(all.end(), samples.begin(), samples.end());
      voice.add_block(given.position, samples, given.position, kDeviceAtZero, std::nullopt);
      const nanoseconds reached = to_time(given.position + static_cast<std::int64_t>(given.size));
      voice.add_reading(kDeviceAtZero + reached, kStart + reached + behind);
      voice.report(kStart + reached + behind);
    }
  }
  template <class Event>
  std::vector<Event> said() const {
    std::vector<Event> found;
    for (const PlayerEvent& event : said_)
      if (const auto* one = std::get_if<Event>(&event)) found.push_back(*one);
    return found;
  }

  static constexpr nanoseconds kDeviceAtZero{seconds{77}};
  const test::ScratchFolder folder_;
  const test::EncodedClip encoded_ = test::encode(test::chirp(kLength));
  std::vector<PlayerEvent> said_;
};

TEST_F(VoiceTest, ItsStartIsWhatTheDeviceSaysOfItsFirstSample) {
  Voice one = voice();
  one.release();
  one.begin(-kRate / 2);
  const auto given = hand_over(one, milliseconds{3});
  EXPECT_EQ(given.size(), static_cast<std::size_t>(kRate / 2 + kLength));
  one.finish(kStart + seconds{2});
  ASSERT_EQ(said<PlayStarted>().size(), 1U);
  EXPECT_EQ(said<PlayStarted>()[0].start_error, milliseconds{3});
  EXPECT_EQ(said<PlayStarted>()[0].joined_at, milliseconds{0});
  ASSERT_EQ(said<PlayEnded>().size(), 1U);
  EXPECT_EQ(said<PlayEnded>()[0].end, PlayEnd::kCompleted);
  EXPECT_EQ(said<PlayEnded>()[0].heard, milliseconds{1000});
  EXPECT_TRUE(std::holds_alternative<PlayEnded>(said_.back()));
}

TEST_F(VoiceTest, OneThatTakesOverBehindItsStartComesInStep) {
  Voice whole = voice();
  whole.release();
  whole.begin(0);
  const auto reference = hand_over(whole, nanoseconds{0});
  Voice late = voice();
  late.release();
  late.begin(kRate / 2);
  const auto given = hand_over(late, nanoseconds{0});
  ASSERT_EQ(given.size(), static_cast<std::size_t>(kLength - kRate / 2));
  const std::int64_t settled = kJoinRampIn + kRate / 10;
  for (std::int64_t i = settled; i < kLength - kRate / 2; ++i)
    ASSERT_NEAR(given[static_cast<std::size_t>(i)], reference[static_cast<std::size_t>(i + kRate / 2)], 200) << i;
}

TEST_F(VoiceTest, WhatIsNotReleasedIsSilentAndHasNotBeenHeard) {
  Voice one = voice();
  one.begin(-kBlock);
  std::vector<std::int16_t> block(static_cast<std::size_t>(kBlock));
  for (int i = 0; i < 200; ++i) {
    const Voice::Block given = one.render(block, std::numeric_limits<std::int64_t>::min(), milliseconds{0});
    ASSERT_TRUE(std::all_of(block.begin(), block.begin() + static_cast<std::ptrdiff_t>(given.size),
                            [](std::int16_t sample) { return sample == 0; }));
    one.add_block(given.position, std::span{block}.first(given.size), given.position, std::nullopt, std::nullopt);
  }
  one.stop();
  one.finish(kStart + seconds{5});
  EXPECT_TRUE(said<PlayStarted>().empty());
  EXPECT_EQ(said<PlayEnded>().at(0).end, PlayEnd::kStopped);
  EXPECT_EQ(said<PlayEnded>().at(0).heard, milliseconds{0});
}

TEST_F(VoiceTest, AClipThatBreaksEndsThereAndSaysWhy) {
  // Correct to the end of its first page of sound.
  constexpr std::int64_t kLonger = 2 * kRate;
  auto pages = test::take_apart(test::to_ogg(test::encode(test::chirp(kLonger)), kLonger));
  pages.at(3).body[0] = static_cast<char>(0xFF);
  pages.at(3).body[1] = static_cast<char>(0x3F);
  write("damaged.opus", test::put_together(pages));
  Voice one = voice("damaged.opus");
  one.release();
  one.begin(0);
  const auto given = hand_over(one, nanoseconds{0});
  EXPECT_GT(given.size(), 0U);
  EXPECT_LT(given.size(), static_cast<std::size_t>(kLonger));
  EXPECT_EQ(hand_over(one, nanoseconds{0}).size(), 0U) << "it stays ended";
  std::vector<std::int16_t> block(static_cast<std::size_t>(kBlock));
  EXPECT_FALSE(one.render(block, kLonger, milliseconds{0}).is_joined) << "nothing is left to come in step";
  EXPECT_EQ(one.sound_end(), static_cast<std::int64_t>(given.size()));
  one.finish(kStart + seconds{2});
  EXPECT_EQ(said<PlayEnded>().at(0).end, PlayEnd::kFailed);
  EXPECT_FALSE(said<PlayEnded>().at(0).problem.empty());
}

// While the device still holds the last of it, it is not over and not all of it was heard.
TEST_F(VoiceTest, WhatTheDeviceStillHoldsHasNotBeenHeard) {
  Voice one = voice();
  one.release();
  one.begin(0);
  (void)hand_over(one, nanoseconds{0});
  one.add_reading(kDeviceAtZero + milliseconds{700}, kStart + milliseconds{700});
  EXPECT_FALSE(one.is_out(kStart + milliseconds{700}));
  one.add_reading(kDeviceAtZero + milliseconds{1000}, kStart + milliseconds{1000});
  EXPECT_TRUE(one.is_out(kStart + milliseconds{1000}));
  one.add_reading(kDeviceAtZero + milliseconds{700}, kStart + milliseconds{700});
  one.end(PlayEnd::kFailed, "test", kStart + milliseconds{700});
  EXPECT_EQ(said<PlayEnded>().at(0).heard, milliseconds{700});
  one.end(PlayEnd::kCompleted, "", kStart + seconds{2});
  EXPECT_EQ(said<PlayEnded>().size(), 1U) << "the first end stands";
}

}  // namespace
}  // namespace loa::playout
