// What every clip is held to, and what is known of one. The house rule is domain.md §4.
#pragma once

#include <cstdint>

namespace loa::intake {

inline constexpr double kTargetLufs = -16.0;
inline constexpr double kLufsTolerance = 0.5;
inline constexpr double kCeilingDbtp = -1.5;
inline constexpr double kLongestSeconds = 3600.0;
// A clip shorter than this is a click, not speech: 0.1 s at 48 kHz.
inline constexpr std::uint64_t kShortestSamples = 4'800;

// Loudness and peak of the output are those of what the finished file decodes to.
struct ClipFacts {
  double duration_s = 0.0;
  double input_lufs = 0.0;  // of the input mixed to mono
  double output_lufs = 0.0;
  double output_true_peak_dbtp = 0.0;
  std::int64_t bitrate_bps = 0;  // mean over the whole file
};

}  // namespace loa::intake
