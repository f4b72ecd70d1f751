#include "audio/selftest/hearing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>
#include <vector>

namespace loa::selftest {
namespace {

constexpr std::int64_t kRate = opus::kSampleRate;
constexpr std::int64_t kWindow = kRate * 200 / 1000;     // in the middle of a step
constexpr std::int64_t kInStep = (kStep - kWindow) / 2;  // where it begins there
constexpr std::int64_t kEarliest = -kRate * 100 / 1000;  // clocks of devices are not exact
constexpr std::int64_t kLatest = kRate * 1600 / 1000;
constexpr std::int64_t kCoarse = kRate * 20 / 1000;
constexpr std::int64_t kFine = kRate / 1000;
constexpr std::int64_t kNoiseHop = kRate * 100 / 1000;
constexpr std::int64_t kReverberation = kRate * 400 / 1000;  // the tone is still in the air
constexpr double kNoiseFloor = 1e-11;                        // a loop-back has none; −110 dB
constexpr double kStandsOut = 10.0;                          // × the noise: 10 dB
constexpr double kClearDb = 20.0;
constexpr int kClearSteps = 4;
constexpr int kWeakSteps = 3;

using Powers = std::array<double, kStepsHz.size()>;

const std::vector<double>& hann() {
  static const std::vector<double> window = [] {
    std::vector<double> made(static_cast<std::size_t>(kWindow));
    for (std::size_t i = 0; i < made.size(); ++i)
      made[i] = 1 - std::cos(2 * std::numbers::pi * (static_cast<double>(i) + 0.5) / static_cast<double>(kWindow));
    return made;
  }();
  return window;
}

// Squared amplitude of the sine of this frequency in the block (Goertzel), weighted by `weight`, whose mean is 1; none
// = evenly.
double power_at(std::span<const std::int16_t> block, double hz, std::span<const double> weight) {
  const double coefficient = 2 * std::cos(2 * std::numbers::pi * hz / static_cast<double>(kRate));
  double s1 = 0;
  double s2 = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const double x = static_cast<double>(block[i]) * (weight.empty() ? 1.0 : weight[i]);
    const double s0 = x + coefficient * s1 - s2;
    s2 = s1;
    s1 = s0;
  }
  const double scale = 2.0 / (32768.0 * static_cast<double>(block.size()));
  return std::max(0.0, s1 * s1 + s2 * s2 - coefficient * s1 * s2) * scale * scale;
}

double power_in(std::span<const std::int16_t> heard, std::int64_t from, double hz) {
  return power_at(heard.subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(kWindow)), hz, hann());
}

// Of each step when the tone begins at `from`.
Powers steps_at(std::span<const std::int16_t> heard, std::int64_t from) {
  Powers powers{};
  for (std::size_t i = 0; i < powers.size(); ++i)
    powers[i] = power_in(heard, from + static_cast<std::int64_t>(i) * kStep + kInStep, kStepsHz[i]);
  return powers;
}

// Mean of each step's band while the tone, which may begin anywhere from `from` to `to`, is not there; nullopt when
// there is no such time.
std::optional<Powers> noise_outside(std::span<const std::int16_t> heard, std::int64_t from, std::int64_t to) {
  Powers noise{};
  std::int64_t windows = 0;
  for (std::int64_t at = 0; at + kWindow <= static_cast<std::int64_t>(heard.size()); at += kNoiseHop) {
    if (at + kWindow > from - kCoarse && at < to + kToneLength + kReverberation) continue;
    for (std::size_t i = 0; i < noise.size(); ++i) noise[i] += power_in(heard, at, kStepsHz[i]);
    ++windows;
  }
  if (windows == 0) return std::nullopt;
  for (double& each : noise) each = std::max(kNoiseFloor, each / static_cast<double>(windows));
  return noise;
}

double likeness(const Powers& steps, const Powers& noise) {
  double sum = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) sum += std::log1p(steps[i] / noise[i]);
  return sum;
}

// To the millisecond: whole steps match best where they begin.
std::int64_t refine(std::span<const std::int16_t> heard, std::int64_t coarse, const Powers& noise) {
  std::int64_t best = coarse;
  double most = -1;
  const std::int64_t last = static_cast<std::int64_t>(heard.size()) - kToneLength;
  for (std::int64_t from = std::max<std::int64_t>(0, coarse - 2 * kCoarse);
       from <= std::min(last, coarse + 2 * kCoarse); from += kFine) {
    double sum = 0;
    for (std::size_t i = 0; i < kStepsHz.size(); ++i)
      sum += std::sqrt(power_at(heard.subspan(static_cast<std::size_t>(from + static_cast<std::int64_t>(i) * kStep),
                                              static_cast<std::size_t>(kStep)),
                                kStepsHz[i], {}) /
                       noise[i]);
    if (sum > most) {
      most = sum;
      best = from;
    }
  }
  return best;
}

}  // namespace

Hearing find_tone(std::span<const std::int16_t> heard, std::int64_t due) {
  const std::int64_t first = std::max<std::int64_t>(0, due + kEarliest);
  const std::int64_t last = std::min(due + kLatest, static_cast<std::int64_t>(heard.size()) - kToneLength);
  if (last < first) return {};
  // Where it is, by the noise before anything can have come; then how well, by all that is not the tone.
  const auto before = noise_outside(heard, first, last);
  if (!before) return {};
  std::int64_t best = first;
  double most = -1;
  for (std::int64_t from = first; from <= last; from += kCoarse) {
    const double here = likeness(steps_at(heard, from), *before);
    if (here > most) {
      most = here;
      best = from;
    }
  }
  best = refine(heard, best, *before);
  const Powers noise = *noise_outside(heard, best, best);
  const Powers steps = steps_at(heard, best);
  Hearing hearing;
  std::array<double, kStepsHz.size()> ratios{};
  double power = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    ratios[i] = steps[i] / noise[i];
    if (ratios[i] >= kStandsOut) ++hearing.steps;
    power += steps[i] / static_cast<double>(steps.size());
  }
  std::sort(ratios.begin(), ratios.end());
  hearing.snr_db = 10 * std::log10(std::max(ratios[ratios.size() / 2], 1e-3));
  hearing.level_dbfs = to_dbfs(std::sqrt(power));
  hearing.delay = milliseconds{(best - due) * 1000 / kRate};
  return hearing;
}

HearingGrade grade(const Hearing& hearing) {
  if (hearing.steps >= kClearSteps && hearing.snr_db >= kClearDb) return HearingGrade::kClear;
  return hearing.steps >= kWeakSteps ? HearingGrade::kWeak : HearingGrade::kNothing;
}

}  // namespace loa::selftest
