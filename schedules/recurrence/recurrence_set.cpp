#include "schedules/recurrence/recurrence_set.h"

#include <algorithm>

#include "common/base/error.h"
#include "schedules/recurrence/walk.h"

namespace loa::recurrence {
namespace {

using civil::Day;
using civil::days;
using civil::Time;

const Time kFirst{civil::kFirstDay};
const Time kLast{Time{civil::kLastDay + days{1}} - seconds{1}};

// No offset is as far from another as that.
constexpr days kMargin{2};

// The last local time of a rule that may be one of its own, its UNTIL in UTC rounded up by the margin.
Time last_of(const RecurrenceRule& rule, const civil::Zone& zone, Time last) {
  if (!rule.until) return last;
  switch (rule.until->kind) {
    case Until::Kind::kDay:
      return std::min(last, rule.until->time + days{1} - seconds{1});
    case Until::Kind::kLocal:
      return std::min(last, rule.until->time);
    case Until::Kind::kUtc:
      return std::min(last, zone.to_civil(WallTime{rule.until->time.time_since_epoch()}) + kMargin);
  }
  return last;
}

bool is_past_until(const RecurrenceRule& rule, const civil::Zone& zone, Time time) {
  return rule.until && rule.until->kind == Until::Kind::kUtc &&
         zone.to_wall(time) > WallTime{rule.until->time.time_since_epoch()};
}

// What rules and single dates give within [from, last], unsorted and with repetitions; exceptions not taken out.
std::vector<Time> gather(const RecurrenceSet& set, Time from, Time last) {
  std::vector<Time> times;
  const auto add = [&](Time time) {
    if (times.size() >= kMostInstances)
      throw Error("recurrence.too_many",
                  {std::to_string(kMostInstances), civil::format_time(from), civil::format_time(last)});
    times.push_back(time);
  };
  for (const RecurrenceRule& rule : set.rules) {
    RuleWalk walk{rule, set.dtstart, from, last_of(rule, set.zone, last)};
    while (const auto time = walk.next()) {
      if (is_past_until(rule, set.zone, *time)) break;
      add(*time);
    }
  }
  const auto add_within = [&](Time time) {
    if (time >= from && time <= last) add(time);
  };
  if (set.rules.empty()) add_within(set.dtstart);
  for (const Time time : set.rdates) add_within(time);
  return times;
}

template <class T>
std::vector<T> sorted(std::vector<T> list) {
  std::ranges::sort(list);
  return list;
}

}  // namespace

std::vector<Instance> occurrences(const RecurrenceSet& set, WallTime from, WallTime until) {
  if (from >= until) return {};
  const auto local = [&](WallTime wall, days margin) {
    const WallTime first{kFirst.time_since_epoch()};
    const WallTime last{kLast.time_since_epoch()};
    return std::clamp(set.zone.to_civil(std::clamp(wall, first, last)) + margin, kFirst, kLast);
  };
  const std::vector<Time> exdates = sorted(set.exdates);
  const std::vector<Day> exdays = sorted(set.exdays);
  const auto is_excepted = [&](Time time) {
    return std::ranges::binary_search(exdates, time) || std::ranges::binary_search(exdays, civil::day_of(time));
  };
  std::vector<Time> moved_away;
  for (const Override& moved : set.overrides) moved_away.push_back(moved.original);
  std::ranges::sort(moved_away);

  std::vector<Instance> found;
  const auto add = [&](Time time, Time original) {
    const WallTime start = set.zone.to_wall(time);
    if (start >= from && start < until) found.push_back({start, time, original});
  };
  for (const Time time : gather(set, local(from, -kMargin), local(until, kMargin))) {
    if (!is_excepted(time) && !std::ranges::binary_search(moved_away, time)) add(time, time);
  }
  for (const Override& moved : set.overrides)
    if (!is_excepted(moved.original) && !gather(set, moved.original, moved.original).empty())
      add(moved.start, moved.original);
  const auto key = [](const Instance& instance) { return std::pair{instance.start, instance.original}; };
  if (!std::ranges::is_sorted(found, {}, key)) std::ranges::sort(found, {}, key);
  found.erase(
      std::unique(found.begin(), found.end(), [](const Instance& a, const Instance& b) { return a.start == b.start; }),
      found.end());
  return found;
}

civil::Time parse_rdate(std::string_view text, civil::Time dtstart) {
  if (text.find('T') != std::string_view::npos) return civil::parse_time(text);
  return civil::parse_day(text) + civil::clock_of(dtstart);
}

}  // namespace loa::recurrence
