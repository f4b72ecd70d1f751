#include "schedules/civil/civil.h"

#include <gtest/gtest.h>

#include "tests/support/error_code.h"

namespace loa::civil {
namespace {

TEST(Civil, ReadsWhatItPrints) {
  for (const char* text : {"1900-01-01", "2024-02-29", "2026-04-30", "2199-12-31"})
    EXPECT_EQ(format_day(parse_day(text)), text);
  EXPECT_EQ(format_time(parse_time("2026-04-30T07:05")), "2026-04-30T07:05:00");
  EXPECT_EQ(format_time(parse_time("2026-04-30T23:59:59")), "2026-04-30T23:59:59");
  EXPECT_EQ(short_day(parse_day("2026-04-30")), "30/4");
}

TEST(Civil, RefusesWhatIsNoDate) {
  for (const char* text : {"", "2026-4-30", "2026/04/30", "2026-04-3", "2026-04-300", "+026-04-30", "2026-04-30 "})
    EXPECT_EQ(test::code_of([&] { static_cast<void>(parse_day(text)); }), "civil.bad_date") << text;
  for (const char* text : {"2026-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00"})
    EXPECT_EQ(test::code_of([&] { static_cast<void>(parse_day(text)); }), "civil.no_such_day") << text;
  for (const char* text : {"1899-12-31", "2200-01-01", "0000-01-01"})
    EXPECT_EQ(test::code_of([&] { static_cast<void>(parse_day(text)); }), "civil.out_of_range") << text;
}

TEST(Civil, RefusesWhatIsNoTime) {
  for (const char* text : {"2026-04-30", "2026-04-30T7:00", "2026-04-30 07:00", "2026-04-30T24:00", "2026-04-30T07:60",
                           "2026-04-30T07:00:60", "2026-04-30T07:00Z"})
    EXPECT_EQ(test::code_of([&] { static_cast<void>(parse_time(text)); }), "civil.bad_time") << text;
  EXPECT_EQ(test::code_of([] { static_cast<void>(parse_time("2026-02-30T07:00")); }), "civil.no_such_day");
}

}  // namespace
}  // namespace loa::civil
