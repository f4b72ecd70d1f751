#include "server/http/calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/store/schedule_json.h"
#include "tests/unit/server/books.h"

namespace loa::server {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;
using testing::Not;

const StationId kStation{"phu-lien"};
const schedules::Almanac kAlmanac{civil::Zone{"Asia/Ho_Chi_Minh"}, {}};
const CalendarWords kWords = {{{AnnouncementId{"a-greeting"}, "Chào, bà con"}},
                              {{AreaId{"phu-lien"}, "Phường"}, {AreaId{"to-1"}, "Tổ 1"}},
                              {{NodeId{"n-1"}, {"Loa chợ", AreaId{"to-1"}}}}};

schedules::Schedule recurring(const std::string& name, const std::string& rule, std::vector<holidays::DayStep> steps) {
  schedules::Schedule schedule = schedule_of(name, "greeting", kMorning);
  schedule.rule = schedules::Recurring{{civil::parse_time("2026-11-20T06:30"),
                                        civil::Zone{"Asia/Ho_Chi_Minh"},
                                        {recurrence::parse_rule(rule)},
                                        {},
                                        {},
                                        {},
                                        {}},
                                       {std::move(steps)}};
  return schedule;
}

std::string exported(const std::vector<schedules::Schedule>& all) {
  return export_schedules(all, kWords, kStation, kAlmanac, kMorning, kMorning - days{1}, kMorning + days{366});
}

template <class Call>
Text refusal(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.text();
  }
  return {};
}

std::string file(const std::string& lines) {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a@b\r\nSUMMARY:Họp\r\n" + lines +
         "END:VEVENT\r\nEND:VCALENDAR\r\n";
}

TEST(Calendar, WhatIsExportedIsImportedWithTheSameRules) {
  const std::vector<schedules::Schedule> all = {
      recurring("weekly", "FREQ=WEEKLY;BYDAY=MO,FR", {}),
      recurring("lunar", "RSCALE=VIETNAMESE;FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=10;SKIP=OMIT", {}),
      recurring(
          "monthly", "FREQ=MONTHLY;BYDAY=-1FR;INTERVAL=2",
          {holidays::SkipOn{holidays::DaySet::kDayOff}, holidays::AirAt{{{-1, hours{18} + minutes{30}}, {0, {}}}}}),
      schedule_of("once", "greeting", kMorning + hours{5})};
  schedules::Schedule terms = all[0];
  const auto events = import_events(exported(all), terms);
  ASSERT_EQ(events.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(all[i].id.str());
    const auto* was = std::get_if<schedules::Recurring>(&all[i].rule);
    if (was == nullptr) {
      EXPECT_EQ(events[i].wanted.rule, all[i].rule);
      continue;
    }
    const auto& is = std::get<schedules::Recurring>(events[i].wanted.rule);
    EXPECT_EQ(is.set.rules, was->set.rules);
    EXPECT_EQ(is.days, was->days);
    EXPECT_EQ(is.set.zone, was->set.zone);
    EXPECT_EQ(recurrence::occurrences(is.set, kMorning, kMorning + days{1000}),
              recurrence::occurrences(was->set, kMorning, kMorning + days{1000}));
  }
  EXPECT_THAT(exported(all), HasSubstr("RRULE:FREQ=WEEKLY"));
  EXPECT_THAT(exported(all), HasSubstr("LOCATION:Phường"));
}

TEST(Calendar, OfACampaignEveryMessageTakesItsOwnTurnsAlong) {
  const auto part = [](int place, const std::string& rule) {
    schedules::Schedule schedule = recurring("part-" + std::to_string(place), rule, {});
    schedule.campaign = CampaignId{"c-fees"};
    std::get<schedules::Recurring>(schedule.rule).rotation = schedules::Rotation{place, 2, 1, 0, 1};
    return schedule;
  };
  const schedules::Schedule terms = schedule_of("terms", "greeting", kMorning);
  const std::vector<schedules::Schedule> parts = {part(0, "FREQ=DAILY;COUNT=12"), part(1, "FREQ=DAILY;COUNT=12")};
  const auto events = import_events(exported(parts), terms);
  ASSERT_EQ(events.size(), 2U);
  const civil::Day today = civil::day_of(kAlmanac.zone.to_civil(kMorning));
  const auto dues = [&](const schedules::Schedule& schedule) {
    std::vector<WallTime> times;
    for (const auto& each : expand(schedule, kAlmanac, today, today + days{30})) times.push_back(each.due);
    return times;
  };
  for (std::size_t i = 0; i < parts.size(); ++i) {
    EXPECT_THAT(dues(parts[i]), testing::SizeIs(4));
    EXPECT_EQ(dues(events[i].wanted), dues(parts[i]));
    EXPECT_FALSE(events[i].wanted.campaign.has_value());
    EXPECT_FALSE(std::get<schedules::Recurring>(events[i].wanted.rule).rotation.has_value());
  }
  EXPECT_EQ(refusal([&] { static_cast<void>(import_events(exported({part(0, "FREQ=DAILY;COUNT=2")}), terms)); }).code,
            "import.nothing")
      << "its turns are over";
}

TEST(Calendar, AnEventTakesTheTermsThatAreGiven) {
  schedules::Schedule terms = schedule_of("terms", "greeting", kMorning);
  terms.volume_pct = 33;
  terms.later = minutes{4};
  const auto events =
      import_events(file("DTSTART:20261124T230000Z\r\nDURATION:PT2H\r\nLOCATION:Nhà văn hóa\r\n"), terms);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].line, 3U);
  EXPECT_EQ(events[0].summary, "Họp");
  EXPECT_EQ(events[0].wanted.volume_pct, 33);
  EXPECT_EQ(events[0].wanted.later, minutes{4});
  EXPECT_EQ(events[0].wanted.duration, seconds{30}) << "the event's own length is not the clip's";
  EXPECT_EQ(events[0].wanted.rule, schedules::Rule{schedules::Once{*parse_utc("2026-11-24T23:00:00Z")}});
}

TEST(Calendar, WhatCannotBeTakenIsRefusedWithItsLine) {
  const schedules::Schedule terms = schedule_of("terms", "greeting", kMorning);
  const auto refused = [&](const std::string& text) {
    return refusal([&] { static_cast<void>(import_events(text, terms)); });
  };
  EXPECT_EQ(refused("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n").code, "import.nothing");
  EXPECT_EQ(refused("x").code, "ics.bad_line");
  const Text all_day = refused(file("DTSTART;VALUE=DATE:20261124\r\n"));
  EXPECT_EQ(all_day.code, "import.all_day");
  EXPECT_EQ(all_day.args.at(0), "3");
  const Text rule = refused(file("DTSTART:20261124T060000\r\nRRULE:FREQ=DAILY;BYHOUR=25\r\n"));
  EXPECT_EQ(rule.code, "ics.bad_rule");
  EXPECT_EQ(rule.args.at(0), "7");
  std::string dates = "DTSTART:20261124T060000\r\n";
  for (int i = 0; i < 1100; ++i) dates += "RDATE:" + std::to_string(20270101 + i % 28) + "T060000\r\n";
  const Text many = refused(file(dates));
  EXPECT_EQ(many.code, "import.event") << "the books could not be read any more";
  EXPECT_EQ(many.args.at(0), "3");
  EXPECT_EQ(refused(file("DTSTART:20261124T060000\r\nRRULE:FREQ=DAILY\r\nX-LOA-DAYS:nonsense\r\n")).code,
            "import.event");
  std::string events = "BEGIN:VCALENDAR\r\n";
  for (int i = 0; i < 501; ++i)
    events += "BEGIN:VEVENT\r\nUID:" + std::to_string(i) + "\r\nDTSTART:20261124T060000\r\nEND:VEVENT\r\n";
  EXPECT_EQ(refused(events + "END:VCALENDAR\r\n").code, "import.too_many");

  schedules::Schedule of_session = terms;
  of_session.session = "morning";
  EXPECT_EQ(import_events(file("DTSTART;VALUE=DATE:20261124\r\n"), of_session).size(), 1U);
}

TEST(Calendar, ASubscriberSeesWhatSoundsWhereAndWhen) {
  const auto row = [](const char* name, WallTime due, schedules::Verdict verdict, WallTime start) {
    Explain::Told told;
    FateRow& fate = told.row;
    fate.schedule = ScheduleId{name};
    fate.title = "Chào, bà con";
    fate.due = due;
    fate.fate = {verdict, start, seconds{30}, {}};
    return told;
  };
  schedules::Schedule former = schedule_of("a", "greeting", kMorning);
  former.areas = {AreaId{"to-1"}};
  schedules::Schedule present = former;
  present.areas = {AreaId{"phu-lien"}};
  present.made = kMorning;
  const std::string text =
      calendar_of(airings_of({row("s-a", kMorning - hours{1}, schedules::Verdict::kPlays, kMorning - hours{1}),
                              row("s-a", kMorning + hours{1}, schedules::Verdict::kShifted, kMorning + hours{2}),
                              row("s-b", kMorning + hours{3}, schedules::Verdict::kCancelled, kMorning + hours{3})},
                             {{ScheduleId{"s-a"}, {former, present}}}, kWords),
                  "Văn phòng", kStation, kMorning);
  EXPECT_THAT(text, HasSubstr("X-WR-CALNAME:Văn phòng"));
  EXPECT_THAT(text, HasSubstr("UID:s-a-20261124t080000z@phu-lien"));
  EXPECT_THAT(text, HasSubstr("DTSTART:20261124T090000Z")) << "where it was moved to";
  EXPECT_THAT(text, HasSubstr("DURATION:PT30S"));
  EXPECT_THAT(text, HasSubstr("SUMMARY:Chào\\, bà con"));
  EXPECT_THAT(text, Not(HasSubstr("s-b-")));
  const auto past = text.find("UID:s-a-20261124t060000z");
  const auto next = text.find("UID:s-a-20261124t080000z");
  EXPECT_LT(past, text.find("LOCATION:Tổ 1"));
  EXPECT_LT(text.find("LOCATION:Tổ 1"), next) << "where it was then";
  EXPECT_LT(next, text.find("LOCATION:Phường"));
}

TEST(Calendar, ASingleLoudspeakerIsNamedAndHeardInTheAreaItStandsIn) {
  schedules::Schedule schedule = schedule_of("a", "greeting", kMorning);
  schedule.areas = {AreaId{"phu-lien"}};
  schedule.nodes = {NodeId{"n-1"}, NodeId{"n-9"}};
  EXPECT_THAT(exported({schedule}), HasSubstr("LOCATION:Phường\\, Loa chợ\\, n-9"));
  Explain::Told told;
  told.row.schedule = schedule.id;
  told.row.due = kMorning;
  told.row.fate = {schedules::Verdict::kPlays, kMorning, seconds{30}, {}};
  const auto airings = airings_of({told}, {{schedule.id, {schedule}}}, kWords);
  ASSERT_EQ(airings.size(), 1U);
  EXPECT_EQ(airings[0].places, "Phường, Loa chợ, n-9");
  EXPECT_EQ(airings[0].areas, (std::vector{AreaId{"phu-lien"}, AreaId{"to-1"}}));
}

}  // namespace
}  // namespace loa::server
