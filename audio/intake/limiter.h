// Gain and a look-ahead limiter on true peaks: what would exceed the ceiling is turned down smoothly before it comes,
// never clipped.
//
// The gain needed at each instant is held over the look-ahead, let go exponentially, and smoothed over the look-ahead
// again; a sample is thus multiplied by no more than it needs, and the gain has no corner that could be heard.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "audio/intake/sample_source.h"
#include "audio/intake/true_peak.h"

namespace loa::intake {

inline constexpr std::size_t kLookAhead = kSampleRate * 5 / 1000;
inline constexpr double kReleaseSeconds = 0.080;

// Mono 48 kHz. One thread at a time.
class Limiter {
 public:
  // Both linear. Samples leave with true peaks at or below `ceiling` (within 0.05 dB: the gain moves between samples).
  Limiter(float gain, float ceiling);

  // Takes finite samples; appends what is ready to `out`: kLatency behind what came in.
  void process(std::span<const float> in, std::vector<float>& out);
  // Appends the rest, so that as many samples left as came in. Nothing may be processed afterwards.
  void finish(std::vector<float>& out);

 private:
  static constexpr std::size_t kLatency = kLookAhead + kPeakDelay;
  static constexpr std::size_t kBlock = kLookAhead;
  static constexpr std::size_t kWindow = kLookAhead + 1;

  void limit_block(std::vector<float>& out);
  float smooth(float needed);

  const float gain_;
  const float ceiling_;
  const float release_;
  std::array<float, kLatency + kBlock> line_{};  // the last kLatency samples, then the block being filled
  std::size_t filled_ = 0;
  std::size_t to_drop_ = kLatency;  // samples of the start-up silence that still have to be thrown away

  // The lowest needed gain of the last kWindow samples, by a queue whose values only rise.
  std::array<float, kWindow> queue_value_{};
  std::array<std::size_t, kWindow> queue_at_{};
  std::size_t queue_first_ = 0;
  std::size_t queue_length_ = 0;
  std::size_t now_ = 0;

  float released_ = 1.0F;
  std::array<float, kLookAhead> recent_;  // what is being averaged
  std::size_t recent_at_ = 0;
  double recent_sum_ = static_cast<double>(kLookAhead);
  std::size_t calm_ = kWindow + kLookAhead;  // samples since anything but 1 went through
};

}  // namespace loa::intake
