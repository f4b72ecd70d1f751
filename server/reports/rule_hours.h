// Which of the ward's rules forbids sound at an instant, by the version that was in force then. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "common/base/time.h"
#include "schedules/arbitration/arbiter.h"
#include "schedules/civil/zone.h"

namespace loa::server {

struct RulesSince {
  WallTime made;
  schedules::WardRules rules;
};

// One thread at a time: it remembers the stretch that was asked about last.
class RuleHours {
 public:
  // Versions in any order. Before the first, and without any, nothing is forbidden.
  RuleHours(civil::Zone zone, std::vector<RulesSince> versions);

  // Of what a moment is forbidden by, the first in the order of docs/schedules.md §3.
  static constexpr std::array kClauses = {schedules::Clause::kQuietHours, schedules::Clause::kWeekday,
                                          schedules::Clause::kOutsideSessions};
  // How much of [from, from + length) each of them forbids.
  using Outside = std::array<milliseconds, kClauses.size()>;
  [[nodiscard]] Outside outside(WallTime from, milliseconds length);

  [[nodiscard]] bool has_rules() const { return !versions_.empty(); }

 private:
  struct Stretch {
    WallTime from;
    WallTime until;
    std::optional<std::size_t> clause;  // of kClauses
  };
  [[nodiscard]] Stretch stretch_at(WallTime instant) const;

  civil::Zone zone_;
  std::vector<RulesSince> versions_;  // ascending
  Stretch last_{WallTime::max(), WallTime::max(), std::nullopt};
};

}  // namespace loa::server
