#include "audio/live/live_encoder.h"

#include <array>

namespace loa::live {

opus::EncoderSettings live_settings() {
  opus::EncoderSettings settings;
  settings.complexity = 8;  // ten channels on one core
  settings.is_live_speech = true;
  return settings;
}

LiveEncoder::LiveEncoder() : encoder_(live_settings()) {}

void LiveEncoder::add(std::span<const float> samples, const std::function<void(Frame)>& take) {
  leveler_.process(samples, waiting_);
  std::span<const float> left = waiting_;
  while (left.size() >= opus::kFrameSamples) {
    std::array<std::uint8_t, opus::kLongestPacket> packet{};
    const std::size_t size = encoder_.encode(left.first<opus::kFrameSamples>(), packet);
    take(Frame(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(size)));
    left = left.subspan(opus::kFrameSamples);
  }
  waiting_.erase(waiting_.begin(), waiting_.end() - static_cast<std::ptrdiff_t>(left.size()));
}

}  // namespace loa::live
