#include "audio/live/leveler.h"

#include <algorithm>
#include <cmath>

#include "audio/intake/sample_source.h"

namespace loa::live {
namespace {

constexpr std::size_t kStep = intake::kSampleRate / 50;  // the gain moves at most so often
constexpr double kForget = 1.5;                          // s, of the loudness that is followed
constexpr double kGateLufs = -50.0;                      // below is a pause …
constexpr double kGateUnder = 14.0;                      // … and so far under the speech heard
constexpr double kDownPerSecond = 30.0;                  // dB
constexpr double kUpPerSecond = 8.0;

double lufs_of(double energy) {
  return -0.691 + 10.0 * std::log10(std::max(energy, 1e-12));  // BS.1770-4 eq. 2, one channel
}

float linear(double db) {
  return static_cast<float>(std::pow(10.0, db / 20.0));
}

}  // namespace

Leveler::Leveler() : limiter_(1.0F, linear(kCeilingDbtp), {}) {}

void Leveler::process(std::span<const float> in, std::vector<float>& out) {
  while (!in.empty()) {
    const auto part = in.first(std::min(kStep, in.size()));
    in = in.subspan(part.size());
    const double before = gain_db_;
    follow(weighting_.energy(part), part.size());
    const double step = (gain_db_ - before) / static_cast<double>(part.size());
    turned_.resize(part.size());
    for (std::size_t i = 0; i < part.size(); ++i)
      turned_[i] = part[i] * linear(before + step * static_cast<double>(i + 1));
    limiter_.process(turned_, out);
  }
}

void Leveler::follow(double energy, std::size_t samples) {
  const double heard = lufs_of(energy);
  const bool is_first = loudness_energy_ == 0.0;
  if (heard < kGateLufs || (!is_first && heard < lufs_of(loudness_energy_) - kGateUnder)) return;
  const double time = static_cast<double>(samples) / intake::kSampleRate;
  loudness_energy_ = is_first ? energy : loudness_energy_ + (energy - loudness_energy_) * std::min(1.0, time / kForget);
  const double wanted = std::clamp(kTargetLufs - lufs_of(loudness_energy_), kLeastGainDb, kMostGainDb);
  gain_db_ += std::clamp(wanted - gain_db_, -kDownPerSecond * time, kUpPerSecond * time);
}

}  // namespace loa::live
