// From schedules to what one node plays.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "schedules/schedule.h"

namespace loa::schedules {

// A play of one node, with the schedule it comes from.
struct Due {
  PlayId play;
  WallTime start;
  const Schedule* schedule = nullptr;  // lives as long as the span it came from
};

// Everything that the given schedules (those that reach the node) have due in [from, until), ascending by start, then
// by id. Two of them never overlap when each was checked with find_overlap() before it was stored.
[[nodiscard]] std::vector<Due> plan_for_node(std::span<const Schedule> schedules, WallTime from, WallTime until);

struct Overlap {
  ScheduleId other;
  WallTime other_start;
};
// The first occurrence among `others` that would sound at the same time as one of `candidate` at a node both reach,
// from `from` to `until`.
[[nodiscard]] std::optional<Overlap> find_overlap(const Schedule& candidate, std::span<const Schedule> others,
                                                  WallTime from, WallTime until);

}  // namespace loa::schedules
