#include "audio/playout/station_clock.h"

#include <algorithm>
#include <utility>

namespace loa::playout {
namespace {

constexpr std::int64_t kBillion = 1'000'000'000;

// value × numerator / denominator without overflow; int64 nanoseconds times a rate needs 128 bits.
nanoseconds scale(nanoseconds value, std::int64_t numerator, std::int64_t denominator) {
  __extension__ using Wide = __int128;
  return nanoseconds{static_cast<std::int64_t>(static_cast<Wide>(value.count()) * numerator / denominator)};
}

ClockCalibration bounded(ClockCalibration calibration) {
  calibration.rate_ppb = std::clamp(calibration.rate_ppb, -kMaxRatePpb, kMaxRatePpb);
  return calibration;
}

}  // namespace

StationClock::StationClock(ClockCalibration calibration) : calibration_(bounded(calibration)) {}

StationTime StationClock::at(MonoTime mono) const {
  const ClockCalibration c = calibration();
  return c.station + scale(mono - c.mono, kBillion + c.rate_ppb, kBillion);
}

MonoTime StationClock::when(StationTime station) const {
  const ClockCalibration c = calibration();
  return c.mono + scale(station - c.station, kBillion, kBillion + c.rate_ppb);
}

ClockCalibration StationClock::calibration() const {
  const std::lock_guard lock(mutex_);
  return calibration_;
}

void StationClock::set(const ClockCalibration& calibration) {
  {
    const std::lock_guard lock(mutex_);
    calibration_ = bounded(calibration);
  }
  if (on_change_) on_change_(bounded(calibration));
}

void StationClock::set_on_change(std::function<void(const ClockCalibration&)> on_change) {
  on_change_ = std::move(on_change);
}

}  // namespace loa::playout
