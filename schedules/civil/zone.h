// A time zone by its name in the tz database of the system, and the only door to Howard Hinnant's tz.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schedules/civil/civil.h"

namespace date {
class time_zone;
}

namespace loa::civil {

// A value, cheap to copy; any thread. Zones of the system are read once per process: an update of tzdata counts from
// the next start. A zone with summer time is known as far as its file lists the changes (2037); Asia/Ho_Chi_Minh has
// had none since 1975.
class Zone {
 public:
  // Asia/Ho_Chi_Minh. Throws Error zone.unknown, which names the nearest spelling, or zone.no_database.
  explicit Zone(std::string_view name);

  [[nodiscard]] const std::string& name() const;

  // RFC 5545 §3.3.5: a local time that occurs twice (clocks set back) means the first; one that never occurs (clocks
  // set forward) is read with the offset before the gap, so that 02:30 in an hour that is skipped is 03:30.
  [[nodiscard]] WallTime to_wall(Time local) const;
  [[nodiscard]] Time to_civil(WallTime wall) const;

  // A change of offset, for those that must be told every one (VTIMEZONE).
  struct Change {
    Time local_before;  // the clock just before, at the instant of the change
    seconds offset_before{0};
    seconds offset_after{0};
    bool is_summer = false;  // after it
    std::string abbreviation;
  };
  // The state that holds at `from` as the first, with equal offsets, then every change in (from, until), ascending.
  [[nodiscard]] std::vector<Change> changes(WallTime from, WallTime until) const;

  bool operator==(const Zone& other) const { return zone_ == other.zone_; }

 private:
  const date::time_zone* zone_;  // lives as long as the process
  // The last stretch of one offset that the file lists: nearly every question falls into it.
  seconds steady_from_;  // since 1970, UTC
  seconds steady_until_;
  seconds steady_offset_;
};

}  // namespace loa::civil
