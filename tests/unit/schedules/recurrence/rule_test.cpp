#include "schedules/recurrence/rule.h"

#include <string>

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace loa::recurrence {
namespace {

struct Bad {
  const char* text;
  const char* code;
  int column;
};

TEST(Rule, WhatIsWrongIsToldWithItsPlace) {
  for (const Bad& bad : {
           Bad{"", "rrule.no_frequency", 1},
           {"RRULE:", "rrule.no_frequency", 7},
           {"COUNT=3", "rrule.no_frequency", 8},
           {";FREQ=DAILY", "rrule.unknown_part", 1},
           {"FREQ=DAILY;", "rrule.unknown_part", 12},
           {"FREQ=DAILY;;COUNT=2", "rrule.unknown_part", 12},
           {"FREQ", "rrule.no_value", 5},
           {"FREQ=", "rrule.no_value", 5},
           {"FREQ=FORTNIGHTLY", "rrule.bad_frequency", 6},
           {"FREQ=DAILY ", "rrule.bad_frequency", 6},
           {" FREQ=DAILY", "rrule.unknown_part", 1},
           {"FREQ=DAILY,WEEKLY", "rrule.bad_frequency", 6},
           {"FREQ=DAILY;FREQ=WEEKLY", "rrule.twice", 12},
           {"FREQ=DAILY;INTERVAL=0", "rrule.bad_number", 21},
           {"FREQ=DAILY;INTERVAL=-1", "rrule.bad_number", 21},
           {"FREQ=DAILY;INTERVAL=1.5", "rrule.bad_number", 21},
           {"FREQ=DAILY;INTERVAL=99999999999999999999", "rrule.bad_number", 21},
           {"FREQ=DAILY;INTERVAL=10000001", "rrule.bad_number", 21},
           {"FREQ=DAILY;COUNT=0", "rrule.bad_number", 18},
           {"FREQ=DAILY;COUNT=1000001", "rrule.bad_number", 18},
           {"FREQ=DAILY;COUNT=+3", "rrule.bad_number", 18},
           {"FREQ=DAILY;COUNT=x", "rrule.bad_number", 18},
           {"FREQ=DAILY;COUNT=3;UNTIL=20260101", "rrule.count_and_until", 20},
           {"FREQ=DAILY;UNTIL=20260101;COUNT=3", "rrule.count_and_until", 12},
           {"FREQ=DAILY;UNTIL=2026-01-01", "rrule.bad_until", 18},
           {"FREQ=DAILY;UNTIL=20260230", "rrule.bad_until", 18},
           {"FREQ=DAILY;UNTIL=20260101T250000", "rrule.bad_until", 18},
           {"FREQ=DAILY;UNTIL=20260101T000000X", "rrule.bad_until", 18},
           {"FREQ=DAILY;UNTIL=20260101X000000", "rrule.bad_until", 18},
           {"FREQ=DAILY;UNTIL=99990101T000000Z", "rrule.bad_until", 18},
           {"FREQ=DAILY;BYHOUR=24", "rrule.bad_number", 19},
           {"FREQ=DAILY;BYHOUR=7,24", "rrule.bad_number", 21},
           {"FREQ=DAILY;BYHOUR=7,", "rrule.bad_number", 21},
           {"FREQ=DAILY;BYHOUR=7,,8", "rrule.bad_number", 21},
           {"FREQ=DAILY;BYHOUR=-1", "rrule.bad_number", 19},
           {"FREQ=DAILY;BYMINUTE=60", "rrule.bad_number", 21},
           {"FREQ=DAILY;BYSECOND=61", "rrule.bad_number", 21},
           {"FREQ=MONTHLY;BYMONTHDAY=0", "rrule.bad_number", 25},
           {"FREQ=MONTHLY;BYMONTHDAY=32", "rrule.bad_number", 25},
           {"FREQ=MONTHLY;BYMONTHDAY=1,-32", "rrule.bad_number", 27},
           {"RSCALE=VIETNAMESE;FREQ=MONTHLY;BYMONTHDAY=31", "rrule.bad_number", 43},
           {"FREQ=YEARLY;BYYEARDAY=367", "rrule.bad_number", 23},
           {"FREQ=YEARLY;BYWEEKNO=54", "rrule.bad_number", 22},
           {"FREQ=YEARLY;BYMONTH=13", "rrule.bad_number", 21},
           {"FREQ=YEARLY;BYMONTH=-1", "rrule.bad_number", 21},
           {"FREQ=YEARLY;BYMONTH=5L", "rrule.leap_month_here", 21},
           {"RSCALE=GREGORIAN;FREQ=YEARLY;BYMONTH=1,5L", "rrule.leap_month_here", 40},
           {"RSCALE=VIETNAMESE;FREQ=YEARLY;BYMONTH=L", "rrule.bad_number", 39},
           {"FREQ=WEEKLY;BYDAY=MON", "rrule.bad_weekday", 19},
           {"FREQ=WEEKLY;BYDAY=T2", "rrule.bad_weekday", 19},
           {"FREQ=WEEKLY;BYDAY=MO;BYDAY=TU", "rrule.twice", 22},
           {"FREQ=WEEKLY;BYDAY=M", "rrule.bad_weekday", 19},
           {"FREQ=WEEKLY;BYDAY=1MO", "rrule.ordinal_here", 19},
           {"FREQ=DAILY;BYDAY=TU,1MO", "rrule.ordinal_here", 21},
           {"FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "rrule.ordinal_here", 30},
           {"FREQ=MONTHLY;BYDAY=0MO", "rrule.bad_number", 20},
           {"FREQ=MONTHLY;BYDAY=xMO", "rrule.bad_number", 20},
           {"FREQ=MONTHLY;BYDAY=6MO", "rrule.never", 20},
           {"FREQ=YEARLY;BYMONTH=1;BYDAY=FR,-6MO", "rrule.never", 32},
           {"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "rrule.never", 34},
           {"FREQ=MONTHLY;BYMONTH=4,6;BYMONTHDAY=31,-31", "rrule.never", 37},
           {"FREQ=WEEKLY;WKST=XX", "rrule.bad_weekday", 18},
           {"FREQ=WEEKLY;BYMONTHDAY=1", "rrule.not_with_frequency", 13},
           {"FREQ=MONTHLY;BYYEARDAY=1", "rrule.not_with_frequency", 14},
           {"FREQ=MONTHLY;BYWEEKNO=1", "rrule.not_with_frequency", 14},
           {"FREQ=DAILY;BYSETPOS=1", "rrule.position_alone", 12},
           {"FREQ=DAILY;BYHOUR=1;BYSETPOS=0", "rrule.bad_number", 30},
           {"FREQ=DAILY;BYHOUR=1;BYSETPOS=367", "rrule.bad_number", 30},
           {"FREQ=YEARLY;SKIP=OMIT", "rrule.skip_alone", 13},
           {"RSCALE=CHINESE;FREQ=YEARLY", "rrule.bad_scale", 8},
           {"RSCALE=VIETNAMESE;FREQ=YEARLY;SKIP=BACK", "rrule.bad_skip", 36},
           {"FREQ=DAILY;X-NOTE=1", "rrule.unknown_part", 12},
           {"RRULE:FREQ=DAILY;BYHOUR=24", "rrule.bad_number", 25},
       }) {
    try {
      static_cast<void>(parse_rule(bad.text));
      ADD_FAILURE() << bad.text << " was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), bad.code) << bad.text;
      EXPECT_EQ(error.text().args.at(0), std::to_string(bad.column)) << bad.text << ": " << error.what();
      EXPECT_TRUE(is_known_text(error.code())) << error.code();
      EXPECT_NE(std::string{error.what()}.find("Column " + std::to_string(bad.column) + ":"), std::string::npos);
    }
  }
  try {
    static_cast<void>(parse_rule("FREQ=DAILY;BYHOUR=" + std::string(5000, '1')));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "rrule.too_long");
  }
}

TEST(Rule, TheTextIsKeptInOneForm) {
  for (const auto& [text, form] : {
           std::pair{"FREQ=DAILY", "FREQ=DAILY"},
           {"rrule:freq=weekly;byday=fr,mo,fr;wkst=mo", "FREQ=WEEKLY;BYDAY=MO,FR"},
           {"INTERVAL=1;FREQ=WEEKLY;WKST=SU", "FREQ=WEEKLY;WKST=SU"},
           {"FREQ=MONTHLY;BYDAY=+1MO,-1FR,TU", "FREQ=MONTHLY;BYDAY=-1FR,TU,1MO"},
           {"FREQ=DAILY;UNTIL=20261231T165959z", "FREQ=DAILY;UNTIL=20261231T165959Z"},
           {"FREQ=DAILY;UNTIL=20261231", "FREQ=DAILY;UNTIL=20261231"},
           {"BYMONTH=6L,6,1;FREQ=YEARLY;RSCALE=vietnamese;SKIP=forward",
            "RSCALE=VIETNAMESE;FREQ=YEARLY;BYMONTH=1,6,6L;SKIP=FORWARD"},
           {"RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=BACKWARD", "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=BACKWARD"},
           {"RSCALE=GREGORIAN;FREQ=YEARLY", "FREQ=YEARLY"},
           {"FREQ=HOURLY;COUNT=3;INTERVAL=6;BYSECOND=0,60;BYMINUTE=59;BYHOUR=0,23;BYSETPOS=-1",
            "FREQ=HOURLY;COUNT=3;INTERVAL=6;BYSECOND=0,60;BYMINUTE=59;BYHOUR=0,23;BYSETPOS=-1"},
           {"FREQ=YEARLY;BYYEARDAY=366,-1;BYWEEKNO=53,-1;BYMONTHDAY=-1",
            "FREQ=YEARLY;BYMONTHDAY=-1;BYYEARDAY=-1,366;BYWEEKNO=-1,53"},
       }) {
    const RecurrenceRule rule = parse_rule(text);
    EXPECT_EQ(format_rule(rule), form);
    EXPECT_EQ(parse_rule(form), rule);
  }
}

}  // namespace
}  // namespace loa::recurrence
