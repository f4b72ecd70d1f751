// The sound of a self-test: five tones one after the other, in the band that a horn loudspeaker carries. The order of
// the frequencies is what tells it from a voice, a melody or a hum; none of them is a multiple of the mains' 50 Hz, and
// none an odd multiple of another, so that neither hum nor an amplifier that clips can stand in for a step.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "audio/opus/packet_source.h"

namespace loa::selftest {

inline constexpr std::array<double, 5> kStepsHz = {825, 2025, 525, 3175, 1275};
inline constexpr std::int64_t kStep = opus::kSampleRate * 240 / 1000;
inline constexpr std::int64_t kToneLength = kStep * static_cast<std::int64_t>(kStepsHz.size());
// Of full scale. A sine of this peak is about as loud as the house loudness of speech, −16 LUFS.
inline constexpr double kTonePeak = 0.2;

// kToneLength samples.
[[nodiscard]] std::vector<float> make_tone();

// The same as an Ogg Opus file, which is what the player plays. Always the same octets.
[[nodiscard]] std::vector<std::uint8_t> encode_tone();

// Level of a sine's amplitude; 0 dB = full scale.
[[nodiscard]] double to_dbfs(double amplitude);

}  // namespace loa::selftest
