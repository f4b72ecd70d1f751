// iCalendar files (RFC 5545): what an office calendar gives, and what it can subscribe to. The only door to libical,
// which reads and writes the values; structure, lines and rules are read here, so that an error has its line. Pure; any
// thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schedules/recurrence/recurrence_set.h"

namespace loa::ics {

struct Event {
  std::string uid;
  std::string summary;
  std::string description;
  std::string location;
  recurrence::RecurrenceSet when;
  seconds duration{0};
  bool is_all_day = false;  // DTSTART was a date; `when` has its midnights
  std::string days = {};    // X-LOA-DAYS: what our own holidays make of it, a text that is passed on as it is
  std::size_t line = 0;     // of its BEGIN in the file that was read
};

inline constexpr std::size_t kLongestFile = std::size_t{8} << 20U;
inline constexpr std::size_t kMostEvents = 10'000;
inline constexpr std::size_t kMostDates = 10'000;  // RDATE and EXDATE of one event

// The VEVENTs with their RRULE, RDATE, EXDATE and RECURRENCE-ID; cancelled ones are left out, cancelled occurrences are
// exceptions. TZID must be a zone of the system, or one that the file defines with a single offset of whole hours
// (which is how Outlook names Vietnam's); times without any are of `otherwise`. All else in the file is passed over.
// Throws Error ics.* whose first value is the line, from 1; what it cannot keep faithfully (EXRULE, THISANDFUTURE,
// periods) it refuses rather than drops.
[[nodiscard]] std::vector<Event> parse_ics(std::string_view text, const civil::Zone& otherwise);

// One VCALENDAR that Thunderbird, Google and Outlook read: CRLF, folded, a VTIMEZONE for each zone, DTSTART at the
// first occurrence. Rules that others do not know (RSCALE=VIETNAMESE, SKIP, several at once) are written as the dates
// they give with from ≤ date < until, beside X-LOA-RRULE, from which parse_ics() makes the rule again. An event without
// any occurrence is left out. Times that a rule gives are the same on both sides for ever, dates within the window.
// Throws Error recurrence.too_many when an event has more than kMostDates of these.
[[nodiscard]] std::string format_ics(std::span<const Event> events, std::string_view name, WallTime stamp,
                                     WallTime from, WallTime until);

}  // namespace loa::ics
