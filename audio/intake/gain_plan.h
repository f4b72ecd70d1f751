// Which gain brings a recording to the house loudness when a limiter takes part of the loudness away again.
//
// The answer needs the limited signal's loudness, which depends on the gain. Instead of decoding the whole input once
// per guess, the measuring pass leaves a grid of 5 ms steps (energy, peak: 6 MB for an hour) on which a guess costs
// milliseconds. What the encoded clip really measures is checked afterwards (conform.h).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "audio/intake/k_weighting.h"
#include "audio/intake/limiter.h"
#include "audio/intake/sample_source.h"

namespace loa::intake {

inline constexpr std::size_t kGridStep = kSampleRate * 5 / 1000;

struct LoudnessGrid {
  std::vector<float> energy;  // K-weighted mean square of each step
  std::vector<float> peak;    // highest |sample| of each step
};

// One thread at a time.
class GridMeter {
 public:
  void add(std::span<const float> samples);
  // Of everything added; nothing may be added afterwards.
  [[nodiscard]] LoudnessGrid finish();

 private:
  void close_step();

  KWeighting weighting_;
  std::vector<float> step_;
  LoudnessGrid grid_;
};

// Integrated loudness in LUFS (BS.1770-4 gating) of the grid's sound.
[[nodiscard]] std::optional<double> loudness_of(const LoudnessGrid& grid);

// The same after `gain_db` and the limiter at `ceiling_db`;
// nullopt when all of it is below the absolute gate. Sounds under 400 ms as LoudnessMeter has them.
[[nodiscard]] std::optional<double> predict_loudness(const LoudnessGrid& grid, double gain_db, double ceiling_db,
                                                     const LimiterShape& shape);

// The gain in dB that brings the sound to `target_lufs`; nullopt when no gain up to 90 dB does, i.e. it is silence or
// the limiter eats all that is added.
[[nodiscard]] std::optional<double> plan_gain(const LoudnessGrid& grid, double target_lufs, double ceiling_db,
                                              const LimiterShape& shape);

}  // namespace loa::intake
