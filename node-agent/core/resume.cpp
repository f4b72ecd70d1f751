#include "node-agent/core/resume.h"

#include <algorithm>

namespace loa::node {

std::optional<StationTime> last_resume(const wire::PlannedPlay& play, milliseconds duration, milliseconds heard) {
  if (play.announcement_class == AnnouncementClass::kEmergency) return play.start + duration;
  if (heard >= kResumedWhenHeardBelow) return std::nullopt;
  return play.start + std::min(play.late, duration);
}

}  // namespace loa::node
