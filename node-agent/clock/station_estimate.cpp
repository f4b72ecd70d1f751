#include "node-agent/clock/station_estimate.h"

namespace loa::node {
namespace {

nanoseconds drifted(nanoseconds elapsed, std::int64_t ppb) {
  return nanoseconds{elapsed.count() / 1'000'000 * (ppb / 1000)};
}

}  // namespace

bool StationEstimate::add(const ClockExchange& exchange) {
  if (!is_possible(exchange)) return false;
  if (!filter_) {
    filter_.emplace(exchange);
    machine_.reset();
    return true;
  }
  end_old_doubt(exchange.t4);
  const bool agrees = filter_->contradiction(exchange) <= kDoubtBeyond;
  if (!doubt_) {
    if (agrees) {
      filter_->add(exchange);
    } else {
      doubt_.emplace(Doubt{exchange.t4, 0, kAgreeingExchanges, ClockFilter(exchange), 1});
    }
    return true;
  }

  if (agrees) {
    filter_->add(exchange);
    ++doubt_->agreeing;
  }
  if (doubt_->other && doubt_->other->contradiction(exchange) <= kDoubtBeyond) {
    doubt_->other->add(exchange);
    ++doubt_->agreeing_other;
  } else if (!agrees) {
    doubt_->other.emplace(exchange);
    doubt_->agreeing_other = 1;
    doubt_->needed = kAgreeingExchanges;
  }
  if (doubt_->agreeing >= doubt_->needed) {
    doubt_.reset();
  } else if (doubt_->agreeing_other >= kAgreeingExchanges) {
    filter_ = doubt_->other;
    doubt_.reset();
  }
  return true;
}

// Nobody decided in time: the station's newest word counts, because it was asked for and signed.
void StationEstimate::end_old_doubt(MonoTime now) {
  if (!doubt_ || is_in_doubt(now)) return;
  if (doubt_->other) filter_ = doubt_->other;
  doubt_.reset();
}

const ClockFilter& StationEstimate::believed(MonoTime now) const {
  return doubt_ && doubt_->other && !is_in_doubt(now) ? *doubt_->other : *filter_;
}

void StationEstimate::believe_machine(Now now, nanoseconds error) {
  if (!filter_) machine_ = Machine{now.wall.time_since_epoch() - now.mono.time_since_epoch(), error, now.mono};
}

void StationEstimate::on_suspended(nanoseconds slept, MonoTime now) {
  if (machine_) {
    machine_->offset += slept;
    machine_->error += kSleepUncertainty;
  }
  if (!filter_) return;
  end_old_doubt(now);
  filter_->on_suspended(slept, kSleepUncertainty);
  doubt_.emplace(Doubt{now, 0, 1, std::nullopt, 0});
}

ClockState StationEstimate::state(MonoTime now) const {
  if (!filter_) return machine_ ? ClockState::kFloor : ClockState::kCold;
  if (is_in_doubt(now)) return ClockState::kDoubt;
  return now - believed(now).last() <= kFreshFor ? ClockState::kSynced : ClockState::kHoldover;
}

std::optional<nanoseconds> StationEstimate::error_bound(MonoTime now) const {
  if (filter_) return believed(now).bound(now);
  if (machine_) return machine_->error + drifted(now - machine_->since, kMachineDriftPpb);
  return std::nullopt;
}

std::optional<nanoseconds> StationEstimate::deviation(MonoTime now) const {
  if (!filter_) return std::nullopt;
  return believed(now).deviation();
}

std::optional<playout::ClockCalibration> StationEstimate::calibration(MonoTime now) const {
  if (filter_) {
    const ClockFilter& filter = believed(now);
    return playout::ClockCalibration{now, StationTime{now.time_since_epoch() + filter.offset(now)}, filter.rate_ppb()};
  }
  if (machine_) return playout::ClockCalibration{now, StationTime{now.time_since_epoch() + machine_->offset}, 0};
  return std::nullopt;
}

bool StationEstimate::is_playable(MonoTime now) const {
  const auto bound = error_bound(now);
  return bound && *bound < kLargestPlayableError && !is_in_doubt(now);
}

MonoTime StationEstimate::next_change(MonoTime now) const {
  return is_in_doubt(now) ? doubt_->since + kLongestDoubt : MonoTime::max();
}

}  // namespace loa::node
