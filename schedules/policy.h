// Whether a policy lets a play sound, and how loud. Pure: values in, verdict out; the node asks before it arms, and the
// server may ask before it plans.
#pragma once

#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/policy.h"
#include "common/base/time.h"

namespace loa::schedules {

// The clauses in the order they are asked; the first that refuses is named.
enum class PolicyClause { kLongestPlay, kQuietHours, kStartsPerHour, kMinutesPerDay };
// The code of loa::reason that an outcome gives.
[[nodiscard]] std::string_view reason_of(PolicyClause clause);

// Sound from an instant on: one that is wanted, or one that was heard.
struct Sound {
  WallTime from;
  milliseconds length{0};
};

struct PolicyAllows {
  int ceiling_pct = 0;  // 1 … 100, the lowest of the hours it touches
  bool operator==(const PolicyAllows&) const = default;
};
struct PolicyRefuses {
  PolicyClause clause;
  bool operator==(const PolicyRefuses&) const = default;
};
using PolicyVerdict = std::variant<PolicyAllows, PolicyRefuses>;

// Judges the whole of `play` at a place whose local day is `utc_offset` ahead of UTC. `clock_error` is how far, either
// way, the clock that starts it may be off: no moment of [from − error, from + length + error) may be forbidden.
// `before` is what sounded there already, of the last two days at least, in any order; a play over midnight counts to
// each day with its part of it, the part of `play` itself rounded up by the error.
[[nodiscard]] PolicyVerdict judge(const PolicyRules& rules, std::chrono::minutes utc_offset, const Sound& play,
                                  nanoseconds clock_error, std::span<const Sound> before);

// Judges plays that are wanted at one place, ascending by start: each with those before it that are allowed. What has
// sounded already is not known here, so a play that is allowed may still be too much at the node.
[[nodiscard]] std::vector<PolicyVerdict> judge_in_order(const PolicyRules& rules, std::chrono::minutes utc_offset,
                                                        std::span<const Sound> plays);

}  // namespace loa::schedules
