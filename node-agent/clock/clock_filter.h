// One consistent belief about station time, fed by four-timestamp exchanges: a Kalman filter over offset and rate, held
// inside hard limits. Each exchange proves that the offset lies within [t3−t4, t2−t1], because no message arrives
// before it is sent; the limits are the intersection of these proofs, widened by what the rate may have changed since.
// The filter weighs an exchange by how much slower it was than the fastest lately (RFC 5905 §10's clock filter as a
// weight): delay above the minimum is where asymmetry hides.
//
// Pure: no clock, no I/O. One thread.
#pragma once

#include <cstdint>

#include "common/base/time.h"

namespace loa::node {

struct ClockExchange {
  MonoTime t1;     // request sent
  StationTime t2;  // request received
  StationTime t3;  // reply sent
  MonoTime t4;     // reply received
};

// False for what no network can do (negative or too long a round trip, reply before request).
[[nodiscard]] bool is_possible(const ClockExchange& exchange);
inline constexpr seconds kLongestRoundTrip{5};

class ClockFilter {
 public:
  // Quartz of cheap boards is within ±100 ppm; a virtual machine or a server that is being slewed, within twice that.
  static constexpr double kLargestDriftPpb = 200'000;
  // What a measured rate may wander off afterwards: a street cabinet between night and noon.
  static constexpr double kWanderPpb = 20'000;

  // `first` must be possible; so must all that follow.
  explicit ClockFilter(const ClockExchange& first);

  // Distance between what the exchange proves and what is held possible; zero when both can be true.
  [[nodiscard]] nanoseconds contradiction(const ClockExchange& exchange) const;
  // Takes the exchange in. What contradicts is believed over what was held before.
  void add(const ClockExchange& exchange);
  // The machine slept: its monotonic clock lost `slept`, known to ± `uncertainty`.
  void on_suspended(nanoseconds slept, nanoseconds uncertainty);

  // Station minus mono.
  [[nodiscard]] nanoseconds offset(MonoTime now) const;
  // How much faster than the machine the station runs.
  [[nodiscard]] std::int64_t rate_ppb() const;
  // The offset is within ± this.
  [[nodiscard]] nanoseconds bound(MonoTime now) const;
  // One standard deviation of the offset after the last exchange.
  [[nodiscard]] nanoseconds deviation() const;
  [[nodiscard]] MonoTime last() const { return at_; }

 private:
  struct Limits {
    double low = 0;
    double high = 0;
  };
  [[nodiscard]] double relative(nanoseconds offset) const { return static_cast<double>((offset - base_).count()); }
  [[nodiscard]] Limits proved_by(const ClockExchange& exchange) const;
  [[nodiscard]] Limits limits(MonoTime now) const;
  [[nodiscard]] double gap(const ClockExchange& exchange) const;
  [[nodiscard]] double rate_uncertainty() const;
  void predict(MonoTime now);
  // Standard deviation of an exchange's middle, for asymmetric ways.
  [[nodiscard]] double noise_of(double half_trip);

  // Offsets below are nanoseconds relative to base_, at the instant at_; rates are ns/s, which is ppb.
  nanoseconds base_;
  MonoTime at_;
  double offset_ = 0;
  double rate_ = 0;
  double var_offset_;
  double var_rate_;
  double covariance_ = 0;
  Limits limits_;
  double fastest_;    // half round trip of the fastest exchange lately
  double excess_;     // how much slower the others are, on average
  double count_ = 1;  // exchanges taken, up to what the averages remember
};

}  // namespace loa::node
