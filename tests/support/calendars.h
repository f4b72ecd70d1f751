// Whole calendars at random, small but with all that a schedule can say, and what has to hold for whatever is made of
// one (docs/schedules.md). The same seed gives the same one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/policy.h"
#include "common/base/time.h"
#include "schedules/timetable/timetable.h"
#include "tests/support/dice.h"

namespace loa::test {

inline constexpr int kCalendarDays = 4;
inline constexpr std::chrono::minutes kUtcOffset{7 * 60};  // of Asia/Ho_Chi_Minh in all these years

// Vietnam's.
[[nodiscard]] const schedules::Almanac& almanac();

struct Calendar {
  std::vector<schedules::AreaPlace> places;
  schedules::WardRules rules;
  PolicyRules policy;
  civil::Day first;
  std::vector<schedules::Schedule> schedules;  // by age
  schedules::Schedule another;

  [[nodiscard]] civil::Day end() const { return first + std::chrono::days{kCalendarDays}; }
  [[nodiscard]] WallTime at(nanoseconds of_day) const { return almanac().zone.to_wall(first) + of_day; }
  [[nodiscard]] schedules::Timetable table() const { return schedules::Timetable{places, rules, almanac()}; }
};
[[nodiscard]] Calendar random_calendar(std::uint64_t seed);
// Under the rules and in the areas of that calendar.
[[nodiscard]] schedules::Schedule random_schedule(Dice& dice, const Calendar& calendar, const std::string& id);

// Whether `area` is `other` or lies below it.
[[nodiscard]] bool is_within(const Calendar& calendar, AreaId area, const AreaId& other);
// When a loudspeaker in `area` begins what sounds for `length` in each area and starts at `first` in the first one;
// none: it does not go there.
[[nodiscard]] std::optional<WallTime> start_in(const Calendar& calendar, const schedules::Schedule& schedule,
                                               const AreaId& area, WallTime first, milliseconds length);

// One sound at one loudspeaker.
struct Heard {
  WallTime from;
  WallTime until;
  WallTime due;
  const schedules::Schedule* schedule;
};
[[nodiscard]] std::string told(const Heard& each);

// Of what one loudspeaker sounds, ascending, all of it planned by the calendar's rules: nothing in quiet hours or out
// of the sessions without an exception, never two at once, no session too long.
void expect_quiet_and_apart(const Calendar& calendar, const std::vector<Heard>& heard);

}  // namespace loa::test
