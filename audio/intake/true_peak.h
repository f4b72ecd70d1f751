// True peak (ITU-R BS.1770-4 Annex 2): the highest point of the curve between the samples, found by four-fold
// interpolation. The filter is twice as long as the one in the Annex, so it reads no lower.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace loa::intake {

inline constexpr std::size_t kPeakTaps = 24;
// The curve between two samples is known this many samples after the first of them.
inline constexpr std::size_t kPeakDelay = kPeakTaps / 2;
inline constexpr std::size_t kPeakHistory = kPeakTaps - 1;

// The curve never exceeds the highest of the samples under the filter by more than this factor. Where that cannot reach
// a limit, nothing needs to be interpolated: an exact saving, not an estimate.
[[nodiscard]] float true_peak_bound();

// out[i] = highest |value| from sample i + kPeakDelay - 1 up to the next one, that one excluded. `samples` holds
// out.size() + kPeakHistory.
void find_true_peaks(std::span<const float> samples, std::span<float> out);

// Highest true peak of a stream that comes in pieces. One thread at a time; a copy is a snapshot.
class TruePeakMeter {
 public:
  void add(std::span<const float> samples);
  // Linear; of everything up to kPeakDelay samples before the end. add() that many zeros after the last sample.
  [[nodiscard]] float peak() const { return peak_; }
  // Index in the stream of the sample at or right before that peak.
  [[nodiscard]] std::uint64_t position() const { return position_; }

 private:
  static constexpr std::size_t kPiece = 120;

  std::array<float, kPeakHistory + kPiece> line_{};
  std::uint64_t received_ = 0;
  float peak_ = 0.0F;
  std::uint64_t position_ = 0;
};

}  // namespace loa::intake
