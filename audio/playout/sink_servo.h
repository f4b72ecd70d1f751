// Keeps a sound device in step with the station clock. GStreamer's own slaving needs about four seconds to settle and
// then wanders with the noise of the device's timing reports; this one knows that a device runs at a nearly constant
// rate and so can average long, yet is right from its first second.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "common/base/time.h"

namespace loa::playout {

// Station time = station + (device time − device) × (1 + rate_ppb / 10⁹).
struct DeviceCalibration {
  nanoseconds device{};
  StationTime station{};
  std::int64_t rate_ppb = 0;
};

class SinkServo {
 public:
  // One reading of both clocks. True when the calibration has changed.
  bool observe(StationTime station, nanoseconds device);
  [[nodiscard]] const std::optional<DeviceCalibration>& calibration() const { return calibration_; }

 private:
  std::optional<DeviceCalibration> calibration_;
};

}  // namespace loa::playout
