// The Vietnamese lunar calendar, computed from the sky: a month starts on the day that holds the new moon, the winter
// solstice falls in month 11, and of 13 months between two such months the first without a principal term is the leap
// month. Days are those of UTC+7 throughout, before 1968 too, when Vietnam's printed calendars did not always go by
// that line. It is not the Chinese calendar: Tết differs in 1985, 2007, 2030 and 2053, single days in most years.
//
// New moons by Meeus (Astronomical Algorithms, ch. 49, all terms), the sun by VSOP87 with nutation and aberration
// (ch. 25), ΔT by Espenak and Meeus. A new moon within a minute of midnight is beyond what these series, or anybody's
// knowledge of the earth's rotation decades ahead, can settle: of the years from 1968 to 2099 that is the case in
// months 4/2054, 11/2072 and 10/2077 (here they begin on 2054-05-08, 2072-12-09 and 2077-11-15).
//
// Known for every day of civil::kFirstDay … civil::kLastDay. Pure; any thread. The first question computes all months,
// in some tens of milliseconds; each further one is an index into a table.
#pragma once

#include <string>

#include "common/base/error.h"
#include "schedules/civil/civil.h"

namespace loa::lunar {

using civil::Day;

// A leap month has the number of the ordinary month before it.
enum class MonthKind { kOrdinary, kLeap };

struct LunarDate {
  int year = 0;   // the civil year in which its month 1 begins
  int month = 0;  // 1 … 12
  MonthKind kind = MonthKind::kOrdinary;
  int day = 0;  // 1 … 30
  bool operator==(const LunarDate&) const = default;
};

// One month, and its place among all months.
struct Month {
  Day start;
  int length = 0;  // 29 or 30
  int year = 0;
  int month = 0;
  MonthKind kind = MonthKind::kOrdinary;
};

// Throws Error civil.out_of_range.
[[nodiscard]] LunarDate to_lunar(Day day);
// Throws Error lunar.bad_date (no such number), lunar.no_leap_month (that year has another leap month or none),
// lunar.short_month (29 days) or civil.out_of_range.
[[nodiscard]] Day to_solar(const LunarDate& date);
// 29 or 30. Throws as to_solar.
[[nodiscard]] int days_in_month(int year, int month, MonthKind kind);
// 1 … 12, or 0 when the lunar year, 1900 … 2199, has none. Throws Error lunar.bad_date.
[[nodiscard]] int leap_month(int year);

// Months in their order, for those that walk them: index_of(day) is the month that holds the day, first_month(year) the
// first of that year. Indices from 0 to month_count() − 1; the months of all days in range are among them, and at least
// one year more on either side. Nothing throws; a day or year outside gives the nearest end.
[[nodiscard]] int month_count();
[[nodiscard]] const Month& month_at(int index);
[[nodiscard]] int index_of(Day day);
[[nodiscard]] int first_month(int year);

// `Bính Ngọ`: the year's name in the cycle of sixty; month and day have theirs by the same cycle. A leap month bears
// the name of its ordinary twin.
[[nodiscard]] std::string can_chi_of_year(int year, Language language);
[[nodiscard]] std::string can_chi_of_month(int year, int month, Language language);
[[nodiscard]] std::string can_chi_of_day(Day day, Language language);

// `rằm tháng Giêng năm Bính Ngọ`, `mùng 1 tháng Chạp năm …`, `ngày 23 tháng 6 nhuận năm …`
[[nodiscard]] std::string describe(const LunarDate& date, Language language);

}  // namespace loa::lunar
