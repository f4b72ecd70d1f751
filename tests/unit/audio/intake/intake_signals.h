// Sounds for the intake's tests, the same on every machine.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

namespace loa::intake {

inline std::vector<float> sine(double hertz, double amplitude, double seconds) {
  std::vector<float> out(static_cast<std::size_t>(seconds * 48'000));
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] =
        static_cast<float>(amplitude * std::sin(2.0 * std::numbers::pi * hertz * static_cast<double>(i) / 48'000.0));
  return out;
}

// Like speech for a meter and a codec: a buzz of many harmonics in syllables with pauses and consonants of noise.
// `amplitude` is its highest sample, roughly.
inline std::vector<float> babble(double amplitude, double seconds) {
  std::vector<float> out(static_cast<std::size_t>(seconds * 48'000));
  std::uint32_t random = 1;
  double phase = 0.0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double t = static_cast<double>(i) / 48'000.0;
    random = random * 1'664'525U + 1'013'904'223U;
    const double noise = static_cast<double>(random >> 8) / double{1 << 23} - 1.0;
    phase += 2.0 * std::numbers::pi * (120.0 + 40.0 * std::sin(3.0 * t)) / 48'000.0;
    double voice = 0.0;
    for (int k = 1; k <= 20; ++k) voice += std::cos(k * phase) / 20.0;
    const double in_syllable = std::fmod(t, 0.25) / 0.25;
    const bool pause = std::fmod(t, 3.0) > 2.5;
    const double envelope = pause ? 0.0 : std::pow(std::sin(std::numbers::pi * in_syllable), 2.0);
    const double hiss = !pause && in_syllable < 0.2 ? 0.2 * noise : 0.0;
    out[i] = static_cast<float>(amplitude * (envelope * voice + hiss));
  }
  return out;
}

}  // namespace loa::intake
