#include "node-agent/clock/clock_filter.h"

#include <algorithm>
#include <cmath>

namespace loa::node {
namespace {

// Before anything is measured, one standard deviation: what may be is the double of it.
constexpr double kUsualDriftPpb = 100'000;
// Per √s: white noise of the offset, and random walk of the rate (about 1 ppm in an hour).
constexpr double kOffsetNoise = 100;
constexpr double kRateNoise = 20;
// Scheduling on both machines, with no delay in the network at all.
constexpr double kTimestampNoise = 20'000;
// Wire times are whole microseconds, rounded down.
constexpr double kWireStep = 1'000;
constexpr double kMostCount = 64;
constexpr double kMostExcess = 2;
// Routes change: in this time the fastest exchange is forgotten by one average excess.
constexpr double kForgetFastestOver = 1000;

double seconds_of(nanoseconds d) {
  return static_cast<double>(d.count()) * 1e-9;
}

nanoseconds half_trip(const ClockExchange& e) {
  return ((e.t4 - e.t1) - (e.t3 - e.t2)) / 2;
}

// The halves are taken first: two offsets since 1970 together would not fit into 64 bits after the year 2116.
nanoseconds middle(const ClockExchange& e) {
  return (e.t2.time_since_epoch() - e.t1.time_since_epoch()) / 2 +
         (e.t3.time_since_epoch() - e.t4.time_since_epoch()) / 2;
}

}  // namespace

bool is_possible(const ClockExchange& exchange) {
  const nanoseconds held = exchange.t3 - exchange.t2;
  const nanoseconds round_trip = (exchange.t4 - exchange.t1) - held;
  return held >= nanoseconds{0} && round_trip >= nanoseconds{0} && round_trip <= kLongestRoundTrip;
}

ClockFilter::ClockFilter(const ClockExchange& first)
    : base_(middle(first)),
      at_(first.t4),
      var_offset_(0),
      var_rate_(kUsualDriftPpb * kUsualDriftPpb),
      limits_(proved_by(first)),
      fastest_(static_cast<double>(half_trip(first).count())),
      excess_(fastest_ / 2) {
  // A single exchange says nothing of its asymmetry: anywhere within its limits.
  var_offset_ = std::pow(std::max(fastest_ / 2, kTimestampNoise), 2);
}

ClockFilter::Limits ClockFilter::proved_by(const ClockExchange& e) const {
  return {relative(e.t3.time_since_epoch() - e.t4.time_since_epoch()),
          relative(e.t2.time_since_epoch() - e.t1.time_since_epoch()) + kWireStep};
}

double ClockFilter::rate_uncertainty() const {
  return std::min(kLargestDriftPpb + std::abs(rate_), 4 * std::sqrt(var_rate_) + kWanderPpb);
}

ClockFilter::Limits ClockFilter::limits(MonoTime now) const {
  const double dt = seconds_of(now - at_);
  const double drift = rate_ * dt;
  const double spread = rate_uncertainty() * std::max(dt, 0.0);
  return {limits_.low + drift - spread, limits_.high + drift + spread};
}

double ClockFilter::gap(const ClockExchange& exchange) const {
  const Limits held = limits(exchange.t4);
  const Limits proved = proved_by(exchange);
  return std::max({0.0, proved.low - held.high, held.low - proved.high});
}

nanoseconds ClockFilter::contradiction(const ClockExchange& exchange) const {
  return nanoseconds{static_cast<std::int64_t>(std::ceil(gap(exchange)))};
}

void ClockFilter::predict(MonoTime now) {
  const double dt = std::max(seconds_of(now - at_), 0.0);
  limits_ = limits(now);
  offset_ += rate_ * dt;
  var_offset_ += 2 * dt * covariance_ + dt * dt * var_rate_ + kOffsetNoise * kOffsetNoise * dt +
                 kRateNoise * kRateNoise * dt * dt * dt / 3;
  covariance_ += dt * var_rate_ + kRateNoise * kRateNoise * dt * dt / 2;
  var_rate_ += kRateNoise * kRateNoise * dt;
  fastest_ += excess_ * dt / kForgetFastestOver;
  at_ = std::max(at_, now);
}

// When both ways are slowed at random, the middle of an exchange that took `e` longer than the least possible is off by
// anything within ±e: deviation e/√3. The least possible lies below the fastest seen by a part of the average excess
// that shrinks with the root of the number seen.
double ClockFilter::noise_of(double half) {
  fastest_ = std::min(fastest_, half);
  count_ = std::min(count_ + 1, kMostCount);
  // One packet that was sent again says little of the others.
  excess_ += (std::min(half - fastest_, kMostExcess * excess_ + kTimestampNoise) - excess_) / count_;
  return kTimestampNoise + (half - fastest_) / std::sqrt(3.0) + excess_ / std::sqrt(count_);
}

void ClockFilter::add(const ClockExchange& exchange) {
  const double surprise = gap(exchange);
  predict(exchange.t4);
  const Limits proved = proved_by(exchange);
  if (surprise > 0) {
    // The rate was not what it seemed, or the station was set: begin again from what is proved now.
    var_offset_ += surprise * surprise;
    var_rate_ = kUsualDriftPpb * kUsualDriftPpb;
    covariance_ = 0;
    limits_ = proved;
  } else {
    limits_ = {std::max(limits_.low, proved.low), std::min(limits_.high, proved.high)};
  }

  const double noise = noise_of(static_cast<double>(half_trip(exchange).count()));
  const double innovation = relative(middle(exchange)) - offset_;
  const double total = var_offset_ + noise * noise;
  const double gain_offset = var_offset_ / total;
  const double gain_rate = covariance_ / total;
  offset_ += gain_offset * innovation;
  rate_ = std::clamp(rate_ + gain_rate * innovation, -kLargestDriftPpb, kLargestDriftPpb);
  var_rate_ -= gain_rate * covariance_;
  covariance_ *= 1 - gain_offset;
  var_offset_ *= 1 - gain_offset;
  offset_ = std::clamp(offset_, limits_.low, limits_.high);

  // Relative numbers stay small, so that a double holds them to the nanosecond for years.
  const nanoseconds moved{static_cast<std::int64_t>(offset_)};
  const auto shift = static_cast<double>(moved.count());
  base_ += moved;
  offset_ -= shift;
  limits_ = {limits_.low - shift, limits_.high - shift};
}

void ClockFilter::on_suspended(nanoseconds slept, nanoseconds uncertainty) {
  const auto spread = static_cast<double>(uncertainty.count());
  base_ += slept;
  limits_ = {limits_.low - spread, limits_.high + spread};
  var_offset_ += spread * spread;
}

nanoseconds ClockFilter::offset(MonoTime now) const {
  return base_ + nanoseconds{static_cast<std::int64_t>(std::llround(offset_ + rate_ * seconds_of(now - at_)))};
}

std::int64_t ClockFilter::rate_ppb() const {
  return std::llround(rate_);
}

nanoseconds ClockFilter::deviation() const {
  return nanoseconds{std::llround(std::sqrt(var_offset_))};
}

nanoseconds ClockFilter::bound(MonoTime now) const {
  const Limits held = limits(now);
  const double shown = offset_ + rate_ * seconds_of(now - at_);
  return nanoseconds{static_cast<std::int64_t>(std::ceil(std::max(held.high - shown, shown - held.low)))};
}

}  // namespace loa::node
