#include "schedules/schedule.h"

#include <gtest/gtest.h>

namespace loa::schedules {
namespace {

using namespace std::chrono_literals;

const WallTime kStart = parse_utc("2027-02-06T07:00:00+07:00").value();

Schedule greeting() {
  Schedule schedule;
  schedule.id = ScheduleId{"s-tet"};
  schedule.rule = Once{kStart};
  schedule.late = 90s;
  schedule.duration = 60s;
  return schedule;
}

bool is_due(WallTime from, WallTime until) {
  return !expand(greeting(), from, until).empty();
}

TEST(PlayIdOf, ScheduleAndStartInUtc) {
  EXPECT_EQ(play_id(ScheduleId{"s-tet"}, kStart).str(), "s-tet-20270206t000000z");
  EXPECT_TRUE(is_valid_id(play_id(ScheduleId{"s-tet"}, kStart).str()));
  EXPECT_EQ(play_id(ScheduleId{"s-tet"}, kStart), play_id(ScheduleId{"s-tet"}, kStart));
  EXPECT_NE(play_id(ScheduleId{"s-tet"}, kStart), play_id(ScheduleId{"s-tet"}, kStart + 1s));
  EXPECT_NE(play_id(ScheduleId{"s-tet"}, kStart), play_id(ScheduleId{"s-tet-2"}, kStart));
}

TEST(PlayIdOf, TheLongestScheduleIdStillGivesAnId) {
  EXPECT_TRUE(is_valid_id(play_id(ScheduleId{std::string(kLongestScheduleId, 's')}, kStart).str()));
  EXPECT_FALSE(is_valid_id(play_id(ScheduleId{std::string(kLongestScheduleId + 1, 's')}, kStart).str()));
}

TEST(Expand, OnceGivesOneOccurrence) {
  const auto due = expand(greeting(), kStart - 1h, kStart + 1h);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].start, kStart);
  EXPECT_EQ(due[0].play, play_id(ScheduleId{"s-tet"}, kStart));
}

TEST(Expand, TheWindowEndsBeforeItsEnd) {
  EXPECT_FALSE(is_due(kStart - 1h, kStart));
  EXPECT_TRUE(is_due(kStart - 1h, kStart + 1ns));
}

TEST(Expand, WhatMayStillSoundCounts) {
  EXPECT_TRUE(is_due(kStart, kStart + 1h));
  EXPECT_TRUE(is_due(kStart + 150s - 1ns, kStart + 1h));  // begun 90 s late, 60 s long
  EXPECT_FALSE(is_due(kStart + 150s, kStart + 1h));
}

TEST(Expand, AnEmptyWindowHoldsWhatSoundsAcrossIt) {
  EXPECT_FALSE(is_due(kStart, kStart));
  EXPECT_TRUE(is_due(kStart + 1s, kStart + 1s));
  EXPECT_FALSE(is_due(kStart + 1h, kStart - 1h));
}

}  // namespace
}  // namespace loa::schedules
