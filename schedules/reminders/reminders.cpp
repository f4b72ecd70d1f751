#include "schedules/reminders/reminders.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>

namespace loa::schedules {
namespace {

using civil::Day;
using civil::days;

// A schedule for last year's feast is none for this one.
constexpr days kAround{14};

std::optional<ScheduleId> find_greeting(const Almanac& almanac, std::span<const Schedule> active,
                                        const std::string& event, Day feast) {
  for (const Schedule& schedule : active) {
    if (schedule.event != event) continue;
    for (const Occurrence& each : expand(schedule, almanac, feast - kAround, feast + kAround + days{1}))
      if (!each.silence && each.due >= schedule.made) return schedule.id;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(ReminderState state) {
  switch (state) {
    case ReminderState::kDue:
      return "due";
    case ReminderState::kUpcoming:
      return "upcoming";
    case ReminderState::kDone:
      return "done";
  }
  std::abort();
}

std::vector<Reminder> reminders(const Almanac& almanac, std::span<const Schedule> active, Day today) {
  std::vector<Reminder> found;
  const Day last = std::min(today + kRemindersShown + days{kRemindedBefore.front()}, civil::kLastDay);
  for (Day feast = today; feast <= last; feast += days{1})
    for (const holidays::Holiday* holiday : almanac.holidays.feasts_on(feast)) {
      if (holiday->status != holidays::HolidayStatus::kInForce || !holiday->is(holidays::HolidayKind::kGreatDay))
        continue;
      const auto greeting = find_greeting(almanac, active, holiday->id, feast);
      // From the last to the first: of those whose day has come only the latest still says something.
      bool is_reached = false;
      for (auto before = kRemindedBefore.rbegin(); before != kRemindedBefore.rend() && !is_reached; ++before) {
        const Day day = feast - days{*before};
        is_reached = day <= today;
        if (day > today + kRemindersShown) continue;
        ReminderState state = is_reached ? ReminderState::kDue : ReminderState::kUpcoming;
        if (greeting) state = ReminderState::kDone;
        found.push_back({holiday->id, holiday->name_vi, holiday->name_en, feast, day, *before, state, greeting});
      }
    }
  std::ranges::sort(found, {}, [](const Reminder& each) { return std::tuple{each.day, each.feast, each.event}; });
  return found;
}

}  // namespace loa::schedules
