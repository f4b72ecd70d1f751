#include "node-agent/clock/station_estimate.h"

#include <algorithm>

namespace loa::node {

bool StationEstimate::add(const ClockExchange& exchange) {
  const nanoseconds server_held = exchange.t3 - exchange.t2;
  const nanoseconds round_trip = (exchange.t4 - exchange.t1) - server_held;
  if (server_held < nanoseconds{0} || round_trip < nanoseconds{0} || round_trip > kLongestRoundTrip) return false;
  const nanoseconds there = exchange.t2.time_since_epoch() - exchange.t1.time_since_epoch();
  const nanoseconds back = exchange.t3.time_since_epoch() - exchange.t4.time_since_epoch();
  // The halves are taken first: two offsets since 1970 together would not fit into 64 bits after the year 2116.
  samples_[count_ % samples_.size()] = {there / 2 + back / 2, round_trip / 2, exchange.t4};
  ++count_;
  machine_offset_.reset();
  return true;
}

void StationEstimate::believe_machine(Now now) {
  if (count_ == 0) machine_offset_ = now.wall.time_since_epoch() - now.mono.time_since_epoch();
}

nanoseconds StationEstimate::bound(const Sample& sample, MonoTime now) {
  return sample.half_trip + nanoseconds{(now - sample.at).count() / 1'000'000 * (kAssumedDriftPpb / 1000)};
}

const StationEstimate::Sample* StationEstimate::best(MonoTime now) const {
  const Sample* found = nullptr;
  for (std::size_t i = 0; i < std::min(count_, samples_.size()); ++i)
    if (found == nullptr || bound(samples_[i], now) < bound(*found, now)) found = &samples_[i];
  return found;
}

ClockState StationEstimate::state(MonoTime now) const {
  if (count_ == 0) return machine_offset_ ? ClockState::kFloor : ClockState::kCold;
  const MonoTime last = samples_[(count_ - 1) % samples_.size()].at;
  return now - last <= kFreshFor ? ClockState::kSynced : ClockState::kHoldover;
}

std::optional<nanoseconds> StationEstimate::error_bound(MonoTime now) const {
  const Sample* sample = best(now);
  if (sample == nullptr) return std::nullopt;
  return bound(*sample, now);
}

std::optional<playout::ClockCalibration> StationEstimate::calibration(MonoTime now) const {
  const Sample* sample = best(now);
  if (sample == nullptr && !machine_offset_) return std::nullopt;
  const nanoseconds offset = sample == nullptr ? *machine_offset_ : sample->offset;
  return playout::ClockCalibration{now, StationTime{now.time_since_epoch() + offset}, 0};
}

bool StationEstimate::is_playable(MonoTime now) const {
  switch (state(now)) {
    case ClockState::kCold:
      return false;
    case ClockState::kFloor:
    case ClockState::kSynced:
      return true;
    case ClockState::kHoldover:
      return *error_bound(now) < kLargestPlayableError;
  }
  return false;
}

}  // namespace loa::node
