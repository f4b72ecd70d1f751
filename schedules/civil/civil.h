// Days and times of the calendar on the wall, which name no instant until a zone does (zone.h). Pure, any thread.
//
// The library reckons from 1900-01-01 to 2199-12-31: as far as its lunar calendar reaches. Nothing outside is read or
// given.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/time.h"

namespace loa::civil {

// A date, as days of a calendar that has no zone; and a local date-time of whole seconds. Neither converts to WallTime.
using Day = std::chrono::local_days;
using Time = std::chrono::local_seconds;
using std::chrono::days;

inline constexpr Day kFirstDay{std::chrono::local_days{std::chrono::year{1900} / 1 / 1}};
inline constexpr Day kLastDay{std::chrono::local_days{std::chrono::year{2199} / 12 / 31}};

[[nodiscard]] constexpr std::chrono::year_month_day date_of(Day day) {
  return std::chrono::year_month_day{day};
}
[[nodiscard]] constexpr Day day_of(Time time) {
  return std::chrono::floor<days>(time);
}
[[nodiscard]] constexpr seconds clock_of(Time time) {
  return time - day_of(time);
}
[[nodiscard]] constexpr bool is_in_range(Day day) {
  return day >= kFirstDay && day <= kLastDay;
}

// `2026-04-30`. Throws Error civil.bad_date, with what is wrong about it: form, no such day, or out of range.
[[nodiscard]] Day parse_day(std::string_view text);
// `2026-04-30T07:00` or `2026-04-30T07:00:30`. Throws Error civil.bad_time or civil.bad_date.
[[nodiscard]] Time parse_time(std::string_view text);
// `2026-04-30`
[[nodiscard]] std::string format_day(Day day);
// `2026-04-30T07:00:00`
[[nodiscard]] std::string format_time(Time time);
// `30/4`, as people say it.
[[nodiscard]] std::string short_day(Day day);

}  // namespace loa::civil
