// Raw samples of any format and channel count to mono floats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace loa::intake {

enum class SampleFormat { kU8, kS8, kS16, kS24, kS24In32, kS32, kF32, kF64 };  // little-endian, interleaved

[[nodiscard]] std::size_t bytes_per_sample(SampleFormat format);

struct SampleLayout {
  SampleFormat format = SampleFormat::kS16;
  std::size_t channels = 1;
  std::uint64_t muted_channels = 0;  // bit n: channel n is a subwoofer's and stays out of the mix
};

// Replaces `out` by the mean of the channels of every whole frame in `raw`. Not a number and infinite become 0; floats
// beyond ±16 (24 dB over full scale) are held there, so that one broken sample cannot drive the loudness of all.
void mix_to_mono(std::span<const std::uint8_t> raw, const SampleLayout& layout, std::vector<float>& out);

// Takes out what a bad sound card adds below 10 Hz: it is inaudible but costs headroom. One thread at a time.
class DcBlocker {
 public:
  void process(std::span<float> samples);

 private:
  float input_ = 0.0F;
  float output_ = 0.0F;
};

}  // namespace loa::intake
