#include "schedules/plan_builder.h"

#include <algorithm>
#include <tuple>

namespace loa::schedules {

std::vector<Due> plan_for_node(std::span<const Schedule> schedules, WallTime from, WallTime until) {
  std::vector<Due> due;
  for (const Schedule& schedule : schedules)
    for (Occurrence& occurrence : expand(schedule, from, until))
      due.push_back({std::move(occurrence.play), occurrence.start, &schedule});
  std::sort(due.begin(), due.end(),
            [](const Due& a, const Due& b) { return std::tie(a.start, a.play) < std::tie(b.start, b.play); });
  return due;
}

std::optional<Overlap> find_overlap(const Schedule& candidate, std::span<const Schedule> others, WallTime from,
                                    WallTime until) {
  for (const Occurrence& own : expand(candidate, from, until))
    for (const Schedule& other : others)
      for (const Occurrence& theirs : expand(other, from, until))
        if (own.start < theirs.start + other.duration && theirs.start < own.start + candidate.duration)
          return Overlap{other.id, theirs.start};
  return std::nullopt;
}

}  // namespace loa::schedules
