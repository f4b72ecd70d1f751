// The station's time on this machine: the monotonic clock, an offset and a rate. The node's core learns the calibration
// and sets it; the player runs on it. Kept free of GStreamer so that a simulated node uses the same class.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>

#include "common/base/time.h"

namespace loa::playout {

// station(t) = station + (t − mono) × (1 + rate_ppb / 10⁹)
struct ClockCalibration {
  MonoTime mono{};
  StationTime station{};
  std::int64_t rate_ppb = 0;  // how much faster than this machine the station runs, in 10⁻⁹; within ±kMaxRatePpb
};
inline constexpr std::int64_t kMaxRatePpb = 10'000'000;  // 1 %: no quartz is that bad, a jump is not a rate

class StationClock {
 public:
  explicit StationClock(ClockCalibration calibration);
  StationClock(const StationClock&) = delete;
  StationClock& operator=(const StationClock&) = delete;

  // Any thread.
  [[nodiscard]] StationTime at(MonoTime mono) const;
  [[nodiscard]] MonoTime when(StationTime station) const;
  [[nodiscard]] ClockCalibration calibration() const;

  // The core's thread. While a play sounds, move the time by slewing (rate), not by steps: the player follows a step
  // back only when the clock has caught up with what it showed before, and meets one forward by a gap in the sound.
  // A rate beyond kMaxRatePpb is cut to it.
  void set(const ClockCalibration& calibration);
  // The core's thread. Called by set(), after the change; one listener (the player).
  void set_on_change(std::function<void(const ClockCalibration&)> on_change);

 private:
  std::function<void(const ClockCalibration&)> on_change_;
  mutable std::mutex mutex_;
  ClockCalibration calibration_;  // protected by mutex_
};

}  // namespace loa::playout
