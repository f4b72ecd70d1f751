// Evidence of the books as they are at one moment.
#pragma once

#include "server/reports/evidence.h"

namespace loa::server {

// Both read what they need at the moment of the call: within Store::in_one_view() they belong together.
[[nodiscard]] EvidenceGround load_ground(Store& books, const DayRange& range, const civil::Zone& zone, WallTime now);
[[nodiscard]] EvidenceFigures tell_evidence(Store& books, const EvidenceGround& ground);

}  // namespace loa::server
