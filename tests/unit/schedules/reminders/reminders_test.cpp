#include "schedules/reminders/reminders.h"

#include <gmock/gmock.h>

#include "schedules/holidays/holiday_file.h"

namespace loa::schedules {
namespace {

using civil::Day;
using civil::parse_day;
using testing::ElementsAre;
using testing::IsEmpty;

const Almanac kAlmanac{civil::Zone{"Asia/Ho_Chi_Minh"}, holidays::vietnam()};

// `gio-to 14 2027-04-02 due`
std::vector<std::string> told(const char* today, const std::vector<Schedule>& active = {},
                              const Almanac& almanac = kAlmanac) {
  std::vector<std::string> lines;
  for (const Reminder& each : reminders(almanac, active, parse_day(today)))
    lines.push_back(each.event + " " + std::to_string(each.days_before) + " " + civil::format_day(each.day) + " " +
                    std::string{to_string(each.state)});
  return lines;
}

Schedule greeting(const char* event, const char* start) {
  Schedule schedule;
  schedule.id = ScheduleId{"s-1"};
  schedule.event = event;
  schedule.rule = Once{parse_utc(start).value()};
  return schedule;
}

TEST(Reminders, CountBackFromTheFeastByTheMoonToo) {
  // Tết 2027 is 6/2, three days after 3/2; Giỗ Tổ 16/4, 30/4.
  EXPECT_THAT(told("2027-01-10"),
              ElementsAre("thanh-lap-dang 14 2027-01-20 upcoming", "tet-nguyen-dan 14 2027-01-23 upcoming",
                          "thanh-lap-dang 7 2027-01-27 upcoming", "tet-nguyen-dan 7 2027-01-30 upcoming",
                          "thanh-lap-dang 3 2027-01-31 upcoming", "tet-nguyen-dan 3 2027-02-03 upcoming"));
  EXPECT_THAT(told("2027-04-10"),
              ElementsAre("gio-to 7 2027-04-09 due", "gio-to 3 2027-04-13 upcoming",
                          "giai-phong-mien-nam 14 2027-04-16 upcoming", "giai-phong-mien-nam 7 2027-04-23 upcoming",
                          "dien-bien-phu 14 2027-04-23 upcoming", "giai-phong-mien-nam 3 2027-04-27 upcoming",
                          "dien-bien-phu 7 2027-04-30 upcoming", "dien-bien-phu 3 2027-05-04 upcoming",
                          "sinh-nhat-bac 14 2027-05-05 upcoming"));
  // Not in the second month 3 of 2031.
  EXPECT_THAT(told("2031-03-29"), testing::Contains("gio-to 3 2031-03-29 due"));
  EXPECT_THAT(told("2031-04-02"), testing::Not(testing::Contains(testing::StartsWith("gio-to"))));
}

TEST(Reminders, AreDueFromTheirDayUntilTheFeastIsOver) {
  EXPECT_THAT(told("2026-08-18"),
              ElementsAre("cach-mang-thang-tam 3 2026-08-16 due", "quoc-khanh 14 2026-08-19 upcoming",
                          "quoc-khanh 7 2026-08-26 upcoming", "quoc-khanh 3 2026-08-30 upcoming"));
  EXPECT_THAT(told("2026-08-19"), testing::Contains("cach-mang-thang-tam 3 2026-08-16 due"));
  EXPECT_THAT(told("2026-08-20"), ElementsAre("quoc-khanh 14 2026-08-19 due", "quoc-khanh 7 2026-08-26 upcoming",
                                              "quoc-khanh 3 2026-08-30 upcoming"));
  EXPECT_THAT(told("2026-10-01"), IsEmpty());
}

TEST(Reminders, AreDoneByAScheduleForThatFeastOfThatYear) {
  const char* today = "2026-08-28";
  const auto states = [&](Schedule schedule) {
    std::vector<std::string> found;
    for (const Reminder& each : reminders(kAlmanac, std::vector{std::move(schedule)}, parse_day(today)))
      found.emplace_back(to_string(each.state));
    return found;
  };
  EXPECT_THAT(states(greeting("quoc-khanh", "2026-09-02T00:00:00Z")), ElementsAre("done", "done"));
  EXPECT_THAT(states(greeting("quoc-khanh", "2026-08-29T00:00:00Z")), ElementsAre("done", "done"));
  EXPECT_THAT(states(greeting("gio-to", "2026-09-02T00:00:00Z")), ElementsAre("due", "upcoming"));
  EXPECT_THAT(states(greeting("quoc-khanh", "2025-09-02T00:00:00Z")), ElementsAre("due", "upcoming"));
  Schedule unlabelled = greeting("quoc-khanh", "2026-09-02T00:00:00Z");
  unlabelled.event.reset();
  EXPECT_THAT(states(unlabelled), ElementsAre("due", "upcoming"));
  Schedule later = greeting("quoc-khanh", "2026-09-02T00:00:00Z");
  later.made = parse_utc("2026-09-02T00:00:01Z").value();
  EXPECT_THAT(states(later), ElementsAre("due", "upcoming"));

  Schedule yearly = greeting("quoc-khanh", "2026-09-02T00:00:00Z");
  const recurrence::RecurrenceSet set{
      civil::parse_time("2020-09-02T07:00"), kAlmanac.zone, {recurrence::parse_rule("FREQ=YEARLY")}, {}, {}, {}, {}};
  yearly.rule = Recurring{set, {}};
  EXPECT_THAT(states(yearly), ElementsAre("done", "done"));
  // The calendar keeps it silent, so there is none.
  yearly.rule = Recurring{set, {{holidays::SkipOn{holidays::DaySet::kDayOff}}}};
  EXPECT_THAT(states(yearly), ElementsAre("due", "upcoming"));
}

TEST(Reminders, AreForGreatDaysInForceAlone) {
  const auto of = [](holidays::HolidayKind kind, holidays::HolidayStatus status) {
    holidays::Holiday holiday;
    holiday.id = "x";
    holiday.name_vi = holiday.name_en = "X";
    holiday.kinds = {kind};
    holiday.status = status;
    holiday.date = {holidays::DateScale::kSolar, 6, 10};
    return told("2026-06-01", {}, {kAlmanac.zone, holidays::HolidayCalendar{{holiday}, {}}});
  };
  EXPECT_EQ(of(holidays::HolidayKind::kGreatDay, holidays::HolidayStatus::kInForce).size(), 3U);
  EXPECT_THAT(of(holidays::HolidayKind::kGreatDay, holidays::HolidayStatus::kProposed), IsEmpty());
  EXPECT_THAT(of(holidays::HolidayKind::kDayOff, holidays::HolidayStatus::kInForce), IsEmpty());
}

}  // namespace
}  // namespace loa::schedules
