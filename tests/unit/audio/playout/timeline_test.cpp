#include "audio/playout/timeline.h"

#include <algorithm>
#include <cmath>
#include <deque>

#include <gtest/gtest.h>

#include "tests/support/clip.h"

namespace loa::playout {
namespace {

constexpr std::int64_t kLength = 2 * opus::kSampleRate + 77;

// A gap at packet 40 is over, and a pure tone has come back from what the decoder made of it, by packet 90.
constexpr std::size_t kForgotten = 86'400;

// A source that gives what a test has laid out; an empty place means that nothing has come yet.
class LaidOut final : public opus::PacketSource {
 public:
  std::deque<std::optional<opus::OpusPacket>> list;
  std::optional<std::int64_t> known_length;

  [[nodiscard]] opus::Pulled pull() override {
    if (list.empty()) return opus::EndOfPackets{};
    const std::optional<opus::OpusPacket> next = list.front();
    list.pop_front();
    return next ? opus::Pulled{*next} : opus::NothingYet{};
  }
  void skip_to(std::int64_t position) override {
    while (!list.empty() && list.front() && list.front()->position + list.front()->samples <= position - opus::kPreRoll)
      list.pop_front();
  }
  [[nodiscard]] std::optional<std::int64_t> length() const override { return known_length; }
};

std::vector<opus::OpusPacket> packets() {
  static const test::EncodedClip made = test::encode(test::chirp(kLength));
  std::vector<opus::OpusPacket> out;
  std::int64_t position = -made.pre_skip;
  for (const auto& bytes : made.packets) {
    const std::int64_t samples = std::min<std::int64_t>(960, kLength - position);
    out.push_back({bytes, position, samples});
    position += samples;
  }
  return out;
}

std::unique_ptr<LaidOut> clip() {
  auto source = std::make_unique<LaidOut>();
  for (auto& packet : packets()) source->list.emplace_back(std::move(packet));
  source->known_length = kLength;
  return source;
}

// What the decoder gives, as samples at full volume.
const std::vector<std::int16_t>& reference() {
  static const std::vector<std::int16_t> made = [] {
    const auto decoded = test::decode(test::encode(test::chirp(kLength)), kLength);
    std::vector<std::int16_t> out;
    out.reserve(decoded.size());
    for (const float x : decoded)
      out.push_back(static_cast<std::int16_t>(std::lrint(std::clamp(x * 32768.0F, -32768.0F, 32767.0F))));
    return out;
  }();
  return made;
}

// Everything from position() on, in blocks of `block`; checks that blocks lie end to end.
std::vector<std::int16_t> render_all(Timeline& timeline, std::size_t block = 960) {
  std::vector<std::int16_t> all;
  std::vector<std::int16_t> part(block);
  while (!timeline.ended()) {
    const std::int64_t before = timeline.position();
    const std::size_t got = timeline.render(part);
    EXPECT_EQ(timeline.position(), before + static_cast<std::int64_t>(got));
    all.insert(all.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got));
    if (got == 0) break;
  }
  return all;
}

void advance_to(Timeline& timeline, std::int64_t position) {
  std::vector<std::int16_t> part(1);
  while (timeline.position() < position) ASSERT_EQ(timeline.render(part), 1U);
}

bool is_silent(std::span<const std::int16_t> samples) {
  return std::all_of(samples.begin(), samples.end(), [](std::int16_t s) { return s == 0; });
}

TEST(Timeline, PlaysTheClipToTheSampleAfterItsLeadIn) {
  Timeline timeline(clip(), {.start = -4'800, .volume = 1.0F});
  const auto all = render_all(timeline);
  ASSERT_EQ(all.size(), 4'800U + kLength);
  EXPECT_TRUE(is_silent(std::span{all}.first(4'800)));
  EXPECT_TRUE(std::equal(reference().begin(), reference().end(), all.begin() + 4'800));
}

TEST(Timeline, GivesTheSameSamplesInBlocksOfAnySize) {
  for (const std::size_t block : {1U, 7U, 961U, 50'000U}) {
    Timeline timeline(clip(), {.start = -100, .ramp_in = 480, .volume = 0.5F});
    Timeline again(clip(), {.start = -100, .ramp_in = 480, .volume = 0.5F});
    EXPECT_EQ(render_all(timeline, block), render_all(again)) << block;
  }
}

TEST(Timeline, ABlockNeverCrossesTheFirstAudibleSample) {
  Timeline timeline(clip(), {.start = -1'000, .volume = 1.0F});
  std::vector<std::int16_t> part(960);
  EXPECT_EQ(timeline.render(part), 960U);
  EXPECT_EQ(timeline.render(part), 40U);
  EXPECT_EQ(timeline.position(), 0);
  EXPECT_EQ(timeline.render(part), 960U);
}

TEST(Timeline, VolumeScalesAndIsNeverMoreThanOne) {
  Timeline half(clip(), {.volume = 0.5F});
  Timeline wild(clip(), {.volume = 3.0F});
  Timeline mute(clip(), {});
  const auto quiet = render_all(half);
  for (std::size_t i = 0; i < quiet.size(); i += 101) ASSERT_NEAR(quiet[i], reference()[i] / 2.0, 1.0) << i;
  EXPECT_EQ(render_all(wild), reference());
  EXPECT_TRUE(is_silent(render_all(mute)));
}

TEST(Timeline, RampsInLinearly) {
  Timeline timeline(clip(), {.ramp_in = 4'800, .volume = 1.0F});
  const auto all = render_all(timeline);
  for (std::size_t i = 0; i < 4'800; i += 7)
    ASSERT_NEAR(all[i], reference()[i] * static_cast<double>(i + 1) / 4'800, 1.0) << i;
  EXPECT_TRUE(std::equal(reference().begin() + 4'800, reference().end(), all.begin() + 4'800));
}

TEST(Timeline, StopsHardAndSoftlyAtTheLimit) {
  Timeline timeline(clip(), {.limit = 20'000, .volume = 1.0F});
  const auto all = render_all(timeline);
  ASSERT_EQ(all.size(), 20'000U);
  const auto plain = all.size() - static_cast<std::size_t>(kFadeOut);
  EXPECT_TRUE(std::equal(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(plain), reference().begin()));
  for (std::size_t i = plain; i < all.size(); i += 5)
    ASSERT_NEAR(all[i], reference()[i] * static_cast<double>(all.size() - i) / static_cast<double>(kFadeOut), 1.0) << i;
  EXPECT_LE(std::abs(all.back()), 40);
}

TEST(Timeline, ALimitBehindTheEndChangesNothing) {
  Timeline timeline(clip(), {.limit = kLength + 10, .volume = 1.0F});
  EXPECT_EQ(render_all(timeline), reference());
}

TEST(Timeline, StopFadesOutWithinFiftyMilliseconds) {
  Timeline timeline(clip(), {.volume = 1.0F});
  advance_to(timeline, 10'000);
  timeline.stop();
  const auto rest = render_all(timeline);
  EXPECT_EQ(rest.size(), static_cast<std::size_t>(kFadeOut));
  EXPECT_LE(kFadeOut, opus::kSampleRate / 20);
  EXPECT_NEAR(rest[0], reference()[10'000], 40.0);
  EXPECT_LE(std::abs(rest.back()), 40);
  timeline.stop();
  EXPECT_TRUE(timeline.ended());
}

TEST(Timeline, StopBeforeTheSoundIsSilence) {
  Timeline timeline(clip(), {.start = -5'000, .volume = 1.0F});
  advance_to(timeline, -2'000);
  timeline.stop();
  EXPECT_TRUE(timeline.ended());
  EXPECT_TRUE(render_all(timeline).empty());
}

// The point of joining: whoever comes late sounds exactly like the neighbour who did not.
TEST(Timeline, JoinsInStepWithWhoWasThereFromTheBeginning) {
  Timeline timeline(clip(), {.start = -48'000, .volume = 1.0F});
  timeline.join(30'000, 31'234);
  EXPECT_EQ(timeline.position(), 30'000);
  const auto all = render_all(timeline);
  ASSERT_EQ(all.size(), static_cast<std::size_t>(kLength - 30'000));
  EXPECT_TRUE(is_silent(std::span{all}.first(1'234)));
  EXPECT_LE(std::abs(all[1'234]), 10);
  for (std::size_t i = 1'234 + static_cast<std::size_t>(kJoinRampIn); i < all.size(); i += 11)
    ASSERT_NEAR(all[i], reference()[i + 30'000], 200.0) << i;
}

TEST(Timeline, JoinsAfterAStallAndNeverGoesBack) {
  Timeline timeline(clip(), {.volume = 1.0F});
  advance_to(timeline, 5'000);
  timeline.join(4'000, 4'500);
  EXPECT_EQ(timeline.position(), 5'000);
  timeline.join(40'000, 40'960);
  const auto all = render_all(timeline);
  for (std::size_t i = 960 + static_cast<std::size_t>(kJoinRampIn); i < all.size(); i += 11)
    ASSERT_NEAR(all[i], reference()[i + 40'000], 200.0) << i;
}

TEST(Timeline, JoiningBehindTheEndIsSilenceToTheEnd) {
  Timeline timeline(clip(), {.volume = 1.0F});
  timeline.join(kLength - 500, kLength + 4'000);
  EXPECT_TRUE(is_silent(render_all(timeline)));
  EXPECT_EQ(timeline.position(), kLength);
}

TEST(Timeline, SkippingSilenceMovesNoSound) {
  Timeline timeline(clip(), {.start = -48'000, .volume = 1.0F});
  timeline.skip_silence(-960);
  EXPECT_EQ(timeline.position(), -960);
  timeline.skip_silence(5'000);
  EXPECT_EQ(timeline.position(), 0);
  EXPECT_EQ(render_all(timeline), reference());
}

TEST(Timeline, LostPacketsShiftNothing) {
  auto source = clip();
  source->list.erase(source->list.begin() + 40, source->list.begin() + 43);
  Timeline timeline(std::move(source), {.volume = 1.0F});
  const auto all = render_all(timeline);
  ASSERT_EQ(all.size(), reference().size());
  // Concealed, not silent, and exact again once the decoder has forgotten the gap.
  EXPECT_FALSE(is_silent(std::span{all}.subspan(38'400, 480)));
  for (std::size_t i = kForgotten; i < all.size(); i += 11) ASSERT_NEAR(all[i], reference()[i], 300.0) << i;
}

TEST(Timeline, ALiveSourceIsConcealedWhileItWaitsAndNeverSoundsLate) {
  auto source = std::make_unique<LaidOut>();
  const auto all_packets = packets();
  for (std::size_t i = 0; i < 40; ++i) source->list.emplace_back(all_packets[i]);
  for (int i = 0; i < 5; ++i) source->list.emplace_back(std::nullopt);
  // 40…44 come too late; the sound goes on with 45.
  for (std::size_t i = 40; i < all_packets.size(); ++i) source->list.emplace_back(all_packets[i]);
  Timeline timeline(std::move(source), {.volume = 1.0F});
  const auto all = render_all(timeline);
  ASSERT_EQ(all.size(), reference().size());
  for (std::size_t i = kForgotten; i < all.size(); i += 11) ASSERT_NEAR(all[i], reference()[i], 300.0) << i;
}

TEST(Timeline, ALiveSourceThatStartsLaterIsSilentUntilThen) {
  auto source = std::make_unique<LaidOut>();
  const auto all_packets = packets();
  for (std::size_t i = 20; i < 30; ++i) source->list.emplace_back(all_packets[i]);
  Timeline timeline(std::move(source), {.volume = 1.0F});
  const auto all = render_all(timeline);
  const auto first = static_cast<std::size_t>(all_packets[20].position);
  ASSERT_EQ(all.size(), first + 9'600U);
  EXPECT_TRUE(is_silent(std::span{all}.first(first)));
  EXPECT_FALSE(is_silent(std::span{all}.subspan(first, 960)));
}

TEST(Timeline, AnEmptySourceEndsAtOnce) {
  Timeline timeline(std::make_unique<LaidOut>(), {.volume = 1.0F});
  EXPECT_TRUE(render_all(timeline).empty());
  EXPECT_TRUE(timeline.ended());
}

}  // namespace
}  // namespace loa::playout
