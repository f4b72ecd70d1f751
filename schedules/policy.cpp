#include "schedules/policy.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "common/base/vocabulary.h"

namespace loa::schedules {
namespace {

using std::chrono::floor;
using std::chrono::hours;
using Days = std::chrono::duration<std::int64_t, std::ratio<86'400>>;

// On the local clock, counted from its own 1970.
struct Span {
  nanoseconds from;
  nanoseconds until;
};

nanoseconds shared_part(const Span& a, const Span& b) {
  return std::max(std::min(a.until, b.until) - std::max(a.from, b.from), nanoseconds{0});
}

// Whether a moment of it is quiet. The day before may reach into it; more than a day long, it meets every hour in the
// three days that are asked.
bool touches(const Span& span, const QuietHours& quiet) {
  const nanoseconds until = quiet.to > quiet.from ? quiet.to : quiet.to + hours{24};
  const Days first = floor<Days>(span.from) - Days{1};
  for (Days day = first; day <= first + Days{2}; ++day)
    if (shared_part(span, {day + quiet.from, day + until}) > nanoseconds{0}) return true;
  return false;
}

int lowest_ceiling(const Span& span, const PolicyRules& rules) {
  int lowest = 100;
  const hours first = floor<hours>(span.from);
  for (hours hour = first; hour < span.until && hour < first + hours{25}; ++hour)
    lowest = std::min(lowest, rules.ceiling_pct.at(static_cast<std::size_t>((hour - floor<Days>(hour)) / hours{1})));
  return lowest;
}

bool is_within_day_budget(const Span& widened, milliseconds length, std::span<const Span> before,
                          nanoseconds most_per_day) {
  for (Days day = floor<Days>(widened.from); day < widened.until; ++day) {
    const Span whole{day, day + Days{1}};
    nanoseconds total = std::min<nanoseconds>(length, shared_part(widened, whole));
    for (const Span& heard : before) total += shared_part(heard, whole);
    if (total > most_per_day) return false;
  }
  return true;
}

}  // namespace

std::string_view reason_of(PolicyClause clause) {
  switch (clause) {
    case PolicyClause::kLongestPlay:
      return reason::kPolicyLongestPlay;
    case PolicyClause::kQuietHours:
      return reason::kPolicyQuietHours;
    case PolicyClause::kStartsPerHour:
      return reason::kPolicyStartsPerHour;
    case PolicyClause::kMinutesPerDay:
      return reason::kPolicyMinutesPerDay;
  }
  std::abort();
}

PolicyVerdict judge(const PolicyRules& rules, std::chrono::minutes utc_offset, const Sound& play,
                    nanoseconds clock_error, std::span<const Sound> before) {
  if (play.length > rules.longest_play) return PolicyRefuses{PolicyClause::kLongestPlay};

  const auto local = [utc_offset](WallTime t) { return t.time_since_epoch() + utc_offset; };
  const Span widened{local(play.from) - clock_error, local(play.from) + play.length + clock_error};
  const int ceiling = lowest_ceiling(widened, rules);
  if (ceiling == 0 || (rules.quiet && touches(widened, *rules.quiet))) return PolicyRefuses{PolicyClause::kQuietHours};

  const auto starts = std::ranges::count_if(
      before, [&](const Sound& other) { return std::chrono::abs(other.from - play.from) < hours{1} + clock_error; });
  if (starts + 1 > rules.starts_per_hour) return PolicyRefuses{PolicyClause::kStartsPerHour};

  std::vector<Span> heard;
  heard.reserve(before.size());
  for (const Sound& other : before) heard.push_back({local(other.from), local(other.from) + other.length});
  if (!is_within_day_budget(widened, play.length, heard, rules.most_per_day))
    return PolicyRefuses{PolicyClause::kMinutesPerDay};
  return PolicyAllows{ceiling};
}

std::vector<PolicyVerdict> judge_in_order(const PolicyRules& rules, std::chrono::minutes utc_offset,
                                          std::span<const Sound> plays) {
  constexpr hours kStillCounts{48};
  std::vector<PolicyVerdict> verdicts;
  std::vector<Sound> allowed;
  std::size_t oldest = 0;  // that still counts
  for (const Sound& play : plays) {
    while (oldest < allowed.size() && allowed[oldest].from + kStillCounts < play.from) ++oldest;
    verdicts.push_back(judge(rules, utc_offset, play, nanoseconds{0}, std::span{allowed}.subspan(oldest)));
    if (std::holds_alternative<PolicyAllows>(verdicts.back())) allowed.push_back(play);
  }
  return verdicts;
}

}  // namespace loa::schedules
