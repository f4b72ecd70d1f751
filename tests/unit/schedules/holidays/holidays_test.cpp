#include "schedules/holidays/holidays.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "schedules/holidays/holiday_file.h"
#include "tests/support/error_code.h"
#include "tests/support/scratch_folder.h"

namespace loa::holidays {
namespace {

using civil::parse_day;

std::string names_on(const HolidayCalendar& calendar, const char* day) {
  std::string text;
  for (const Holiday* holiday : calendar.holidays_on(parse_day(day))) text += (text.empty() ? "" : " ") + holiday->id;
  return text;
}

TEST(Holidays, ThePresetKnowsTheDaysOffOfTheLaw) {
  const HolidayCalendar calendar = vietnam();
  std::string off;
  for (Day day = parse_day("2027-01-01"); day <= parse_day("2027-12-31"); day += civil::days{1})
    if (calendar.day_off(day)) off += civil::short_day(day) + " ";
  // Tết from Giao thừa on 5 February; Giỗ Tổ on 16 April; the day beside 2 September is only expected.
  EXPECT_EQ(off, "1/1 5/2 6/2 7/2 8/2 9/2 16/4 30/4 1/5 1/9 2/9 ");
}

TEST(Holidays, GiaoThuaIsTheLastDayOfTheYear) {
  const HolidayCalendar calendar = vietnam();
  EXPECT_EQ(names_on(calendar, "2024-02-09"), "giao-thua tet-nguyen-dan");  // 30 Chạp
  EXPECT_EQ(names_on(calendar, "2026-02-16"), "giao-thua tet-nguyen-dan");  // 29 Chạp
  EXPECT_EQ(names_on(calendar, "2026-02-17"), "tet-nguyen-dan");
  EXPECT_EQ(names_on(calendar, "2026-02-21"), "");
}

TEST(Holidays, LunarFeastsFallInOrdinaryMonths) {
  const HolidayCalendar calendar = vietnam();
  EXPECT_EQ(names_on(calendar, "2031-04-01"), "gio-to");
  EXPECT_EQ(names_on(calendar, "2031-05-01"), "quoc-te-lao-dong");
  EXPECT_EQ(names_on(calendar, "2025-07-10"), "");
  EXPECT_EQ(names_on(calendar, "2026-09-25"), "trung-thu");
}

TEST(Holidays, EveryPresetOfTheWardIsThere) {
  const HolidayCalendar calendar = vietnam();
  for (const char* day : {"3/2", "7/5", "19/5", "19/8", "27/2", "8/3", "26/3", "13/5", "1/6", "27/7", "10/10", "13/10",
                          "20/10", "20/11", "18/11", "24/11", "22/12"}) {
    bool is_there = false;
    for (Day at = parse_day("2026-01-01"); at <= parse_day("2026-12-31"); at += civil::days{1})
      is_there = is_there || (civil::short_day(at) == day && !calendar.holidays_on(at).empty());
    EXPECT_TRUE(is_there) << day;
  }
  for (const Holiday* holiday : calendar.holidays_on(parse_day("2026-09-02"))) {
    EXPECT_TRUE(holiday->is(HolidayKind::kDayOff));
    EXPECT_TRUE(holiday->is(HolidayKind::kGreatDay));
    EXPECT_NE(holiday->basis.find("Điều 112"), std::string::npos);
  }
}

TEST(Holidays, ANoticeSwapsDays) {
  const HolidayCalendar calendar = vietnam();
  const auto monday = calendar.day_off(parse_day("2026-08-31"));
  ASSERT_TRUE(monday);
  EXPECT_EQ(monday->holiday, nullptr);
  EXPECT_EQ(monday->notice->year, 2026);
  EXPECT_FALSE(calendar.is_working_day(parse_day("2026-08-31")));
  EXPECT_TRUE(calendar.is_working_day(parse_day("2026-08-22")));
  EXPECT_EQ(calendar.working_day_before(parse_day("2026-09-02")), parse_day("2026-08-28"));
  EXPECT_EQ(calendar.working_day_after(parse_day("2026-08-28")), parse_day("2026-09-03"));
  EXPECT_EQ(calendar.working_day_before(parse_day("2026-08-24")), parse_day("2026-08-22"));
}

TEST(Holidays, AFeastIsOneOfItsDays) {
  const HolidayCalendar calendar = vietnam();
  EXPECT_EQ(calendar.feasts_on(parse_day("2027-02-06")), std::vector{calendar.find("tet-nguyen-dan")});
  EXPECT_EQ(calendar.feasts_on(parse_day("2027-02-05")), std::vector{calendar.find("giao-thua")});
  EXPECT_TRUE(calendar.feasts_on(parse_day("2027-02-07")).empty());
  EXPECT_EQ(calendar.find("tet"), nullptr);
}

Holiday solar(std::string id, int day, int month, HolidayStatus status = HolidayStatus::kInForce) {
  return {std::move(id), "vi", "en", "luật", {HolidayKind::kDayOff}, status, {DateScale::kSolar, month, day}, 1, 1, 0};
}

TEST(Holidays, StatusDecidesWhatCounts) {
  const HolidayCalendar before(
      {solar("a", 24, 11, HolidayStatus::kProposed), solar("b", 1, 9, HolidayStatus::kExpected)},
      {{2026, "thông báo", {}, {}}});
  EXPECT_FALSE(before.day_off(parse_day("2026-11-24")));
  EXPECT_EQ(before.holidays_on(parse_day("2026-11-24")).size(), 1U);
  EXPECT_TRUE(before.day_off(parse_day("2027-09-01")));
  EXPECT_FALSE(before.day_off(parse_day("2026-09-01")));
}

TEST(Holidays, YearsBeforeTheFirstDoNotHaveIt) {
  Holiday holiday = solar("a", 24, 11);
  holiday.since_year = 2026;
  const HolidayCalendar calendar({holiday}, {});
  EXPECT_FALSE(calendar.day_off(parse_day("2025-11-24")));
  EXPECT_TRUE(calendar.day_off(parse_day("2026-11-24")));
}

TEST(Holidays, AYearThatNeverWorksHasNoWorkingDay) {
  std::vector<YearNotice> notices;
  for (const int year : {2026, 2027}) {
    YearNotice notice{year, "thông báo", {}, {}};
    for (Day day = Day{std::chrono::year{year} / 1 / 1}; day <= Day{std::chrono::year{year} / 12 / 31};
         day += civil::days{1})
      notice.off.push_back(day);
    notices.push_back(notice);
  }
  const HolidayCalendar calendar({}, notices);
  EXPECT_EQ(calendar.working_day_after(parse_day("2026-06-01")), std::nullopt);
  EXPECT_EQ(calendar.working_day_before(parse_day("2027-06-01")), std::nullopt);
  EXPECT_EQ(calendar.working_day_before(civil::kFirstDay), std::nullopt);
  EXPECT_EQ(calendar.working_day_after(civil::kLastDay), std::nullopt);
}

std::filesystem::path written(const test::ScratchFolder& folder, const std::string& text) {
  std::filesystem::path file = folder / "holidays.toml";
  std::ofstream(file) << text;
  return file;
}

TEST(HolidayFile, TheWardsFileStandsInsteadOfThePreset) {
  const test::ScratchFolder folder;
  const auto file =
      written(folder,
              "[holidays.hoi-lang]\nname_vi = \"Hội làng\"\nname_en = \"Village feast\"\nbasis = \"hương ước\"\n"
              "kinds = [\"day_off\"]\ndate = \"lunar 6/2\"\ndays = 3\nsince_year = 2026\n"
              "[notices.2026]\nbasis = \"thông báo\"\noff = [\"2026-05-04\"]\n");
  const HolidayCalendar calendar = load_holidays(file);
  EXPECT_EQ(names_on(calendar, "2026-03-24"), "hoi-lang");
  EXPECT_EQ(names_on(calendar, "2026-03-26"), "hoi-lang");
  EXPECT_EQ(names_on(calendar, "2026-03-27"), "");
  EXPECT_EQ(names_on(calendar, "2026-09-02"), "");
  EXPECT_TRUE(calendar.day_off(parse_day("2026-05-04")));
}

TEST(HolidayFile, EveryMistakeIsToldWithItsLine) {
  const test::ScratchFolder folder;
  const auto file =
      written(folder,
              "[holidays.a]\nname_vi = \"A\"\nname_en = \"A\"\nbasis = \"B\"\nkinds = [\"feast\"]\ndate = \"31/4\"\n"
              "status = \"maybe\"\ndays = 0\nnoise = 1\n[notices.26]\nbasis = \"B\"\noff = [\"2026-02-30\"]\n"
              "[notices.2026]\nbasis = \"B\"\nwork = [\"2025-02-03\"]\n");
  try {
    static_cast<void>(load_holidays(file));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "config.bad");
    for (const char* part : {"holidays.toml:5", "holidays.toml:6", "holidays.toml:7", "holidays.toml:8",
                             "holidays.toml:9", "notices.26", "holidays.toml:12", "holidays.toml:15"})
      EXPECT_NE(std::string{error.what()}.find(part), std::string::npos) << part << "\n" << error.what();
  }
  for (const char* date :
       {"", "30", "0/4", "32/1", "30/2", "last/4", "lunar 31/1", "lunar 0/1", "lunar 1/13", "a/b", "lunar"}) {
    const auto dated =
        written(folder, std::string{"[holidays.a]\nname_vi = \"A\"\nname_en = \"A\"\nbasis = \"B\"\nkinds = "
                                    "[\"day_off\"]\ndate = \""} +
                            date + "\"\n");
    EXPECT_EQ(test::code_of([&] { static_cast<void>(load_holidays(dated)); }), "config.bad") << date;
  }
}

}  // namespace
}  // namespace loa::holidays
