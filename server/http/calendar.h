// The ward's schedules as iCalendar, and back. Pure: values in, values out; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/messages.h"
#include "server/store/store.h"

namespace loa::server {

// Every VEVENT as one schedule with the terms of `terms`; its duration and words are passed over, for the clip has its
// own. Throws Error ics.* and import.*, the latter with the line of the event.
[[nodiscard]] std::vector<ImportSchedules::Event> import_events(std::string_view ics, const schedules::Schedule& terms);

// What a calendar says beside the times.
struct CalendarWords {
  std::map<AnnouncementId, std::string> titles;
  std::map<AreaId, std::string> areas;  // their names
  struct Loudspeaker {
    std::string name;
    AreaId area;
  };
  std::map<NodeId, Loudspeaker> nodes = {};
};

// Schedules with their rules: import_events() makes the same rules of it. What our holidays make of a rule stands in
// X-LOA-DAYS, which other programs pass over. Dates of rules that they do not know are written for from ≤ date < until.
// Of a campaign's turns only these dates are written: what is made of them is a schedule by itself.
// Throws Error recurrence.too_many.
[[nodiscard]] std::string export_schedules(const std::vector<schedules::Schedule>& schedules,
                                           const CalendarWords& words, const StationId& station,
                                           const schedules::Almanac& almanac, WallTime stamp, WallTime from,
                                           WallTime until);

// Something that sounds, or will.
struct Airing {
  PlayId play;  // by its due time: a sound that is moved is still the same
  AnnouncementId announcement;
  std::string title;
  WallTime start;
  milliseconds length{0};
  std::vector<AreaId> areas;  // those too that a single loudspeaker stands in
  std::string places;         // the names of what it is for
};
// In the areas of then: `versions` of each schedule, oldest first. What is cancelled is left out.
[[nodiscard]] std::vector<Airing> airings_of(const std::vector<Explain::Told>& told,
                                             const std::map<ScheduleId, std::vector<schedules::Schedule>>& versions,
                                             const CalendarWords& words);
// One event for each.
[[nodiscard]] std::string calendar_of(const std::vector<Airing>& airings, std::string_view name,
                                      const StationId& station, WallTime stamp);

}  // namespace loa::server
