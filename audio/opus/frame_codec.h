// Mono 48 kHz Opus in frames of 20 ms, with coder states that are values: a copy is a way back. The intake needs that
// to hear what a frame decodes to before it decides to keep it (clip_encoder.h). Whoever only plays takes
// packet_decoder.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace loa::opus {

inline constexpr int kCodecRate = 48'000;
inline constexpr std::size_t kFrameSamples = 960;     // 20 ms
inline constexpr std::size_t kLongestPacket = 1'275;  // RFC 6716 §3.2.1: one frame

struct EncoderSettings {
  int bitrate_bps = 24'000;  // the mean that VBR aims at
  int complexity = 10;       // 0…10
  // Speech over a line that loses packets: no frame much larger than the mean, and FEC for
  // the packet before (RFC 6716 §2.1.7).
  bool is_live_speech = false;
};

// One thread at a time. Copying copies the whole coder state (about 43 KB); both go on independently.
class FrameEncoder {
 public:
  // Throws std::invalid_argument on settings that libopus does not take.
  explicit FrameEncoder(const EncoderSettings& settings);

  // Samples by which what is decoded lags behind what was put in: the pre-skip of a file (RFC 7845 §4.2).
  [[nodiscard]] std::size_t lookahead() const { return lookahead_; }

  // The packet's length in `out`.
  [[nodiscard]] std::size_t encode(std::span<const float, kFrameSamples> frame,
                                   std::span<std::uint8_t, kLongestPacket> out);

 private:
  std::vector<std::max_align_t> state_;
  std::size_t lookahead_ = 0;
};

// One thread at a time. Copying copies the whole coder state (about 18 KB).
class FrameDecoder {
 public:
  FrameDecoder();

  // Throws std::runtime_error on a packet that is not one of 20 ms: only packets of FrameEncoder come here.
  void decode(std::span<const std::uint8_t> packet, std::span<float, kFrameSamples> out);

 private:
  std::vector<std::max_align_t> state_;
};

}  // namespace loa::opus
