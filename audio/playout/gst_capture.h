// Records from a microphone or a loop-back, on the station's time: what a self-test is listened to by.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "audio/playout/sink_config.h"
#include "audio/playout/station_clock.h"
#include "common/base/time.h"

namespace loa::playout {

struct Captured {
  StationTime from;                   // of the first sample, as the device has it
  std::vector<std::int16_t> samples;  // mono, 48 kHz; what the device lost in between is silence
};

// Records from now until the station clock shows `until`, at most 30 s, or until `is_wanted` says no. It waits for
// that: not for the loop's thread. Needs start_gstreamer() for the source's kind. Throws Error monitor.failed.
[[nodiscard]] Captured capture(const SourceConfig& source, const ClockCalibration& clock, StationTime until,
                               const std::function<bool()>& is_wanted);

}  // namespace loa::playout
