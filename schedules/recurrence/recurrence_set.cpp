#include "schedules/recurrence/recurrence_set.h"

#include <algorithm>
#include <span>

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

// Those of ascending times that the rule gives: by one walk past all of them, or by asking for each.
std::vector<Time> walked_among(const RecurrenceRule& rule, Time dtstart, std::span<const Time> times) {
  std::vector<Time> found;
  if (times.empty()) return found;
  RuleWalk walk{rule, dtstart, times.front(), times.back()};
  auto at = times.begin();
  while (const auto time = walk.next()) {
    at = std::lower_bound(at, times.end(), *time);
    if (at != times.end() && *at == *time) found.push_back(*time);
  }
  return found;
}
std::vector<Time> probed_among(const RecurrenceRule& rule, Time dtstart, std::span<const Time> times) {
  std::vector<Time> found;
  for (const Time time : times) {
    RuleWalk walk{rule, dtstart, time, time};
    if (walk.next()) found.push_back(time);
  }
  return found;
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
  const std::vector<Time> members = given_among(set, moved_away);
  for (const Override& moved : set.overrides)
    if (!is_excepted(moved.original) && std::ranges::binary_search(members, moved.original))
      add(moved.start, moved.original);
  const auto key = [](const Instance& instance) { return std::pair{instance.start, instance.original}; };
  if (!std::ranges::is_sorted(found, {}, key)) std::ranges::sort(found, {}, key);
  found.erase(
      std::unique(found.begin(), found.end(), [](const Instance& a, const Instance& b) { return a.start == b.start; }),
      found.end());
  return found;
}

std::vector<Time> given_among(const RecurrenceSet& set, std::vector<Time> times) {
  times = sorted(std::move(times));
  times.erase(std::unique(times.begin(), times.end()), times.end());
  if (times.empty()) return times;
  std::vector<Time> found;
  const std::vector<Time> rdates = sorted(set.rdates);
  for (const Time time : times)
    if ((set.rules.empty() && time == set.dtstart) || std::ranges::binary_search(rdates, time)) found.push_back(time);
  for (const RecurrenceRule& rule : set.rules) {
    const Time last = last_of(rule, set.zone, times.back());
    const auto end = std::ranges::upper_bound(times, last);
    const std::span<const Time> asked{times.begin(), end};
    const std::vector<Time> given =
        rule.count ? walked_among(rule, set.dtstart, asked) : probed_among(rule, set.dtstart, asked);
    for (const Time time : given)
      if (!is_past_until(rule, set.zone, time)) found.push_back(time);
  }
  found = sorted(std::move(found));
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

civil::Time parse_rdate(std::string_view text, civil::Time dtstart) {
  if (text.find('T') != std::string_view::npos) return civil::parse_time(text);
  return civil::parse_day(text) + civil::clock_of(dtstart);
}

}  // namespace loa::recurrence
