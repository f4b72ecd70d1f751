#include "server/reports/deadlines.h"

#include <algorithm>

namespace loa::server {
namespace {

using civil::Day;
using civil::days;

// Outcomes are counted again for eight days after an outage (docs/schedules.md §6), and one more for the last of them.
constexpr days kReportsComeIn{10};

Day in_year(const YearDay& date, int year) {
  return Day{std::chrono::year{year} / date.month / date.day};
}

int year_of(Day day) {
  return static_cast<int>(civil::date_of(day).year());
}

// The last such date before `limit`.
Day last_before(const YearDay& date, Day limit) {
  const Day same_year = in_year(date, year_of(limit));
  return same_year < limit ? same_year : in_year(date, year_of(limit) - 1);
}

}  // namespace

std::vector<Period> periods_with_deadline(const DeadlineRules& rules, Day from, Day to) {
  std::vector<Period> found;
  for (int year = year_of(from); year <= year_of(to); ++year)
    for (const PeriodRule& rule : rules.periods) {
      const Day deadline = in_year(rule.before, year);
      if (deadline < from || deadline > to) continue;
      const Day last = last_before(rule.to, deadline);
      found.push_back({std::to_string(year) + "-" + rule.id, {last_before(rule.from, last + days{1}), last}, deadline});
    }
  std::ranges::sort(found, {}, [](const Period& each) { return std::pair{each.deadline, each.id}; });
  return found;
}

Day final_day(const Period& period) {
  return period.range.to + kReportsComeIn;
}

std::optional<Day> writing_day(const DeadlineRules& rules, const Period& period, Day today) {
  std::optional<Day> last;
  const auto consider = [&](Day day) {
    if (day <= today) last = std::max(last.value_or(day), day);
  };
  consider(period.deadline - days{rules.built_days_before});
  for (const int before : rules.reminder_days_before) consider(period.deadline - days{before});
  consider(final_day(period));
  return last;
}

std::optional<int> reminder_due(const DeadlineRules& rules, const Period& period, Day today) {
  std::optional<int> due;
  if (today >= period.deadline) return due;
  for (const int before : rules.reminder_days_before)
    if (period.deadline - days{before} <= today) due = std::min(due.value_or(before), before);
  return due;
}

}  // namespace loa::server
