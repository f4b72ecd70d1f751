#include "node-agent/clock/station_estimate.h"

#include <gtest/gtest.h>

namespace loa::node {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kBoot{1h};
const StationTime kStation = station_from_us(1'801'872'000'000'000);  // what the station shows at kBoot

// An exchange begun `at` after kBoot with these two ways and a server that held it for 1 ms.
ClockExchange exchange(nanoseconds at, nanoseconds there, nanoseconds back) {
  const StationTime t2 = kStation + at + there;
  return {kBoot + at, t2, t2 + 1ms, kBoot + at + there + 1ms + back};
}

// How far the estimate shows the station ahead of what it really shows.
nanoseconds error_of(const StationEstimate& estimate, nanoseconds at) {
  const auto calibration = estimate.calibration(kBoot + at);
  EXPECT_TRUE(calibration);
  EXPECT_EQ(calibration->mono, kBoot + at);
  return calibration->station - (kStation + at);
}

TEST(StationEstimate, KnowsNothingAtFirst) {
  const StationEstimate estimate;
  EXPECT_EQ(estimate.state(kBoot), ClockState::kCold);
  EXPECT_EQ(estimate.error_bound(kBoot), std::nullopt);
  EXPECT_FALSE(estimate.calibration(kBoot));
  EXPECT_FALSE(estimate.is_playable(kBoot));
}

TEST(StationEstimate, EqualWaysGiveTheExactOffset) {
  StationEstimate estimate;
  ASSERT_TRUE(estimate.add(exchange(0s, 20ms, 20ms)));
  EXPECT_EQ(error_of(estimate, 1s), 0ns);
  EXPECT_EQ(estimate.error_bound(kBoot + 41ms), 20ms);
  EXPECT_EQ(estimate.state(kBoot + 41ms), ClockState::kSynced);
  EXPECT_TRUE(estimate.is_playable(kBoot + 41ms));
}

// RFC 5905 §8: whatever the two ways are, the error is at most half of the round trip.
TEST(StationEstimate, TheErrorStaysWithinTheBound) {
  for (const auto& [there, back] : {std::pair{0ms, 40ms}, {40ms, 0ms}, {5ms, 35ms}, {2ms, 1ms}, {0ms, 0ms}}) {
    StationEstimate estimate;
    ASSERT_TRUE(estimate.add(exchange(0s, there, back)));
    const MonoTime now = kBoot + there + 1ms + back;
    EXPECT_EQ(estimate.error_bound(now), nanoseconds{there + back} / 2);
    EXPECT_EQ(error_of(estimate, now - kBoot), nanoseconds{there - back} / 2);
  }
}

TEST(StationEstimate, TheBoundGrowsBy100PartsPerMillion) {
  StationEstimate estimate;
  ASSERT_TRUE(estimate.add(exchange(0s, 10ms, 9ms)));
  const MonoTime taken = kBoot + 20ms;
  EXPECT_EQ(estimate.error_bound(taken), 9'500us);
  EXPECT_EQ(estimate.error_bound(taken + 1s), 9'500us + 100us);
  EXPECT_EQ(estimate.error_bound(taken + 24h), 9'500us + 8'640ms);
}

TEST(StationEstimate, TheSharpestExchangeWinsNotTheLast) {
  StationEstimate estimate;
  ASSERT_TRUE(estimate.add(exchange(0s, 1ms, 1ms)));
  ASSERT_TRUE(estimate.add(exchange(16s, 500ms, 0ms)));
  EXPECT_EQ(error_of(estimate, 17s), 0ns);
}

TEST(StationEstimate, DriftMakesTheOldOneLose) {
  StationEstimate estimate;
  ASSERT_TRUE(estimate.add(exchange(0s, 1ms, 1ms)));
  ASSERT_TRUE(estimate.add(exchange(100s, 4ms, 0ms)));  // bound 2 ms against 1 ms and 10 ms of assumed drift
  EXPECT_EQ(error_of(estimate, 101s), 2ms);
}

TEST(StationEstimate, OnlyTheLastEightCount) {
  StationEstimate estimate;
  ASSERT_TRUE(estimate.add(exchange(0s, 0ms, 0ms)));
  for (int i = 1; i <= 7; ++i) ASSERT_TRUE(estimate.add(exchange(seconds{i}, 100ms, 0ms)));
  EXPECT_EQ(error_of(estimate, 8s), 0ns);
  ASSERT_TRUE(estimate.add(exchange(8s, 100ms, 0ms)));
  EXPECT_EQ(error_of(estimate, 9s), 50ms);
}

TEST(StationEstimate, HoldoverAfterAMinuteWithoutExchange) {
  StationEstimate estimate;
  ASSERT_TRUE(estimate.add(exchange(0s, 1ms, 1ms)));
  const MonoTime last = kBoot + 3ms;
  EXPECT_EQ(estimate.state(last + 60s), ClockState::kSynced);
  EXPECT_EQ(estimate.state(last + 60s + 1ns), ClockState::kHoldover);
  EXPECT_TRUE(estimate.is_playable(last + 60s + 1ns));
  ASSERT_TRUE(estimate.add(exchange(70s, 1ms, 1ms)));
  EXPECT_EQ(estimate.state(kBoot + 71s), ClockState::kSynced);
}

TEST(StationEstimate, HoldoverPlaysWhileTheBoundIsBelowThirtySeconds) {
  StationEstimate estimate;
  ASSERT_TRUE(estimate.add(exchange(0s, 0ms, 0ms)));
  const MonoTime last = kBoot + 1ms;
  EXPECT_TRUE(estimate.is_playable(last + 299'999s));
  EXPECT_FALSE(estimate.is_playable(last + 300'000s));
  EXPECT_EQ(estimate.state(last + 300'000s), ClockState::kHoldover);
  EXPECT_TRUE(estimate.calibration(last + 300'000s));  // still the best there is
}

TEST(StationEstimate, RefusesWhatCannotBeTrue) {
  StationEstimate estimate;
  ClockExchange before = exchange(0s, 5ms, 5ms);
  before.t3 = before.t2 - 1ns;
  EXPECT_FALSE(estimate.add(before));  // replied before it was asked
  ClockExchange negative = exchange(0s, 5ms, 5ms);
  negative.t4 = negative.t1 + 1ms - 1ns;
  EXPECT_FALSE(estimate.add(negative));  // back sooner than the server held it
  EXPECT_FALSE(estimate.add(exchange(0s, 2500ms, 2500ms + 1ns)));
  ClockExchange far = exchange(0s, 5ms, 5ms);
  far.t2 = StationTime{0ns};
  far.t3 = station_from_us(9'007'199'254'740'991);
  EXPECT_FALSE(estimate.add(far));
  EXPECT_EQ(estimate.state(kBoot), ClockState::kCold);
  EXPECT_TRUE(estimate.add(exchange(0s, 2500ms, 2500ms)));
}

TEST(StationEstimate, TheLastInstantsOfTheWireAddUpWithoutOverflow) {
  StationEstimate estimate;
  const StationTime last = station_from_us(9'007'199'254'740'991);
  ASSERT_TRUE(estimate.add({kBoot, last, last, kBoot + 2ms}));
  EXPECT_EQ(estimate.calibration(kBoot + 2ms)->station, last + 1ms);
}

TEST(StationEstimate, TheMachinesClockIsAFloorUntilTheFirstExchange) {
  StationEstimate estimate;
  const WallTime machine = wall_from_station(kStation) + 5s;
  estimate.believe_machine({machine, kBoot});
  EXPECT_EQ(estimate.state(kBoot + 1s), ClockState::kFloor);
  EXPECT_EQ(estimate.error_bound(kBoot + 1s), std::nullopt);
  EXPECT_TRUE(estimate.is_playable(kBoot + 1s));
  EXPECT_EQ(error_of(estimate, 1h), 5s);
  ASSERT_TRUE(estimate.add(exchange(2h, 1ms, 1ms)));
  EXPECT_EQ(error_of(estimate, 2h + 1s), 0ns);
  estimate.believe_machine({machine + 1h, kBoot + 2h});
  EXPECT_EQ(error_of(estimate, 2h + 1s), 0ns);
  EXPECT_EQ(estimate.state(kBoot + 2h + 1s), ClockState::kSynced);
}

TEST(StationEstimate, ARefusedExchangeLeavesTheMachinesClock) {
  StationEstimate estimate;
  estimate.believe_machine({wall_from_station(kStation), kBoot});
  EXPECT_FALSE(estimate.add(exchange(0s, 3s, 3s)));
  EXPECT_EQ(estimate.state(kBoot), ClockState::kFloor);
}

}  // namespace
}  // namespace loa::node
