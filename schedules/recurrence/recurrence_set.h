// When something recurs: a start, rules, single dates, exceptions and moved occurrences, in one named zone (RFC 5545
// §3.8.5). A value; pure, any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schedules/civil/civil.h"
#include "schedules/civil/zone.h"
#include "schedules/recurrence/rule.h"

namespace loa::recurrence {

// RECURRENCE-ID: the occurrence that was to be at `original` is at `start` instead. Of an occurrence that the set does
// not have, it says nothing.
struct Override {
  civil::Time original;
  civil::Time start;
  bool operator==(const Override&) const = default;
};

// All times are local to `zone`. The order of the lists means nothing.
struct RecurrenceSet {
  civil::Time dtstart;
  civil::Zone zone;
  std::vector<RecurrenceRule> rules;  // without any, DTSTART itself is an occurrence
  std::vector<civil::Time> rdates;    // further occurrences
  std::vector<civil::Time> exdates;   // none at these times
  std::vector<civil::Day> exdays;     // none on these days
  std::vector<Override> overrides;
  bool operator==(const RecurrenceSet&) const = default;
};

struct Instance {
  WallTime start;
  civil::Time civil;     // `start` as planned on the local clock
  civil::Time original;  // its RECURRENCE-ID: differs from `civil` when it was moved
  bool operator==(const Instance&) const = default;
};

inline constexpr std::size_t kMostInstances = 1'000'000;

// Those with from ≤ start < until, ascending, no two at one instant. Each moment is read in the zone as zone.h says.
// Work is bounded by what the window holds and by COUNT. Throws Error recurrence.too_many beyond kMostInstances.
[[nodiscard]] std::vector<Instance> occurrences(const RecurrenceSet& set, WallTime from, WallTime until);

// Those of the local times that the rules and single dates of the set give, exceptions and moves aside; ascending, each
// once. COUNT is counted through once for all of them.
[[nodiscard]] std::vector<civil::Time> given_among(const RecurrenceSet& set, std::vector<civil::Time> times);

// `2026-04-30T07:00`, or `2026-04-30` for the set's own time of that day. Throws as civil::parse_time.
[[nodiscard]] civil::Time parse_rdate(std::string_view text, civil::Time dtstart);

}  // namespace loa::recurrence
