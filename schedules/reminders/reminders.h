// Whom to remind of what: 14, 7 and 3 days before each great day, that the chairman's greeting is not scheduled yet.
// Computed anew at each question from the calendar and the schedules, so nothing can be forgotten or stay. Pure; any
// thread.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "schedules/schedule.h"

namespace loa::schedules {

inline constexpr std::array kRemindedBefore = {14, 7, 3};  // days
inline constexpr civil::days kRemindersShown{30};

//   kDue       its day has come and there is no greeting
//   kUpcoming  its day is still to come and there is no greeting
//   kDone      there is one
enum class ReminderState { kDue, kUpcoming, kDone };
[[nodiscard]] std::string_view to_string(ReminderState state);

struct Reminder {
  std::string event;  // id of the holiday
  std::string name_vi;
  std::string name_en;
  civil::Day feast;  // the great day itself
  civil::Day day;    // of the reminder
  int days_before = 0;
  ReminderState state = ReminderState::kUpcoming;
  std::optional<ScheduleId> schedule;  // kDone: which one
};

// Of every great day in force that is not over: the latest reminder whose day has come, and those of the next
// kRemindersShown days; ascending by day, then feast. A greeting is scheduled when one of the active schedules has the
// holiday's id as its event and is due, and not silent, within 14 days of the feast. Throws as expand().
[[nodiscard]] std::vector<Reminder> reminders(const Almanac& almanac, std::span<const Schedule> active,
                                              civil::Day today);

}  // namespace loa::schedules
