#include "schedules/lunar/lunar.h"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "schedules/lunar/astronomy.h"
#include "tests/support/error_code.h"
#include "tests/unit/schedules/lunar/sky.h"

namespace loa::lunar {
namespace {

using civil::days;
using civil::parse_day;

struct Row {
  int year;
  Day tet;
  int leap;
  Day last;
  int month_twelve;
};

std::vector<Row> published() {
  std::ifstream in(std::string{LOA_SOURCE_DIR} + "/tests/data/calendar/tet_1968_2099.csv");
  std::string line;
  std::getline(in, line);
  std::vector<Row> rows;
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    std::vector<std::string> words;
    for (std::string word; std::getline(fields, word, ',');) words.push_back(word);
    rows.push_back({std::stoi(words.at(0)), parse_day(words.at(1)), std::stoi(words.at(2)), parse_day(words.at(3)),
                    std::stoi(words.at(4))});
  }
  return rows;
}

TEST(Lunar, AgreesWithEveryRowOfTheTable) {
  const auto rows = published();
  ASSERT_EQ(rows.size(), 132U);
  for (const Row& row : rows) {
    SCOPED_TRACE(row.year);
    EXPECT_EQ(to_lunar(row.tet), (LunarDate{row.year, 1, MonthKind::kOrdinary, 1}));
    EXPECT_EQ(to_solar({row.year, 1, MonthKind::kOrdinary, 1}), row.tet);
    EXPECT_EQ(leap_month(row.year), row.leap);
    EXPECT_EQ(to_lunar(row.last), (LunarDate{row.year, 12, MonthKind::kOrdinary, row.month_twelve}));
    EXPECT_EQ(days_in_month(row.year, 12, MonthKind::kOrdinary), row.month_twelve);
  }
}

TEST(Lunar, EveryDayOfThreeCenturiesGoesThereAndBack) {
  LunarDate before = to_lunar(civil::kFirstDay);
  for (Day day = civil::kFirstDay + days{1}; day <= civil::kLastDay; day += days{1}) {
    const LunarDate date = to_lunar(day);
    ASSERT_EQ(to_solar(date), day) << civil::format_day(day);
    if (date.day > 1) {
      ASSERT_EQ(date.day, before.day + 1) << civil::format_day(day);
      ASSERT_EQ(date.month, before.month);
    } else {
      ASSERT_GE(before.day, 29) << civil::format_day(day);
      ASSERT_EQ(date.kind == MonthKind::kLeap ? date.month : (date.month + 10) % 12 + 1, before.month);
      ASSERT_EQ(date.year, before.year + (date.month == 1 && date.kind == MonthKind::kOrdinary ? 1 : 0));
    }
    before = date;
  }
}

// Months whose new moon the oracle, good to a minute or two, puts that near to midnight are not compared.
TEST(Lunar, EveryMonthOfThreeCenturiesStartsWhereTheSkySays) {
  constexpr double kUnsureHours = 0.05;
  const auto sky = test::sky_months(static_cast<int>(civil::kFirstDay.time_since_epoch().count()),
                                    static_cast<int>(civil::kLastDay.time_since_epoch().count()));
  ASSERT_EQ(sky.size(), 3711U);
  int unsure = 0;
  for (std::size_t i = 0; i + 1 < sky.size(); ++i) {
    const Day start{days{sky[i].start}};
    if (sky[i].hours_to_midnight < kUnsureHours) {
      ++unsure;
      continue;
    }
    EXPECT_EQ(to_lunar(start).day, 1) << civil::format_day(start);
  }
  EXPECT_LT(unsure, 40);
}

// The rule itself, from the oracle's sun: of 13 months the first without a principal term is the leap month.
TEST(Lunar, LeapMonthsAreThoseWithoutAPrincipalTerm) {
  constexpr double kUnsureHours = 0.4;  // 0.01° of the sun
  const auto sky = test::sky_months(static_cast<int>(civil::kFirstDay.time_since_epoch().count()),
                                    static_cast<int>(civil::kLastDay.time_since_epoch().count()));
  constexpr int kCapricorn = 9;  // 270°: the solstice lies in the month that starts in sector 8 and ends in 9
  std::vector<std::size_t> elevens;
  for (std::size_t i = 0; i + 1 < sky.size(); ++i)
    if (sky[i].sector < kCapricorn && sky[i].sector >= 6 && sky[i + 1].sector >= kCapricorn) elevens.push_back(i);
  ASSERT_EQ(elevens.size(), 299U);
  int compared = 0;
  for (std::size_t n = 0; n + 1 < elevens.size(); ++n) {
    bool is_sure = true;
    std::size_t leap = 0;
    for (std::size_t i = elevens[n]; i <= elevens[n + 1]; ++i)
      if (sky[i].hours_to_border < kUnsureHours || sky[i].hours_to_midnight < 0.05) is_sure = false;
    if (elevens[n + 1] - elevens[n] == 13)
      for (std::size_t i = elevens[n] + 1; i < elevens[n + 1] && leap == 0; ++i)
        if (sky[i].sector == sky[i + 1].sector) leap = i;
    if (!is_sure) continue;
    ++compared;
    for (std::size_t i = elevens[n]; i < elevens[n + 1]; ++i) {
      const LunarDate date = to_lunar(Day{days{sky[i].start}});
      EXPECT_EQ(date.kind == MonthKind::kLeap, i == leap) << civil::format_day(Day{days{sky[i].start}});
      if (i == elevens[n]) {
        EXPECT_EQ(date.month, 11);
      }
    }
  }
  EXPECT_GT(compared, 200);
}

TEST(Lunar, DiffersFromTheCalendarOfUtc8WhereItMust) {
  // Tết of these years stands a day, or in 1985 a month, before the Chinese New Year.
  EXPECT_EQ(to_solar({1985, 1, MonthKind::kOrdinary, 1}), parse_day("1985-01-21"));
  EXPECT_EQ(to_solar({2007, 1, MonthKind::kOrdinary, 1}), parse_day("2007-02-17"));
  EXPECT_EQ(to_solar({2030, 1, MonthKind::kOrdinary, 1}), parse_day("2030-02-02"));
  EXPECT_EQ(to_solar({2053, 1, MonthKind::kOrdinary, 1}), parse_day("2053-02-18"));
  EXPECT_EQ(leap_month(2033), 11);
  EXPECT_EQ(to_solar({2031, 3, MonthKind::kOrdinary, 10}), parse_day("2031-04-01"));
  for (int year = 2024; year <= 2031; ++year) EXPECT_EQ(days_in_month(year, 12, MonthKind::kOrdinary), 29) << year;
}

// Three new moons are too near to midnight for anybody to be sure. What is computed here, and by how much.
TEST(Lunar, KnifeEdgesAsComputed) {
  struct Edge {
    int year, month;
    const char* start;
  };
  for (const Edge& edge : {Edge{2054, 4, "2054-05-08"}, {2072, 11, "2072-12-09"}, {2077, 10, "2077-11-15"}}) {
    const Day start = to_solar({edge.year, edge.month, MonthKind::kOrdinary, 1});
    EXPECT_EQ(civil::format_day(start), edge.start);
    const int day = static_cast<int>(start.time_since_epoch().count());
    const double moon = new_moon(new_moon_near(jde_of_midnight(day)));
    const double minutes =
        std::min(std::abs(moon - jde_of_midnight(day)), std::abs(moon - jde_of_midnight(day + 1))) * 1440;
    EXPECT_LT(minutes, 3.0) << edge.year;
  }
}

TEST(Lunar, TheMomentsOfTheSkyAreThoseOfTheAlmanacs) {
  constexpr double kSecond = 1.0 / 86400;
  // Meeus, examples 49.a (new moon of February 1977) and 25.b (apparent longitude on 1992 October 13, 0h TD).
  EXPECT_NEAR(new_moon(-283), 2443192.65118, 1 * kSecond);
  EXPECT_NEAR(solar_longitude(2448908.5), 199.906016, 0.00015);
  EXPECT_NEAR(delta_t(1990), 56.86, 0.2);
  EXPECT_NEAR(delta_t(2000), 63.83, 0.2);
  EXPECT_NEAR(delta_t(1950), 29.07, 0.2);
}

TEST(Lunar, RefusesDatesThatAreNone) {
  const auto code = [](LunarDate date) { return test::code_of([&] { static_cast<void>(to_solar(date)); }); };
  EXPECT_EQ(code({2026, 12, MonthKind::kOrdinary, 30}), "lunar.short_month");
  EXPECT_EQ(code({2026, 5, MonthKind::kLeap, 1}), "lunar.no_leap_year");
  EXPECT_EQ(code({2025, 5, MonthKind::kLeap, 1}), "lunar.no_leap_month");
  EXPECT_EQ(code({2025, 6, MonthKind::kLeap, 1}), "");
  EXPECT_EQ(code({2026, 13, MonthKind::kOrdinary, 1}), "lunar.bad_date");
  EXPECT_EQ(code({2026, 0, MonthKind::kOrdinary, 1}), "lunar.bad_date");
  EXPECT_EQ(code({2026, 1, MonthKind::kOrdinary, 0}), "lunar.bad_date");
  EXPECT_EQ(code({2026, 1, MonthKind::kOrdinary, 31}), "lunar.bad_date");
  EXPECT_EQ(code({2200, 1, MonthKind::kOrdinary, 1}), "lunar.bad_date");
  EXPECT_EQ(code({-5, 1, MonthKind::kOrdinary, 1}), "lunar.bad_date");
  EXPECT_EQ(code({1899, 1, MonthKind::kOrdinary, 1}), "civil.out_of_range");
  EXPECT_EQ(code({2199, 12, MonthKind::kOrdinary, 20}), "civil.out_of_range");
  EXPECT_EQ(test::code_of([] { static_cast<void>(to_lunar(civil::kLastDay + days{1})); }), "civil.out_of_range");
  EXPECT_EQ(test::code_of([] { static_cast<void>(to_lunar(civil::kFirstDay - days{1})); }), "civil.out_of_range");
  EXPECT_EQ(test::code_of([] { static_cast<void>(leap_month(2200)); }), "lunar.bad_date");
}

TEST(Lunar, BearsTheNamesOfTheCycle) {
  EXPECT_EQ(can_chi_of_year(2026, Language::kVietnamese), "Bính Ngọ");
  EXPECT_EQ(can_chi_of_year(1984, Language::kVietnamese), "Giáp Tý");
  EXPECT_EQ(can_chi_of_year(1900, Language::kVietnamese), "Canh Tý");
  EXPECT_EQ(can_chi_of_month(2026, 1, Language::kVietnamese), "Canh Dần");
  EXPECT_EQ(can_chi_of_day(parse_day("2026-02-17"), Language::kVietnamese), "Nhâm Tuất");
  EXPECT_EQ(can_chi_of_day(parse_day("2000-01-01"), Language::kVietnamese), "Mậu Ngọ");
}

TEST(Lunar, SpeaksAsPeopleDo) {
  const auto words = [](LunarDate date) { return describe(date, Language::kVietnamese); };
  EXPECT_EQ(words({2026, 1, MonthKind::kOrdinary, 15}), "rằm tháng Giêng năm Bính Ngọ");
  EXPECT_EQ(words({2026, 12, MonthKind::kOrdinary, 1}), "mùng 1 tháng Chạp năm Bính Ngọ");
  EXPECT_EQ(words({2025, 6, MonthKind::kLeap, 23}), "ngày 23 tháng 6 nhuận năm Ất Tỵ");
  EXPECT_EQ(describe({2026, 3, MonthKind::kOrdinary, 10}, Language::kEnglish),
            "day 10 of lunar month 3, year Bính Ngọ");
}

}  // namespace
}  // namespace loa::lunar
