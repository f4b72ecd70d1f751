// Whole calendars at random, small but with all that a schedule can say: planned, edited, settled, read again from the
// books, and sent to the loudspeakers. Whoever decided, what docs/schedules.md promises has to hold.
// LOA_CALENDARS=n calendars instead of a few hundred, from LOA_SEED on; a failure names its seed.
#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "common/wire/messages.h"
#include "schedules/holidays/holiday_file.h"
#include "schedules/policy.h"
#include "schedules/timetable/timetable.h"
#include "tests/unit/schedules/dice.h"

namespace loa::schedules {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr int kDays = 4;
constexpr minutes kUtcOffset{7 * 60};  // of Asia/Ho_Chi_Minh in all these years

const Almanac& almanac() {
  static const Almanac shared{civil::Zone{"Asia/Ho_Chi_Minh"}, holidays::vietnam()};
  return shared;
}

struct Calendar {
  std::vector<AreaPlace> places;
  WardRules rules;
  PolicyRules policy;
  civil::Day first;
  std::vector<Schedule> schedules;  // by age
  Schedule another;

  [[nodiscard]] civil::Day end() const { return first + days{kDays}; }
  [[nodiscard]] WallTime at(nanoseconds of_day) const { return almanac().zone.to_wall(first) + of_day; }
  [[nodiscard]] Timetable table() const { return Timetable{places, rules, almanac()}; }
};

// --- random

// Where ends, starts and borders meet: about the end of the night, about midnight, about the evening's quiet.
seconds random_clock(test::Dice& dice) {
  const seconds about = dice.one_in(4) ? seconds{23h + 50min} : dice.one_in(6) ? seconds{20h + 30min} : seconds{5h};
  return (about + seconds{30 * dice.upto(120)}) % seconds{24h};
}

Rule random_rule(test::Dice& dice, civil::Day first) {
  const civil::Day within = first + days{dice.upto(kDays - 1)};
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
  if (dice.one_in(6)) set.exdates.push_back(first + days{dice.upto(kDays - 1)} + clock);
  if (dice.one_in(8)) set.exdays.push_back(first + days{dice.upto(kDays - 1)});
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

Schedule random_schedule(test::Dice& dice, const Calendar& calendar, const std::string& id) {
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
  if (dice.one_in(5)) schedule.made = calendar.at(hours{dice.upto(24 * kDays)});
  return schedule;
}

Calendar random_calendar(std::uint64_t seed) {
  test::Dice dice{seed};
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

// --- what is told of it

std::vector<FateOf> fates_of(Timetable& table, const Calendar& calendar) {
  return table.fates(calendar.first, calendar.end());
}

// kStarts: without the reason, which for what is already past its due time depends on when it is asked.
enum class Tell { kAll, kStarts };
std::string told(const FateOf& each, Tell tell = Tell::kAll) {
  std::string text = each.schedule.str() + " due " + format_utc(each.due) + " " +
                     std::string{to_string(each.fate.verdict)} + " " + format_utc(each.fate.start) + " " +
                     std::to_string(each.fate.length.count());
  if (tell == Tell::kStarts) return text;
  if (const auto* clause = std::get_if<Clause>(&each.fate.why)) text += " by " + std::string{to_string(*clause)};
  if (each.winner) text += " after " + each.winner->str();
  if (each.silence) text += " for " + each.silence->en;
  return text;
}
std::string told(const std::vector<FateOf>& fates) {
  std::string text;
  for (const FateOf& each : fates) text += told(each) + "\n";
  return text;
}

bool is_within(const Calendar& calendar, AreaId area, const AreaId& other) {
  for (;;) {
    if (area == other) return true;
    const auto place = std::ranges::find(calendar.places, area, &AreaPlace::id);
    if (!place->parent) return false;
    area = *place->parent;
  }
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

struct Heard {
  WallTime from;
  WallTime until;
  WallTime due;
  const Schedule* schedule;
};
std::string told(const Heard& each) {
  return each.schedule->id.str() + " due " + format_utc(each.due) + " from " + format_utc(each.from) + " until " +
         format_utc(each.until);
}

// Before the first word of what the schedule announces.
milliseconds chime_of(const Calendar& calendar, const Schedule& schedule) {
  const auto chime = calendar.rules.chimes.find(schedule.announcement_class);
  if (schedule.chime == ChimeTerm::kNone || chime == calendar.rules.chimes.end()) return milliseconds{0};
  return chime->second.duration + milliseconds{300};
}

// What a loudspeaker in `area` sounds, as the fates have it.
std::vector<Heard> heard_in(const Calendar& calendar, const std::vector<FateOf>& fates, const AreaId& area,
                            const std::map<ScheduleId, const Schedule*>& schedules) {
  std::vector<Heard> heard;
  for (const FateOf& each : fates) {
    if (each.fate.verdict == Verdict::kCancelled) continue;
    const Schedule& schedule = *schedules.at(each.schedule);
    const std::vector<AreaId> areas = outermost(calendar, schedule.areas);
    const bool is_staggered = schedule.stagger && schedule.announcement_class != AnnouncementClass::kEmergency;
    const milliseconds whole = chime_of(calendar, schedule) + schedule.duration;
    for (std::size_t i = 0; i < areas.size(); ++i) {
      if (!is_within(calendar, area, areas[i])) continue;
      const WallTime from =
          each.fate.start + (is_staggered ? (whole + *schedule.stagger) * static_cast<int>(i) : milliseconds{0});
      heard.push_back({from, from + each.fate.length, each.due, &schedule});
    }
  }
  std::ranges::sort(heard, {}, [](const Heard& each) { return std::pair{each.from, each.schedule->id}; });
  return heard;
}

bool is_lifted(const Schedule& schedule) {
  return schedule.exception || schedule.announcement_class == AnnouncementClass::kEmergency;
}

// --- what has to hold

void expect_one_fate_each(const Calendar& calendar, const std::vector<FateOf>& fates,
                          const std::vector<const Schedule*>& schedules) {
  std::map<std::pair<ScheduleId, WallTime>, int> told_times;
  for (const FateOf& each : fates) ++told_times[{each.schedule, each.due}];
  std::map<std::pair<ScheduleId, WallTime>, int> due_once;
  for (const Schedule* schedule : schedules)
    for (civil::Day day = calendar.first; day < calendar.end(); day += days{1})
      for (const Occurrence& occurrence : expand(*schedule, almanac(), day, day + days{1})) {
        WallTime due = occurrence.due;
        if (schedule->session)
          due = almanac().zone.to_wall(day) +
                std::ranges::find(calendar.rules.sessions, *schedule->session, &Session::name)->from;
        if (due >= schedule->made) due_once[{schedule->id, due}] = 1;
      }
  ASSERT_EQ(told_times, due_once);
}

// Whole, or cut in the announcement to no less than the schedule would have it.
void expect_lengths(const Calendar& calendar, const std::vector<FateOf>& fates,
                    const std::map<ScheduleId, const Schedule*>& schedules) {
  for (const FateOf& each : fates) {
    if (each.fate.verdict == Verdict::kCancelled) continue;
    const Schedule& schedule = *schedules.at(each.schedule);
    const milliseconds of_it = each.fate.length - chime_of(calendar, schedule);
    if (each.fate.verdict != Verdict::kShortened) {
      ASSERT_EQ(of_it, schedule.duration) << schedule.id.str();
      continue;
    }
    ASSERT_GE(of_it, schedule.shortest) << schedule.id.str();
    ASSERT_LT(of_it, schedule.duration) << schedule.id.str();
  }
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

// What the server plans for a loudspeaker in `area` is what the loudspeaker, asking the same policy play by play,
// plays.
void expect_agreement(const Calendar& calendar, Timetable& table, const AreaId& area, const std::vector<Heard>& heard) {
  const auto soundings = table.soundings(area, calendar.at(0h), calendar.at(days{kDays}));
  std::vector<std::pair<WallTime, WallTime>> planned;
  planned.reserve(soundings.size());
  for (const Sounding& each : soundings) planned.emplace_back(each.start, each.start + each.length);
  std::vector<std::pair<WallTime, WallTime>> wanted;
  for (const Heard& each : heard)
    if (each.from < calendar.at(days{kDays}) && each.until + each.schedule->late > calendar.at(0h))
      wanted.emplace_back(each.from, each.until);
  ASSERT_EQ(planned, wanted);

  // As server/core/server_core.cpp makes a plan of it.
  std::vector<Sound> sounds;
  sounds.reserve(soundings.size());
  for (const Sounding& each : soundings) sounds.push_back({each.start, each.length});
  const auto verdicts = judge_in_order(calendar.policy, kUtcOffset, sounds);
  wire::Plan plan;
  plan.from = station_from_wall(calendar.at(0h));
  plan.until = station_from_wall(calendar.at(days{kDays}));
  for (std::size_t i = 0; i < soundings.size(); ++i) {
    const auto* allowed = std::get_if<PolicyAllows>(&verdicts[i]);
    if (allowed == nullptr) continue;
    const Sounding& each = soundings[i];
    const Schedule& schedule = *each.schedule;
    // One clip for each length.
    const std::string number = std::to_string(schedule.duration.count());
    const std::string hash = std::string(64 - number.size(), 'f') + number;
    plan.clips[ClipHash{hash}] = {1000, schedule.duration};
    if (each.chime != nullptr) plan.clips[each.chime->clip] = {1000, each.chime->duration};
    plan.plays.push_back({each.play(), schedule.announcement, schedule.announcement_class,
                          station_from_wall(each.start), schedule.late,
                          std::min(schedule.volume_pct, allowed->ceiling_pct), ClipHash{hash},
                          each.is_cut() ? std::optional{each.length} : std::nullopt,
                          each.chime != nullptr ? std::optional{each.chime->clip} : std::nullopt});
  }
  const wire::Header header{StationId{"phu-lien"}, wire::audience_of(NodeId{"node"}), std::string{wire::kServer}, 1,
                            calendar.at(0h),       calendar.at(days{kDays})};
  const auto decoded = wire::decode_body(wire::MessageType::kPlan, wire::encode_body(header, plan));
  const auto* message = std::get_if<wire::Message>(&decoded);
  ASSERT_NE(message, nullptr) << std::get<wire::Refusal>(decoded).detail;
  const auto& received = std::get<wire::Plan>(message->body);

  // As node-agent/core/node_core.cpp begins a play: one after the other, judged by what has sounded.
  std::vector<Sound> sounded;
  for (const wire::PlannedPlay& play : received.plays) {
    const Sound sound{wall_from_station(play.start), wire::length_of(play, received.clips)};
    if (!sounded.empty()) {
      ASSERT_GE(sound.from, sounded.back().from + sounded.back().length);
    }
    const auto verdict = judge(calendar.policy, kUtcOffset, sound, nanoseconds{0}, sounded);
    ASSERT_TRUE(std::holds_alternative<PolicyAllows>(verdict)) << "refused by the node: " << play.play.str();
    ASSERT_LE(play.volume_pct, std::get<PolicyAllows>(verdict).ceiling_pct);
    sounded.push_back(sound);
  }
  std::size_t next = 0;
  for (const Sound& each : sounds) {
    const bool is_played = next < sounded.size() && sounded[next].from == each.from;
    if (is_played) {
      ASSERT_EQ(sounded[next].length, each.length);
    } else {
      ASSERT_TRUE(std::holds_alternative<PolicyRefuses>(
          judge(calendar.policy, kUtcOffset, each, nanoseconds{0}, std::span{sounded}.first(next))))
          << "kept by the server alone: " << format_utc(each.from);
    }
    if (is_played) ++next;
  }
  ASSERT_EQ(next, sounded.size());
}

void expect_all(const Calendar& calendar, Timetable& table, const std::vector<const Schedule*>& schedules) {
  std::map<ScheduleId, const Schedule*> by_id;
  for (const Schedule* each : schedules) by_id[each->id] = each;
  ASSERT_NO_FATAL_FAILURE(expect_one_fate_each(calendar, fates_of(table, calendar), schedules));
  // What is due on the day before may sound after midnight.
  const auto fates = table.fates(calendar.first - days{2}, calendar.end());
  ASSERT_NO_FATAL_FAILURE(expect_lengths(calendar, fates, by_id));
  for (const AreaPlace& place : calendar.places) {
    SCOPED_TRACE(place.id.str());
    const auto heard = heard_in(calendar, fates, place.id, by_id);
    ASSERT_NO_FATAL_FAILURE(expect_quiet_and_apart(calendar, heard));
    ASSERT_NO_FATAL_FAILURE(expect_agreement(calendar, table, place.id, heard));
  }
}

void check(std::uint64_t seed) {
  const Calendar calendar = random_calendar(seed);
  std::vector<const Schedule*> schedules;
  Timetable table = calendar.table();
  for (const Schedule& schedule : calendar.schedules) {
    table.put(schedule);
    schedules.push_back(&schedule);
  }
  ASSERT_NO_FATAL_FAILURE(expect_all(calendar, table, schedules));
  const auto planned = fates_of(table, calendar);

  // An edit that is undone leaves no trace, in whatever order the days are asked about.
  test::Dice dice{seed};
  Timetable edited = calendar.table();
  edited.put(calendar.another);
  for (const Schedule& schedule : calendar.schedules) {
    edited.put(schedule);
    static_cast<void>(edited.day(calendar.first + days{dice.upto(kDays - 1)}));
  }
  edited.remove(calendar.another.id);
  for (civil::Day day = calendar.end(); day > calendar.first; day -= days{1})
    static_cast<void>(edited.day(day - days{1}));
  ASSERT_EQ(told(fates_of(edited, calendar)), told(planned));

  // What has begun stays as it was, whatever is edited.
  const WallTime now = calendar.at(seconds{30 * dice.upto(2 * 60 * 24 * kDays)});
  const WallTime before = now - minutes{dice.upto(300)};
  std::vector<FateOf> settled = table.settle(calendar.at(days{-3}), before);
  std::ranges::move(table.settle(calendar.at(days{-3}), now), std::back_inserter(settled));
  ASSERT_EQ(told(fates_of(table, calendar)), told(planned));
  const ScheduleId removed =
      calendar.schedules[static_cast<std::size_t>(dice.upto(static_cast<int>(calendar.schedules.size()) - 1))].id;
  table.remove(removed);
  table.put(calendar.another);
  std::erase_if(schedules, [&](const Schedule* each) { return each->id == removed; });
  schedules.push_back(&calendar.another);
  ASSERT_NO_FATAL_FAILURE(expect_all(calendar, table, schedules));
  const auto replanned = fates_of(table, calendar);
  std::map<std::pair<WallTime, ScheduleId>, std::string> told_then;
  for (const FateOf& each : settled) told_then[{each.due, each.schedule}] = told(each, Tell::kStarts);
  for (const FateOf& each : replanned) {
    const auto then = told_then.find({each.due, each.schedule});
    if (then != told_then.end()) {
      ASSERT_EQ(told(each, Tell::kStarts), then->second);
    } else if (each.fate.verdict != Verdict::kCancelled) {
      ASSERT_GE(each.fate.start, now);
    }
  }

  // And so it is after a restart.
  Timetable again = calendar.table();
  for (const Schedule* schedule : schedules) again.put(*schedule);
  again.restore(settled, now);
  const auto restored = fates_of(again, calendar);
  ASSERT_EQ(restored.size(), replanned.size());
  for (std::size_t i = 0; i < restored.size(); ++i) {
    const Tell tell = restored[i].due < now ? Tell::kStarts : Tell::kAll;
    ASSERT_EQ(told(restored[i], tell), told(replanned[i], tell));
  }
}

// --- edits

// Without the winner, whom a foresight does not name.
std::string told(const Foresight& foresight) {
  const std::map<std::uint32_t, ScheduleId> ids{foresight.ids->begin(), foresight.ids->end()};
  std::string text;
  for (const auto& day : foresight.days)
    for (const Foresight::Row& each : *day) text += told(FateOf{ids.at(each.schedule), each.due, each.fate}) + "\n";
  return text;
}

std::string told(const Difference& difference) {
  std::string text = std::to_string(difference.added) + " added, " + std::to_string(difference.moved) + " moved, " +
                     std::to_string(difference.cut) + " cut, " + std::to_string(difference.cancelled) + " cancelled, " +
                     std::to_string(difference.silent) + " silent\n";
  for (const Difference::Change& each : difference.changes)
    for (const auto& fate : {each.before, each.after})
      text += fate ? told(FateOf{each.schedule, each.due, *fate}) + "\n" : each.schedule.str() + ": none\n";
  return text;
}

std::string told(const std::vector<Sounding>& soundings) {
  std::string text;
  for (const Sounding& each : soundings)
    text += each.schedule->id.str() + " " + each.play().str() + " " + format_utc(each.start) + " " +
            std::to_string(each.length.count()) + " at " + std::to_string(each.schedule->volume_pct) +
            (each.chime ? " after " + each.chime->clip.str() : "") + "\n";
  return text;
}

// A timetable that is edited again and again, and what it was told, to tell it to another one from the beginning.
class Edited {
 public:
  explicit Edited(std::uint64_t seed) : dice_(seed), calendar_(random_calendar(seed)), table_(calendar_.table()) {
    for (int i = dice_.upto(12); i >= 0; --i) put();
  }

  void edit() {
    const Foresight before = table_.foresee(from(), calendar_.end());
    const std::vector<FateOf> fates_before = table_.fates(from(), calendar_.end());
    for (int i = dice_.upto(2); i >= 0; --i) edit_once();
    const Foresight after = table_.foresee(from(), calendar_.end());
    ASSERT_EQ(told(difference(before, after)), told(difference(fates_before, table_.fates(from(), calendar_.end()))));
    if (dice_.one_in(6)) settle();
  }

  void expect_as_from_the_beginning() {
    Timetable fresh = calendar_.table();
    for (const auto& [id, versions] : versions_)
      fresh.put(versions.back(), {versions.begin(), std::prev(versions.end())});
    if (now_) fresh.restore(settled_, *now_);
    const auto fates = table_.fates(from(), calendar_.end());
    const auto wanted = fresh.fates(from(), calendar_.end());
    ASSERT_EQ(fates.size(), wanted.size());
    std::string without_winner;
    for (std::size_t i = 0; i < fates.size(); ++i) {
      // On a day that has begun the one from the beginning finds what is history placed before all else, and may name
      // that as the winner.
      const Tell tell = now_ && fates[i].due < *now_ + days{1} ? Tell::kStarts : Tell::kAll;
      ASSERT_EQ(told(fates[i], tell), told(wanted[i], tell));
      without_winner += told(FateOf{fates[i].schedule, fates[i].due, fates[i].fate}) + "\n";
    }
    ASSERT_EQ(told(table_.foresee(from(), calendar_.end())), without_winner);
    for (const AreaPlace& place : calendar_.places)
      ASSERT_EQ(told(table_.soundings(place.id, calendar_.at(0h), calendar_.at(days{kDays}))),
                told(fresh.soundings(place.id, calendar_.at(0h), calendar_.at(days{kDays}))));
  }

 private:
  [[nodiscard]] civil::Day from() const { return calendar_.first - days{1}; }

  void put() {
    versions_.emplace_back();
    auto& [id, versions] = versions_.back();
    id = "s" + std::to_string(written_++);
    versions = {random_schedule(dice_, calendar_, id)};
    table_.put(versions.back());
  }

  void edit_once() {
    const int kind = dice_.upto(9);
    if (versions_.empty() || kind < 3) {
      put();
    } else if (kind < 6) {
      const auto one = versions_.begin() + dice_.upto(static_cast<int>(versions_.size()) - 1);
      table_.remove(ScheduleId{one->first});
      versions_.erase(one);
    } else {
      auto& [id, versions] = versions_[static_cast<std::size_t>(dice_.upto(static_cast<int>(versions_.size()) - 1))];
      Schedule next = dice_.one_in(2) ? random_schedule(dice_, calendar_, id) : versions.back();
      if (dice_.one_in(2)) next.areas = {calendar_.places.back().id};
      next.made = std::max({next.made, versions.back().made + 1us, table_.settled_until()});
      table_.replace(next);
      if (dice_.one_in(3)) {
        if (dice_.one_in(2)) static_cast<void>(table_.day(calendar_.first + days{dice_.upto(kDays - 1)}));
        table_.take_back(ScheduleId{id});
      } else {
        versions.push_back(std::move(next));
      }
    }
    // In the middle of edits some days are asked about and others are not.
    if (dice_.one_in(2)) static_cast<void>(table_.day(calendar_.first + days{dice_.upto(kDays - 1)}));
  }

  void settle() {
    const WallTime now = std::max(now_.value_or(calendar_.at(0h)), calendar_.at(seconds{30 * dice_.upto(2 * 60 * 30)}));
    std::ranges::move(table_.settle(calendar_.at(days{-3}), now), std::back_inserter(settled_));
    now_ = now;
  }

  test::Dice dice_;
  const Calendar calendar_;
  Timetable table_;
  int written_ = 0;
  std::vector<std::pair<std::string, std::vector<Schedule>>> versions_;  // by age; each oldest first
  std::vector<FateOf> settled_;
  std::optional<WallTime> now_;
};

TEST(Calendars, KeepWhatIsPromised) {
  const test::Seeds seeds = test::wanted_seeds(300);
  for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    check(seed);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(Calendars, AreAfterAnyEditsAsFromTheBeginning) {
  const test::Seeds seeds = test::wanted_seeds(300);
  for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Edited edited{seed};
    for (int edits = 0; edits < 8; ++edits) {
      SCOPED_TRACE("edits " + std::to_string(edits));
      edited.edit();
      if (!testing::Test::HasFatalFailure()) edited.expect_as_from_the_beginning();
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace loa::schedules
