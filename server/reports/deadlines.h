// When the ward owes a report, of which days, and who is to be reminded: docs/reports.md §2. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schedules/civil/civil.h"
#include "server/reports/evidence.h"

namespace loa::server {

// A date of every year; never 29/2.
struct YearDay {
  int month = 1;
  int day = 1;
  bool operator==(const YearDay&) const = default;
};

struct PeriodRule {
  std::string id;
  YearDay from;
  YearDay to;      // included
  YearDay before;  // the report is owed before this day; `to` is the last one before it
};

struct DeadlineRules {
  std::vector<PeriodRule> periods;
  int built_days_before = 0;              // of the deadline
  std::vector<int> reminder_days_before;  // descending
};

struct Period {
  std::string id;  // 2027-q1, after the year of the deadline
  DayRange range;
  civil::Day deadline;
};

// Those with a deadline on the days [from, to], ascending by it.
[[nodiscard]] std::vector<Period> periods_with_deadline(const DeadlineRules& rules, civil::Day from, civil::Day to);

// The day from which the report is no draft any more: loudspeakers have brought what an outage kept back.
[[nodiscard]] civil::Day final_day(const Period& period);

// The last day up to `today` on which it is to be written; none: not yet.
[[nodiscard]] std::optional<civil::Day> writing_day(const DeadlineRules& rules, const Period& period, civil::Day today);

// Of the reminders whose day has come the last one, as days before the deadline; none: not yet, or the deadline has
// come.
[[nodiscard]] std::optional<int> reminder_due(const DeadlineRules& rules, const Period& period, civil::Day today);

}  // namespace loa::server
