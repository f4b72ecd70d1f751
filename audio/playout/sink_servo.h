// Keeps a sound device in step with the station clock. GStreamer's own slaving (a regression over 32 readings, 100 ms
// apart) takes four seconds to become right, because it believes the first readings, which sound servers get wrong by
// up to two seconds. This one waits until a device has settled, starts anew after its youth, and then follows offset
// and drift with a Kalman filter that trusts a device's even run more than any single report.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/time.h"

namespace loa::playout {

// Station time = station + (device time − device) × (1 + rate_ppb / 10⁹).
struct DeviceCalibration {
  StationTime station{};
  nanoseconds device{};
  std::int64_t rate_ppb = 0;
};

// One thread at a time.
class SinkServo {
 public:
  // One reading of both clocks, taken within `window`. The new calibration; nullopt while there is nothing to go by: a
  // device that has not settled, or a reading that was interrupted.
  [[nodiscard]] std::optional<DeviceCalibration> observe(StationTime station, nanoseconds device, nanoseconds window);

 private:
  // Believes `offset` and knows no drift.
  void restart(double t, double offset);
  void update(double t, double offset);

  // Settling: readings that agree with each other since calm_since_.
  bool settled_ = false;
  bool is_young_ = false;
  double born_ = 0;
  std::optional<double> calm_since_;
  double calm_offset_ = 0;

  std::optional<StationTime> station_origin_;
  nanoseconds device_origin_{};

  // The filter: offset = station − device, both since their origins, in seconds; drift = its change per second.
  double t_ = 0;
  double offset_ = 0;
  double drift_ = 0;
  double p_oo_ = 0, p_od_ = 0, p_dd_ = 0;
  double mean_innovation_ = 0;
  int strays_ = 0;
};

}  // namespace loa::playout
