#include "server/reports/deadlines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/reports/report_file.h"
#include "tests/support/error_code.h"

namespace loa::server {
namespace {

using civil::parse_day;
using testing::ElementsAre;
using testing::HasSubstr;

const DeadlineRules kRules = built_in_report_form().deadlines;

std::vector<std::string> told(const std::vector<Period>& periods) {
  std::vector<std::string> lines;
  for (const Period& each : periods)
    lines.push_back(each.id + " " + civil::format_day(each.range.from) + " " + civil::format_day(each.range.to) + " " +
                    civil::format_day(each.deadline));
  return lines;
}

TEST(Deadlines, TheFourPeriodsOfThePlan) {
  EXPECT_THAT(told(periods_with_deadline(kRules, parse_day("2027-01-01"), parse_day("2027-12-31"))),
              ElementsAre("2027-q1 2026-11-21 2027-03-14 2027-03-15", "2027-q2 2027-03-15 2027-06-14 2027-06-15",
                          "2027-q3 2027-06-15 2027-09-09 2027-09-10", "2027-q4 2027-09-10 2027-11-19 2027-11-20"));
  EXPECT_THAT(told(periods_with_deadline(kRules, parse_day("2027-03-16"), parse_day("2027-06-15"))),
              ElementsAre("2027-q2 2027-03-15 2027-06-14 2027-06-15"));
}

TEST(Deadlines, NoDayIsInTwoPeriodsAndOnlyOneIsInNone) {
  const auto periods = periods_with_deadline(kRules, parse_day("2027-01-01"), parse_day("2030-12-31"));
  for (std::size_t i = 1; i < periods.size(); ++i) {
    const civil::days between = periods[i].range.from - periods[i - 1].range.to;
    // The plan leaves 20/11 out, on which the report of the fourth is due.
    EXPECT_EQ(between.count(), periods[i].id.ends_with("q1") ? 2 : 1) << periods[i].id;
  }
}

TEST(Deadlines, AReportIsWrittenAheadOnEachReminderAndWhenItIsOver) {
  const Period q1 = periods_with_deadline(kRules, parse_day("2027-03-15"), parse_day("2027-03-15")).front();
  const auto day = [&](const char* today) {
    const auto found = writing_day(kRules, q1, parse_day(today));
    return found ? civil::format_day(*found) : "";
  };
  EXPECT_EQ(day("2027-03-04"), "");
  EXPECT_EQ(day("2027-03-05"), "2027-03-05");
  EXPECT_EQ(day("2027-03-09"), "2027-03-05");
  EXPECT_EQ(day("2027-03-10"), "2027-03-10");
  EXPECT_EQ(day("2027-03-13"), "2027-03-13");
  EXPECT_EQ(day("2027-03-14"), "2027-03-14");
  EXPECT_EQ(day("2027-03-23"), "2027-03-14");
  EXPECT_EQ(day("2027-03-24"), "2027-03-24");
  EXPECT_EQ(day("2028-01-01"), "2027-03-24");
  EXPECT_EQ(final_day(q1), parse_day("2027-03-24"));
}

TEST(Deadlines, RemindersAtTenFiveTwoAndOneDays) {
  const Period q2 = periods_with_deadline(kRules, parse_day("2027-06-15"), parse_day("2027-06-15")).front();
  const auto due = [&](const char* today) { return reminder_due(kRules, q2, parse_day(today)).value_or(-1); };
  EXPECT_EQ(due("2027-06-04"), -1);
  EXPECT_EQ(due("2027-06-05"), 10);
  EXPECT_EQ(due("2027-06-09"), 10);
  EXPECT_EQ(due("2027-06-10"), 5);
  EXPECT_EQ(due("2027-06-13"), 2);
  EXPECT_EQ(due("2027-06-14"), 1);
  EXPECT_EQ(due("2027-06-15"), -1);  // "before 15/6"
}

const std::string kWard = R"([letterhead]
superior = ["Thành phố"]
name = ["ỦY BAN NHÂN DÂN"]
place = "An Dương"
symbol = "BC"
[signature]
title = "CHỦ TỊCH"
name = "Nguyễn Văn A"
filed = "VT"
[schedule]
built_days_before = 7
reminder_days_before = [1, 3]
[periods.half]
from = "1/1"
to = "30/6"
before = "5/7"
)";

std::string with(std::string text, const std::string& old, const std::string& fresh) {
  text.replace(text.find(old), old.size(), fresh);
  return text;
}

std::string mistake(const std::string& text) {
  try {
    static_cast<void>(parse_report_form("ward.toml", text));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(ReportFile, AWardHasItsOwn) {
  const ReportForm form = parse_report_form("ward.toml", kWard);
  EXPECT_THAT(form.superior, ElementsAre("Thành phố"));
  EXPECT_EQ(form.authority, "");
  EXPECT_EQ(form.signer, "Nguyễn Văn A");
  EXPECT_THAT(form.deadlines.reminder_days_before, ElementsAre(3, 1));
  EXPECT_THAT(told(periods_with_deadline(form.deadlines, parse_day("2027-01-01"), parse_day("2027-12-31"))),
              ElementsAre("2027-half 2027-01-01 2027-06-30 2027-07-05"));
}

TEST(ReportFile, EveryMistakeIsToldWithItsKey) {
  EXPECT_EQ(mistake(kWard), "");
  EXPECT_THAT(mistake(with(kWard, "\"30/6\"", "\"31/6\"")), HasSubstr("periods.half.to"));
  EXPECT_THAT(mistake(with(kWard, "\"1/1\"", "\"29/2\"")), HasSubstr("periods.half.from"));
  EXPECT_THAT(mistake(with(kWard, "\"5/7\"", "\"July\"")), HasSubstr("periods.half.before"));
  EXPECT_THAT(mistake(with(kWard, "[1, 3]", "[]")), HasSubstr("schedule.reminder_days_before"));
  EXPECT_THAT(mistake(with(kWard, "[1, 3]", "[1, 1]")), HasSubstr("schedule.reminder_days_before"));
  EXPECT_THAT(mistake(with(kWard, "[1, 3]", "[1, 99]")), HasSubstr("schedule.reminder_days_before"));
  EXPECT_THAT(mistake(with(kWard, "name = [\"ỦY BAN NHÂN DÂN\"]", "name = []")), HasSubstr("letterhead.name"));
  EXPECT_THAT(mistake(with(kWard, "place", "plaec")), HasSubstr("letterhead.plaec"));
  EXPECT_THAT(mistake(with(kWard, "periods.half", "periods.Half")), HasSubstr("periods.Half"));
}

}  // namespace
}  // namespace loa::server
