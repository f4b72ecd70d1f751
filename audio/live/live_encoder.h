// Samples as they come to the frames of a live channel (docs/protocol.md §6): levelled, limited, Opus with in-band FEC.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "audio/live/leveler.h"
#include "audio/opus/frame_codec.h"

namespace loa::live {

// Speech that loses a packet now and then: libopus' speech modes, which alone carry FEC (RFC 6716 §2.1.7).
[[nodiscard]] opus::EncoderSettings live_settings();

// Mono 48 kHz. One thread at a time.
class LiveEncoder {
 public:
  using Frame = std::vector<std::uint8_t>;
  LiveEncoder();
  // Takes any number of samples; one call of `take` for each frame of 20 ms that is whole.
  void add(std::span<const float> samples, const std::function<void(Frame)>& take);

 private:
  Leveler leveler_;
  opus::FrameEncoder encoder_;
  std::vector<float> waiting_;
};

}  // namespace loa::live
