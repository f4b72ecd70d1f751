#include "audio/selftest/tone.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

#include "audio/opus/frame_codec.h"
#include "audio/opus/ogg_opus_writer.h"

namespace loa::selftest {
namespace {

constexpr std::int64_t kRamp = opus::kSampleRate / 100;  // a step that begins or ends at once would click
constexpr opus::EncoderSettings kEncoder{.bitrate_bps = 64'000, .complexity = 5};

}  // namespace

std::vector<float> make_tone() {
  std::vector<float> tone(static_cast<std::size_t>(kToneLength));
  for (std::int64_t i = 0; i < kToneLength; ++i) {
    const std::int64_t in_step = i % kStep;
    const double omega = 2 * std::numbers::pi * kStepsHz[static_cast<std::size_t>(i / kStep)] / opus::kSampleRate;
    const double edge =
        std::min(1.0, static_cast<double>(std::min(in_step, kStep - 1 - in_step)) / static_cast<double>(kRamp));
    const double gain = 0.5 - 0.5 * std::cos(std::numbers::pi * edge);
    tone[static_cast<std::size_t>(i)] =
        static_cast<float>(kTonePeak * gain * std::sin(omega * static_cast<double>(in_step)));
  }
  return tone;
}

std::vector<std::uint8_t> encode_tone() {
  const std::vector<float> tone = make_tone();
  std::vector<std::uint8_t> file;
  opus::FrameEncoder encoder(kEncoder);
  opus::OggOpusWriter writer(encoder.lookahead(), [&file](std::span<const std::uint8_t> bytes) {
    file.insert(file.end(), bytes.begin(), bytes.end());
  });
  std::array<std::uint8_t, opus::kLongestPacket> packet{};
  for (std::size_t from = 0; from < tone.size() + encoder.lookahead(); from += opus::kFrameSamples) {
    std::array<float, opus::kFrameSamples> frame{};
    const std::size_t size = from < tone.size() ? std::min(opus::kFrameSamples, tone.size() - from) : 0;
    std::copy_n(tone.begin() + static_cast<std::ptrdiff_t>(std::min(from, tone.size())), size, frame.begin());
    writer.write(std::span{packet}.first(encoder.encode(frame, packet)));
  }
  writer.finish(tone.size());
  return file;
}

double to_dbfs(double amplitude) {
  return 20 * std::log10(std::max(amplitude, 1e-6));
}

}  // namespace loa::selftest
