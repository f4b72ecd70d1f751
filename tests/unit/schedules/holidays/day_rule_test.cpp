#include "schedules/holidays/day_rule.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "schedules/holidays/holiday_file.h"
#include "tests/support/error_code.h"

namespace loa::holidays {
namespace {

using namespace std::chrono_literals;
using civil::parse_time;

recurrence::RecurrenceSet set_of(const char* dtstart, const char* rule) {
  return {parse_time(dtstart), civil::Zone{"Asia/Ho_Chi_Minh"}, {recurrence::parse_rule(rule)}, {}, {}, {}, {}};
}

std::vector<Planned> planned(const recurrence::RecurrenceSet& set, const DayRule& rule, const char* from,
                             const char* until) {
  return plan(set, rule, vietnam(), set.zone.to_wall(parse_time(from)), set.zone.to_wall(parse_time(until)));
}

std::string told(const std::vector<Planned>& list) {
  std::string text;
  for (const Planned& one : list) {
    text += civil::format_time(one.civil).substr(0, 16);
    if (one.fate != Fate::kPlanned) text += one.fate == Fate::kMoved ? " moved" : " skipped";
    for (const DayReason& reason : one.reasons) text += ": " + describe(reason, Language::kVietnamese);
    text += "\n";
  }
  return text;
}

TEST(DayRule, WithoutStepsEverythingStays) {
  EXPECT_EQ(told(planned(set_of("2026-04-29T07:00", "FREQ=DAILY"), {}, "2026-04-29T00:00", "2026-05-02T00:00")),
            "2026-04-29T07:00\n2026-04-30T07:00\n2026-05-01T07:00\n");
}

TEST(DayRule, SkipsHolidaysAndSaysWhich) {
  EXPECT_EQ(told(planned(set_of("2026-04-29T07:00", "FREQ=DAILY"), {{SkipOn{DaySet::kDayOff}}}, "2026-04-29T00:00",
                         "2026-05-03T00:00")),
            "2026-04-29T07:00\n"
            "2026-04-30T07:00 skipped: 30/4 là Ngày Giải phóng miền Nam, thống nhất đất nước\n"
            "2026-05-01T07:00 skipped: 1/5 là Ngày Quốc tế Lao động\n"
            "2026-05-02T07:00\n");
  EXPECT_EQ(told(planned(set_of("2026-08-28T07:00", "FREQ=DAILY"), {{SkipOn{DaySet::kNotWorking}}}, "2026-08-28T00:00",
                         "2026-09-01T00:00")),
            "2026-08-28T07:00\n"
            "2026-08-29T07:00 skipped: 29/8 là cuối tuần\n"
            "2026-08-30T07:00 skipped: 30/8 là cuối tuần\n"
            "2026-08-31T07:00 skipped: 31/8 được nghỉ theo “Thông báo nghỉ Tết Âm lịch và Quốc khánh năm 2026”\n");
}

TEST(DayRule, OnlyOnGreatDays) {
  EXPECT_EQ(told(planned(set_of("2026-05-06T06:00", "FREQ=DAILY"), {{OnlyOn{DaySet::kGreatDay}}}, "2026-05-06T00:00",
                         "2026-05-08T00:00")),
            "2026-05-06T06:00 skipped: 6/5 là ngày thường\n2026-05-07T06:00\n");
  EXPECT_EQ(told(planned(set_of("2026-03-08T06:00", "FREQ=DAILY;COUNT=1"), {{OnlyOn{DaySet::kHoliday}}},
                         "2026-03-08T00:00", "2026-03-09T00:00")),
            "2026-03-08T06:00\n");
}

TEST(DayRule, MovesToTheWorkingDayBeforeOrAfter) {
  const auto monthly = set_of("2026-01-01T08:00", "FREQ=MONTHLY;BYMONTHDAY=30");
  EXPECT_EQ(told(planned(monthly, {{MoveFrom{DaySet::kNotWorking, Direction::kBefore}}}, "2026-04-01T00:00",
                         "2026-06-01T00:00")),
            "2026-04-29T08:00 moved: 30/4 là Ngày Giải phóng miền Nam, thống nhất đất nước: chuyển từ 30/4 sang 29/4\n"
            "2026-05-29T08:00 moved: 30/5 là cuối tuần: chuyển từ 30/5 sang 29/5\n");
  EXPECT_EQ(told(planned(monthly, {{MoveFrom{DaySet::kNotWorking, Direction::kAfter}}}, "2026-05-01T00:00",
                         "2026-05-31T00:00")),
            "2026-05-04T08:00 moved: 30/4 là Ngày Giải phóng miền Nam, thống nhất đất nước: chuyển từ 30/4 sang 4/5\n");
}

TEST(DayRule, DaysBeforeAnEvent) {
  const auto reception = set_of("2026-01-15T08:00", "FREQ=MONTHLY;BYMONTHDAY=15");
  EXPECT_EQ(told(planned(reception, {{days_before({3, 1})}}, "2026-07-01T00:00", "2026-08-01T00:00")),
            "2026-07-12T08:00\n2026-07-14T08:00\n");
  // The event is moved first, and what announces it goes with it.
  EXPECT_EQ(told(planned(reception, {{MoveFrom{DaySet::kNotWorking, Direction::kAfter}, AirAt{{{-1, 17h}}}}},
                         "2026-08-01T00:00", "2026-09-01T00:00")),
            "2026-08-16T17:00 moved: 15/8 là cuối tuần: chuyển từ 15/8 sang 17/8\n");
}

// Friday's same-day procedures: Thursday evening and Friday morning, and neither when Friday is a holiday.
TEST(DayRule, TheEveningBeforeAndTheMorningOf) {
  const auto fridays = set_of("2026-01-02T08:00", "FREQ=WEEKLY;BYDAY=FR");
  const DayRule rule{{SkipOn{DaySet::kDayOff}, evening_before_and_morning_of(17h + 30min, 5h + 45min)}};
  EXPECT_EQ(told(planned(fridays, rule, "2026-04-23T00:00", "2026-05-02T00:00")),
            "2026-04-23T17:30\n2026-04-24T05:45\n"
            "2026-04-30T17:30 skipped: 1/5 là Ngày Quốc tế Lao động\n"
            "2026-05-01T05:45 skipped: 1/5 là Ngày Quốc tế Lao động\n");
  const auto list = planned(fridays, rule, "2026-04-23T00:00", "2026-04-24T00:00");
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].event.civil, parse_time("2026-04-24T08:00"));
}

TEST(DayRule, TwoThatMeetAreHeardOnce) {
  const auto list =
      planned(set_of("2026-05-29T08:00", "FREQ=DAILY;COUNT=3"), {{MoveFrom{DaySet::kNotWorking, Direction::kBefore}}},
              "2026-05-29T00:00", "2026-05-30T00:00");
  EXPECT_EQ(
      told(list),
      "2026-05-29T08:00\n"
      "2026-05-29T08:00 skipped: 30/5 là cuối tuần: chuyển từ 30/5 sang 29/5: 29/5: đã có lần phát khác đúng giờ này\n"
      "2026-05-29T08:00 skipped: 31/5 là cuối tuần: chuyển từ 31/5 sang 29/5: 29/5: đã có lần phát khác đúng giờ "
      "này\n");
}

TEST(DayRule, TooFarIsRefused) {
  const auto set = set_of("2026-01-01T08:00", "FREQ=DAILY");
  EXPECT_EQ(test::code_of([&] {
              static_cast<void>(planned(set, {{days_before({367})}}, "2026-01-01T00:00", "2026-01-02T00:00"));
            }),
            "day_rule.too_far");
  EXPECT_EQ(plan(set_of("2026-01-01T08:00", "FREQ=YEARLY"), {{days_before({366})}}, vietnam(), WallTime::min(),
                 WallTime::max())
                .size(),
            174U);
}

// Any window is a piece of any wider one: what is told of a day does not depend on what else was asked.
TEST(DayRule, AWindowIsAPieceOfTheWhole) {
  const HolidayCalendar calendar = vietnam();
  std::mt19937 random(7);
  const auto number = [&](int least, int most) { return std::uniform_int_distribution{least, most}(random); };
  const auto day_set = [&] { return static_cast<DaySet>(number(0, 3)); };
  for (int i = 0; i < 300; ++i) {
    DayRule rule;
    for (int n = number(1, 3); n > 0; --n) {
      switch (number(0, 3)) {
        case 0:
          rule.steps.emplace_back(SkipOn{day_set()});
          break;
        case 1:
          rule.steps.emplace_back(MoveFrom{day_set(), number(0, 1) == 0 ? Direction::kBefore : Direction::kAfter});
          break;
        case 2:
          rule.steps.emplace_back(
              AirAt{{{number(-14, 2), std::nullopt}, {number(-3, 0), std::chrono::hours{number(5, 20)}}}});
          break;
        default:
          rule.steps.emplace_back(OnlyOn{DaySet::kNotWorking});
      }
    }
    const auto set =
        set_of("2026-01-05T08:00", number(0, 1) == 0 ? "FREQ=WEEKLY;BYDAY=MO,FR,SA" : "FREQ=DAILY;INTERVAL=2");
    const WallTime year = set.zone.to_wall(parse_time("2026-01-01T00:00"));
    const auto whole = plan(set, rule, calendar, year, year + 24h * 365);
    const WallTime from = year + 24h * number(0, 300);
    const WallTime until = from + 24h * number(1, 60);
    std::string expected;
    for (const Planned& one : whole)
      if (one.start >= from && one.start < until) expected += told({one});
    EXPECT_EQ(told(plan(set, rule, calendar, from, until)), expected);
    for (std::size_t n = 1; n < whole.size(); ++n) EXPECT_LE(whole[n - 1].start, whole[n].start);
  }
}

}  // namespace
}  // namespace loa::holidays
