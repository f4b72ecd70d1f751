#include "cli/calendar/calendar.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/scratch_folder.h"

namespace loa::cli {
namespace {

class CalendarCommand : public testing::Test {
 protected:
  CalendarCommand() { ::setenv("LOA_LANG", "vi", 1); }

  int calendar(const std::string& from, const std::string& to, CalendarFormat format = CalendarFormat::kCsv,
               const std::filesystem::path& holidays = {}) {
    return run_calendar({from, to, format, holidays}, out_, err_);
  }
  int expand(ExpandArguments arguments) {
    if (arguments.dtstart.empty()) arguments.dtstart = "2026-01-01T07:00";
    return run_expand(arguments, out_, err_);
  }
  void expect_one_line(const std::string& part) {
    EXPECT_EQ(out_.str(), "");
    const std::string text = err_.str();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    EXPECT_NE(text.find(part), std::string::npos) << text;
    err_.str("");
  }

  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(CalendarCommand, PrintsCsvWithEveryDayOfTheRange) {
  EXPECT_EQ(calendar("2025-07-24", "2025-07-26"), 0);
  EXPECT_EQ(out_.str(),
            "date,lunar_day,lunar_month,leap,lunar_year,holiday\n2025-07-24,30,6,0,2025,\n2025-07-25,1,6,1,2025,\n"
            "2025-07-26,2,6,1,2025,\n");
}

TEST_F(CalendarCommand, NamesHolidaysInOneField) {
  EXPECT_EQ(calendar("2026-02-16", "2026-02-17"), 0);
  EXPECT_EQ(calendar("2026-04-30", "2026-04-30"), 0);
  EXPECT_EQ(calendar("2026-08-31", "2026-09-02"), 0);
  const std::string header = "date,lunar_day,lunar_month,leap,lunar_year,holiday\n";
  EXPECT_EQ(out_.str(),
            header + "2026-02-16,29,12,0,2025,Giao thừa; Tết Nguyên đán\n2026-02-17,1,1,0,2026,Tết Nguyên đán\n" +
                header + "2026-04-30,14,3,0,2026,\"Ngày Giải phóng miền Nam, thống nhất đất nước\"\n" + header +
                "2026-08-31,19,7,0,2026,Nghỉ theo thông báo\n2026-09-01,20,7,0,2026,Nghỉ Quốc khánh (ngày liền kề)\n"
                "2026-09-02,21,7,0,2026,Quốc khánh\n");
}

TEST_F(CalendarCommand, PrintsTextForPeople) {
  EXPECT_EQ(calendar("2026-03-03", "2026-03-03", CalendarFormat::kText), 0);
  EXPECT_EQ(out_.str(), "2026-03-03  thứ Ba  rằm tháng Giêng năm Bính Ngọ  Rằm tháng Giêng\n");
}

TEST_F(CalendarCommand, TakesTheWardsOwnHolidays) {
  const test::ScratchFolder folder;
  std::ofstream(folder / "ward.toml") << "[holidays.a]\nname_vi = \"Hội \\\"làng\\\"\"\nname_en = \"Feast\"\nbasis = "
                                         "\"b\"\nkinds = [\"commemoration\"]\ndate = \"3/3\"\n";
  EXPECT_EQ(calendar("2026-03-03", "2026-03-03", CalendarFormat::kCsv, folder / "ward.toml"), 0);
  EXPECT_NE(out_.str().find("2026-03-03,15,1,0,2026,\"Hội \"\"làng\"\"\"\n"), std::string::npos) << out_.str();
  out_.str("");
  EXPECT_EQ(calendar("2026-03-03", "2026-03-03", CalendarFormat::kCsv, folder / "none.toml"), 1);
  expect_one_line("none.toml");
}

TEST_F(CalendarCommand, ExpandsWithBothEndsIncluded) {
  ExpandArguments arguments;
  arguments.rules = {"FREQ=WEEKLY;BYDAY=FR;BYHOUR=5,23;BYMINUTE=30", "FREQ=MONTHLY"};
  arguments.rdates = {"2026-01-03,2026-01-04T08:00"};
  arguments.exdates = {"2026-01-02T05:30", "2026-01-16"};
  arguments.from = "2026-01-01";
  arguments.to = "2026-01-16";
  EXPECT_EQ(expand(arguments), 0);
  EXPECT_EQ(out_.str(),
            "2026-01-01T07:00:00\n2026-01-02T23:30:00\n2026-01-03T07:00:00\n2026-01-04T08:00:00\n2026-01-09T05:30:00\n"
            "2026-01-09T23:30:00\n");
  EXPECT_EQ(err_.str(), "");
}

TEST_F(CalendarCommand, WhatIsWrongIsOneLineAndNothingElse) {
  EXPECT_EQ(calendar("2026-02-30", "2026-03-01"), 1);
  expect_one_line("2026-02-30");
  EXPECT_EQ(calendar("2026-03-02", "2026-03-01"), 1);
  expect_one_line("ngược");
  ExpandArguments good;
  good.rules = {"FREQ=DAILY"};
  good.from = "2026-01-01";
  good.to = "2026-01-02";
  const auto broken = [&](auto&& change) {
    ExpandArguments arguments = good;
    change(arguments);
    EXPECT_EQ(expand(arguments), 1);
  };
  broken([](auto& a) { a.rules = {"FREQ=DAILY;BYHOUR=25"}; });
  expect_one_line("Cột 19");
  broken([](auto& a) { a.zone = "Asia/Saigonn"; });
  expect_one_line("Asia/Saigon");
  broken([](auto& a) { a.dtstart = "2026-01-01"; });
  expect_one_line("2026-01-01");
  broken([](auto& a) { a.rdates = {"2026-01-01,"}; });
  expect_one_line("năm-tháng-ngày");
  broken([](auto& a) { a.exdates = {"2026-01-32"}; });
  expect_one_line("2026-01-32");
  broken([](auto& a) { a.to = "2025-01-02"; });
  expect_one_line("ngược");
}

}  // namespace
}  // namespace loa::cli
