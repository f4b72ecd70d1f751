// One RRULE of RFC 5545 §3.3.10 with the RSCALE and SKIP of RFC 7529: its value, its text, and every way in which a
// text can be wrong. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schedules/civil/civil.h"
#include "schedules/lunar/lunar.h"

namespace loa::recurrence {

enum class Frequency { kSecondly, kMinutely, kHourly, kDaily, kWeekly, kMonthly, kYearly };

// The calendar whose months and years the rule means (RSCALE).
enum class Scale { kGregorian, kVietnamese };

// What becomes of a day or leap month that the calendar lacks (SKIP): nothing, the one before, or the one after.
enum class Skip { kOmit, kBackward, kForward };

// Sunday is 0, as in std::chrono.
struct WeekdayNumber {
  int ordinal = 0;  // the n-th, from the end when negative; 0 = each
  int weekday = 0;
  bool operator==(const WeekdayNumber&) const = default;
};

// 5 is the ordinary month, 5L its leap twin.
struct MonthNumber {
  int month = 0;
  lunar::MonthKind kind = lunar::MonthKind::kOrdinary;
  bool operator==(const MonthNumber&) const = default;
};

// The last moment at which the rule may fire.
struct Until {
  enum class Kind { kDay, kLocal, kUtc };
  Kind kind = Kind::kDay;
  civil::Time time;  // kDay: its midnight, and the whole day counts; kUtc: the clock of UTC
  bool operator==(const Until&) const = default;
};

// The parts as they stand in the text, lists ascending and without repetition. A part that is not there is empty.
struct RecurrenceRule {
  Frequency frequency = Frequency::kDaily;
  int interval = 1;
  std::optional<int> count;
  std::optional<Until> until;
  std::vector<int> by_second;
  std::vector<int> by_minute;
  std::vector<int> by_hour;
  std::vector<WeekdayNumber> by_day;
  std::vector<int> by_month_day;
  std::vector<int> by_year_day;
  std::vector<int> by_week_number;
  std::vector<MonthNumber> by_month;
  std::vector<int> by_set_position;
  int week_start = 1;
  Scale scale = Scale::kGregorian;
  Skip skip = Skip::kOmit;
  bool operator==(const RecurrenceRule&) const = default;
};

inline constexpr std::size_t kLongestRule = 2048;
inline constexpr int kMostCount = 1'000'000;
inline constexpr int kLongestInterval = 10'000'000;

// `FREQ=WEEKLY;BYDAY=MO,FR`, in any case of letters; a leading `RRULE:` is passed over. Throws Error rrule.*; its first
// value is the column, from 1, of the place that is wrong. Refused is what the RFCs forbid, and what could never fire
// (BYMONTH=2;BYMONTHDAY=30).
[[nodiscard]] RecurrenceRule parse_rule(std::string_view text);

// The text that parse_rule() reads as the same value.
[[nodiscard]] std::string format_rule(const RecurrenceRule& rule);

}  // namespace loa::recurrence
