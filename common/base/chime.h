// What a chime is to everybody who counts time: timetable, plans and loudspeakers.
#pragma once

#include "common/base/time.h"

namespace loa {

// Silence between a chime and the announcement behind it, so that its last tone rings out before the first word.
inline constexpr milliseconds kChimePause{300};

}  // namespace loa
