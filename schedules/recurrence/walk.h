// The times at which one rule fires, in the floating time of its DTSTART: no zone yet. Pure; a value of one thread.
//
// Both calendars go one way: a period (year, month, week, day, or a unit of the clock) gives its days, by generating
// where RFC 5545's table says "expand" and by asking where it says "limit"; days times clock readings make the period's
// set, of which BYSETPOS picks. What the rule does not say comes from DTSTART. The RFCs leave open, and here holds:
//   - DTSTART that the rule does not give is no occurrence.
//   - A week of BYWEEKNO belongs to its year whole, with days that the calendar counts to the neighbour; without BYDAY
//   it
//     is DTSTART's weekday.
//   - SKIP concerns the days past a month's end and, in yearly rules, the leap months that a year lacks. BYMONTHDAY=-31
//     in a month of 30 days is nothing.
//   - Second 60 is second 59 (§3.3.12).
//
// Work is bounded for every rule: it ends with civil::kLastDay, days that cannot match are passed in one step each, and
// BYSETPOS makes no list of a period's moments.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "schedules/recurrence/rule.h"

namespace loa::recurrence {

class RuleWalk {
 public:
  // Times from max(from, dtstart) to `last`, both included. UNTIL is the caller's, who knows the zone; COUNT counts
  // from DTSTART, wherever `from` is.
  RuleWalk(const RecurrenceRule& rule, civil::Time dtstart, civil::Time from, civil::Time last);

  // Ascending, each once; nullopt at the end and ever after.
  [[nodiscard]] std::optional<civil::Time> next();

 private:
  void make_offsets();
  void start_near(civil::Time from);
  [[nodiscard]] bool advance();
  [[nodiscard]] bool advance_unit();
  void gather_year(int year);
  void gather_month(int index);
  void gather_week(civil::Day start);
  void add_weekdays(civil::Day start, int length);
  void add_month_days(int index);
  void add_year_days(civil::Day start, int length);
  void add_weeks(civil::Day start, int length);
  [[nodiscard]] std::vector<int> months_of(int year) const;
  [[nodiscard]] bool is_in_months(civil::Day day) const;
  [[nodiscard]] bool is_month_day(civil::Day day) const;
  [[nodiscard]] bool is_year_day(civil::Day day) const;
  [[nodiscard]] bool is_in_weeks(civil::Day day) const;
  [[nodiscard]] bool is_counted_weekday(civil::Day day, civil::Day start, int length) const;
  [[nodiscard]] bool is_good_day(civil::Day day) const;
  void finish_period();

  const RecurrenceRule rule_;
  const civil::Time dtstart_;
  const civil::Time from_;
  const civil::Time last_;

  // The lists of the rule as bits. Bit m of months_ is month m, bit 16 + m its leap twin; a day or week counted from
  // the end has its bit in the second of its pair.
  std::uint32_t months_ = 0;
  std::uint32_t weekdays_ = 0;
  std::uint32_t month_days_ = 0;
  std::uint32_t month_days_back_ = 0;
  std::uint64_t hours_ = 0;
  std::uint64_t minutes_ = 0;
  std::uint64_t seconds_ = 0;
  bool counts_weekdays_ = false;  // BYDAY has an ordinal

  // The current period: bases × offsets, or the positions picked of them.
  std::vector<civil::Time> bases_;
  std::vector<seconds> offsets_;
  std::vector<std::size_t> picked_;
  std::size_t position_ = 0;
  std::size_t size_ = 0;

  // The next period: a year or an index of months, or where a week, day or unit of the clock starts.
  int number_ = 0;
  civil::Time unit_;
  std::optional<civil::Day> good_day_;  // the last day that passed the limits
  std::optional<civil::Time> given_;
  int count_left_ = 0;
  bool has_ended_ = false;
};

}  // namespace loa::recurrence
