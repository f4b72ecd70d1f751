#include "schedules/policy.h"

#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "common/base/vocabulary.h"

namespace loa::schedules {
namespace {

using namespace std::chrono_literals;
using std::chrono::hours;
using std::chrono::minutes;

// 2026-11-24, 00:00 in Vietnam.
const WallTime kMidnight = *parse_utc("2026-11-23T17:00:00Z");
constexpr minutes kVietnam{420};

PolicyRules all_day() {
  PolicyRules rules;
  rules.ceiling_pct.fill(90);
  rules.longest_play = 24h;
  rules.most_per_day = 24h;
  rules.starts_per_hour = 3600;
  return rules;
}

PolicyRules quiet_at_night() {
  PolicyRules rules = all_day();
  rules.quiet = QuietHours{21h, 5h};
  return rules;
}

// "" or the reason.
std::string verdict(const PolicyRules& rules, WallTime from, milliseconds length, nanoseconds clock_error = 0ns,
                    const std::vector<Sound>& before = {}) {
  const auto judged = judge(rules, kVietnam, {from, length}, clock_error, before);
  const auto* refused = std::get_if<PolicyRefuses>(&judged);
  return refused == nullptr ? "" : std::string{reason_of(refused->clause)};
}

int ceiling(const PolicyRules& rules, WallTime from, milliseconds length, nanoseconds clock_error = 0ns) {
  return std::get<PolicyAllows>(judge(rules, kVietnam, {from, length}, clock_error, {})).ceiling_pct;
}

TEST(Policy, APlayThatWouldSoundIntoQuietHoursIsRefusedToTheMillisecond) {
  EXPECT_EQ(verdict(quiet_at_night(), kMidnight + 20h + 59min, 60s), "");
  EXPECT_EQ(verdict(quiet_at_night(), kMidnight + 20h + 59min, 60'001ms), reason::kPolicyQuietHours);
  EXPECT_EQ(verdict(quiet_at_night(), kMidnight + 5h, 60s), "");
  EXPECT_EQ(verdict(quiet_at_night(), kMidnight + 5h - 1ms, 60s), reason::kPolicyQuietHours);
  EXPECT_EQ(verdict(quiet_at_night(), kMidnight + 1h, 60s), reason::kPolicyQuietHours);
  EXPECT_EQ(verdict(quiet_at_night(), kMidnight + 23h + 59min, 2min), reason::kPolicyQuietHours);
}

TEST(Policy, QuietHoursWithinADay) {
  PolicyRules rules = all_day();
  rules.quiet = QuietHours{11h + 30min, 13h};
  EXPECT_EQ(verdict(rules, kMidnight + 11h, 30min), "");
  EXPECT_EQ(verdict(rules, kMidnight + 11h, 30min + 1ms), reason::kPolicyQuietHours);
  EXPECT_EQ(verdict(rules, kMidnight + 13h, 1min), "");
  EXPECT_EQ(verdict(rules, kMidnight + 11h, 3h), reason::kPolicyQuietHours) << "begins and ends outside";
}

TEST(Policy, TheClocksErrorCountsAgainstThePlayOnBothSides) {
  EXPECT_EQ(verdict(quiet_at_night(), kMidnight + 5h + 2s, 60s, 2s), "");
  EXPECT_EQ(verdict(quiet_at_night(), kMidnight + 5h + 2s, 60s, 2s + 1ns), reason::kPolicyQuietHours);
  EXPECT_EQ(verdict(quiet_at_night(), kMidnight + 20h + 59min, 58s, 2s), "");
  EXPECT_EQ(verdict(quiet_at_night(), kMidnight + 20h + 59min, 58s, 2s + 1ns), reason::kPolicyQuietHours);
  EXPECT_EQ(verdict(quiet_at_night(), kMidnight + 12h, 60s, 48h), reason::kPolicyQuietHours) << "it could be any time";
}

TEST(Policy, TheLowestCeilingOfTheHoursItTouches) {
  PolicyRules rules = all_day();
  rules.ceiling_pct[7] = 40;
  EXPECT_EQ(ceiling(rules, kMidnight + 6h + 59min, 60s), 90);
  EXPECT_EQ(ceiling(rules, kMidnight + 6h + 59min, 60'001ms), 40);
  EXPECT_EQ(ceiling(rules, kMidnight + 6h + 59min, 60s, 1ns), 40);
  EXPECT_EQ(ceiling(rules, kMidnight + 8h, 60s), 90);
  EXPECT_EQ(ceiling(rules, kMidnight + 8h, 24h), 40) << "the next morning's";
}

TEST(Policy, AnHourOfNothingIsQuiet) {
  PolicyRules rules = all_day();
  rules.ceiling_pct[12] = 0;
  EXPECT_EQ(verdict(rules, kMidnight + 11h + 59min, 61s), reason::kPolicyQuietHours);
  EXPECT_EQ(verdict(rules, kMidnight + 11h + 59min, 60s), "");
}

TEST(Policy, TheLongestPlay) {
  PolicyRules rules = all_day();
  rules.longest_play = 10min;
  EXPECT_EQ(verdict(rules, kMidnight + 8h, 10min), "");
  EXPECT_EQ(verdict(rules, kMidnight + 8h, 10min + 1ms), reason::kPolicyLongestPlay);
}

TEST(Policy, StartsWithinAnySixtyMinutes) {
  PolicyRules rules = all_day();
  rules.starts_per_hour = 2;
  const WallTime start = kMidnight + 8h + 30min;
  EXPECT_EQ(verdict(rules, start, 60s, 0ns, {{start - 10min, 1s}}), "");
  EXPECT_EQ(verdict(rules, start, 60s, 0ns, {{start - 10min, 1s}, {start - 1h, 1s}}), "");
  EXPECT_EQ(verdict(rules, start, 60s, 0ns, {{start - 10min, 1s}, {start - 1h + 1ns, 1s}}),
            reason::kPolicyStartsPerHour);
  EXPECT_EQ(verdict(rules, start, 60s, 1s, {{start - 10min, 1s}, {start - 1h, 1s}}), reason::kPolicyStartsPerHour)
      << "the clock may be off";
  rules.starts_per_hour = 0;
  EXPECT_EQ(verdict(rules, start, 60s), reason::kPolicyStartsPerHour);
}

TEST(Policy, MinutesOfTheLocalDay) {
  PolicyRules rules = all_day();
  rules.most_per_day = 30min;
  const WallTime start = kMidnight + 8h;
  EXPECT_EQ(verdict(rules, start, 10min, 1ms, {{kMidnight, 20min}}), "") << "the error makes no play longer";
  EXPECT_EQ(verdict(rules, start, 10min, 0ns, {{kMidnight, 20min + 1ms}}), reason::kPolicyMinutesPerDay);
  EXPECT_EQ(verdict(rules, start, 10min, 0ns, {{kMidnight - 1h, 30min}}), "") << "yesterday's";
  EXPECT_EQ(verdict(rules, start, 10min, 0ns, {{kMidnight - 15min, 35min}}), "") << "20 of its minutes are today's";
  EXPECT_EQ(verdict(rules, start, 10min, 0ns, {{kMidnight - 15min, 36min}}), reason::kPolicyMinutesPerDay);
  EXPECT_EQ(verdict(rules, kMidnight + 24h - 20min, 40min, 0ns, {}), "") << "20 minutes of each day";
  EXPECT_EQ(verdict(rules, kMidnight + 24h - 20min, 60min, 0ns, {}), reason::kPolicyMinutesPerDay);
}

// The oracle walks each minute of the play and asks the one question of each.
TEST(Policy, AgreesWithAWalkThroughEachMinute) {
  std::mt19937_64 random(20261124);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same cases each time
  const auto number = [&](int least, int most) {
    return least + static_cast<int>(random() % static_cast<std::uint64_t>(most - least + 1));
  };
  for (int round = 0; round < 5000; ++round) {
    const minutes offset{number(-720, 840)};
    PolicyRules rules = all_day();
    rules.longest_play = minutes{number(1, 1440)};
    rules.starts_per_hour = number(0, 4);
    rules.most_per_day = minutes{number(0, 600)};
    for (int& hour : rules.ceiling_pct) hour = number(0, 9) == 0 ? 0 : number(1, 100);
    if (number(0, 1) == 0) {
      rules.quiet = QuietHours{minutes{number(0, 1439)}, minutes{number(0, 1439)}};
      if (rules.quiet->from == rules.quiet->to) rules.quiet.reset();
    }
    const WallTime start = kMidnight + minutes{number(0, 5000)};
    const minutes length{number(1, number(0, 4) == 0 ? 1500 : 90)};
    std::vector<Sound> before;
    for (int i = number(0, 5); i > 0; --i) before.push_back({start - minutes{number(1, 2000)}, minutes{number(0, 60)}});

    const auto minute_of_day = [&](WallTime t) {
      const auto local = std::chrono::floor<minutes>(t.time_since_epoch()) + offset;
      return local % minutes{1440};
    };
    const auto day_of = [&](WallTime t) {
      return (std::chrono::floor<minutes>(t.time_since_epoch()) + offset) / minutes{1440};
    };
    std::string expected;
    int lowest = 100;
    std::map<std::int64_t, int> used;  // minutes by day
    for (minutes m{0}; m < length; ++m) {
      const minutes at = minute_of_day(start + m);
      lowest = std::min(lowest, rules.ceiling_pct.at(static_cast<std::size_t>(at / hours{1})));
      if (rules.quiet) {
        const auto [from, to] = *rules.quiet;
        const bool is_quiet = from < to ? at >= from && at < to : at >= from || at < to;
        if (is_quiet) lowest = 0;
      }
      ++used[day_of(start + m)];
    }
    int starts = 1;
    for (const Sound& sound : before) {
      if (start - sound.from < 1h) ++starts;
      for (minutes m{0}; m < sound.length; ++m)
        if (const auto day = used.find(day_of(sound.from + m)); day != used.end()) ++day->second;
    }
    bool is_over_budget = false;
    for (const auto& [day, count] : used) is_over_budget = is_over_budget || minutes{count} > rules.most_per_day;
    if (length > rules.longest_play)
      expected = reason::kPolicyLongestPlay;
    else if (lowest == 0)
      expected = reason::kPolicyQuietHours;
    else if (starts > rules.starts_per_hour)
      expected = reason::kPolicyStartsPerHour;
    else if (is_over_budget)
      expected = reason::kPolicyMinutesPerDay;

    const auto judged = judge(rules, offset, {start, length}, 0ns, before);
    if (expected.empty()) {
      ASSERT_EQ(judged, PolicyVerdict{PolicyAllows{lowest}}) << round;
    } else {
      ASSERT_TRUE(std::holds_alternative<PolicyRefuses>(judged)) << round << " " << expected;
      ASSERT_EQ(reason_of(std::get<PolicyRefuses>(judged).clause), expected) << round;
    }
  }
}

TEST(Policy, TheFarthestInstantsDoNotOverflow) {
  const WallTime last = wall_from_us(9'007'199'254'740'991);
  EXPECT_NO_THROW((void)judge(quiet_at_night(), kVietnam, {last, 168h}, 48h, std::vector<Sound>{{last, 168h}}));
  EXPECT_NO_THROW((void)judge(quiet_at_night(), minutes{-720}, {WallTime{}, 1ms}, 48h, {}));
}

}  // namespace
}  // namespace loa::schedules
