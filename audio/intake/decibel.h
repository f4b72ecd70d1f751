// Decibels of an amplitude ratio.
#pragma once

#include <cmath>

namespace loa::intake {

[[nodiscard]] inline double amplitude_of_db(double db) {
  return std::pow(10.0, db / 20.0);
}
// -inf for 0.
[[nodiscard]] inline double db_of_amplitude(double amplitude) {
  return 20.0 * std::log10(amplitude);
}

}  // namespace loa::intake
