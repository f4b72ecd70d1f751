#include "audio/intake/gain_plan.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "audio/intake/decibel.h"
#include "audio/intake/limiter.h"
#include "audio/intake/loudness.h"

namespace loa::intake {
namespace {

constexpr std::size_t kStepsPerBlock = kGatingBlock / kGridStep;
constexpr std::size_t kStepsPerHop = kStepsPerBlock / 4;  // blocks overlap by 75 %
constexpr double kLargestGain = 90.0;
constexpr double kCloseEnough = 0.01;
constexpr double kNoCeiling = 200.0;  // dB: no sound reaches it

double lufs_of_energy(double energy) {
  return -0.691 + 10.0 * std::log10(energy);
}

std::optional<double> gated_loudness(const std::vector<double>& blocks) {
  double threshold = std::pow(10.0, (-70.0 + 0.691) / 10.0);
  double mean = 0.0;
  for (int round = 0; round < 2; ++round) {
    double sum = 0.0;
    std::size_t count = 0;
    for (const double energy : blocks) {
      if (energy < threshold) continue;
      sum += energy;
      ++count;
    }
    if (count == 0) return std::nullopt;
    mean = sum / static_cast<double>(count);
    threshold = std::max(threshold, mean / 10.0);  // 10 LU below
  }
  return lufs_of_energy(mean);
}

}  // namespace

void GridMeter::add(std::span<const float> samples) {
  while (!samples.empty()) {
    const std::size_t count = std::min(kGridStep - step_.size(), samples.size());
    step_.insert(step_.end(), samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(count));
    samples = samples.subspan(count);
    if (step_.size() == kGridStep) close_step();
  }
}

LoudnessGrid GridMeter::finish() {
  if (!step_.empty()) close_step();
  return std::move(grid_);
}

void GridMeter::close_step() {
  float peak = 0.0F;
  for (const float x : step_) peak = std::max(peak, std::abs(x));
  grid_.peak.push_back(peak);
  grid_.energy.push_back(static_cast<float>(weighting_.energy(step_)));
  step_.clear();
}

std::optional<double> loudness_of(const LoudnessGrid& grid) {
  return predict_loudness(grid, 0.0, kNoCeiling, {});
}

std::optional<double> predict_loudness(const LoudnessGrid& grid, double gain_db, double ceiling_db,
                                       const LimiterShape& shape) {
  const std::size_t steps = grid.energy.size();
  if (steps == 0) return std::nullopt;
  const double gain = amplitude_of_db(gain_db);
  const double ceiling = amplitude_of_db(ceiling_db);
  const double keep = std::exp(-static_cast<double>(kGridStep) / (shape.release_s * kSampleRate));
  const auto needed = [&](std::size_t i) {
    const double peak = gain * static_cast<double>(grid.peak[i]);
    return peak > ceiling ? ceiling / peak : 1.0;
  };

  std::vector<double> energy(std::max(steps, kStepsPerBlock));
  double released = 1.0;
  for (std::size_t i = 0; i < steps; ++i) {
    const double held = std::min(needed(i), i + 1 < steps ? needed(i + 1) : 1.0);
    const double before = released;
    released = std::min(held, 1.0 - (1.0 - released) * keep);
    const double applied = gain * 0.5 * (before + released);
    energy[i] = static_cast<double>(grid.energy[i]) * applied * applied;
  }
  // A sound shorter than one block is repeated, as LoudnessMeter does.
  for (std::size_t i = steps; i < energy.size(); ++i) energy[i] = energy[i - steps];

  std::vector<double> blocks;
  blocks.reserve(energy.size() / kStepsPerHop + 1);
  double sum = 0.0;
  for (std::size_t i = 0; i < energy.size(); ++i) {
    sum += energy[i];
    if (i >= kStepsPerBlock) sum -= energy[i - kStepsPerBlock];
    if (i + 1 >= kStepsPerBlock && (i + 1 - kStepsPerBlock) % kStepsPerHop == 0)
      blocks.push_back(std::max(0.0, sum) / static_cast<double>(kStepsPerBlock));
  }
  return gated_loudness(blocks);
}

std::optional<double> plan_gain(const LoudnessGrid& grid, double target_lufs, double ceiling_db,
                                const LimiterShape& shape) {
  // Loudness rises with gain, ever more slowly: bisection cannot be fooled by the flat end.
  double low = -kLargestGain;
  double high = kLargestGain;
  const auto at_high = predict_loudness(grid, high, ceiling_db, shape);
  if (!at_high || *at_high < target_lufs) return std::nullopt;
  while (high - low > kCloseEnough) {
    const double middle = 0.5 * (low + high);
    const auto loudness = predict_loudness(grid, middle, ceiling_db, shape);
    if (loudness && *loudness >= target_lufs)
      high = middle;
    else
      low = middle;
  }
  return high;
}

}  // namespace loa::intake
