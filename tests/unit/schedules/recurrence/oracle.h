// RFC 5545 §3.3.10 and RFC 7529 as a question to every second: "are you in?". Where the code generates, the oracle
// asks; where the code jumps, it counts. Slow, and simple enough to be believed.
#pragma once

#include <vector>

#include "schedules/recurrence/rule.h"

namespace loa::test {

// All times of the rule from DTSTART to `last`; UNTIL is not looked at.
[[nodiscard]] std::vector<civil::Time> ask_every_second(const recurrence::RecurrenceRule& rule, civil::Time dtstart,
                                                        civil::Time last);

}  // namespace loa::test
