#include "schedules/recurrence/walk.h"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/unit/schedules/recurrence/oracle.h"

namespace loa::recurrence {
namespace {

using civil::days;
using civil::parse_time;
using civil::Time;

std::vector<Time> walk(const RecurrenceRule& rule, Time dtstart, Time from, Time last) {
  std::vector<Time> times;
  RuleWalk one{rule, dtstart, from, last};
  while (const auto time = one.next()) times.push_back(*time);
  EXPECT_EQ(one.next(), std::nullopt);
  return times;
}

std::string joined(const std::vector<Time>& times, std::size_t most = 12) {
  std::string text;
  for (std::size_t i = 0; i < times.size() && i < most; ++i) text += (i == 0 ? "" : " ") + civil::format_time(times[i]);
  return text;
}

// Rules by chance, all parts, both calendars, each with the span that the oracle can ask in little time.
class RandomRules {
 public:
  explicit RandomRules(unsigned seed) : random_(seed) {}

  int number(int least, int most) { return std::uniform_int_distribution{least, most}(random_); }
  bool chance(int percent) { return number(1, 100) <= percent; }

  std::string text() {
    const std::vector<std::string> frequencies = {"SECONDLY", "MINUTELY", "HOURLY", "DAILY",
                                                  "WEEKLY",   "MONTHLY",  "YEARLY"};
    const int f = number(0, 6);
    const bool is_lunar = chance(40);
    const bool has_skip = chance(30) && f >= 5;
    std::string rule;
    if (is_lunar || has_skip) rule += is_lunar ? "RSCALE=VIETNAMESE;" : "RSCALE=GREGORIAN;";
    rule += "FREQ=" + frequencies.at(static_cast<std::size_t>(f));
    if (has_skip) rule += chance(50) ? ";SKIP=BACKWARD" : ";SKIP=FORWARD";
    if (chance(40)) rule += ";INTERVAL=" + std::to_string(number(1, f < 3 ? 40 : 5));
    if (chance(20)) rule += ";COUNT=" + std::to_string(number(1, 30));
    if (chance(20)) rule += std::string{";WKST="} + weekday();
    bool has_by = false;
    const auto add = [&](int percent, const char* name, int most, auto&& one) {
      if (!chance(percent)) return;
      rule += std::string{";"} + name + "=";
      for (int i = number(1, most); i > 0; --i) rule += one() + (i > 1 ? "," : "");
      has_by = true;
    };
    const auto plain = [&](int least, int greatest) {
      return [=, this] { return std::to_string(number(least, greatest)); };
    };
    const auto both = [&](int greatest) {
      return [=, this] { return (chance(35) ? "-" : "") + std::to_string(number(1, greatest)); };
    };
    add(f >= 3 ? 20 : 30, "BYMONTH", 4,
        [&] { return std::to_string(number(1, 12)) + (is_lunar && chance(40) ? "L" : ""); });
    if (f == 6 && !has_skip) add(15, "BYWEEKNO", 4, both(53));
    const bool has_weeks = rule.find("BYWEEKNO") != std::string::npos;
    if ((f <= 2 || f == 6) && !has_skip) add(15, "BYYEARDAY", 6, both(is_lunar ? 384 : 366));
    if (f != 4) add(30, "BYMONTHDAY", 4, both(is_lunar ? 30 : 31));
    const bool in_month = f == 5 || rule.find("BYMONTH=") != std::string::npos;
    add(35, "BYDAY", 4, [&] {
      const bool counts = (f == 5 || (f == 6 && !has_weeks)) && chance(50);
      return (counts ? both(in_month ? 5 : 53)() : "") + weekday();
    });
    add(25, "BYHOUR", 3, plain(0, 23));
    add(25, "BYMINUTE", 3, plain(0, 59));
    add(20, "BYSECOND", 3, plain(0, 60));
    if (has_by) add(25, "BYSETPOS", 3, both(5));
    return rule;
  }

  Time start() {
    return Time{civil::Day{std::chrono::year{number(1903, 2190)} / number(1, 12) / number(1, 28)}} +
           seconds{number(0, 86'399)};
  }

 private:
  const char* weekday() {
    static constexpr std::array kNames = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
    return kNames.at(static_cast<std::size_t>(number(0, 6)));
  }

  std::mt19937 random_;
};

days span_of(Frequency frequency) {
  switch (frequency) {
    case Frequency::kYearly:
      return days{3000};
    case Frequency::kMonthly:
      return days{1200};
    case Frequency::kWeekly:
    case Frequency::kDaily:
      return days{500};
    case Frequency::kHourly:
      return days{40};
    case Frequency::kMinutely:
      return days{4};
    case Frequency::kSecondly:
      return days{1};
  }
  std::abort();
}

// LOA_SEEDS=100000 asks more than the usual number.
TEST(Walk, AgreesWithTheOracleOnRulesByChance) {
  const char* wanted = std::getenv("LOA_SEEDS");
  const unsigned long seeds = wanted == nullptr ? 2000 : std::stoul(wanted);
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    RandomRules random{seed};
    const std::string text = random.text();
    RecurrenceRule rule;
    try {
      rule = parse_rule(text);
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), "rrule.never") << text << ": " << error.what();
      continue;
    }
    ASSERT_EQ(parse_rule(format_rule(rule)), rule) << text;
    const Time dtstart = random.start();
    const Time last = dtstart + span_of(rule.frequency);
    const std::vector<Time> expected = test::ask_every_second(rule, dtstart, last);
    const std::vector<Time> found = walk(rule, dtstart, dtstart, last);
    ASSERT_EQ(found, expected) << "seed " << seed << ": " << text << " from " << civil::format_time(dtstart)
                               << "\nfound " << joined(found) << "\nasked " << joined(expected);

    // A window is a piece of the whole.
    const Time from = dtstart + seconds{random.number(0, static_cast<int>(seconds{last - dtstart}.count()))};
    const auto cut = std::ranges::lower_bound(expected, from);
    ASSERT_EQ(walk(rule, dtstart, from, last), std::vector<Time>(cut, expected.end()))
        << "seed " << seed << ": " << text << " from " << civil::format_time(from);
  }
}

struct Wanted {
  const char* rule;
  const char* dtstart;
  const char* first;
};

std::string first_of(const Wanted& wanted) {
  const auto count = static_cast<std::size_t>(std::ranges::count(std::string{wanted.first}, ' ')) + 1;
  const Time dtstart = parse_time(wanted.dtstart);
  std::vector<Time> times;
  RuleWalk one{parse_rule(wanted.rule), dtstart, dtstart, Time{civil::kLastDay}};
  while (times.size() < count) {
    const auto time = one.next();
    if (!time) break;
    times.push_back(*time);
  }
  std::string text;
  for (const Time time : times) text += (text.empty() ? "" : " ") + civil::format_day(civil::day_of(time));
  return text;
}

TEST(Walk, LunarFeastsFallInOrdinaryMonths) {
  for (const Wanted& wanted : {
           // Giỗ Tổ: 2031 has a leap month 3.
           Wanted{"RSCALE=VIETNAMESE;FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=10", "2029-01-01T07:00",
                  "2029-04-23 2030-04-12 2031-04-01 2032-04-19"},
           // Giao thừa is the last day of the year, the 29th from 2025 to 2032.
           {"RSCALE=VIETNAMESE;FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=-1", "2024-01-01T07:00",
            "2024-02-09 2025-01-28 2026-02-16"},
           {"RSCALE=VIETNAMESE;FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=30", "2024-01-01T07:00", "2024-02-09 2033-01-30"},
           {"RSCALE=VIETNAMESE;FREQ=YEARLY;SKIP=BACKWARD;BYMONTH=12;BYMONTHDAY=30", "2024-01-01T07:00",
            "2024-02-09 2025-01-28 2026-02-16"},
           {"RSCALE=VIETNAMESE;FREQ=YEARLY;SKIP=FORWARD;BYMONTH=12;BYMONTHDAY=30", "2024-01-01T07:00",
            "2024-02-09 2025-01-29 2026-02-17"},
           // Every rằm, leap months too; 2025 has a leap month 6.
           {"RSCALE=VIETNAMESE;FREQ=MONTHLY;BYMONTHDAY=15", "2025-07-01T07:00", "2025-07-09 2025-08-08 2025-09-06"},
           // A leap month alone: skipped in other years, or its twin, or the month after.
           {"RSCALE=VIETNAMESE;FREQ=YEARLY;BYMONTH=6L;BYMONTHDAY=1", "2020-01-01T07:00", "2025-07-25 2036-07-23"},
           {"RSCALE=VIETNAMESE;FREQ=YEARLY;SKIP=BACKWARD;BYMONTH=6L;BYMONTHDAY=1", "2024-01-01T07:00",
            "2024-07-06 2025-07-25 2026-07-14"},
           {"RSCALE=VIETNAMESE;FREQ=YEARLY;SKIP=FORWARD;BYMONTH=6L;BYMONTHDAY=1", "2024-01-01T07:00",
            "2024-08-04 2025-07-25 2026-08-13"},
           // DTSTART's own lunar date recurs.
           {"RSCALE=VIETNAMESE;FREQ=YEARLY", "2026-02-17T00:00", "2026-02-17 2027-02-06 2028-01-26 2029-02-13"},
       })
    EXPECT_EQ(first_of(wanted), wanted.first) << wanted.rule;
}

TEST(Walk, SkipOfRfc7529) {
  for (const Wanted& wanted : {
           Wanted{"FREQ=YEARLY", "2012-02-29T07:00", "2012-02-29 2016-02-29 2020-02-29"},
           {"RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=FORWARD", "2012-02-29T07:00",
            "2012-02-29 2013-03-01 2014-03-01 2015-03-01 2016-02-29"},
           {"RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=BACKWARD", "2012-02-29T07:00", "2012-02-29 2013-02-28"},
           {"RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD", "2014-01-31T07:00",
            "2014-01-31 2014-02-28 2014-03-31 2014-04-30"},
           {"RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD;COUNT=4", "2014-01-31T07:00",
            "2014-01-31 2014-03-01 2014-03-31 2014-05-01"},
           // 1 May is given by April's 31 and by May itself, and comes once.
           {"RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD;BYMONTHDAY=1,31", "2014-04-02T07:00",
            "2014-05-01 2014-05-31 2014-06-01 2014-07-01"},
       })
    EXPECT_EQ(first_of(wanted), wanted.first) << wanted.rule;
}

// Without bounds such rules take minutes, or for ever; here the test's own time limit would tell.
TEST(Walk, RulesThatSeldomOrNeverFireEnd) {
  const Time dtstart = parse_time("1900-04-01T07:00");
  const Time last{civil::kLastDay};
  for (const char* text :
       {"FREQ=SECONDLY;BYDAY=MO;BYYEARDAY=366;BYMONTH=1", "FREQ=MINUTELY;BYYEARDAY=1;BYMONTH=12",
        "FREQ=HOURLY;BYMONTHDAY=31;BYYEARDAY=60", "FREQ=DAILY;INTERVAL=7;BYDAY=MO", "FREQ=YEARLY;BYWEEKNO=20;BYMONTH=1",
        "FREQ=SECONDLY;INTERVAL=60;BYSECOND=1", "FREQ=YEARLY;BYDAY=53MO;BYYEARDAY=1",
        "RSCALE=VIETNAMESE;FREQ=YEARLY;BYMONTH=12L;BYMONTHDAY=1", "FREQ=MINUTELY;INTERVAL=1440;BYHOUR=6",
        "FREQ=YEARLY;INTERVAL=10000000;BYMONTH=3", "FREQ=MONTHLY;INTERVAL=10000000;BYMONTHDAY=31"})
    EXPECT_EQ(joined(walk(parse_rule(text), dtstart, dtstart, last)), "") << text;
  RuleWalk march{parse_rule("FREQ=SECONDLY;BYMONTH=3"), dtstart, dtstart, last};
  EXPECT_EQ(march.next(), parse_time("1901-03-01T00:00"));
  RuleWalk every{
      parse_rule("FREQ=YEARLY;BYDAY=SU,MO,TU,WE,TH,FR,SA;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19"
                 ",20,21,22,23;BYSECOND=0,1,2,3,4,5,6,7,8,9,10"),
      dtstart, parse_time("2150-12-31T23:30"), last};
  EXPECT_EQ(every.next(), parse_time("2151-01-01T00:00"));
}

}  // namespace
}  // namespace loa::recurrence
