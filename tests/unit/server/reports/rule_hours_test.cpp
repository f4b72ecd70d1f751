#include "server/reports/rule_hours.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loa::server {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;

const civil::Zone kZone{"Asia/Ho_Chi_Minh"};

WallTime at(const std::string& local) {
  return kZone.to_wall(civil::parse_time(local));
}

schedules::WardRules weekday_mornings() {
  schedules::WardRules rules;
  rules.quiet = QuietHours{hours{21}, minutes{5 * 60 + 30}};
  rules.weekdays = 0b0011111;  // Monday to Friday
  rules.sessions = {{"sáng", hours{6}, hours{7}, minutes{15}}, {"chiều", hours{17}, hours{18}, minutes{15}}};
  return rules;
}

TEST(RuleHours, WithoutRulesNothingIsForbidden) {
  RuleHours book(kZone, {});
  EXPECT_FALSE(book.has_rules());
  EXPECT_THAT(book.outside(at("2026-11-24T03:15"), minutes{10}), ElementsAre(minutes{0}, minutes{0}, minutes{0}));
}

TEST(RuleHours, EachMomentIsForbiddenByTheFirstClauseThatDoes) {
  RuleHours book(kZone, {{WallTime{}, weekday_mornings()}});
  const auto of = [&](const char* from, milliseconds length) { return book.outside(at(from), length); };
  EXPECT_THAT(of("2026-11-24T06:10", minutes{5}), ElementsAre(minutes{0}, minutes{0}, minutes{0}));
  EXPECT_THAT(of("2026-11-24T03:15", minutes{5}), ElementsAre(minutes{5}, minutes{0}, minutes{0}));
  EXPECT_THAT(of("2026-11-24T22:00", minutes{5}), ElementsAre(minutes{5}, minutes{0}, minutes{0}));
  EXPECT_THAT(of("2026-11-28T06:10", minutes{5}), ElementsAre(minutes{0}, minutes{5}, minutes{0}));  // a Saturday
  EXPECT_THAT(of("2026-11-28T03:15", minutes{5}), ElementsAre(minutes{5}, minutes{0}, minutes{0}));
  EXPECT_THAT(of("2026-11-24T12:00", minutes{5}), ElementsAre(minutes{0}, minutes{0}, minutes{5}));
}

TEST(RuleHours, ASoundIsDividedAtEveryEdge) {
  RuleHours book(kZone, {{WallTime{}, weekday_mornings()}});
  // 05:29 to 06:01: a minute of quiet hours, half an hour before the session, a minute in it.
  EXPECT_THAT(book.outside(at("2026-11-24T05:29"), minutes{32}), ElementsAre(minutes{1}, minutes{0}, minutes{30}));
  EXPECT_THAT(book.outside(at("2026-11-24T06:59:30"), seconds{60}), ElementsAre(seconds{0}, seconds{0}, seconds{30}));
  // From Friday night through Saturday and Sunday into Monday morning.
  EXPECT_THAT(book.outside(at("2026-11-27T18:00"), hours{60 + 1}),
              ElementsAre(3 * minutes{510}, 2 * (hours{21} - minutes{330}), hours{3} + minutes{30}));
}

TEST(RuleHours, AVersionHoldsFromItsMakingOn) {
  schedules::WardRules strict;
  strict.sessions = {{"sáng", hours{6}, hours{7}, minutes{15}}};
  const WallTime made = at("2026-11-24T12:00:30");
  RuleHours book(kZone, {{at("2026-11-25T00:00"), schedules::WardRules{}}, {made, strict}});
  EXPECT_THAT(book.outside(at("2026-11-24T12:00"), minutes{1}), ElementsAre(seconds{0}, seconds{0}, seconds{30}));
  EXPECT_THAT(book.outside(at("2026-11-24T23:59"), minutes{2}), ElementsAre(minutes{0}, minutes{0}, minutes{1}));
  EXPECT_THAT(book.outside(at("2026-11-23T12:00"), minutes{1}), ElementsAre(minutes{0}, minutes{0}, minutes{0}));
}

TEST(RuleHours, AnHourThatComesTwiceEnds) {
  const civil::Zone berlin{"Europe/Berlin"};
  schedules::WardRules rules;
  rules.sessions = {{"Morgen", hours{6}, hours{7}, minutes{15}}};
  RuleHours book(berlin, {{WallTime{}, rules}});
  // Sunday 2026-10-25 has 25 hours, of which one is in the session.
  const WallTime midnight = berlin.to_wall(civil::parse_day("2026-10-25"));
  EXPECT_THAT(book.outside(midnight, hours{25}), ElementsAre(hours{0}, hours{0}, hours{24}));
}

}  // namespace
}  // namespace loa::server
