// What holidays and weekends make of the occurrences of a set, and when an event is announced: skip, only, the working
// day before or after, T−3 and T−1, the evening before and the morning of. Each occurrence ends in one fate with its
// reasons, so that "why was there nothing on 30/4" has an answer. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/error.h"
#include "schedules/holidays/holidays.h"
#include "schedules/recurrence/recurrence_set.h"

namespace loa::holidays {

// Which days a step means.
//   kDayOff      off by law or notice
//   kNotWorking  those, and Saturdays and Sundays that no notice made working days
//   kGreatDay    a great day in force
//   kHoliday     any holiday of the calendar in force, a day off or not
enum class DaySet { kDayOff, kNotWorking, kGreatDay, kHoliday };

struct SkipOn {
  DaySet days;
  bool operator==(const SkipOn&) const = default;
};
struct OnlyOn {
  DaySet days;
  bool operator==(const OnlyOn&) const = default;
};
// From such a day to the nearest working day, at the same time of day. Skipped when there is none.
enum class Direction { kBefore, kAfter };
struct MoveFrom {
  DaySet days;
  Direction direction;
  bool operator==(const MoveFrom&) const = default;
};
// The event is heard so many days from its own (−3 = three days before), at its own time of day or at another.
struct Airing {
  int days = 0;
  std::optional<seconds> clock;  // since midnight
  bool operator==(const Airing&) const = default;
};
struct AirAt {
  std::vector<Airing> airings;
  bool operator==(const AirAt&) const = default;
};
using DayStep = std::variant<SkipOn, OnlyOn, MoveFrom, AirAt>;

// Steps in their order, each on what the one before left. SkipOn before AirAt asks for the event's own day, after it
// for the day of each airing. Without steps everything stays as it is.
struct DayRule {
  std::vector<DayStep> steps;
  bool operator==(const DayRule&) const = default;
};

inline constexpr int kFarthestAiring = 366;  // days, either way

// `{{}, 18:30 the day before, 05:45 on the day}` and the like, for the common wishes.
[[nodiscard]] AirAt evening_before_and_morning_of(seconds evening, seconds morning);
[[nodiscard]] AirAt days_before(const std::vector<int>& days);  // {3, 1} = T−3 and T−1

enum class Fate { kPlanned, kMoved, kSkipped };

// Why a step did something.
struct DayReason {
  enum class Kind { kDayOff, kNotice, kWeekend, kGreatDay, kHoliday, kOrdinaryDay, kMoved, kNoWorkingDay, kDoubled };
  Kind kind;
  Day day;                // whose nature was asked
  std::optional<Day> to;  // kMoved
  std::string name_vi;    // of the holiday, or the basis of the notice
  std::string name_en;
  bool operator==(const DayReason&) const = default;
};
// `30/4 là Ngày Giải phóng miền Nam…`
[[nodiscard]] std::string describe(const DayReason& reason, Language language);

struct Planned {
  WallTime start;     // when it is heard, or would have been
  civil::Time civil;  // the same on the local clock
  recurrence::Instance event;
  Fate fate = Fate::kPlanned;
  std::vector<DayReason> reasons;  // in the order of the steps
};

// Everything that is heard, or skipped, with from ≤ start < until; ascending by start. Of two that come to the same
// start the one of the earlier event stays, the other is kDoubled. Throws Error day_rule.too_far for an airing farther
// than kFarthestAiring, and as occurrences().
[[nodiscard]] std::vector<Planned> plan(const recurrence::RecurrenceSet& set, const DayRule& rule,
                                        const HolidayCalendar& calendar, WallTime from, WallTime until);

}  // namespace loa::holidays
