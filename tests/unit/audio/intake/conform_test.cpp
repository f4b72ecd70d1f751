#include "audio/intake/conform.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <gtest/gtest.h>

#include "audio/intake/clip_encoder.h"
#include "audio/intake/decibel.h"
#include "audio/opus/ogg_opus_reader.h"
#include "audio/opus/packet_decoder.h"
#include "common/base/error.h"
#include "tests/unit/audio/intake/intake_signals.h"

namespace loa::intake {
namespace {

class Samples final : public SampleSource {
 public:
  explicit Samples(const std::vector<float>& samples) : samples_(samples) {}
  std::span<const float> next() override {
    const std::size_t count = std::min<std::size_t>(5000, samples_.size() - at_);
    at_ += count;
    return std::span(samples_).subspan(at_ - count, count);
  }
  double progress() const override {
    return samples_.empty() ? 1.0 : static_cast<double>(at_) / static_cast<double>(samples_.size());
  }

 private:
  const std::vector<float>& samples_;
  std::size_t at_ = 0;
};

class Memory final : public ClipSink {
 public:
  void begin() override { bytes.clear(); }
  void write(std::span<const std::uint8_t> part) override { bytes.append(part.begin(), part.end()); }
  std::string bytes;
};

ClipFacts make(const std::vector<float>& samples, Memory& out) {
  double shown = 0.0;
  return make_clip([&] { return std::make_unique<Samples>(samples); }, out, {},
                   [&](double share) {
                     EXPECT_GE(share, 0.0);
                     EXPECT_LE(share, 1.0);
                     shown = share;
                   });
}

// With the node's own reader and decoder.
std::vector<float> decode(const std::string& file) {
  opus::OggOpusReader reader(std::make_unique<std::istringstream>(file), "clip");
  opus::PacketDecoder decoder(0);
  std::vector<float> out;
  std::vector<float> packet_samples(opus::kMaxPacketSamples);
  for (;;) {
    const opus::Pulled pulled = reader.pull();
    const auto* packet = std::get_if<opus::OpusPacket>(&pulled);
    if (packet == nullptr) break;
    EXPECT_EQ(packet->gain_q8, 0);
    const auto count = static_cast<std::int64_t>(decoder.decode(packet->bytes, packet_samples));
    for (std::int64_t i = std::max<std::int64_t>(0, -packet->position); i < std::min(count, packet->samples); ++i)
      out.push_back(packet_samples[static_cast<std::size_t>(i)]);
  }
  EXPECT_EQ(reader.length().value_or(-1), static_cast<std::int64_t>(out.size()));
  return out;
}

std::string refusal(const std::vector<float>& samples) {
  Memory out;
  try {
    (void)make(samples, out);
  } catch (const Error& error) {
    return error.code();
  }
  return "none";
}

TEST(Conform, BringsAnySpeechToTheHouseLoudness) {
  for (const double amplitude : {0.003, 4.0}) {
    const std::vector<float> in = babble(amplitude, 4.0);
    Memory out;
    const ClipFacts facts = make(in, out);
    const std::vector<float> heard = decode(out.bytes);
    ASSERT_EQ(heard.size(), in.size());
    EXPECT_DOUBLE_EQ(facts.duration_s, 4.0);

    LoudnessMeter meter;
    meter.add(heard);
    EXPECT_NEAR(meter.integrated().value_or(0.0), kTargetLufs, kLufsTolerance) << amplitude;
    EXPECT_NEAR(meter.integrated().value_or(0.0), facts.output_lufs, 0.05);
    TruePeakMeter peak;
    peak.add(heard);
    const double peak_db = db_of_amplitude(static_cast<double>(peak.peak()));
    EXPECT_LE(peak_db, kCeilingDbtp) << amplitude;
    EXPECT_NEAR(peak_db, facts.output_true_peak_dbtp, 0.3);
    EXPECT_NEAR(static_cast<double>(facts.bitrate_bps), static_cast<double>(out.bytes.size()) * 8.0 / 4.0, 1.0);
  }
}

TEST(Conform, GivesTheSameBytesForTheSameSound) {
  const std::vector<float> in = babble(0.5, 2.0);
  Memory first;
  Memory second;
  (void)make(in, first);
  (void)make(in, second);
  EXPECT_EQ(first.bytes, second.bytes);
}

TEST(Conform, KeepsOddLengthsToTheSample) {
  const std::vector<float> sound = babble(0.5, 0.4);
  for (const std::size_t length : {4800U, 4801U, 5447U, 5448U, 5449U, 5760U, 19'199U}) {
    Memory out;
    (void)make({sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(length)}, out);
    EXPECT_EQ(decode(out.bytes).size(), length);
  }
}

TEST(Conform, RefusesWhatIsNoSpeech) {
  EXPECT_EQ(refusal({}), "intake.empty_sound");
  EXPECT_EQ(refusal(sine(1000.0, 0.5, 0.05)), "intake.too_short");
  EXPECT_EQ(refusal(std::vector<float>(96'000)), "intake.silent");
  std::vector<float> click(480'000);
  click[1000] = 1.0F;
  EXPECT_EQ(refusal(click), "intake.cannot_conform");
}

// What the codec makes of loud frames is above what it was given: without taking frames back this fails.
TEST(ClipEncoder, TakesBackFramesThatComeOutTooHigh) {
  const std::vector<float> loud = babble(0.46, 6.0);
  std::string file;
  const float ceiling = 0.45F;
  ClipEncoder encoder({}, ceiling, [&](std::span<const std::uint8_t> part) { file.append(part.begin(), part.end()); });
  encoder.add(loud);
  const EncodedClip clip = encoder.finish();
  EXPECT_GT(clip.frames_redone, 0U);
  EXPECT_LE(clip.true_peak, static_cast<double>(ceiling) * 1.001);
  TruePeakMeter peak;
  peak.add(decode(file));
  EXPECT_LE(peak.peak(), ceiling * 1.001F);
}

}  // namespace
}  // namespace loa::intake
