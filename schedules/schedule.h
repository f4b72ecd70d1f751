// When and where an announcement airs. Values only: no I/O, no clock of its own.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/base/vocabulary.h"

namespace loa::schedules {

// One instant. Recurrence by RFC 5545 and by lunar date are further alternatives of Rule.
struct Once {
  WallTime start;
  bool operator==(const Once&) const = default;
};
using Rule = std::variant<Once>;

struct Schedule {
  ScheduleId id;
  AnnouncementId announcement;
  AnnouncementClass announcement_class = AnnouncementClass::kNormal;
  std::vector<AreaId> areas;  // with everything below them
  Rule rule;
  milliseconds late{0};  // how late a play may still begin
  int volume_pct = 0;    // 0 … 100
  ClipHash clip;
  milliseconds duration{0};  // of the clip
};

// One time that a schedule comes due. The id depends on schedule and start alone, so every node and every re-planning
// gives the same one, and a moved occurrence is a new one.
struct Occurrence {
  PlayId play;
  WallTime start;
};

// Occurrences that are due or may still sound within [from, until): those that start before `until` and end, begun as
// late as allowed, after `from`. Ascending.
[[nodiscard]] std::vector<Occurrence> expand(const Schedule& schedule, WallTime from, WallTime until);

// Of whole seconds. A schedule's id of at most kLongestScheduleId makes a valid id of a play.
inline constexpr std::size_t kLongestScheduleId = 47;
[[nodiscard]] PlayId play_id(const ScheduleId& schedule, WallTime start);

}  // namespace loa::schedules
