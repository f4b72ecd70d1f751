#include "schedules/ics/ics.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace loa::ics {
namespace {

using civil::parse_day;
using civil::parse_time;
using civil::Zone;

const char* const kHead = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n";

std::vector<Event> parsed(const std::string& body, const char* zone = "Asia/Ho_Chi_Minh") {
  return parse_ics(kHead + body + "END:VCALENDAR\r\n", Zone{zone});
}

std::string event(const std::string& body) {
  return "BEGIN:VEVENT\r\nUID:a@b\r\n" + body + "END:VEVENT\r\n";
}

std::string listed(const recurrence::RecurrenceSet& set, const char* from, const char* until) {
  std::string text;
  for (const recurrence::Instance& one :
       recurrence::occurrences(set, set.zone.to_wall(parse_time(from)), set.zone.to_wall(parse_time(until))))
    text += (text.empty() ? "" : " ") + civil::format_time(one.civil).substr(0, 16);
  return text;
}

TEST(ParseIcs, ReadsWhatAnOfficeCalendarWrites) {
  const auto events = parsed(
      "BEGIN:VTIMEZONE\r\nTZID:Asia/Ho_Chi_Minh\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0700\r\n"
      "TZOFFSETTO:+0700\r\nRRULE:FREQ=YEARLY\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
      "BEGIN:VEVENT\r\nUID:reception@phulien.vn\r\nDTSTAMP:20260101T000000Z\r\n"
      "DTSTART;TZID=Asia/Ho_Chi_Minh:20260115T080000\r\nDTEND;TZID=Asia/Ho_Chi_Minh:20260115T093000\r\n"
      "RRULE:FREQ=MONTHLY;BYMONTHDAY=15;COUNT=6\r\nEXDATE;TZID=Asia/Ho_Chi_Minh:20260215T080000,20260315T080000\r\n"
      "RDATE;TZID=Asia/Ho_Chi_Minh:20260216T080000\r\nEXDATE;VALUE=DATE:20260415\r\n"
      "SUMMARY:Tiếp công dân\\, phòng\r\n  họp 1\r\nDESCRIPTION;LANGUAGE=\"vi:VN;x\":một\\nhai\\;ba\r\nLOCATION:UBND "
      "phường\r\n"
      "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:no\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\n"
      "BEGIN:VEVENT\r\nUID:reception@phulien.vn\r\nRECURRENCE-ID;TZID=Asia/Ho_Chi_Minh:20260515T080000\r\n"
      "DTSTART;TZID=Asia/Ho_Chi_Minh:20260518T083000\r\nSUMMARY:moved\r\nEND:VEVENT\r\n"
      "BEGIN:VEVENT\r\nUID:reception@phulien.vn\r\nRECURRENCE-ID:20260615T010000Z\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\n"
      "BEGIN:VEVENT\r\nUID:gone\r\nDTSTART:20260101T000000Z\r\nSTATUS:cancelled\r\nEND:VEVENT\r\n"
      "BEGIN:VTODO\r\nSUMMARY:no\r\nEND:VTODO\r\n");
  ASSERT_EQ(events.size(), 1U);
  const Event& reception = events[0];
  EXPECT_EQ(reception.uid, "reception@phulien.vn");
  EXPECT_EQ(reception.summary, "Tiếp công dân, phòng họp 1");
  EXPECT_EQ(reception.description, "một\nhai;ba");
  EXPECT_EQ(reception.location, "UBND phường");
  EXPECT_EQ(reception.duration, std::chrono::minutes{90});
  EXPECT_FALSE(reception.is_all_day);
  EXPECT_EQ(listed(reception.when, "2026-01-01T00:00", "2027-01-01T00:00"),
            "2026-01-15T08:00 2026-02-16T08:00 2026-05-18T08:30");
}

TEST(ParseIcs, TimesInUtcFloatingAndAllDay) {
  const auto utc = parsed(event("DTSTART:20260101T000000Z\r\nDURATION:PT1H30M\r\nRRULE:FREQ=DAILY;COUNT=2\r\n"));
  EXPECT_EQ(utc.at(0).when.zone.name(), "Etc/UTC");
  EXPECT_EQ(utc[0].duration, std::chrono::minutes{90});
  const auto floating = parsed(event("DTSTART:20260101T070000\r\n"));
  EXPECT_EQ(floating.at(0).when.zone.name(), "Asia/Ho_Chi_Minh");
  EXPECT_EQ(floating[0].duration, seconds{0});
  const auto whole =
      parsed(event("DTSTART;VALUE=DATE:20260902\r\nRRULE:FREQ=YEARLY\r\nEXDATE;VALUE=DATE:20270902\r\n"));
  EXPECT_TRUE(whole.at(0).is_all_day);
  EXPECT_EQ(whole[0].duration, std::chrono::days{1});
  EXPECT_EQ(listed(whole[0].when, "2026-01-01T00:00", "2029-01-01T00:00"), "2026-09-02T00:00 2028-09-02T00:00");
  EXPECT_EQ(
      parsed(event("DTSTART;TZID=/mozilla.org/20070129_1/Europe/Paris:20260101T070000\r\n")).at(0).when.zone.name(),
      "Europe/Paris");
  EXPECT_TRUE(parsed("").empty());
  // LF alone, a byte order mark, and names in small letters.
  EXPECT_EQ(parse_ics("\xEF\xBB\xBF"
                      "begin:vcalendar\nbegin:vevent\nuid:1\ndtstart:20260101T070000\nend:vevent\nend:vcalendar\n",
                      Zone{"UTC"})
                .size(),
            1U);
  // An occurrence whose series is not in the file.
  EXPECT_EQ(parsed(event("RECURRENCE-ID:20260101T070000\r\nDTSTART:20260102T070000\r\n")).size(), 1U);
}

std::string outlook(const char* offset, const char* summer = "") {
  return std::string{
             "BEGIN:VTIMEZONE\r\nTZID:SE Asia Standard "
             "Time\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:"} +
         offset + "\r\nTZOFFSETTO:" + offset + "\r\nEND:STANDARD\r\n" + summer + "END:VTIMEZONE\r\n" +
         event(
             "DTSTART;TZID=SE Asia Standard Time:20260115T080000\r\nDTEND;TZID=\"SE Asia Standard "
             "Time\":20260115T090000\r\n");
}

TEST(ParseIcs, AZoneOfTheFileWithOneOffset) {
  const auto starts = [](const std::string& body) {
    const auto events = parsed(body, "UTC");
    EXPECT_EQ(events.at(0).duration, std::chrono::hours{1});
    return format_utc(events[0].when.zone.to_wall(events[0].when.dtstart));
  };
  EXPECT_EQ(starts(outlook("+0700")), "2026-01-15T01:00:00.000Z");
  EXPECT_EQ(starts(outlook("-1200")), "2026-01-15T20:00:00.000Z");
  EXPECT_EQ(starts(outlook("+0000")), "2026-01-15T08:00:00.000Z");
  for (const std::string& body : {outlook("+0730"), outlook("0700"), outlook("+1900"), outlook("+x700"),
                                  outlook("+0100", "BEGIN:DAYLIGHT\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\n")}) {
    try {
      static_cast<void>(parsed(body));
      ADD_FAILURE() << body;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "ics.bad_zone");
    }
  }
}

struct Bad {
  const char* body;
  const char* code;
  int line;
};

TEST(ParseIcs, WhatIsWrongIsToldWithItsLine) {
  for (const Bad& bad : {
           Bad{"junk", "ics.bad_line", 4},
           {"NAME", "ics.bad_line", 4},
           {"BAD NAME:x", "ics.bad_line", 4},
           {"X;P:x", "ics.bad_line", 4},
           {"X;P=\"open:x", "ics.bad_line", 4},
           {"BEGIN:VEVENT\nEND:VTODO", "ics.unclosed", 5},
           {"BEGIN:VEVENT\nSUMMARY:x", "ics.unclosed", 6},
           {"BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT", "ics.missing", 4},
           {"BEGIN:VEVENT\nDTSTART:20260230T070000\nEND:VEVENT", "ics.bad_time", 5},
           {"BEGIN:VEVENT\nDTSTART:20260210T250000\nEND:VEVENT", "ics.bad_time", 5},
           {"BEGIN:VEVENT\nDTSTART:soon\nEND:VEVENT", "ics.bad_time", 5},
           {"BEGIN:VEVENT\nDTSTART:18991231T070000\nEND:VEVENT", "ics.bad_time", 5},
           {"BEGIN:VEVENT\nDTSTART;TZID=Asia/Ho_Chi_Min:20260210T070000\nEND:VEVENT", "ics.bad_zone", 5},
           {"BEGIN:VEVENT\nDTSTART:20260210T070000\nSUMMARY:a\n b\nRRULE:FREQ=DAILY;BYHOUR=24\nEND:VEVENT",
            "ics.bad_rule", 8},
           {"BEGIN:VEVENT\nDTSTART:20260210T070000\nRDATE:20260210T070000,x\nEND:VEVENT", "ics.bad_time", 6},
           {"BEGIN:VEVENT\nDTSTART:20260210T070000\nRDATE:\nEND:VEVENT", "ics.bad_time", 6},
           {"BEGIN:VEVENT\nDTSTART:20260210T070000\nRDATE;VALUE=PERIOD:20260210T070000Z/PT1H\nEND:VEVENT",
            "ics.unsupported", 6},
           {"BEGIN:VEVENT\nDTSTART:20260210T070000\nEXRULE:FREQ=DAILY\nEND:VEVENT", "ics.unsupported", 6},
           {"BEGIN:VEVENT\nDTSTART:20260210T070000\nDURATION:long\nEND:VEVENT", "ics.bad_value", 6},
           {"BEGIN:VEVENT\nDTSTART:20260210T070000\nDURATION:-PT1H\nEND:VEVENT", "ics.bad_value", 6},
           {"BEGIN:VEVENT\nDTSTART:20260210T070000\nDTEND:20260209T070000\nEND:VEVENT", "ics.bad_value", 6},
           {"BEGIN:VEVENT\nUID:1\nDTSTART:20260210T070000\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nDTSTART:"
            "20260210T070000\nEND:VEVENT",
            "ics.twice", 8},
           {"BEGIN:VEVENT\nUID:1\nDTSTART:20260210T070000\nEND:VEVENT\nBEGIN:VEVENT\nUID:1\nRECURRENCE-ID;RANGE="
            "THISANDFUTURE:"
            "20260210T070000\nDTSTART:20260210T070000\nEND:VEVENT",
            "ics.unsupported", 10},
           {"BEGIN:VCALENDAR\nEND:VCALENDAR", "ics.not_calendar", 4},
           {"END:VCALENDAR\nSUMMARY:x\nBEGIN:VCALENDAR", "ics.not_calendar", 5},
       }) {
    try {
      static_cast<void>(parsed(std::string{bad.body} + "\n"));
      ADD_FAILURE() << bad.body << " was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), bad.code) << bad.body << "\n" << error.what();
      EXPECT_EQ(error.text().args.at(0), std::to_string(bad.line)) << bad.body << "\n" << error.what();
      EXPECT_TRUE(is_known_text(error.code()));
    }
  }
  for (const std::string& text : {std::string{}, std::string{"hello"}, std::string{" x"}, std::string{"BEGIN:VEVENT\n"},
                                  std::string("BEGIN:VCALENDAR\nA:\0\n", 20), std::string(kLongestFile + 1, 'a')})
    EXPECT_THROW(static_cast<void>(parse_ics(text, Zone{"UTC"})), Error) << text.substr(0, 20);
}

TEST(ParseIcs, HasBounds) {
  const auto code = [](const std::string& text) {
    try {
      static_cast<void>(parse_ics(text, Zone{"UTC"}));
      return std::string{};
    } catch (const Error& error) {
      return error.code();
    }
  };
  std::string fits = kHead +
                     event("SUMMARY:" + std::string(kLongestFile / 2, 'a') + "\r\nDTSTART:20260101T000000Z\r\n") +
                     "END:VCALENDAR\r\n";
  EXPECT_EQ(code(fits), "");
  fits.resize(kLongestFile + 1, '\n');
  EXPECT_EQ(code(fits), "ics.too_long");

  std::string events;
  for (std::size_t i = 0; i < kMostEvents; ++i) events += "BEGIN:VEVENT\nDTSTART:20260101T000000Z\nEND:VEVENT\n";
  EXPECT_EQ(code(kHead + events + "END:VCALENDAR\n"), "");
  EXPECT_EQ(code(kHead + events + "BEGIN:VEVENT\nDTSTART:20260101T000000Z\nEND:VEVENT\nEND:VCALENDAR\n"),
            "ics.too_many");

  std::string dates = "RDATE:20260101T000000Z";
  for (std::size_t i = 1; i < kMostDates; ++i) dates += ",20260101T000000Z";
  EXPECT_EQ(code(kHead + event("DTSTART:20260101T000000Z\n" + dates + "\n") + "END:VCALENDAR\n"), "");
  EXPECT_EQ(
      code(kHead + event("DTSTART:20260101T000000Z\n" + dates + "\nEXDATE:20260101T000000Z\n") + "END:VCALENDAR\n"),
      "ics.too_many_dates");

  std::string begins;
  std::string ends;
  for (int i = 0; i < 15; ++i) {
    begins += "BEGIN:X\n";
    ends += "END:X\n";
  }
  EXPECT_EQ(code(kHead + begins + ends + "END:VCALENDAR\n"), "");
  EXPECT_EQ(code(kHead + begins + "BEGIN:X\nEND:X\n" + ends + "END:VCALENDAR\n"), "ics.bad_value");
}

Event weekly() {
  return {"w@phulien",
          "Thủ tục, hành chính; trong ngày",
          "Dòng một\nDòng hai \\ hết",
          "Loa tổ dân phố số 4",
          {parse_time("2026-01-01T17:30"),
           Zone{"Asia/Ho_Chi_Minh"},
           {recurrence::parse_rule("FREQ=WEEKLY;BYDAY=FR;UNTIL=20261231")},
           {},
           {},
           {},
           {}},
          std::chrono::minutes{3},
          false};
}

std::string formatted(const std::vector<Event>& events) {
  const Zone zone{"Asia/Ho_Chi_Minh"};
  return format_ics(events, "Phường Phù Liễn", parse_utc("2026-01-01T00:00:00Z").value(),
                    zone.to_wall(parse_time("2026-01-01T00:00")), zone.to_wall(parse_time("2030-01-01T00:00")));
}

bool has_line(const std::string& text, const std::string& line) {
  return text.find("\r\n" + line + "\r\n") != std::string::npos;
}

TEST(FormatIcs, WritesWhatOthersRead) {
  Event one = weekly();
  one.when.exdays = {parse_day("2026-05-01")};
  one.when.rdates = {parse_time("2026-05-02T17:30")};
  one.when.overrides = {{parse_time("2026-01-09T17:30"), parse_time("2026-01-08T17:30")}};
  const std::string text = formatted({one});
  EXPECT_TRUE(text.starts_with("BEGIN:VCALENDAR\r\n")) << text;
  EXPECT_TRUE(text.ends_with("END:VCALENDAR\r\n"));
  for (const char* line :
       {"VERSION:2.0", "METHOD:PUBLISH", "X-WR-CALNAME:Phường Phù Liễn", "TZID:Asia/Ho_Chi_Minh", "TZOFFSETTO:+0700",
        "TZOFFSETFROM:+0700", "DTSTART;TZID=Asia/Ho_Chi_Minh:20260102T173000", "DURATION:PT3M",
        "DTSTAMP:20260101T000000Z", "SUMMARY:Thủ tục\\, hành chính\\; trong ngày",
        "DESCRIPTION:Dòng một\\nDòng hai \\\\ hết", "RRULE:FREQ=WEEKLY;UNTIL=20261231T165959Z;BYDAY=FR",
        "EXDATE;TZID=Asia/Ho_Chi_Minh:20260501T173000", "RDATE;TZID=Asia/Ho_Chi_Minh:20260502T173000",
        "RECURRENCE-ID;TZID=Asia/Ho_Chi_Minh:20260109T173000", "DTSTART;TZID=Asia/Ho_Chi_Minh:20260108T173000"})
    EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
  // §3.1: lines of at most 75 octets, and no letter cut in two.
  std::size_t start = 0;
  for (std::size_t end = text.find("\r\n"); end != std::string::npos; start = end + 2, end = text.find("\r\n", start)) {
    EXPECT_LE(end - start, 75U) << text.substr(start, end - start);
    EXPECT_NE(static_cast<unsigned char>(text[start]) & 0xC0U, 0x80U);
  }
}

TEST(FormatIcs, LunarRulesGoAsDatesAndComeBackAsRules) {
  Event one = weekly();
  one.when.rules = {recurrence::parse_rule("RSCALE=VIETNAMESE;FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=-1")};
  one.when.rdates = {parse_time("2026-03-01T17:30")};
  const std::string text = formatted({one});
  EXPECT_TRUE(has_line(text, "DTSTART;TZID=Asia/Ho_Chi_Minh:20260216T173000")) << text;
  for (const char* line :
       {"RDATE;TZID=Asia/Ho_Chi_Minh:20260301T173000", "RDATE;TZID=Asia/Ho_Chi_Minh:20270205T173000"})
    EXPECT_TRUE(has_line(text, line)) << line;
  EXPECT_EQ(text.find("\r\nRRULE"), std::string::npos);
  const auto back = parse_ics(text, Zone{"UTC"});
  ASSERT_EQ(back.size(), 1U);
  EXPECT_EQ(back[0].when, one.when);
}

TEST(FormatIcs, WhatWasWrittenIsReadAsTheSame) {
  std::vector<Event> events;
  for (const char* rule :
       {"FREQ=DAILY;INTERVAL=3;COUNT=20", "FREQ=WEEKLY;BYDAY=MO,FR;BYHOUR=5,17;BYMINUTE=30", "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=YEARLY;BYMONTHDAY=31", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
        "FREQ=DAILY;UNTIL=20260601", "FREQ=DAILY;UNTIL=20260601T173000",
        "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD;BYMONTHDAY=31", "RSCALE=VIETNAMESE;FREQ=MONTHLY;BYMONTHDAY=15",
        "FREQ=HOURLY;INTERVAL=5;BYDAY=MO"})
    for (const char* zone : {"Asia/Ho_Chi_Minh", "America/New_York", "Etc/UTC"}) {
      Event one = weekly();
      one.uid = std::string{rule} + "@" + zone;
      one.when.zone = Zone{zone};
      one.when.rules = {recurrence::parse_rule(rule)};
      one.when.rdates = {parse_time("2026-02-02T02:02")};
      one.when.exdays = {parse_day("2026-04-06")};
      events.push_back(one);
    }
  Event whole = weekly();
  whole.uid = "whole";
  whole.is_all_day = true;
  whole.when.zone = Zone{"Europe/Paris"};  // a date has no zone of its own: the reader's
  whole.duration = std::chrono::days{1};
  whole.when.dtstart = parse_time("2026-01-01T00:00");
  whole.when.rules = {recurrence::parse_rule("FREQ=MONTHLY;UNTIL=20270101")};
  events.push_back(whole);
  const auto back = parse_ics(formatted(events), Zone{"Europe/Paris"});
  ASSERT_EQ(back.size(), events.size());
  for (std::size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(back[i].uid, events[i].uid);
    EXPECT_EQ(back[i].summary, events[i].summary);
    EXPECT_EQ(back[i].description, events[i].description);
    EXPECT_EQ(back[i].location, events[i].location);
    EXPECT_EQ(back[i].duration, events[i].duration);
    EXPECT_EQ(back[i].is_all_day, events[i].is_all_day);
    EXPECT_EQ(back[i].when.zone, events[i].when.zone);
    EXPECT_EQ(listed(back[i].when, "2026-01-01T00:00", "2027-06-01T00:00"),
              listed(events[i].when, "2026-01-01T00:00", "2027-06-01T00:00"))
        << events[i].uid;
  }
}

TEST(FormatIcs, WhatNeverOccursIsLeftOut) {
  Event never = weekly();
  never.when.rules = {recurrence::parse_rule("FREQ=YEARLY;BYWEEKNO=20;BYMONTH=1")};
  Event control = weekly();
  control.summary = "a\x01\rb";
  const std::string text = formatted({never, control});
  EXPECT_EQ(text.find("BEGIN:VEVENT"), text.rfind("BEGIN:VEVENT"));
  EXPECT_TRUE(has_line(text, "SUMMARY:ab"));
}

TEST(FormatIcs, ALunarRuleWithTooManyDatesIsRefused) {
  Event one = weekly();
  one.when.rules = {recurrence::parse_rule("RSCALE=VIETNAMESE;FREQ=MINUTELY")};
  try {
    static_cast<void>(formatted({one}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "recurrence.too_many");
  }
  one.when.rules = {recurrence::parse_rule("RSCALE=VIETNAMESE;FREQ=HOURLY;COUNT=10001")};
  EXPECT_THROW(static_cast<void>(formatted({one})), Error);
  one.when.rules = {recurrence::parse_rule("RSCALE=VIETNAMESE;FREQ=HOURLY;COUNT=10000")};
  EXPECT_EQ(parse_ics(formatted({one}), Zone{"UTC"}).at(0).when, one.when);
}

// Summer time stands in the file change by change.
TEST(FormatIcs, AZoneWithSummerTime) {
  Event one = weekly();
  one.when.zone = Zone{"Europe/Paris"};
  const std::string text = formatted({one});
  for (const char* line : {"BEGIN:DAYLIGHT", "DTSTART:20260329T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200",
                           "DTSTART:20291028T030000"})
    EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
}

}  // namespace
}  // namespace loa::ics
