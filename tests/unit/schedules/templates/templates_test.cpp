// What each built-in template comes to over 2026–2028, against days off that were written down by hand.
#include <fstream>
#include <set>

#include <gmock/gmock.h>

#include "common/base/error.h"
#include "schedules/holidays/holiday_file.h"
#include "schedules/templates/template.h"
#include "schedules/templates/template_file.h"
#include "tests/support/scratch_folder.h"

namespace loa::templates {
namespace {

using civil::Day;
using civil::days;
using civil::parse_day;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using Times = std::vector<std::string>;

// Bộ luật Lao động Đ.112 and the notice of 2026: Tết (17/2/2026, 6/2/2027, 26/1/2028) from the day before to three days
// after, Giỗ Tổ (26/4/2026, 16/4/2027, 4/4/2028), 2/9 with the day before.
const std::set<std::string> kOff = {"2026-01-01", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20",
                                    "2026-04-26", "2026-04-30", "2026-05-01", "2026-08-31", "2026-09-01", "2026-09-02",
                                    "2027-01-01", "2027-02-05", "2027-02-06", "2027-02-07", "2027-02-08", "2027-02-09",
                                    "2027-04-16", "2027-04-30", "2027-05-01", "2027-09-01", "2027-09-02", "2028-01-01",
                                    "2028-01-25", "2028-01-26", "2028-01-27", "2028-01-28", "2028-01-29", "2028-04-04",
                                    "2028-04-30", "2028-05-01", "2028-09-01", "2028-09-02"};
const std::string kWorkingSaturday = "2026-08-22";

const Day kFrom = parse_day("2026-01-01");
const Day kUntil = parse_day("2029-01-01");

bool works(Day day) {
  const unsigned weekday = std::chrono::weekday{day}.iso_encoding();
  const std::string text = civil::format_day(day);
  return text == kWorkingSaturday || (weekday <= 5 && !kOff.contains(text));
}
Day next_working(Day day) {
  while (!works(day)) day += days{1};
  return day;
}
Day last_working(Day day) {
  while (!works(day)) day -= days{1};
  return day;
}

class Templates : public testing::Test {
 protected:
  static Template form(const std::string& id) {
    for (Template& each : built_in())
      if (each.id == id) return std::move(each);
    ADD_FAILURE() << "no template " << id;
    return {};
  }
  Draft filled(const std::string& id, const Values& values) const { return fill(form(id), values, ward_); }
  schedules::Schedule made(const Draft& draft) const {
    schedules::Schedule schedule;
    schedule.rule = draft.rule;
    return schedule;
  }
  Times heard(const Draft& draft, Day from = kFrom, Day until = kUntil) const {
    Times times;
    for (const schedules::Occurrence& each : expand(made(draft), almanac_, from, until))
      if (!each.silence) times.push_back(civil::format_time(almanac_.zone.to_civil(each.due)));
    return times;
  }
  Times heard(const std::string& id, const Values& values) const { return heard(filled(id, values)); }
  std::string refusal(const std::string& id, const Values& values) const {
    try {
      static_cast<void>(filled(id, values));
    } catch (const Error& error) {
      return error.code() + " " + error.text().args.at(0);
    }
    return "";
  }

  const schedules::Almanac almanac_{civil::Zone{"Asia/Ho_Chi_Minh"}, holidays::vietnam()};
  const Ward ward_{kFrom, almanac_, {"sáng", "chiều"}};
};

std::string at(Day day, const std::string& time) {
  return civil::format_day(day) + "T" + time + ":00";
}

// `every(day)` says on which day an event of that day is heard, or nothing.
template <class Every>
Times times_of(const std::string& time, Every every) {
  std::set<std::string> times;
  for (Day day = kFrom - days{40}; day < kUntil + days{40}; day += days{1})
    for (const Day heard : every(day))
      if (heard >= kFrom && heard < kUntil) times.insert(at(heard, time));
  return {times.begin(), times.end()};
}

unsigned day_of_month(Day day) {
  return static_cast<unsigned>(civil::date_of(day).day());
}
unsigned month_of(Day day) {
  return static_cast<unsigned>(civil::date_of(day).month());
}
bool is_weekday(Day day, std::chrono::weekday weekday) {
  return std::chrono::weekday{day} == weekday;
}

TEST_F(Templates, AreTheseAndTheirExamplesFillThem) {
  Times ids;
  for (const Template& each : built_in()) {
    SCOPED_TRACE(each.id);
    ids.push_back(each.id);
    const Draft draft = fill(each, example_of(each), ward_);
    EXPECT_FALSE(heard(draft).empty());
    EXPECT_EQ(draft.campaign.has_value(), each.id.starts_with("disclosure-"));
    EXPECT_FALSE(each.basis.empty());
    EXPECT_NE(each.title.vi, each.title.en);
  }
  EXPECT_THAT(ids, ElementsAre("citizens-reception", "clean-up", "disclosure-commitments", "disclosure-compensation",
                               "disclosure-hotline", "disclosure-leader-phones", "disclosure-online-results",
                               "disclosure-procedures", "disclosure-reception", "disclosure-work-schedules",
                               "feedback-reminder", "friday-procedures", "greeting", "hotline-reminder",
                               "survey-result", "weekly-work-schedule"));
}

TEST_F(Templates, TheWeekIsReadOnMondayOrTheNextWorkingDay) {
  const Times times = heard("weekly-work-schedule", {});
  EXPECT_EQ(times, times_of("06:30", [](Day day) -> std::vector<Day> {
              if (!is_weekday(day, std::chrono::Monday)) return {};
              return {next_working(day)};
            }));
  EXPECT_THAT(times, Contains("2027-02-10T06:30:00"));  // Tết 2027: off until Tuesday
  EXPECT_THAT(times, Contains("2028-05-02T06:30:00"));
  EXPECT_THAT(times, Not(Contains("2028-05-01T06:30:00")));
}

TEST_F(Templates, ReceptionIsHeardThreeDaysAndOneDayAhead) {
  const Times times = heard("citizens-reception", {});
  EXPECT_EQ(times, times_of("17:00", [](Day day) -> std::vector<Day> {
              if (day_of_month(day) != 15) return {};
              const Day event = next_working(day);
              return {last_working(event - days{3}), last_working(event - days{1})};
            }));
  // Thursday 15/1/2026; Sunday 15/2/2026 is followed by Tết, so Monday 23/2 with its Friday before Tết.
  EXPECT_THAT(times, testing::IsSupersetOf({"2026-01-12T17:00:00", "2026-01-14T17:00:00", "2026-02-13T17:00:00"}));
  EXPECT_THAT(times, Not(Contains("2026-02-20T17:00:00")));
}

TEST_F(Templates, FridayIsAnnouncedTwiceUnlessItIsOff) {
  const Draft draft = filled("friday-procedures", {});
  Times expected;
  for (const std::string& each : times_of("17:30", [](Day day) -> std::vector<Day> {
         if (!is_weekday(day, std::chrono::Friday) || !works(day)) return {};
         return {day - days{1}};
       }))
    expected.push_back(each);
  for (const std::string& each : times_of("06:30", [](Day day) -> std::vector<Day> {
         if (!is_weekday(day, std::chrono::Friday) || !works(day)) return {};
         return {day};
       }))
    expected.push_back(each);
  std::ranges::sort(expected);
  const Times times = heard(draft);
  EXPECT_EQ(times, expected);
  EXPECT_THAT(times, testing::IsSupersetOf({"2026-11-26T17:30:00", "2026-11-27T06:30:00"}));
  // Labour Day, New Year, the eve of Tết, Giỗ Tổ, 30/4, Tết 2028, 1/9
  for (const char* off :
       {"2026-05-01", "2027-01-01", "2027-02-05", "2027-04-16", "2027-04-30", "2028-01-28", "2028-09-01"}) {
    EXPECT_THAT(times, Not(Contains(std::string{off} + "T06:30:00")));
    EXPECT_THAT(times, Not(Contains(at(parse_day(off) - days{1}, "17:30"))));
  }
  const auto all = expand(made(draft), almanac_, parse_day("2027-04-29"), parse_day("2027-05-01"));
  ASSERT_EQ(all.size(), 2U);
  ASSERT_TRUE(all[0].silence);
  EXPECT_THAT(all[0].silence->vi, HasSubstr("30/4"));
}

TEST_F(Templates, MonthlyRemindersMoveOffDaysOff) {
  const auto monthly = [](unsigned day) {
    return times_of("06:30", [day](Day each) -> std::vector<Day> {
      if (day_of_month(each) != day) return {};
      return {next_working(each)};
    });
  };
  EXPECT_EQ(heard("hotline-reminder", {}), monthly(5));
  EXPECT_EQ(heard("feedback-reminder", {}), monthly(20));
  EXPECT_EQ(heard("hotline-reminder", {{"day", "1"}}), monthly(1));
  EXPECT_EQ(heard("hotline-reminder", {{"day", "last"}}), times_of("06:30", [](Day each) -> std::vector<Day> {
              if (day_of_month(each + days{1}) != 1) return {};
              return {next_working(each)};
            }));
  EXPECT_THAT(heard("hotline-reminder", {}), Contains("2027-02-10T06:30:00"));
}

TEST_F(Templates, TheSurveyIsToldInTheFirstMonthOfAQuarter) {
  const Times times = heard("survey-result", {});
  EXPECT_EQ(times, times_of("06:30", [](Day day) -> std::vector<Day> {
              if (day_of_month(day) != 10 || month_of(day) % 3 != 1) return {};
              return {next_working(day)};
            }));
  EXPECT_THAT(times, testing::IsSupersetOf({"2026-01-12T06:30:00", "2026-04-10T06:30:00", "2027-10-11T06:30:00"}));
  EXPECT_EQ(times.size(), 12U);
}

TEST_F(Templates, CleanUpIsHeardOnTheWorkingDayBefore) {
  const Times times = heard("clean-up", {{"first", "2026-02-07"}});
  std::vector<Day> saturdays;
  for (Day day = parse_day("2026-02-07"); day < kUntil + days{40}; day += days{28}) saturdays.push_back(day);
  EXPECT_EQ(times, times_of("17:30", [&](Day day) -> std::vector<Day> {
              if (std::ranges::find(saturdays, day) == saturdays.end()) return {};
              if (kOff.contains(civil::format_day(day))) return {};
              return {last_working(day - days{1})};
            }));
  EXPECT_EQ(times.front(), "2026-02-06T17:30:00");
  EXPECT_THAT(times, Contains("2026-04-29T17:30:00"));       // of Saturday 2/5: 30/4 and 1/5 are off
  EXPECT_THAT(times, Not(Contains("2027-02-04T17:30:00")));  // Saturday 6/2/2027 is Tết
  EXPECT_THAT(heard("clean-up", {{"first", "2026-02-08"}, {"weeks", "1"}}), Contains("2026-02-06T17:30:00"));
}

TEST_F(Templates, AGreetingFallsOnItsFeastEachYear) {
  const std::map<std::string, Times> feasts = {
      {"thanh-lap-dang", {"2026-02-03", "2027-02-03", "2028-02-03"}},
      {"tet-nguyen-dan", {"2026-02-17", "2027-02-06", "2028-01-26"}},
      {"gio-to", {"2026-04-26", "2027-04-16", "2028-04-04"}},
      {"giai-phong-mien-nam", {"2026-04-30", "2027-04-30", "2028-04-30"}},
      {"dien-bien-phu", {"2026-05-07", "2027-05-07", "2028-05-07"}},
      {"sinh-nhat-bac", {"2026-05-19", "2027-05-19", "2028-05-19"}},
      {"cach-mang-thang-tam", {"2026-08-19", "2027-08-19", "2028-08-19"}},
      {"quoc-khanh", {"2026-09-02", "2027-09-02", "2028-09-02"}},
      {"giao-thua", {"2026-02-16", "2027-02-05", "2028-01-25"}},  // the last of month 12, which has 29 days
      {"doan-ngo", {"2026-06-19", "2027-06-09", "2028-05-28"}}};  // 2028 has a second month 5
  std::set<std::string> great_days;
  for (const auto& holiday : almanac_.holidays.holidays())
    if (holiday.is(holidays::HolidayKind::kGreatDay)) great_days.insert(holiday.id);
  for (const auto& [id, dates] : feasts) {
    great_days.erase(id);
    Times expected;
    for (const std::string& date : dates) expected.push_back(date + "T07:00:00");
    const Draft draft = filled("greeting", {{"holiday", id}});
    EXPECT_EQ(heard(draft), expected) << id;
    EXPECT_EQ(draft.event, id);
  }
  EXPECT_TRUE(great_days.empty()) << *great_days.begin();
}

TEST_F(Templates, AGreetingMayBeHeardBesideTheFeast) {
  EXPECT_EQ(heard("greeting", {{"holiday", "tet-nguyen-dan"}, {"day", "-1"}, {"time", "18:30"}}),
            (Times{"2026-02-16T18:30:00", "2027-02-05T18:30:00", "2028-01-25T18:30:00"}));
  const Draft draft = filled("greeting", {{"holiday", "gio-to"}});
  ASSERT_TRUE(draft.exception);
  EXPECT_EQ(draft.exception->reason, schedules::ExceptionReason::kGreatHoliday);
  EXPECT_EQ(draft.exception->words, "Lời chúc của Chủ tịch nhân Giỗ Tổ Hùng Vương");
  // Lunar year 2031 has a second month 3, in which Giỗ Tổ is not.
  EXPECT_EQ(heard(draft, parse_day("2031-01-01"), parse_day("2032-01-01")), Times{"2031-04-01T07:00:00"});
}

TEST_F(Templates, DisclosureRunsThreeDaysInARow) {
  const Values once = {{"source", "7/TB-UBND"}, {"from", "2026-11-30"}};
  for (const char* id : {"disclosure-commitments", "disclosure-compensation", "disclosure-hotline",
                         "disclosure-leader-phones", "disclosure-procedures", "disclosure-reception"}) {
    const Draft draft = filled(id, once);
    EXPECT_EQ(heard(draft), (Times{"2026-11-30T06:30:00", "2026-12-01T06:30:00", "2026-12-02T06:30:00"})) << id;
    ASSERT_TRUE(draft.campaign);
    EXPECT_EQ(draft.campaign->source, "7/TB-UBND");
    EXPECT_EQ(draft.campaign->consecutive_days, 3);
    EXPECT_EQ(draft.campaign->title, form(id).title.vi);
  }
  Values longer = once;
  longer["days"] = "5";
  longer["session"] = "chiều";
  EXPECT_EQ(heard("disclosure-hotline", longer).size(), 5U);
  EXPECT_EQ(filled("disclosure-hotline", longer).sessions, Times{"chiều"});
  EXPECT_TRUE(filled("disclosure-hotline", once).sessions.empty());

  EXPECT_EQ(heard("disclosure-work-schedules", {{"source", "1"}, {"from", "2027-01-04"}}),
            (Times{"2027-01-04T06:30:00", "2027-01-05T06:30:00", "2027-01-06T06:30:00"}));
  EXPECT_EQ(heard("disclosure-online-results", {{"source", "1"}, {"from", "2027-01-12"}}),
            (Times{"2027-01-12T06:30:00", "2027-01-13T06:30:00", "2027-01-14T06:30:00"}));
  EXPECT_EQ(refusal("disclosure-online-results", {{"source", "1"}, {"from", "2027-01-11"}}),
            "template.wrong_weekday from");
  EXPECT_EQ(refusal("disclosure-work-schedules", {{"source", "1"}, {"from", "2027-01-12"}}),
            "template.wrong_weekday from");
}

TEST_F(Templates, RefuseByTheNameOfTheParameter) {
  EXPECT_EQ(refusal("friday-procedures", {{"noon", "12:00"}}), "template.unknown_parameter noon");
  EXPECT_EQ(refusal("friday-procedures", {{"morning", "24:00"}}), "template.bad_time morning");
  EXPECT_EQ(refusal("friday-procedures", {{"morning", "6:30"}}), "template.bad_time morning");
  EXPECT_EQ(refusal("friday-procedures", {{"morning", "06:3x"}}), "template.bad_time morning");
  EXPECT_EQ(refusal("friday-procedures", {{"weekday", "sa"}}), "template.bad_weekday weekday");
  EXPECT_EQ(refusal("hotline-reminder", {{"day", "29"}}), "template.bad_month_day day");
  EXPECT_EQ(refusal("hotline-reminder", {{"day", "0"}}), "template.bad_month_day day");
  EXPECT_EQ(refusal("hotline-reminder", {{"session", "tối"}}), "template.unknown_session session");
  EXPECT_EQ(refusal("greeting", {}), "template.missing holiday");
  EXPECT_EQ(refusal("greeting", {{"holiday", " "}}), "template.missing holiday");
  EXPECT_EQ(refusal("greeting", {{"holiday", "sinh-nhat"}}), "template.unknown_holiday holiday");
  EXPECT_EQ(refusal("greeting", {{"holiday", "quoc-khanh-lien-ke"}}), "template.unknown_holiday holiday");
  EXPECT_EQ(refusal("greeting", {{"holiday", "gio-to"}, {"day", "8"}}), "template.bad_number day");
  EXPECT_EQ(refusal("greeting", {{"holiday", "gio-to"}, {"day", "-8"}}), "template.bad_number day");
  EXPECT_EQ(refusal("greeting", {{"holiday", "gio-to"}, {"day", "1.5"}}), "template.bad_number day");
  EXPECT_EQ(refusal("clean-up", {{"first", "2026-02-30"}}), "template.bad_date first");
  EXPECT_EQ(refusal("clean-up", {{"first", "2026-02-09"}}), "template.wrong_weekday first");
  EXPECT_EQ(refusal("clean-up", {{"first", "2025-12-27"}}), "template.past_date first");
  EXPECT_EQ(refusal("disclosure-hotline", {{"from", "2026-11-30"}}), "template.missing source");
  EXPECT_EQ(refusal("disclosure-hotline", {{"from", "2026-11-30"}, {"source", std::string(201, 'x')}}),
            "template.long_text source");
  EXPECT_EQ(refusal("friday-procedures", {{"morning", "06:30"}}), "");
}

const std::string kGood = R"([template]
title_vi = "T"
title_en = "T"
note_vi = "N"
note_en = "N"
basis = "B"
parameters = ["time", "weeks"]

[parameters.time]
kind = "time"
label_vi = "L"
label_en = "L"
default = "06:30"

[parameters.weeks]
kind = "number"
label_vi = "L"
label_en = "L"
default = "2"
least = 1
most = 4

[schedule]
time = "{time}"
rrule = "FREQ=WEEKLY;BYDAY=MO;INTERVAL={weeks}"
days = ["skip_on day_off"]
)";

std::string changed(const std::string& what, const std::string& to) {
  std::string text = kGood;
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), to);
}

std::string mistakes(const std::string& text) {
  try {
    static_cast<void>(parse_template("my.toml", text));
  } catch (const Error& error) {
    return error.code() == "config.bad" ? error.text().args.at(0) : error.code();
  }
  return "";
}

TEST(TemplateFile, SaysWhereItIsWrongAndWhatIsExpected) {
  EXPECT_EQ(mistakes(kGood), "");
  EXPECT_EQ(parse_template("my.toml", kGood).id, "my");
  EXPECT_THAT(mistakes(changed("title_vi = \"T\"\n", "")), HasSubstr("template.title_vi: text, not empty"));
  EXPECT_THAT(mistakes(changed("basis = \"B\"", "basis = \"B\"\nclass = \"loud\"")),
              HasSubstr("my.toml:7: template.class: normal, priority or emergency"));
  EXPECT_THAT(mistakes(changed("kind = \"time\"", "kind = \"hour\"")),
              HasSubstr("my.toml:10: parameters.time.kind: date, time"));
  EXPECT_THAT(mistakes(changed("parameters = [\"time\", \"weeks\"]", "parameters = [\"time\"]")),
              HasSubstr("my.toml:7: template.parameters: each"));
  EXPECT_THAT(mistakes(changed("least = 1\n", "")), HasSubstr("parameters.weeks.least: integer"));
  EXPECT_THAT(mistakes(changed("most = 4", "most = 0")),
              HasSubstr("my.toml:21: parameters.weeks.most: integer from 1"));
  EXPECT_THAT(mistakes(changed("default = \"06:30\"", "default = \"06:30\"\nexample = \"07:00\"")),
              HasSubstr("my.toml:14: parameters.time.example: only where there is no default"));
  EXPECT_THAT(mistakes(changed("rrule = ", "holiday = \"x\"\nrrule = ")),
              HasSubstr("schedule.rrule: either rrule or holiday"));
  EXPECT_THAT(mistakes(changed("{time}", "{hour}")), HasSubstr("my.toml:24: schedule.time: {hour} is no parameter"));
  EXPECT_THAT(mistakes(changed("{time}", "{time")), HasSubstr("my.toml:24: schedule.time"));
  EXPECT_THAT(
      mistakes(changed("INTERVAL={weeks}", "INTERVAL={time}")),
      HasSubstr("my.toml:25: schedule.rrule: {time} must be a parameter of kind weekday or month_day or number"));
  EXPECT_THAT(mistakes(changed("INTERVAL={weeks}", "INTERVAL=2")), HasSubstr("parameters.weeks: used somewhere"));
  EXPECT_THAT(mistakes(changed("BYDAY=MO", "BYDAY=XX")), HasSubstr("my.toml:25: schedule.rrule: "));
  EXPECT_THAT(mistakes(changed("skip_on day_off", "skip_on sunday")), HasSubstr("my.toml:26: schedule.days: "));
  EXPECT_THAT(mistakes(changed("skip_on day_off", "air_at -1 25:00")), HasSubstr("my.toml:26: schedule.days: "));
  EXPECT_THAT(mistakes(changed("skip_on day_off", "air_at 400")), HasSubstr("my.toml:26: schedule.days: "));
  EXPECT_THAT(mistakes(changed("default = \"06:30\"", "default = \"6h\"")), HasSubstr("template.parameters: "));
  EXPECT_THAT(mistakes(changed("[schedule]", "[timetable]")),
              HasSubstr("exactly one section [schedule] or [campaign]"));
  EXPECT_THAT(mistakes(kGood + "colour = 1\n"), HasSubstr("my.toml:27: schedule.colour: unknown key"));
  EXPECT_THAT(mistakes(kGood + "exception = \"fun\"\nexception_words = \"x\"\n"),
              HasSubstr("my.toml:27: schedule.exception: great_holiday"));
  EXPECT_THAT(mistakes(kGood + "exception = \"repair\"\n"), HasSubstr("schedule.exception_words: text"));
  EXPECT_THAT(mistakes(changed("[schedule]", "[campaign]\ntitle = \"T\"\nsource = \"1\"\nconsecutive_days = 2")),
              HasSubstr("campaign.consecutive_days: integer from 3"));
  EXPECT_EQ(mistakes("[template"), "config.cannot_parse");
}

TEST(TemplateFile, AWardsOwnStandBesideAndInsteadOfThoseBuiltIn) {
  const test::ScratchFolder folder;
  std::ofstream(folder / "market.toml") << kGood;
  std::ofstream(folder / "greeting.toml") << kGood;
  std::ofstream(folder / "notes.txt") << "nothing";
  const auto forms = with_folder(folder.path());
  EXPECT_EQ(forms.size(), built_in().size() + 1);
  EXPECT_TRUE(std::ranges::is_sorted(forms, {}, &Template::id));
  const auto greeting = std::ranges::find(forms, "greeting", &Template::id);
  ASSERT_NE(greeting, forms.end());
  EXPECT_EQ(greeting->basis, "B");
}

TEST(TemplateFile, AFolderOrNameThatWillNotDoIsRefused) {
  const test::ScratchFolder folder;
  const auto refusal = [&](const std::filesystem::path& path) -> std::string {
    try {
      static_cast<void>(with_folder(path));
    } catch (const Error& error) {
      return error.code();
    }
    return "";
  };
  EXPECT_EQ(refusal(folder / "none"), "file.cannot_read");
  std::ofstream(folder / "Chợ.toml") << kGood;
  EXPECT_EQ(refusal(folder.path()), "template.bad_file_name");
}

}  // namespace
}  // namespace loa::templates
