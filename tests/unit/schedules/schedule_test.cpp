#include "schedules/schedule.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

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

// Which messages of the pool each turn has: turn after turn, its sessions after each other.
std::vector<std::vector<int>> turns_of(int pool, int per_turn, int sessions, int days) {
  std::vector<std::vector<int>> turns;
  for (int day = 0; day < days; ++day)
    for (int session = 0; session < sessions; ++session) {
      turns.emplace_back();
      for (int place = 0; place < pool; ++place)
        if (Rotation{place, pool, per_turn, session, sessions}.has_turn(day)) turns.back().push_back(place);
    }
  return turns;
}

TEST(Rotation, EachTurnHasItsNumberOfDifferentMessagesAndNoneFallsBehind) {
  for (int pool = 1; pool <= 8; ++pool)
    for (int per_turn = 1; per_turn <= pool; ++per_turn)
      for (int sessions = 1; sessions <= 3; ++sessions) {
        std::vector<int> heard(static_cast<std::size_t>(pool));
        for (const auto& turn : turns_of(pool, per_turn, sessions, 60)) {
          ASSERT_EQ(turn.size(), static_cast<std::size_t>(per_turn)) << pool << " " << per_turn << " " << sessions;
          for (const int place : turn) ++heard[static_cast<std::size_t>(place)];
          const auto [least, most] = std::minmax_element(heard.begin(), heard.end());
          ASSERT_LE(*most - *least, 1) << pool << " " << per_turn << " " << sessions;
        }
      }
}

TEST(Rotation, NoMessageKeepsAWeekdayOrASessionToItself) {
  // Five messages on five days of the week, and two messages in two sessions: without the step each would stay.
  std::set<int> on_mondays;
  const auto weeks = turns_of(5, 1, 1, 25);
  for (std::size_t day = 0; day < weeks.size(); day += 5) on_mondays.insert(weeks[day].front());
  EXPECT_EQ(on_mondays.size(), 5U);
  std::set<int> in_the_morning;
  const auto sessions = turns_of(2, 1, 2, 4);
  for (std::size_t turn = 0; turn < sessions.size(); turn += 2) in_the_morning.insert(sessions[turn].front());
  EXPECT_EQ(in_the_morning.size(), 2U);
}

TEST(Expand, ADayThatIsTakenOutIsNoTurn) {
  holidays::Holiday holiday;
  holiday.id = "reunification";
  holiday.name_vi = "Ngày Giải phóng miền Nam";
  holiday.name_en = "Reunification Day";
  holiday.kinds = {holidays::HolidayKind::kDayOff};
  holiday.date = {holidays::DateScale::kSolar, 4, 30};
  const civil::Zone zone{"Asia/Ho_Chi_Minh"};
  const Almanac almanac{zone, holidays::HolidayCalendar{{holiday}, {}}};
  const auto tell = [&](const char* from, const char* until, std::optional<std::string> session, const char* rule) {
    std::string text;
    for (int place = 0; place < 3; ++place) {
      Schedule schedule = greeting();
      schedule.session = session;
      schedule.rule =
          Recurring{{civil::parse_time("2027-04-28T06:00"), zone, {recurrence::parse_rule(rule)}, {}, {}, {}, {}},
                    {{holidays::SkipOn{holidays::DaySet::kDayOff}}},
                    Rotation{place, 3, 1, 0, 1}};
      for (const Occurrence& each : expand(schedule, almanac, civil::parse_day(from), civil::parse_day(until)))
        text += std::to_string(place) + "@" + civil::format_time(zone.to_civil(each.due)).substr(8, 5) +
                (each.silence ? "- " : " ");
    }
    return text;
  };
  // 28 A, 29 B, 30 (C) off, then C on 1/5; the next lap begins with B.
  EXPECT_EQ(tell("2027-04-28", "2027-05-04", {}, "FREQ=DAILY;COUNT=6"),
            "0@28T06 1@29T06 1@02T06 2@30T06- 2@01T06 2@03T06 ");
  EXPECT_EQ(tell("2027-05-01", "2027-05-04", {}, "FREQ=DAILY;COUNT=6"), "1@02T06 2@01T06 2@03T06 ")
      << "counted from the first turn, whatever days are asked about";
  // In a session a day is one turn, however often its rule is due.
  EXPECT_EQ(tell("2027-04-28", "2027-05-02", "sáng", "FREQ=DAILY;BYHOUR=6,7;COUNT=8"),
            "0@28T06 1@29T06 2@30T06- 2@30T07- 2@01T06 ");
}

TEST(ExceptionReasons, AreReadAsTheyAreWritten) {
  for (const auto reason : {ExceptionReason::kGreatHoliday, ExceptionReason::kPoliticalEvent,
                            ExceptionReason::kEmergency, ExceptionReason::kRepair})
    EXPECT_EQ(parse_exception_reason(to_string(reason)), reason);
  EXPECT_FALSE(parse_exception_reason("because"));
}

}  // namespace
}  // namespace loa::schedules
