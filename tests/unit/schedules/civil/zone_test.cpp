#include "schedules/civil/zone.h"

#include <gtest/gtest.h>

#include "tests/support/error_code.h"

namespace loa::civil {
namespace {

WallTime utc(const char* text) {
  return parse_utc(text).value();
}

TEST(Zone, HanoiIsSevenHoursAhead) {
  const Zone zone{"Asia/Ho_Chi_Minh"};
  EXPECT_EQ(zone.name(), "Asia/Ho_Chi_Minh");
  for (const char* text : {"1980-01-01T07:00", "2026-01-01T07:00", "2199-12-31T07:00"}) {
    const WallTime wall = zone.to_wall(parse_time(text));
    EXPECT_EQ(format_utc(wall), std::string{text}.substr(0, 10) + "T00:00:00.000Z");
    EXPECT_EQ(zone.to_civil(wall), parse_time(text));
    EXPECT_EQ(zone.to_civil(wall + nanoseconds{999'999'999}), parse_time(text));
  }
  // Eight hours ahead in the south until 13 June 1975.
  EXPECT_EQ(zone.to_wall(parse_time("1970-01-01T08:00")), utc("1970-01-01T00:00:00Z"));
}

TEST(Zone, AnHourThatOccursTwiceMeansTheFirst) {
  const Zone zone{"America/New_York"};
  EXPECT_EQ(zone.to_wall(parse_time("2007-11-04T01:30")), utc("2007-11-04T05:30:00Z"));
  EXPECT_EQ(zone.to_civil(utc("2007-11-04T06:30:00Z")), parse_time("2007-11-04T01:30"));
}

TEST(Zone, AnHourThatIsSkippedIsReadWithTheOffsetBefore) {
  const Zone zone{"America/New_York"};
  EXPECT_EQ(zone.to_wall(parse_time("2007-03-11T02:30")), utc("2007-03-11T07:30:00Z"));
  EXPECT_EQ(zone.to_civil(utc("2007-03-11T07:30:00Z")), parse_time("2007-03-11T03:30"));
}

TEST(Zone, ListsItsChanges) {
  const auto changes = Zone{"Europe/Paris"}.changes(utc("2026-01-01T00:00:00Z"), utc("2027-01-01T00:00:00Z"));
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes[0].offset_after, std::chrono::hours{1});
  EXPECT_EQ(format_time(changes[1].local_before), "2026-03-29T02:00:00");
  EXPECT_EQ(changes[1].offset_before, std::chrono::hours{1});
  EXPECT_EQ(changes[1].offset_after, std::chrono::hours{2});
  EXPECT_TRUE(changes[1].is_summer);
  EXPECT_EQ(changes[1].abbreviation, "CEST");
  EXPECT_EQ(format_time(changes[2].local_before), "2026-10-25T03:00:00");
  EXPECT_FALSE(changes[2].is_summer);
  EXPECT_EQ(Zone{"Asia/Ho_Chi_Minh"}.changes(utc("2026-01-01T00:00:00Z"), utc("2099-01-01T00:00:00Z")).size(), 1U);
}

TEST(Zone, ATypingErrorIsToldTheNearestName) {
  for (const auto& [typed, meant] : {std::pair{"Asia/Ho_Chi_Min", "Asia/Ho_Chi_Minh"},
                                     {"asia/ho_chi_minh", "Asia/Ho_Chi_Minh"},
                                     {"Asia/Bangkk", "Asia/Bangkok"}}) {
    try {
      static_cast<void>(Zone{typed});
      FAIL() << typed;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "zone.unknown");
      EXPECT_EQ(error.text().args.at(1), meant);
    }
  }
  EXPECT_EQ(test::code_of([] { static_cast<void>(Zone{""}); }), "zone.unknown");
  EXPECT_EQ(test::code_of([] { static_cast<void>(Zone{std::string(100'000, 'x')}); }), "zone.unknown");
}

}  // namespace
}  // namespace loa::civil
