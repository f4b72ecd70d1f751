// Finds the tone of a self-test in what a microphone or a loop-back heard, and says how well it is there.
//
// Each step of the tone is looked for at its frequency with a window of 200 ms, which hears a band of 7.5 Hz: a tone
// that a person hears in the noise of a street stands out of such a band by 20 dB and more. What the same band holds
// while the tone is not there is the noise. Pure; any thread.
#pragma once

#include <cstdint>
#include <span>

#include "audio/selftest/tone.h"
#include "common/base/time.h"

namespace loa::selftest {

// What the search needs around the moment at which the tone is due: quiet before it, to know the noise, and room behind
// it for a sound that comes late, through devices and air.
inline constexpr milliseconds kHearBefore{1500};
inline constexpr milliseconds kHearBehind{3500};

struct Hearing {
  int steps = 0;          // of the five, that stand out of the noise, in their order and rhythm
  double level_dbfs = 0;  // of the tone as it arrived: mean power of its steps; 0 = a sine of full scale
  double snr_db = 0;      // median of the steps over the noise in their bands
  milliseconds delay{0};  // of the tone behind its due moment; means nothing when it is not heard
};

// `due` is the index of the sample at which the tone begins when it is not late. Samples are 48 kHz, mono; too
// few to hold the tone and some time without it give an empty Hearing.
[[nodiscard]] Hearing find_tone(std::span<const std::int16_t> heard, std::int64_t due);

enum class HearingGrade { kClear, kWeak, kNothing };
// kClear: at least four steps and a median of 20 dB; kWeak: at least three steps. In white noise three stand
// out together in less than one test of 10⁹.
[[nodiscard]] HearingGrade grade(const Hearing& hearing);

}  // namespace loa::selftest
