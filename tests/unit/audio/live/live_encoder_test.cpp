#include "audio/live/live_encoder.h"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "audio/opus/packet_decoder.h"
#include "audio/opus/packet_source.h"

namespace loa::live {
namespace {

// Something like a voice that changes its pitch all the time, so that what is missing cannot be guessed.
std::vector<float> voice(double seconds) {
  std::vector<float> samples(static_cast<std::size_t>(seconds * 48'000));
  double phase = 0.0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / 48'000;
    phase += 2.0 * std::numbers::pi * (180.0 + 90.0 * std::sin(2.0 * std::numbers::pi * 5.0 * t)) / 48'000;
    double value = 0.0;
    for (int harmonic = 1; harmonic <= 12; ++harmonic) value += std::sin(harmonic * phase) / harmonic;
    samples[i] = static_cast<float>(0.1 * value * (0.6 + 0.4 * std::sin(2.0 * std::numbers::pi * 3.0 * t)));
  }
  return samples;
}

std::vector<LiveEncoder::Frame> encoded(double seconds) {
  LiveEncoder encoder;
  std::vector<LiveEncoder::Frame> frames;
  encoder.add(voice(seconds), [&](LiveEncoder::Frame frame) { frames.push_back(std::move(frame)); });
  return frames;
}

TEST(LiveEncoder, MakesAFrameOfEach20MsHoweverTheSamplesCome) {
  const auto whole = encoded(2.0);
  EXPECT_NEAR(static_cast<double>(whole.size()), 99.0, 1.0);
  LiveEncoder encoder;
  std::vector<LiveEncoder::Frame> frames;
  const auto samples = voice(2.0);
  std::span<const float> left = samples;
  for (std::size_t i = 0; !left.empty(); ++i) {
    const auto part = left.first(std::min<std::size_t>(left.size(), 100 + 700 * (i % 3)));
    encoder.add(part, [&](LiveEncoder::Frame frame) { frames.push_back(std::move(frame)); });
    left = left.subspan(part.size());
  }
  EXPECT_EQ(frames.size(), whole.size());
}

TEST(LiveEncoder, KeepsToItsRate) {
  std::size_t octets = 0;
  const auto frames = encoded(10.0);
  for (const auto& frame : frames) {
    octets += frame.size();
    EXPECT_LE(frame.size(), 160U);
  }
  EXPECT_NEAR(static_cast<double>(octets) * 8.0 / 10.0, 24'000.0, 3'000.0);
}

TEST(LiveEncoder, ALostFrameIsInTheNextOne) {
  const auto frames = encoded(4.0);
  double concealed_error = 0.0;
  double recovered_error = 0.0;
  std::vector<float> room(static_cast<std::size_t>(opus::kMaxPacketSamples));
  for (std::size_t lost = 60; lost < 180; lost += 7) {
    opus::PacketDecoder whole(0);
    opus::PacketDecoder concealing(0);
    opus::PacketDecoder recovering(0);
    for (std::size_t i = 0; i < lost; ++i)
      for (opus::PacketDecoder* decoder : {&whole, &concealing, &recovering})
        static_cast<void>(decoder->decode(frames[i], room));
    std::vector<float> truth(opus::kFrameSamples);
    std::vector<float> guess(opus::kFrameSamples);
    std::vector<float> rebuilt(opus::kFrameSamples);
    static_cast<void>(whole.decode(frames[lost], room));
    std::copy_n(room.begin(), truth.size(), truth.begin());
    concealing.conceal(guess);
    recovering.recover(frames[lost + 1], rebuilt);
    for (std::size_t i = 0; i < truth.size(); ++i) {
      concealed_error += std::pow(guess[i] - truth[i], 2);
      recovered_error += std::pow(rebuilt[i] - truth[i], 2);
    }
  }
  EXPECT_LT(recovered_error, concealed_error / 2);
}

}  // namespace
}  // namespace loa::live
