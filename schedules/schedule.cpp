#include "schedules/schedule.h"

namespace loa::schedules {

PlayId play_id(const ScheduleId& schedule, WallTime start) {
  // <schedule>-20270206t000000z
  std::string stamp;
  for (const char c : format_utc(start).substr(0, 19))
    if (c != '-' && c != ':') stamp += c == 'T' ? 't' : c;
  return PlayId{schedule.str() + "-" + stamp + "z"};
}

std::vector<Occurrence> expand(const Schedule& schedule, WallTime from, WallTime until) {
  const WallTime start = std::get<Once>(schedule.rule).start;
  if (start >= until || start + schedule.late + schedule.duration <= from) return {};
  return {{play_id(schedule.id, start), start}};
}

}  // namespace loa::schedules
