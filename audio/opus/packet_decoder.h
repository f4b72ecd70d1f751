// Opus packets to mono 48 kHz samples. Stereo packets come out mixed down.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace loa::opus {

// One thread at a time.
class PacketDecoder {
 public:
  // `gain_q8` in 1/256 dB, applied to everything decoded.
  explicit PacketDecoder(int gain_q8);
  ~PacketDecoder();
  PacketDecoder(const PacketDecoder&) = delete;
  PacketDecoder& operator=(const PacketDecoder&) = delete;

  // Samples written to `out`, which holds kMaxPacketSamples. Throws opus.bad_packet; the decoder can go on after that.
  [[nodiscard]] std::size_t decode(std::span<const std::uint8_t> packet, std::span<float> out);
  // Fills `out` with what may have been lost: libopus' concealment for the first 100 ms of a gap, silence after it.
  void conceal(std::span<float> out);
  // The same for exactly what comes before `packet`, which was not lost: from its in-band FEC where it has that
  // (RFC 6716 §2.1.7). Does not take the packet itself.
  void recover(std::span<const std::uint8_t> packet, std::span<float> out);
  // Forgets the past, for a jump in the stream.
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace loa::opus
