#include "audio/playout/sink_servo.h"

#include <algorithm>
#include <cmath>

namespace loa::playout {
namespace {

constexpr nanoseconds kMaxWindow{200'000};  // a longer reading was interrupted between the two clocks
constexpr double kCalm = 0.2;               // seconds that readings must agree …
constexpr double kCalmSpread = 0.002;       // … within this, for a device to count as settled
constexpr double kStray = 0.005;            // a reading this far off is not noise …
constexpr int kMaxStrays = 10;              // … and so many in a row are a jump of the device: start anew
// A sound server's reports, 20 a second, wander about the truth by up to 2 ms for seconds on end when the machine is
// busy, while the device itself runs evenly. So one reading counts little, and a drift is believed late.
constexpr double kReadingNoise = 0.003;
constexpr double kFirstOffsetError = 0.003;
constexpr double kDriftError = 50e-6;      // of a device nobody has measured
constexpr double kDriftWander = 0.5e-6;    // change of drift per √s
constexpr double kOffsetWander = 0.02e-3;  // per √s: what the device itself may shift by
// What a server says in its first seconds is worth a first guess and no more.
constexpr double kYouth = 4.0;
// Readings that stay this far off on average (over a second) mean that the estimate is wrong, not they.
constexpr double kMisled = 0.002;
constexpr double kMaxDrift = 0.005;

double seconds_of(nanoseconds t) {
  return std::chrono::duration<double>(t).count();
}
nanoseconds nanoseconds_of(double s) {
  return nanoseconds{std::llround(s * 1e9)};
}

}  // namespace

std::optional<DeviceCalibration> SinkServo::observe(StationTime station, nanoseconds device, nanoseconds window) {
  if (window > kMaxWindow) return std::nullopt;
  if (!station_origin_) {
    station_origin_ = station;
    device_origin_ = device;
  }
  const double t = seconds_of(station - *station_origin_);
  const double offset = t - seconds_of(device - device_origin_);
  if (!settled_) {
    if (!calm_since_ || std::abs(offset - calm_offset_) > kCalmSpread) {
      calm_since_ = t;
      calm_offset_ = offset;
    }
    if (t - *calm_since_ < kCalm) return std::nullopt;
    settled_ = true;
    is_young_ = true;
    born_ = t;
    restart(t, offset);
  } else if (std::abs(offset - (offset_ + drift_ * (t - t_))) > kStray) {
    if (++strays_ < kMaxStrays) return std::nullopt;
    settled_ = false;
    calm_since_.reset();
    return std::nullopt;
  } else {
    strays_ = 0;
    if (is_young_ && t - born_ > kYouth) {
      is_young_ = false;
      restart(t, offset_ + drift_ * (t - t_));
    }
    update(t, offset);
  }
  return DeviceCalibration{station, device_origin_ + nanoseconds_of(t - offset_),
                           std::llround(std::clamp(drift_, -kMaxDrift, kMaxDrift) * 1e9)};
}

void SinkServo::restart(double t, double offset) {
  strays_ = 0;
  t_ = t;
  offset_ = offset;
  drift_ = 0;
  mean_innovation_ = 0;
  p_oo_ = kFirstOffsetError * kFirstOffsetError;
  p_od_ = 0;
  p_dd_ = kDriftError * kDriftError;
}

void SinkServo::update(double t, double offset) {
  const double dt = std::max(0.0, t - t_);
  t_ = t;
  offset_ += drift_ * dt;
  p_oo_ += dt * (2 * p_od_ + dt * p_dd_ + kOffsetWander * kOffsetWander);
  p_od_ += dt * p_dd_;
  p_dd_ += dt * kDriftWander * kDriftWander;
  const double innovation = offset - offset_;
  mean_innovation_ += std::min(1.0, dt) * (innovation - mean_innovation_);
  if (std::abs(mean_innovation_) > kMisled) {
    p_oo_ += kFirstOffsetError * kFirstOffsetError;
    mean_innovation_ = 0;
  }
  const double variance = p_oo_ + kReadingNoise * kReadingNoise;
  const double gain_offset = p_oo_ / variance;
  const double gain_drift = p_od_ / variance;
  offset_ += gain_offset * innovation;
  drift_ += gain_drift * innovation;
  p_dd_ -= gain_drift * p_od_;
  p_od_ -= gain_offset * p_od_;
  p_oo_ -= gain_offset * p_oo_;
}

}  // namespace loa::playout
