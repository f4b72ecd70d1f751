#include <gtest/gtest.h>

#include "common/base/time.h"

namespace loa {
namespace {

TEST(Time, UtcTextRoundTrips) {
  const auto t = parse_utc("2027-02-06T00:00:00.250Z");
  ASSERT_TRUE(t.has_value());
  EXPECT_EQ(format_utc(*t), "2027-02-06T00:00:00.250Z");
  EXPECT_EQ(wall_from_us(to_us(*t)), *t);
}

TEST(Time, OffsetIsApplied) {
  EXPECT_EQ(parse_utc("2027-02-06T07:00:00+07:00"), parse_utc("2027-02-06T00:00:00Z"));
  EXPECT_EQ(parse_utc("2027-02-05T23:00:00-01:00"), parse_utc("2027-02-06T00:00:00Z"));
}

TEST(Time, BadTextIsRefused) {
  for (const char* text :
       {"", "2027", "2027-02-30T00:00:00Z", "2027-02-06T24:00:00Z", "2027-02-06T00:00:60Z", "2027-02-06T00:00:00",
        "2027-02-06T00:00:00.Z", "2027-02-06 00:00:00Z", "2027-02-06T00:00:00+0700", "2027-02-06T00:00:00Zx",
        "9999-01-01T00:00:00Z", "2027-13-06T00:00:00Z", "-027-02-06T00:00:00Z"})
    EXPECT_EQ(parse_utc(text), std::nullopt) << text;
}

}  // namespace
}  // namespace loa
