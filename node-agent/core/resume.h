// What becomes of a play that a crash cut off. Any thread; pure.
#pragma once

#include <optional>

#include "common/base/time.h"
#include "common/wire/messages.h"

namespace loa::node {

// A normal or priority play of which more was heard is not taken up again.
inline constexpr seconds kResumedWhenHeardBelow{30};

// The last instant at which the play may be taken up again; nullopt: never, it stays as it is. It is taken up in step
// with its neighbours, so that no part of it sounds twice (docs/decisions/0005): an emergency as long as anything of it
// is left, another play when little of it was heard and while it may still begin. `heard` is what the disk knows, up to
// 6 s less than what sounded.
[[nodiscard]] std::optional<StationTime> last_resume(const wire::PlannedPlay& play, milliseconds duration,
                                                     milliseconds heard);

}  // namespace loa::node
