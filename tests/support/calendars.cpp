#include "tests/support/calendars.h"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

#include "schedules/holidays/holiday_file.h"

namespace loa::test {
namespace {

using namespace std::chrono_literals;
using namespace schedules;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

// Where ends, starts and borders meet: about the end of the night, about midnight, about the evening's quiet.
seconds random_clock(Dice& dice) {
  const seconds about = dice.one_in(4) ? seconds{23h + 50min} : dice.one_in(6) ? seconds{20h + 30min} : seconds{5h};
  return (about + seconds{30 * dice.upto(120)}) % seconds{24h};
}

Rule random_rule(Dice& dice, civil::Day first) {
  const civil::Day within = first + days{dice.upto(kCalendarDays - 1)};
  if (dice.one_in(4)) return Once{almanac().zone.to_wall(within + random_clock(dice))};
  static const std::vector<std::string> texts = {
      "FREQ=DAILY",
      "FREQ=DAILY",
      "FREQ=DAILY;INTERVAL=2",
      "FREQ=DAILY;BYHOUR=0,5,23;BYMINUTE=0,50",
      "FREQ=DAILY;COUNT=9",
      "FREQ=WEEKLY;BYDAY=MO,WE,FR,SU",
      "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH,SA",
      "FREQ=MONTHLY;BYMONTHDAY=1,2,15,26,30,-1",
      "FREQ=MONTHLY;BYDAY=1MO,2TU,-1FR,-1SU",
      "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1",
      "FREQ=HOURLY;INTERVAL=7",
      "FREQ=YEARLY;BYMONTH=2,4,9;BYMONTHDAY=2,8,28,30",
      "RSCALE=VIETNAMESE;FREQ=MONTHLY;BYMONTHDAY=1,10,15,23,-1",
      "RSCALE=VIETNAMESE;FREQ=YEARLY;SKIP=FORWARD;BYMONTH=1,3,8;BYMONTHDAY=1,2,10,15,30",
      "RSCALE=VIETNAMESE;FREQ=MONTHLY;SKIP=BACKWARD;BYMONTHDAY=30",
  };
  Recurring recurring{{first - days{dice.upto(12)} + random_clock(dice), almanac().zone, {}, {}, {}, {}, {}}, {}};
  recurrence::RecurrenceSet& set = recurring.set;
  set.rules = {recurrence::parse_rule(texts[static_cast<std::size_t>(dice.upto(static_cast<int>(texts.size()) - 1))])};
  const seconds clock = civil::clock_of(set.dtstart);
  if (dice.one_in(6)) set.rdates.push_back(within + random_clock(dice));
  if (dice.one_in(6)) set.exdates.push_back(first + days{dice.upto(kCalendarDays - 1)} + clock);
  if (dice.one_in(8)) set.exdays.push_back(first + days{dice.upto(kCalendarDays - 1)});
  if (dice.one_in(6)) set.overrides.push_back({within + clock, within + days{dice.upto(1)} + random_clock(dice)});

  const auto some_days = [&] { return static_cast<holidays::DaySet>(dice.upto(3)); };
  const auto step = [&](holidays::DayStep one) { recurring.days.steps.push_back(std::move(one)); };
  if (dice.one_in(6)) step(holidays::SkipOn{some_days()});
  if (dice.one_in(12)) step(holidays::OnlyOn{some_days()});
  if (dice.one_in(6)) step(holidays::MoveFrom{some_days(), static_cast<holidays::Direction>(dice.upto(1))});
  if (dice.one_in(8)) step(holidays::evening_before_and_morning_of(random_clock(dice), random_clock(dice)));
  if (dice.one_in(10)) step(holidays::days_before({3, 1}));
  return recurring;
}

// The areas that it goes to, in their order: none inside another, none twice.
std::vector<AreaId> outermost(const Calendar& calendar, const std::vector<AreaId>& named) {
  std::vector<AreaId> areas;
  for (const AreaId& area : named)
    if (std::ranges::none_of(named,
                             [&](const AreaId& other) { return other != area && is_within(calendar, area, other); }) &&
        std::ranges::find(areas, area) == areas.end())
      areas.push_back(area);
  return areas;
}

bool is_lifted(const Schedule& schedule) {
  return schedule.exception || schedule.announcement_class == AnnouncementClass::kEmergency;
}

}  // namespace

const Almanac& almanac() {
  static const Almanac shared{civil::Zone{"Asia/Ho_Chi_Minh"}, holidays::vietnam()};
  return shared;
}

Schedule random_schedule(Dice& dice, const Calendar& calendar, const std::string& id) {
  Schedule schedule;
  schedule.id = ScheduleId{id};
  schedule.announcement = AnnouncementId{"a-" + id};
  schedule.announcement_class = static_cast<AnnouncementClass>(dice.one_in(6) ? 2 : dice.upto(1));
  for (int i = dice.upto(2); i >= 0; --i)
    schedule.areas.push_back(
        calendar.places[static_cast<std::size_t>(dice.upto(static_cast<int>(calendar.places.size()) - 1))].id);
  schedule.rule = random_rule(dice, calendar.first);
  if (!calendar.rules.sessions.empty() && dice.one_in(2))
    schedule.session =
        calendar.rules
            .sessions[static_cast<std::size_t>(dice.upto(static_cast<int>(calendar.rules.sessions.size()) - 1))]
            .name;
  schedule.rank = dice.upto(2);
  schedule.duration = seconds{30 * (1 + dice.upto(30))};
  if (dice.one_in(2)) schedule.later = dice.one_in(4) ? minutes{24 * 60} : minutes{dice.upto(90)};
  if (dice.one_in(2)) schedule.shortest = std::min<milliseconds>(schedule.duration, seconds{30 * (1 + dice.upto(10))});
  if (dice.one_in(3)) schedule.stagger = seconds{10 * dice.upto(3)};
  if (dice.one_in(5)) schedule.exception = Exception{ExceptionReason::kRepair, "who asked"};
  if (dice.one_in(4)) schedule.chime = ChimeTerm::kNone;
  schedule.late = seconds{30 * dice.upto(2)};
  schedule.volume_pct = 1 + dice.upto(99);
  if (dice.one_in(5)) schedule.made = calendar.at(hours{dice.upto(24 * kCalendarDays)});
  return schedule;
}

Calendar random_calendar(std::uint64_t seed) {
  Dice dice{seed};
  Calendar calendar;
  const int areas = 1 + dice.upto(6);
  for (int i = 0; i < areas; ++i)
    calendar.places.push_back({AreaId{"a" + std::to_string(i)},
                               i == 0 ? std::nullopt : std::optional{AreaId{"a" + std::to_string(dice.upto(i - 1))}}});
  static const std::vector<civil::Day> great_days = {civil::parse_day("2027-02-04"), civil::parse_day("2026-04-24"),
                                                     civil::parse_day("2026-04-29"), civil::parse_day("2026-08-31"),
                                                     civil::parse_day("2033-12-20")};
  calendar.first = dice.one_in(2) ? great_days[static_cast<std::size_t>(dice.upto(4))]
                                  : civil::parse_day("2025-01-01") + days{dice.upto(4000)};

  WardRules& rules = calendar.rules;
  if (dice.one_in(2)) rules.quiet = QuietHours{21h, 5h + minutes{dice.upto(60)}};
  if (dice.one_in(6)) rules.quiet = QuietHours{5h + minutes{dice.upto(20)}, 23h + minutes{30 + dice.upto(29)}};
  if (dice.one_in(4)) rules.weekdays.reset(static_cast<std::size_t>(dice.upto(6)));
  if (dice.one_in(2)) {
    rules.sessions.push_back(
        {"one", 5h + minutes{dice.upto(30)}, 5h + minutes{31 + dice.upto(30)}, minutes{1 + dice.upto(20)}});
    if (dice.one_in(2))
      rules.sessions.push_back({"two", 20h + minutes{dice.upto(60)}, 24h, minutes{1 + dice.upto(40)}});
  }
  rules.gap = seconds{dice.upto(2) * 15};
  for (int i = 0; i < 3; ++i)
    if (dice.one_in(3))
      rules.chimes[static_cast<AnnouncementClass>(i)] = {AnnouncementId{"chime"},
                                                         ClipHash{std::string(63, 'c') + std::to_string(i)},
                                                         milliseconds{1 + 500 * dice.upto(20)}};

  PolicyRules& policy = calendar.policy;
  if (dice.one_in(2)) policy.quiet = QuietHours{21h + minutes{dice.upto(60)}, 5h + minutes{dice.upto(30)}};
  for (int& ceiling : policy.ceiling_pct) ceiling = dice.one_in(20) ? 0 : 20 * (1 + dice.upto(4));
  policy.longest_play = minutes{2 + dice.upto(18)};
  policy.most_per_day = minutes{10 + dice.upto(60)};
  policy.starts_per_hour = 1 + dice.upto(8);

  for (int i = dice.upto(5); i >= 0; --i)
    calendar.schedules.push_back(random_schedule(dice, calendar, "s" + std::to_string(calendar.schedules.size())));
  calendar.another = random_schedule(dice, calendar, "another");
  return calendar;
}

bool is_within(const Calendar& calendar, AreaId area, const AreaId& other) {
  for (;;) {
    if (area == other) return true;
    const auto place = std::ranges::find(calendar.places, area, &AreaPlace::id);
    if (!place->parent) return false;
    area = *place->parent;
  }
}

std::optional<WallTime> start_in(const Calendar& calendar, const Schedule& schedule, const AreaId& area, WallTime first,
                                 milliseconds length) {
  const bool is_staggered = schedule.stagger && schedule.announcement_class != AnnouncementClass::kEmergency;
  const std::vector<AreaId> areas = outermost(calendar, schedule.areas);
  for (std::size_t i = 0; i < areas.size(); ++i)
    if (is_within(calendar, area, areas[i]))
      return first + (is_staggered ? (length + *schedule.stagger) * static_cast<int>(i) : milliseconds{0});
  return std::nullopt;
}

std::string told(const Heard& each) {
  return each.schedule->id.str() + " due " + format_utc(each.due) + " from " + format_utc(each.from) + " until " +
         format_utc(each.until);
}

void expect_quiet_and_apart(const Calendar& calendar, const std::vector<Heard>& heard) {
  for (std::size_t i = 0; i < heard.size(); ++i) {
    const Heard& each = heard[i];
    if (i > 0) {
      ASSERT_TRUE(each.from >= heard[i - 1].until + calendar.rules.gap)
          << "two at once: " << told(each) << " and " << told(heard[i - 1]);
    }
    if (is_lifted(*each.schedule)) continue;
    const civil::Day day = civil::day_of(almanac().zone.to_civil(each.from));
    if (const auto& quiet = calendar.rules.quiet) {
      for (const days later : {days{-1}, days{0}, days{1}}) {
        const WallTime midnight = almanac().zone.to_wall(day + later);
        const WallTime end = midnight + quiet->to + (quiet->to < quiet->from ? days{1} : days{0});
        ASSERT_TRUE(each.until <= midnight + quiet->from || each.from >= end) << "in quiet hours: " << told(each);
      }
    }
    if (calendar.rules.sessions.empty()) continue;
    const WallTime midnight = almanac().zone.to_wall(day);
    const auto session = std::ranges::find_if(calendar.rules.sessions, [&](const Session& one) {
      return each.from >= midnight + one.from && each.until <= midnight + one.until;
    });
    ASSERT_NE(session, calendar.rules.sessions.end()) << "outside the sessions: " << told(each);
    milliseconds sum{0};
    bool is_sum_bound = true;
    for (const Heard& other : heard) {
      if (other.until <= midnight + session->from || other.from >= midnight + session->until) continue;
      is_sum_bound = is_sum_bound && !is_lifted(*other.schedule);
      sum += std::chrono::floor<milliseconds>(other.until - other.from);
    }
    if (is_sum_bound) {
      ASSERT_LE(sum, session->longest) << "too long a session";
    }
  }
}

}  // namespace loa::test
