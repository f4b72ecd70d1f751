#include "server/reports/rule_hours.h"

#include <algorithm>
#include <utility>

namespace loa::server {
namespace {

using std::chrono::minutes;

bool is_quiet(const QuietHours& quiet, minutes at) {
  const minutes from = quiet.from;
  const minutes to = quiet.to;
  return from < to ? at >= from && at < to : at >= from || at < to;
}

}  // namespace

RuleHours::RuleHours(civil::Zone zone, std::vector<RulesSince> versions) : zone_(zone), versions_(std::move(versions)) {
  std::ranges::sort(versions_, {}, &RulesSince::made);
}

RuleHours::Stretch RuleHours::stretch_at(WallTime instant) const {
  const auto next = std::ranges::upper_bound(versions_, instant, {}, &RulesSince::made);
  const WallTime next_made = next == versions_.end() ? WallTime::max() : next->made;
  if (next == versions_.begin()) return {WallTime::min(), next_made, std::nullopt};
  const RulesSince& in_force = *std::prev(next);
  const schedules::WardRules& rules = in_force.rules;

  const civil::Time local = zone_.to_civil(instant);
  const civil::Day day = civil::day_of(local);
  const minutes at = std::chrono::floor<minutes>(civil::clock_of(local));
  // Everything that a rule can change at is a whole minute of the day.
  minutes from{0};
  minutes until{24 * 60};
  const auto edge = [&](minutes of_day) {
    if (of_day <= at) from = std::max(from, of_day);
    if (of_day > at) until = std::min(until, of_day);
  };
  if (rules.quiet) {
    edge(rules.quiet->from);
    edge(rules.quiet->to);
  }
  bool is_in_session = rules.sessions.empty();
  for (const schedules::Session& session : rules.sessions) {
    edge(session.from);
    edge(session.until);
    is_in_session = is_in_session || (at >= session.from && at < session.until);
  }
  std::optional<std::size_t> clause;
  const auto weekday = std::chrono::weekday{day}.iso_encoding() - 1;
  if (rules.quiet && is_quiet(*rules.quiet, at))
    clause = 0;
  else if (!rules.weekdays[weekday])
    clause = 1;
  else if (!is_in_session)
    clause = 2;
  // At least a minute: in an hour that comes twice the end by the clock on the wall may be past already.
  const WallTime end = std::max(zone_.to_wall(day + until), instant + minutes{1});
  return {std::max(zone_.to_wall(day + from), in_force.made), std::min(end, next_made), clause};
}

RuleHours::Outside RuleHours::outside(WallTime from, milliseconds length) {
  Outside sum{};
  const WallTime until = from + length;
  while (from < until) {
    if (from < last_.from || from >= last_.until) last_ = stretch_at(from);
    const WallTime end = std::min(until, last_.until);
    if (last_.clause) sum.at(*last_.clause) += std::chrono::round<milliseconds>(end - from);
    from = end;
  }
  return sum;
}

}  // namespace loa::server
