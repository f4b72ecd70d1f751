// Gain and a look-ahead limiter on true peaks: what would exceed the ceiling is turned down smoothly before it comes,
// never clipped.
//
// The gain that is needed is found for every step of 8 samples, held over the look-ahead, let go exponentially,
// averaged over the look-ahead, and drawn as straight lines from step to step: where a peak stands, the gain is never
// more than that peak allows, and on both sides of it the gain moves without a jump.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "audio/intake/sample_source.h"
#include "audio/intake/true_peak.h"

namespace loa::intake {

// How hard the limiter works. A longer look-ahead and release are gentler; shorter ones take less loudness away from
// sounds with high peaks, because the gain comes back between two peaks.
struct LimiterShape {
  double look_ahead_s = 0.005;  // 0.0005 … 0.005
  double release_s = 0.080;
};

// Mono 48 kHz. One thread at a time.
class Limiter {
 public:
  // Both linear. Samples leave with true peaks at or below `ceiling` (within 0.05 dB: the gain moves between samples).
  Limiter(float gain, float ceiling, const LimiterShape& shape);

  // Takes finite samples; appends what is ready to `out`: kLatency behind what came in.
  void process(std::span<const float> in, std::vector<float>& out);
  // Appends the rest, so that as many samples left as came in. Nothing may be processed afterwards.
  void finish(std::vector<float>& out);

 private:
  static constexpr std::size_t kBlock = kSampleRate * 5 / 1000;  // also the longest look-ahead
  static constexpr std::size_t kLatency = kBlock + kPeakDelay;
  static constexpr std::size_t kStep = 8;
  static constexpr std::size_t kSteps = kBlock / kStep;
  // A peak holds the gain down until it has passed the averaging, and one step more for the curve between two steps.
  static constexpr std::size_t kHold = kSteps + 2;

  void limit_block(std::vector<float>& out);

  const float gain_;
  const float ceiling_;
  const float release_;
  const std::size_t ahead_;                      // look-ahead in steps
  std::array<float, kLatency + kBlock> line_{};  // the last kLatency samples, then the block being filled
  std::size_t filled_ = 0;
  std::size_t to_drop_ = kLatency;  // samples of the start-up silence that still have to be thrown away

  std::array<float, kHold - 1 + kSteps> needed_;   // per step: of the past, then of this block
  std::array<float, kSteps - 1 + kSteps> let_go_;  // held and released: of the past, then of this block
  float applied_ = 1.0F;                           // at the end of the last step
};

}  // namespace loa::intake
