#include "schedules/recurrence/recurrence_set.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/error_code.h"

namespace loa::recurrence {
namespace {

using civil::parse_day;
using civil::parse_time;

RecurrenceSet set_of(const char* dtstart, const std::vector<const char*>& rules,
                     const char* zone = "Asia/Ho_Chi_Minh") {
  RecurrenceSet set{parse_time(dtstart), civil::Zone{zone}, {}, {}, {}, {}, {}};
  for (const char* rule : rules) set.rules.push_back(parse_rule(rule));
  return set;
}

std::string listed(const RecurrenceSet& set, const char* from, const char* until) {
  std::string text;
  for (const Instance& instance :
       occurrences(set, set.zone.to_wall(parse_time(from)), set.zone.to_wall(parse_time(until)))) {
    EXPECT_EQ(set.zone.to_wall(instance.civil), instance.start);
    text += (text.empty() ? "" : " ") + civil::format_time(instance.civil).substr(0, 16);
  }
  return text;
}

struct Example {
  const char* dtstart;
  const char* rule;
  const char* until;
  const char* dates;
};

// RFC 5545 §3.8.5.3, America/New_York. Days with their times where these differ from DTSTART's.
TEST(RecurrenceSet, TheExamplesOfTheRfc) {
  for (const Example& example : {
           Example{"1997-09-02T09:00", "FREQ=DAILY;COUNT=10", "1999-01-01T00:00",
                   "1997-09-02 1997-09-03 1997-09-04 1997-09-05 1997-09-06 1997-09-07 1997-09-08 1997-09-09 1997-09-10 "
                   "1997-09-11"},
           {"1997-09-02T09:00", "FREQ=DAILY;INTERVAL=10;COUNT=5", "1999-01-01T00:00",
            "1997-09-02 1997-09-12 1997-09-22 1997-10-02 1997-10-12"},
           {"1997-12-22T09:00", "FREQ=DAILY;UNTIL=19971224T140000Z", "1999-01-01T00:00",
            "1997-12-22 1997-12-23 1997-12-24"},
           {"1997-12-22T09:00", "FREQ=DAILY;UNTIL=19971224T135959Z", "1999-01-01T00:00", "1997-12-22 1997-12-23"},
           {"1998-01-01T09:00", "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
            "1998-01-05T00:00", "1998-01-01 1998-01-02 1998-01-03 1998-01-04"},
           {"1997-09-02T09:00", "FREQ=WEEKLY;INTERVAL=2;WKST=SU", "1997-11-01T00:00",
            "1997-09-02 1997-09-16 1997-09-30 1997-10-14 1997-10-28"},
           {"1997-09-02T09:00", "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", "1999-01-01T00:00",
            "1997-09-02 1997-09-04 1997-09-09 1997-09-11 1997-09-16 1997-09-18 1997-09-23 1997-09-25 1997-09-30 "
            "1997-10-02"},
           {"1997-09-01T09:00", "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
            "1997-10-01T00:00", "1997-09-01 1997-09-03 1997-09-05 1997-09-15 1997-09-17 1997-09-19 1997-09-29"},
           {"1997-09-05T09:00", "FREQ=MONTHLY;COUNT=5;BYDAY=1FR", "1999-01-01T00:00",
            "1997-09-05 1997-10-03 1997-11-07 1997-12-05 1998-01-02"},
           {"1997-09-07T09:00", "FREQ=MONTHLY;INTERVAL=2;COUNT=6;BYDAY=1SU,-1SU", "1999-01-01T00:00",
            "1997-09-07 1997-09-28 1997-11-02 1997-11-30 1998-01-04 1998-01-25"},
           {"1997-09-22T09:00", "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "1999-01-01T00:00",
            "1997-09-22 1997-10-20 1997-11-17 1997-12-22 1998-01-19 1998-02-16"},
           {"1997-09-28T09:00", "FREQ=MONTHLY;BYMONTHDAY=-3", "1998-01-01T00:00",
            "1997-09-28 1997-10-29 1997-11-28 1997-12-29"},
           {"1997-09-02T09:00", "FREQ=MONTHLY;COUNT=5;BYMONTHDAY=2,15", "1999-01-01T00:00",
            "1997-09-02 1997-09-15 1997-10-02 1997-10-15 1997-11-02"},
           {"1997-09-30T09:00", "FREQ=MONTHLY;COUNT=5;BYMONTHDAY=1,-1", "1999-01-01T00:00",
            "1997-09-30 1997-10-01 1997-10-31 1997-11-01 1997-11-30"},
           {"1997-09-10T09:00", "FREQ=MONTHLY;INTERVAL=18;COUNT=8;BYMONTHDAY=10,11,12,13,14,15", "2000-01-01T00:00",
            "1997-09-10 1997-09-11 1997-09-12 1997-09-13 1997-09-14 1997-09-15 1999-03-10 1999-03-11"},
           {"1997-06-10T09:00", "FREQ=YEARLY;COUNT=4;BYMONTH=6,7", "2001-01-01T00:00",
            "1997-06-10 1997-07-10 1998-06-10 1998-07-10"},
           {"1997-03-10T09:00", "FREQ=YEARLY;INTERVAL=2;COUNT=4;BYMONTH=1,2,3", "2005-01-01T00:00",
            "1997-03-10 1999-01-10 1999-02-10 1999-03-10"},
           {"1997-01-01T09:00", "FREQ=YEARLY;INTERVAL=3;COUNT=5;BYYEARDAY=1,100,200", "2007-01-01T00:00",
            "1997-01-01 1997-04-10 1997-07-19 2000-01-01 2000-04-09"},
           {"1997-05-19T09:00", "FREQ=YEARLY;BYDAY=20MO", "2000-01-01T00:00", "1997-05-19 1998-05-18 1999-05-17"},
           {"1997-05-12T09:00", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "2000-01-01T00:00",
            "1997-05-12 1998-05-11 1999-05-17"},
           {"1997-03-13T09:00", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "1998-03-10T00:00",
            "1997-03-13 1997-03-20 1997-03-27 1998-03-05"},
           {"1997-06-05T09:00", "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8", "1997-07-05T00:00",
            "1997-06-05 1997-06-12 1997-06-19 1997-06-26 1997-07-03"},
           {"1997-09-02T09:00", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "2001-01-01T00:00",
            "1998-02-13 1998-03-13 1998-11-13 1999-08-13 2000-10-13"},
           {"1997-09-13T09:00", "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", "1998-01-01T00:00",
            "1997-09-13 1997-10-11 1997-11-08 1997-12-13"},
           {"1996-11-05T09:00", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
            "2005-01-01T00:00", "1996-11-05 2000-11-07 2004-11-02"},
           {"1997-09-04T09:00", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1999-01-01T00:00",
            "1997-09-04 1997-10-07 1997-11-06"},
           {"1997-09-29T09:00", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "1998-01-01T00:00",
            "1997-09-29 1997-10-30 1997-11-27 1997-12-30"},
           {"2007-01-15T09:00", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "2008-01-01T00:00",
            "2007-01-15 2007-01-30 2007-02-15 2007-03-15 2007-03-30"},
           {"1997-08-05T09:00", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1998-01-01T00:00",
            "1997-08-05 1997-08-10 1997-08-19 1997-08-24"},
           {"1997-08-05T09:00", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1998-01-01T00:00",
            "1997-08-05 1997-08-17 1997-08-19 1997-08-31"},
       }) {
    std::string days;
    const auto set = set_of(example.dtstart, {example.rule}, "America/New_York");
    for (const Instance& instance :
         occurrences(set, set.zone.to_wall(set.dtstart), set.zone.to_wall(parse_time(example.until)))) {
      EXPECT_EQ(civil::clock_of(instance.civil), std::chrono::hours{9});
      days += (days.empty() ? "" : " ") + civil::format_day(civil::day_of(instance.civil));
    }
    EXPECT_EQ(days, example.dates) << example.rule;
  }
}

TEST(RecurrenceSet, TheExamplesWithinADay) {
  const auto day = [](const char* rule, const char* until) {
    return listed(set_of("1997-09-02T09:00", {rule}, "America/New_York"), "1997-09-02T00:00", until);
  };
  EXPECT_EQ(day("FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z", "1997-09-04T00:00"),
            "1997-09-02T09:00 1997-09-02T12:00 1997-09-02T15:00");
  EXPECT_EQ(day("FREQ=MINUTELY;INTERVAL=90;COUNT=4", "1997-09-04T00:00"),
            "1997-09-02T09:00 1997-09-02T10:30 1997-09-02T12:00 1997-09-02T13:30");
  const std::string daily = day("FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40", "1997-09-05T00:00");
  EXPECT_EQ(daily.size(), 3 * 24 * 17U - 1);
  EXPECT_EQ(day("FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16", "1997-09-05T00:00"), daily);
}

TEST(RecurrenceSet, SeveralTimesADayAtHome) {
  EXPECT_EQ(listed(set_of("2026-01-01T05:30", {"FREQ=WEEKLY;BYDAY=MO,FR;BYHOUR=5,17;BYMINUTE=30"}), "2026-01-01T00:00",
                   "2026-01-06T00:00"),
            "2026-01-02T05:30 2026-01-02T17:30 2026-01-05T05:30 2026-01-05T17:30");
}

TEST(RecurrenceSet, TheWindowHoldsItsStartAndNotItsEnd) {
  const auto set = set_of("2026-01-01T07:00", {"FREQ=DAILY"});
  EXPECT_EQ(listed(set, "2026-01-02T07:00", "2026-01-04T07:00"), "2026-01-02T07:00 2026-01-03T07:00");
  EXPECT_EQ(listed(set, "2026-01-02T07:00", "2026-01-02T07:00"), "");
  EXPECT_EQ(listed(set, "2026-01-03T07:00", "2026-01-02T07:00"), "");
  EXPECT_EQ(listed(set, "1950-01-02T07:00", "1960-01-02T07:00"), "");
  EXPECT_EQ(listed(set, "2199-12-31T00:00", "2199-12-31T23:59"), "2199-12-31T07:00");
  EXPECT_EQ(occurrences(set, WallTime::min(), WallTime::max()).size(), 63'552U);
}

TEST(RecurrenceSet, ADayOfUntilCountsWhole) {
  EXPECT_EQ(listed(set_of("2026-01-01T23:00", {"FREQ=DAILY;UNTIL=20260102"}), "2026-01-01T00:00", "2026-02-01T00:00"),
            "2026-01-01T23:00 2026-01-02T23:00");
  EXPECT_EQ(
      listed(set_of("2026-01-01T23:00", {"FREQ=DAILY;UNTIL=20260102T225959"}), "2026-01-01T00:00", "2026-02-01T00:00"),
      "2026-01-01T23:00");
}

TEST(RecurrenceSet, SingleDatesAndExceptions) {
  auto set = set_of("2026-01-01T07:00", {"FREQ=WEEKLY"});
  set.rdates = {parse_time("2026-01-03T09:00"), parse_time("2026-01-08T07:00")};
  set.exdates = {parse_time("2026-01-15T07:00"), parse_time("2026-01-22T07:01")};
  set.exdays = {parse_day("2026-01-29")};
  EXPECT_EQ(listed(set, "2026-01-01T00:00", "2026-02-06T00:00"),
            "2026-01-01T07:00 2026-01-03T09:00 2026-01-08T07:00 2026-01-22T07:00 2026-02-05T07:00");
  EXPECT_EQ(listed(set_of("2026-01-01T07:00", {}), "2026-01-01T00:00", "2027-01-01T00:00"), "2026-01-01T07:00");
  EXPECT_EQ(listed(set_of("2026-01-01T07:00", {"FREQ=DAILY;COUNT=1", "FREQ=MONTHLY;COUNT=2", "FREQ=DAILY;COUNT=2"}),
                   "2026-01-01T00:00", "2027-01-01T00:00"),
            "2026-01-01T07:00 2026-01-02T07:00 2026-02-01T07:00");
  // DTSTART that the rule does not give is no occurrence.
  EXPECT_EQ(listed(set_of("2026-01-01T07:00", {"FREQ=WEEKLY;BYDAY=MO"}), "2026-01-01T00:00", "2026-01-06T00:00"),
            "2026-01-05T07:00");
}

TEST(RecurrenceSet, AMovedOccurrenceKeepsWhatItWas) {
  auto set = set_of("2026-01-01T07:00", {"FREQ=DAILY;COUNT=4"});
  set.exdates = {parse_time("2026-01-04T07:00")};
  set.overrides = {{parse_time("2026-01-02T07:00"), parse_time("2026-03-02T08:00")},
                   {parse_time("2026-01-04T07:00"), parse_time("2026-03-04T08:00")},
                   {parse_time("2026-01-09T07:00"), parse_time("2026-03-09T08:00")}};
  EXPECT_EQ(listed(set, "2026-01-01T00:00", "2026-02-01T00:00"), "2026-01-01T07:00 2026-01-03T07:00");
  const auto found = occurrences(set, set.zone.to_wall(parse_time("2026-02-01T00:00")),
                                 set.zone.to_wall(parse_time("2026-04-01T00:00")));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].civil, parse_time("2026-03-02T08:00"));
  EXPECT_EQ(found[0].original, parse_time("2026-01-02T07:00"));
}

TEST(RecurrenceSet, HoursThatAreSkippedOrComeTwice) {
  const auto starts = [](const RecurrenceSet& set, const char* from, const char* until) {
    std::string text;
    for (const Instance& one : occurrences(set, parse_utc(from).value(), parse_utc(until).value()))
      text += (text.empty() ? "" : " ") + format_utc(one.start).substr(5, 11);
    return text;
  };
  // 02:30 of 11 March is read with the offset before the gap: 03:30 of the new clock.
  EXPECT_EQ(starts(set_of("2007-03-10T02:30", {"FREQ=DAILY;COUNT=3"}, "America/New_York"), "2007-03-01T00:00:00Z",
                   "2007-04-01T00:00:00Z"),
            "03-10T07:30 03-11T07:30 03-12T06:30");
  // 02:30 and 03:30 of that day are one instant, and it comes once.
  EXPECT_EQ(starts(set_of("2007-03-11T00:30", {"FREQ=HOURLY;COUNT=5"}, "America/New_York"), "2007-03-01T00:00:00Z",
                   "2007-04-01T00:00:00Z"),
            "03-11T05:30 03-11T06:30 03-11T07:30 03-11T08:30");
  // 01:30 of 4 November means the first of the two.
  EXPECT_EQ(starts(set_of("2007-11-03T01:30", {"FREQ=DAILY;COUNT=3"}, "America/New_York"), "2007-11-01T00:00:00Z",
                   "2007-12-01T00:00:00Z"),
            "11-03T05:30 11-04T05:30 11-05T06:30");
}

TEST(RecurrenceSet, TooMuchIsRefusedNotHoarded) {
  EXPECT_EQ(
      test::code_of([] {
        static_cast<void>(occurrences(set_of("1900-01-01T00:00", {"FREQ=SECONDLY"}), WallTime::min(), WallTime::max()));
      }),
      "recurrence.too_many");
}

TEST(RecurrenceSet, TellsWhichTimesAreItsOwn) {
  const auto given = [](const RecurrenceSet& set, const std::vector<const char*>& asked) {
    std::vector<civil::Time> times;
    times.reserve(asked.size());
    for (const char* one : asked) times.push_back(parse_time(one));
    std::string text;
    for (const civil::Time time : given_among(set, times))
      text += (text.empty() ? "" : " ") + civil::format_time(time).substr(5, 5);
    return text;
  };
  const std::vector<const char*> asked = {"2026-01-09T07:00", "2026-01-02T07:00", "2026-01-03T07:00",
                                          "2026-01-03T07:01", "2026-01-02T07:00", "2025-01-01T07:00",
                                          "2026-01-05T07:00"};
  EXPECT_EQ(given(set_of("2026-01-01T07:00", {"FREQ=DAILY"}), asked), "01-02 01-03 01-05 01-09");
  EXPECT_EQ(given(set_of("2026-01-01T07:00", {"FREQ=DAILY;COUNT=3", "FREQ=WEEKLY;BYDAY=FR"}), asked),
            "01-02 01-03 01-09");
  EXPECT_EQ(given(set_of("2026-01-01T07:00", {"FREQ=DAILY;UNTIL=20260103T000000Z"}), asked), "01-02 01-03");
  EXPECT_EQ(given(set_of("2026-01-01T07:00", {"FREQ=DAILY;UNTIL=20260102T235959Z"}), asked), "01-02");
  EXPECT_EQ(given(set_of("2026-01-02T07:00", {}), asked), "01-02");
  EXPECT_EQ(given(set_of("2026-01-02T07:00", {}), {}), "");
}

TEST(RecurrenceSet, ASingleDateMayLeaveTheTimeOut) {
  EXPECT_EQ(parse_rdate("2026-04-30", parse_time("2026-01-01T07:15")), parse_time("2026-04-30T07:15"));
  EXPECT_EQ(parse_rdate("2026-04-30T08:00", parse_time("2026-01-01T07:15")), parse_time("2026-04-30T08:00"));
  EXPECT_EQ(test::code_of([] { static_cast<void>(parse_rdate("30/4", parse_time("2026-01-01T07:15"))); }),
            "civil.bad_date");
}

}  // namespace
}  // namespace loa::recurrence
