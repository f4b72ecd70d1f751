#include "audio/intake/k_weighting.h"

#include <cmath>

namespace loa::intake {
namespace {

// Transposed direct form II: the shortest chain from one sample to the next.
constexpr double kShelfB0 = 1.53512485958697;
constexpr double kShelfB1 = -2.69169618940638;
constexpr double kShelfB2 = 1.19839281085285;
constexpr double kShelfA1 = -1.69065929318241;
constexpr double kShelfA2 = 0.73248077421585;
constexpr double kHighPassA1 = -1.99004745483398;
constexpr double kHighPassA2 = 0.99007225036621;

// Far below any sound; smaller numbers become slow ones.
constexpr double kNothing = 1e-30;

}  // namespace

double KWeighting::energy(std::span<const float> samples) {
  if (samples.empty()) return 0.0;
  double s1 = shelf1_;
  double s2 = shelf2_;
  double h1 = high_pass1_;
  double h2 = high_pass2_;
  double sum = 0.0;
  for (const float sample : samples) {
    const double x = static_cast<double>(sample);
    const double y = kShelfB0 * x + s1;
    s1 = kShelfB1 * x - kShelfA1 * y + s2;
    s2 = kShelfB2 * x - kShelfA2 * y;
    const double z = y + h1;
    h1 = h2 - 2.0 * y - kHighPassA1 * z;
    h2 = y - kHighPassA2 * z;
    sum += z * z;
  }
  for (double* state : {&s1, &s2, &h1, &h2})
    if (std::abs(*state) < kNothing) *state = 0.0;
  shelf1_ = s1;
  shelf2_ = s2;
  high_pass1_ = h1;
  high_pass2_ = h2;
  return sum / static_cast<double>(samples.size());
}

}  // namespace loa::intake
