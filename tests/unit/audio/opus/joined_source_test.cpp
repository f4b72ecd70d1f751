#include "audio/opus/joined_source.h"

#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>

#include "audio/opus/ogg_opus_reader.h"
#include "common/base/error.h"
#include "tests/support/clip.h"
#include "tests/support/error_code.h"
#include "tests/support/scratch_folder.h"

namespace loa::opus {
namespace {

constexpr std::int64_t kFrame = 960;
constexpr std::int64_t kPreSkip = 312;

// So many packets of 20 ms, the last trimmed to the sound's end; each names its own number.
class Numbered final : public PacketSource {
 public:
  Numbered(std::int64_t length, int gain_q8) : length_(length), gain_q8_(gain_q8) {}
  // Broken from this packet on.
  int breaks_at = 1'000'000;

  [[nodiscard]] Pulled pull() override {
    if (next_ >= breaks_at) throw Error("opus.corrupt", {"test", "broken"});
    const std::int64_t position = next_ * kFrame - kPreSkip;
    if (position >= length_) return EndOfPackets{};
    const std::int64_t samples = std::min(kFrame, length_ - position);
    return OpusPacket{{static_cast<std::uint8_t>(next_++)}, position, samples, 0, gain_q8_};
  }
  void skip_to(std::int64_t position) override {
    if (breaks_at < 1'000'000) throw Error("opus.corrupt", {"test", "broken"});
    while ((next_ + 1) * kFrame - kPreSkip <= position - kPreRoll) ++next_;
  }
  [[nodiscard]] std::optional<std::int64_t> length() const override { return length_; }

 private:
  const std::int64_t length_;
  const int gain_q8_;
  int next_ = 0;
};

std::vector<OpusPacket> all_of(PacketSource& source) {
  std::vector<OpusPacket> packets;
  for (;;) {
    Pulled pulled = source.pull();
    auto* packet = std::get_if<OpusPacket>(&pulled);
    if (packet == nullptr) return packets;
    packets.push_back(std::move(*packet));
  }
}

constexpr std::int64_t kClipAt = 12'000;
constexpr int kChimeGain = -256;
constexpr int kClipGain = 512;

JoinedSource joined(std::int64_t chime = 5'000, std::int64_t clip = 4'000) {
  return {std::make_unique<Numbered>(chime, kChimeGain), kClipAt, std::make_unique<Numbered>(clip, kClipGain)};
}

TEST(JoinedSource, TheChimeStandsAtZeroAndTheClipAtItsPlaceEachWithItsOwnGain) {
  JoinedSource source = joined();
  EXPECT_EQ(source.length(), kClipAt + 4'000);
  const auto packets = all_of(source);
  ASSERT_EQ(packets.size(), 6U + 5U);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(packets[i].position, static_cast<std::int64_t>(i) * kFrame - kPreSkip);
    EXPECT_EQ(packets[i].stream_start, 0);
    EXPECT_EQ(packets[i].gain_q8, kChimeGain);
  }
  EXPECT_EQ(packets[5].position + packets[5].samples, 5'000);
  for (std::size_t i = 6; i < packets.size(); ++i) {
    EXPECT_EQ(packets[i].position, kClipAt + static_cast<std::int64_t>(i - 6) * kFrame - kPreSkip);
    EXPECT_EQ(packets[i].stream_start, kClipAt);
    EXPECT_EQ(packets[i].gain_q8, kClipGain);
  }
  EXPECT_EQ(packets.back().position + packets.back().samples, source.length());
}

TEST(JoinedSource, AChimeThatIsTooLongIsCutAndNeverShiftsTheClip) {
  JoinedSource source = joined(60'000);
  const auto packets = all_of(source);
  const auto clip = std::ranges::find(packets, kClipAt, &OpusPacket::stream_start);
  ASSERT_NE(clip, packets.begin());
  ASSERT_NE(clip, packets.end());
  EXPECT_EQ(std::prev(clip)->position + std::prev(clip)->samples, kClipAt);
  EXPECT_EQ(clip->position, kClipAt - kPreSkip);
}

TEST(JoinedSource, SkippingIntoEachPartKeepsWhatItsDecoderNeeds) {
  JoinedSource into_chime = joined();
  into_chime.skip_to(4'900);
  const auto chime = all_of(into_chime);
  EXPECT_LE(chime.front().position, 4'900 - kPreRoll);
  EXPECT_EQ(chime.front().bytes[0], 1);
  EXPECT_EQ(chime.back().position + chime.back().samples, kClipAt + 4'000);

  JoinedSource into_pause = joined();
  into_pause.skip_to(11'999);
  const auto pause = all_of(into_pause);
  ASSERT_EQ(pause.size(), 5U) << "the clip alone, with what stands before its first sample";
  EXPECT_EQ(pause.front().position, kClipAt - kPreSkip);

  JoinedSource into_clip = joined(5'000, 48'000);
  into_clip.skip_to(kClipAt + 20'000);
  const auto clip = all_of(into_clip);
  EXPECT_EQ(clip.front().stream_start, kClipAt);
  EXPECT_EQ(clip.front().bytes[0], 17);
  EXPECT_LE(clip.front().position, kClipAt + 20'000 - kPreRoll);
}

TEST(JoinedSource, ABrokenChimeIsSilentAndTheClipIsWhereItWas) {
  for (const int at : {0, 3}) {
    auto chime = std::make_unique<Numbered>(5'000, 0);
    chime->breaks_at = at;
    JoinedSource source{std::move(chime), kClipAt, std::make_unique<Numbered>(4'000, 0)};
    const auto packets = all_of(source);
    ASSERT_EQ(packets.size(), static_cast<std::size_t>(at) + 5U);
    EXPECT_EQ(packets[static_cast<std::size_t>(at)].position, kClipAt - kPreSkip);
  }
  auto chime = std::make_unique<Numbered>(5'000, 0);
  chime->breaks_at = 3;
  JoinedSource skipped{std::move(chime), kClipAt, std::make_unique<Numbered>(4'000, 0)};
  skipped.skip_to(100);
  EXPECT_EQ(all_of(skipped).size(), 5U);
}

TEST(JoinedSource, ABrokenClipIsToldAsItIs) {
  auto clip = std::make_unique<Numbered>(4'000, 0);
  clip->breaks_at = 0;
  JoinedSource source{nullptr, kClipAt, std::move(clip)};
  EXPECT_EQ(test::code_of([&] { static_cast<void>(source.pull()); }), "opus.corrupt");
}

TEST(JoinedSource, OpensAChimeAndNeedsOnlyTheClip) {
  const test::ScratchFolder folder;
  const auto write = [&](const char* name, const std::string& bytes) {
    std::ofstream(folder / name, std::ios::binary) << bytes;
    return folder / name;
  };
  const auto chime = write("chime.opus", test::to_ogg(test::encode(test::chirp(9'600)), 9'600));
  const auto clip = write("clip.opus", test::to_ogg(test::encode(test::chirp(48'000)), 48'000));
  const auto source = JoinedSource::open(chime, kClipAt, OggOpusReader::open(clip));
  EXPECT_EQ(source->length(), kClipAt + 48'000);
  EXPECT_EQ(all_of(*source).front().stream_start, 0);
  for (const auto& broken : {folder / "none.opus", write("broken.opus", "OggS and nothing more")}) {
    const auto alone = JoinedSource::open(broken, kClipAt, OggOpusReader::open(clip));
    EXPECT_EQ(alone->length(), kClipAt + 48'000);
    EXPECT_EQ(all_of(*alone).front().stream_start, kClipAt);
  }
}

}  // namespace
}  // namespace loa::opus
