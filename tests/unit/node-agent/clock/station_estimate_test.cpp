#include "node-agent/clock/station_estimate.h"

#include <gtest/gtest.h>

namespace loa::node {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kBoot{1h};
const StationTime kStation = station_from_us(1'801'872'000'000'000);  // what the station shows at kBoot

// An exchange begun `at` after kBoot with these two ways and a server that held it for 1 ms and whose clock is `set`
// ahead of kStation.
ClockExchange exchange(nanoseconds at, nanoseconds there, nanoseconds back, nanoseconds set = 0ns) {
  const StationTime t2 = kStation + set + at + there;
  return {kBoot + at, t2, t2 + 1ms, kBoot + at + there + 1ms + back};
}

// How far the estimate shows the station ahead of kStation.
nanoseconds error_of(const StationEstimate& estimate, nanoseconds at) {
  const auto calibration = estimate.calibration(kBoot + at);
  EXPECT_TRUE(calibration);
  EXPECT_EQ(calibration->mono, kBoot + at);
  return calibration->station - (kStation + at);
}

// A minute of exchanges: what a node knows in ordinary days.
StationEstimate synced() {
  StationEstimate estimate;
  for (int i = 0; i < 60; ++i) EXPECT_TRUE(estimate.add(exchange(seconds{i}, 5ms, 5ms)));
  return estimate;
}

TEST(StationEstimate, KnowsNothingAtFirst) {
  const StationEstimate estimate;
  EXPECT_EQ(estimate.state(kBoot), ClockState::kCold);
  EXPECT_EQ(estimate.error_bound(kBoot), std::nullopt);
  EXPECT_FALSE(estimate.calibration(kBoot));
  EXPECT_FALSE(estimate.is_playable(kBoot));
  EXPECT_EQ(estimate.next_change(kBoot), MonoTime::max());
}

TEST(StationEstimate, TheFirstExchangeSyncs) {
  StationEstimate estimate;
  ASSERT_TRUE(estimate.add(exchange(0s, 20ms, 20ms)));
  EXPECT_EQ(error_of(estimate, 1s), 0ns);
  EXPECT_GE(*estimate.error_bound(kBoot + 41ms), 20ms);
  EXPECT_LE(*estimate.error_bound(kBoot + 41ms), 20ms + 2us);
  EXPECT_EQ(estimate.state(kBoot + 41ms), ClockState::kSynced);
  EXPECT_TRUE(estimate.is_playable(kBoot + 41ms));
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
  const StationEstimate estimate = synced();
  MonoTime t = kBoot + 60s;
  while (*estimate.error_bound(t) < 30s) t += 1min;
  EXPECT_TRUE(estimate.is_playable(t - 1min));
  EXPECT_FALSE(estimate.is_playable(t));
  EXPECT_EQ(estimate.state(t), ClockState::kHoldover);
  EXPECT_TRUE(estimate.calibration(t));  // still the best there is
}

// A plan is 7 days; a node that knew its own drift plays it to the end alone.
TEST(StationEstimate, AfterAnHourOfExchangesAWeekAloneIsPlayable) {
  StationEstimate estimate;
  for (int i = 0; i < 225; ++i) ASSERT_TRUE(estimate.add(exchange(seconds{16 * i}, 5ms + i % 3 * 1ms, 5ms)));
  EXPECT_TRUE(estimate.is_playable(kBoot + 1h + 7 * 24h));
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

// --- the machine's own clock

TEST(StationEstimate, TheMachinesClockIsAFloorUntilTheFirstExchange) {
  StationEstimate estimate;
  const WallTime machine = wall_from_station(kStation) + 5s;
  estimate.believe_machine({machine, kBoot}, 2s);
  EXPECT_EQ(estimate.state(kBoot + 1s), ClockState::kFloor);
  EXPECT_TRUE(estimate.is_playable(kBoot + 1s));
  EXPECT_EQ(error_of(estimate, 1h), 5s);
  ASSERT_TRUE(estimate.add(exchange(2h, 1ms, 1ms)));
  EXPECT_EQ(error_of(estimate, 2h + 1s), 0ns);
  estimate.believe_machine({machine + 1h, kBoot + 2h}, 0s);
  EXPECT_EQ(error_of(estimate, 2h + 1s), 0ns);
  EXPECT_EQ(estimate.state(kBoot + 2h + 1s), ClockState::kSynced);
}

TEST(StationEstimate, AFloorTooOldPlaysNothing) {
  StationEstimate estimate;
  estimate.believe_machine({wall_from_station(kStation), kBoot}, 29s);
  EXPECT_EQ(estimate.error_bound(kBoot), 29s);
  EXPECT_EQ(estimate.error_bound(kBoot + 1000s), 29s + 50ms);
  EXPECT_TRUE(estimate.is_playable(kBoot + 1000s));
  EXPECT_FALSE(estimate.is_playable(kBoot + 20'000s));
}

TEST(StationEstimate, ARefusedExchangeLeavesTheMachinesClock) {
  StationEstimate estimate;
  estimate.believe_machine({wall_from_station(kStation), kBoot}, 0s);
  EXPECT_FALSE(estimate.add(exchange(0s, 3s, 3s)));
  EXPECT_EQ(estimate.state(kBoot), ClockState::kFloor);
}

// --- doubt

TEST(StationEstimate, OneFalseReplyMovesNothing) {
  StationEstimate estimate = synced();
  ASSERT_TRUE(estimate.add(exchange(60s, 5ms, 5ms, 1h)));
  EXPECT_EQ(estimate.state(kBoot + 61s), ClockState::kDoubt);
  EXPECT_FALSE(estimate.is_playable(kBoot + 61s));
  EXPECT_LT(std::chrono::abs(error_of(estimate, 61s)), 1ms);
  EXPECT_EQ(estimate.next_change(kBoot + 61s), kBoot + 60s + 11ms + 60s);
  for (int i = 61; i < 64; ++i) {
    EXPECT_EQ(estimate.state(kBoot + seconds{i}), ClockState::kDoubt);
    ASSERT_TRUE(estimate.add(exchange(seconds{i}, 5ms, 5ms)));
  }
  EXPECT_EQ(estimate.state(kBoot + 64s), ClockState::kSynced);
  EXPECT_LT(std::chrono::abs(error_of(estimate, 64s)), 1ms);
}

TEST(StationEstimate, FalseRepliesThatDisagreeAmongThemselvesMoveNothing) {
  StationEstimate estimate = synced();
  for (int i = 60; i < 70; ++i) ASSERT_TRUE(estimate.add(exchange(seconds{i}, 5ms, 5ms, i * 1h)));
  EXPECT_LT(std::chrono::abs(error_of(estimate, 71s)), 1ms);
  for (int i = 71; i < 74; ++i) ASSERT_TRUE(estimate.add(exchange(seconds{i}, 5ms, 5ms)));
  EXPECT_EQ(estimate.state(kBoot + 74s), ClockState::kSynced);
}

TEST(StationEstimate, AStationThatWasSetIsFollowedAfterThreeExchanges) {
  for (const nanoseconds set : {nanoseconds{1h}, nanoseconds{-1h}, nanoseconds{300ms}}) {
    StationEstimate estimate = synced();
    ASSERT_TRUE(estimate.add(exchange(60s, 5ms, 5ms, set)));
    ASSERT_TRUE(estimate.add(exchange(61s, 5ms, 5ms, set)));
    EXPECT_EQ(estimate.state(kBoot + 62s), ClockState::kDoubt);
    EXPECT_LT(std::chrono::abs(error_of(estimate, 62s)), 1ms);
    ASSERT_TRUE(estimate.add(exchange(62s, 5ms, 5ms, set)));
    EXPECT_EQ(estimate.state(kBoot + 63s), ClockState::kSynced);
    EXPECT_LT(std::chrono::abs(error_of(estimate, 63s) - set), 1ms);
  }
}

TEST(StationEstimate, DoubtEndsAfterAMinuteWithTheStationsLastWord) {
  StationEstimate estimate = synced();
  ASSERT_TRUE(estimate.add(exchange(60s, 5ms, 5ms, 1h)));
  const MonoTime decided = estimate.next_change(kBoot + 61s);
  EXPECT_EQ(estimate.state(decided - 1ns), ClockState::kDoubt);
  EXPECT_EQ(estimate.state(decided), ClockState::kSynced);
  EXPECT_EQ(estimate.state(decided + 1s), ClockState::kHoldover);
  EXPECT_TRUE(estimate.is_playable(decided));
  EXPECT_LT(std::chrono::abs(error_of(estimate, 3min) - 1h), 1ms);
  EXPECT_EQ(estimate.next_change(decided), MonoTime::max());
  // And it is what the next exchange is measured by.
  ASSERT_TRUE(estimate.add(exchange(200s, 5ms, 5ms, 1h)));
  EXPECT_EQ(estimate.state(kBoot + 201s), ClockState::kSynced);
}

TEST(StationEstimate, AServerThatIsSlewedIsFollowedWithoutDoubt) {
  StationEstimate estimate = synced();
  for (int i = 1; i <= 20; ++i) {
    const nanoseconds set = i * 16 * 500us;  // 500 ppm, as ntpd slews
    ASSERT_TRUE(estimate.add(exchange(60s + i * 16s, 100us, 100us, set)));
    EXPECT_EQ(estimate.state(kBoot + 61s + i * 16s), ClockState::kSynced);
    EXPECT_LT(std::chrono::abs(error_of(estimate, 60s + i * 16s) - set), 1ms);
  }
}

// --- sleep

TEST(StationEstimate, SleepIsCountedAndDoubtedUntilTheNextExchange) {
  StationEstimate estimate = synced();
  estimate.on_suspended(1h, kBoot + 61s);
  EXPECT_EQ(estimate.state(kBoot + 61s), ClockState::kDoubt);
  EXPECT_LT(std::chrono::abs(error_of(estimate, 61s) - 1h), 1ms);
  EXPECT_GE(*estimate.error_bound(kBoot + 61s), 1s);
  // The battery clock was 700 ms off, which is no contradiction.
  ASSERT_TRUE(estimate.add(exchange(62s, 5ms, 5ms, 1h + 700ms)));
  EXPECT_EQ(estimate.state(kBoot + 63s), ClockState::kSynced);
  EXPECT_LT(std::chrono::abs(error_of(estimate, 63s) - 1h - 700ms), 11ms);
}

TEST(StationEstimate, SleepWithNobodyToAskIsHoldoverAfterAMinute) {
  StationEstimate estimate = synced();
  estimate.on_suspended(1h, kBoot + 61s);
  EXPECT_EQ(estimate.state(kBoot + 121s), ClockState::kHoldover);
  EXPECT_TRUE(estimate.is_playable(kBoot + 121s));
  EXPECT_LT(std::chrono::abs(error_of(estimate, 121s) - 1h), 1ms);
}

TEST(StationEstimate, SleepMovesTheMachinesClockToo) {
  StationEstimate estimate;
  estimate.believe_machine({wall_from_station(kStation), kBoot}, 2s);
  estimate.on_suspended(1h, kBoot + 1s);
  EXPECT_EQ(error_of(estimate, 1s), 1h);
  EXPECT_EQ(estimate.error_bound(kBoot), 3s);
  EXPECT_EQ(estimate.state(kBoot + 1s), ClockState::kFloor);
}

}  // namespace
}  // namespace loa::node
