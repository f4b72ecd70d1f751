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

TEST(Expand, OnceComesDueOnItsDayOfTheZone) {
  const Almanac almanac{civil::Zone{"Asia/Ho_Chi_Minh"}, {}};
  const civil::Day day{std::chrono::local_days{std::chrono::year{2027} / 2 / 6}};
  Schedule schedule = greeting();
  schedule.rule = Once{parse_utc("2027-02-05T18:00:00Z").value()};  // 01:00 of the sixth
  EXPECT_EQ(expand(schedule, almanac, day, day + std::chrono::days{1}).size(), 1U);
  EXPECT_TRUE(expand(schedule, almanac, day - std::chrono::days{1}, day).empty());
  EXPECT_TRUE(expand(schedule, almanac, day, day).empty());
}

TEST(Expand, WhatHolidaysTakeOutKeepsItsReason) {
  Schedule schedule = greeting();
  holidays::Holiday holiday;
  holiday.id = "reunification";
  holiday.name_vi = "Ngày Giải phóng miền Nam";
  holiday.name_en = "Reunification Day";
  holiday.kinds = {holidays::HolidayKind::kDayOff};
  holiday.date = {holidays::DateScale::kSolar, 4, 30};
  const civil::Zone zone{"Asia/Ho_Chi_Minh"};
  const Almanac almanac{zone, holidays::HolidayCalendar{{holiday}, {}}};
  schedule.rule = Recurring{{civil::parse_time("2027-04-23T06:00"),
                             zone,
                             {recurrence::parse_rule("FREQ=WEEKLY;BYDAY=FR;COUNT=3")},
                             {},
                             {},
                             {},
                             {}},
                            {{holidays::SkipOn{holidays::DaySet::kDayOff}}}};
  const auto due = expand(schedule, almanac, civil::parse_day("2027-04-01"), civil::parse_day("2027-06-01"));
  ASSERT_EQ(due.size(), 3U);
  EXPECT_EQ(due[0].due, parse_utc("2027-04-22T23:00:00Z").value());
  EXPECT_FALSE(due[0].silence);
  ASSERT_TRUE(due[1].silence);
  EXPECT_EQ(due[1].silence, (Silence{"30/4 là Ngày Giải phóng miền Nam", "30/4 is Reunification Day"}));
  EXPECT_FALSE(due[2].silence);
}

TEST(ExceptionReasons, AreReadAsTheyAreWritten) {
  for (const auto reason : {ExceptionReason::kGreatHoliday, ExceptionReason::kPoliticalEvent,
                            ExceptionReason::kEmergency, ExceptionReason::kRepair})
    EXPECT_EQ(parse_exception_reason(to_string(reason)), reason);
  EXPECT_FALSE(parse_exception_reason("because"));
}

}  // namespace
}  // namespace loa::schedules
