#include "tests/unit/schedules/recurrence/oracle.h"

#include <algorithm>
#include <map>
#include <set>

namespace loa::test {
namespace {

using civil::Day;
using civil::days;
using civil::Time;
using lunar::MonthKind;
using recurrence::Frequency;
using recurrence::MonthNumber;
using recurrence::RecurrenceRule;
using recurrence::Scale;
using recurrence::Skip;

// A day of some calendar. A day that the calendar lacks (30 of a month of 29) stands here too, with the real day that
// SKIP makes of it.
struct CalendarDay {
  Day day;  // where it falls
  bool is_of_lacking_month = false;
  int year = 0;
  MonthNumber month;
  int month_in_row = 0;  // counts all months
  int month_day = 0;
  int month_length = 0;
  int year_day = 0;
  int year_length = 0;
};

int weekday_of(Day day) {
  return static_cast<int>(std::chrono::weekday{day}.c_encoding());
}

bool contains(const std::vector<int>& list, int value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// Every real day in [from, until), its lengths counted by walking.
std::vector<CalendarDay> real_days(Scale scale, Day from, Day until) {
  std::vector<CalendarDay> all;
  int row = 0;
  for (Day day = from; day < until; day += days{1}) {
    CalendarDay one;
    one.day = day;
    if (scale == Scale::kVietnamese) {
      const lunar::LunarDate date = lunar::to_lunar(day);
      one.year = date.year;
      one.month = {date.month, date.kind};
      one.month_day = date.day;
    } else {
      const auto date = civil::date_of(day);
      one.year = static_cast<int>(date.year());
      one.month = {static_cast<int>(static_cast<unsigned>(date.month())), MonthKind::kOrdinary};
      one.month_day = static_cast<int>(static_cast<unsigned>(date.day()));
    }
    if (one.month_day == 1) ++row;
    one.month_in_row = row;
    all.push_back(one);
  }
  std::map<int, int> month_lengths;
  std::map<int, int> year_lengths;
  for (CalendarDay& one : all) {
    month_lengths[one.month_in_row] = std::max(month_lengths[one.month_in_row], one.month_day);
    one.year_day = ++year_lengths[one.year];
  }
  for (CalendarDay& one : all) {
    one.month_length = month_lengths[one.month_in_row];
    one.year_length = year_lengths[one.year];
  }
  return all;
}

// What SKIP adds: days past the end of a month, and whole leap months that a year lacks.
void add_lacking_days(const RecurrenceRule& rule, std::vector<CalendarDay>& all) {
  if (rule.skip == Skip::kOmit) return;
  const bool is_forward = rule.skip == Skip::kForward;
  const int longest = rule.scale == Scale::kVietnamese ? 30 : 31;
  std::vector<CalendarDay> added;
  if (rule.scale == Scale::kVietnamese && rule.frequency == Frequency::kYearly) {
    std::map<int, std::set<int>> leaps;
    for (const CalendarDay& one : all)
      if (one.month.kind == MonthKind::kLeap) leaps[one.year].insert(one.month.month);
    for (const CalendarDay& one : all) {
      // The leap month that would stand after `number` is `number` itself or the month after it; the latter may be a
      // leap month of another number only where `number` has none, which cannot be.
      if (one.month.kind == MonthKind::kLeap) continue;
      const int number = is_forward ? (one.month.month + 10) % 12 + 1 : one.month.month;
      const int year = is_forward && one.month.month == 1 ? one.year - 1 : one.year;
      if (leaps[year].contains(number)) continue;
      CalendarDay lacking = one;
      lacking.is_of_lacking_month = true;
      lacking.year = year;
      lacking.month = {number, MonthKind::kLeap};
      added.push_back(lacking);
    }
  }
  std::vector<CalendarDay> ends;
  for (const auto* list : {&all, &added})
    for (const CalendarDay& one : *list)
      if (one.month_day == one.month_length)
        for (int day = one.month_length + 1; day <= longest; ++day) {
          CalendarDay lacking = one;
          lacking.month_day = day;
          lacking.day = is_forward ? one.day + days{1} : one.day;
          ends.push_back(lacking);
        }
  all.insert(all.end(), added.begin(), added.end());
  all.insert(all.end(), ends.begin(), ends.end());
}

// The n-th of its weekday among the days of one span, from either end.
bool is_nth(int ordinal, int place, int length) {
  return ordinal > 0 ? (place - 1) / 7 + 1 == ordinal : (length - place) / 7 + 1 == -ordinal;
}

struct WeekNumber {
  int year;
  int week;
  int weeks;
};
// Found by trying every week of the years around.
WeekNumber week_number(const std::map<int, std::pair<Day, int>>& years, int week_start, Day day) {
  for (const auto& [year, span] : years) {
    std::vector<Day> starts;
    for (Day start = span.first - days{7}; start < span.first + days{span.second}; start += days{1}) {
      if (weekday_of(start) != week_start) continue;
      int inside = 0;
      for (int i = 0; i < 7; ++i)
        if (start + days{i} >= span.first && start + days{i} < span.first + days{span.second}) ++inside;
      if (inside >= 4) starts.push_back(start);
    }
    for (std::size_t i = 0; i < starts.size(); ++i)
      if (day >= starts[i] && day < starts[i] + days{7})
        return {year, static_cast<int>(i) + 1, static_cast<int>(starts.size())};
  }
  return {0, 0, 0};
}

Day week_of(Day day, int week_start) {
  while (weekday_of(day) != week_start) day -= days{1};
  return day;
}

}  // namespace

std::vector<Time> ask_every_second(const RecurrenceRule& rule, Time dtstart, Time last) {
  const Day first = civil::day_of(dtstart);
  std::vector<CalendarDay> all = real_days(rule.scale, std::max(first - days{800}, civil::kFirstDay),
                                           std::min(civil::day_of(last) + days{800}, civil::kLastDay));
  std::map<int, std::pair<Day, int>> years;
  for (const CalendarDay& one : all) years.try_emplace(one.year, one.day, one.year_length);
  const CalendarDay start = *std::ranges::find(all, first, &CalendarDay::day);
  add_lacking_days(rule, all);

  const bool names_days =
      !rule.by_month_day.empty() || !rule.by_year_day.empty() || !rule.by_week_number.empty() || !rule.by_day.empty();
  const bool by_weeks_alone = !rule.by_week_number.empty() && rule.by_month_day.empty() && rule.by_year_day.empty();
  const auto key_of_day = [&](const CalendarDay& one) -> long {
    if (rule.frequency == Frequency::kYearly)
      return by_weeks_alone ? week_number(years, rule.week_start, one.day).year : one.year;
    if (rule.frequency == Frequency::kMonthly) return one.month_in_row;
    if (rule.frequency == Frequency::kWeekly)
      return (week_of(one.day, rule.week_start).time_since_epoch().count() + 7L * 100'000) / 7;
    return one.day.time_since_epoch().count();
  };
  const auto is_in = [&](const CalendarDay& one) {
    if (!rule.by_month.empty() && std::ranges::find(rule.by_month, one.month) == rule.by_month.end()) return false;
    if (!rule.by_month_day.empty() && !contains(rule.by_month_day, one.month_day) &&
        !(one.month_day <= one.month_length && contains(rule.by_month_day, one.month_day - one.month_length - 1)))
      return false;
    // Only what a rule asks for can be skipped.
    if (one.month_day > one.month_length && rule.by_month_day.empty() && names_days) return false;
    if (one.is_of_lacking_month && rule.by_month.empty() && names_days) return false;
    if (!rule.by_year_day.empty() && !contains(rule.by_year_day, one.year_day) &&
        !contains(rule.by_year_day, one.year_day - one.year_length - 1))
      return false;
    if (!rule.by_week_number.empty()) {
      const WeekNumber week = week_number(years, rule.week_start, one.day);
      if (!contains(rule.by_week_number, week.week) && !contains(rule.by_week_number, week.week - week.weeks - 1))
        return false;
      if (by_weeks_alone && rule.by_day.empty() && weekday_of(one.day) != weekday_of(first)) return false;
    }
    if (!rule.by_day.empty()) {
      const bool of_month = rule.frequency == Frequency::kMonthly || !rule.by_month.empty();
      // A day that was skipped to is counted where it fell.
      const CalendarDay& place = *std::ranges::find(all, one.day, &CalendarDay::day);
      if (std::ranges::none_of(rule.by_day, [&](const recurrence::WeekdayNumber& wanted) {
            return wanted.weekday == weekday_of(one.day) &&
                   (wanted.ordinal == 0 || (of_month ? is_nth(wanted.ordinal, place.month_day, place.month_length)
                                                     : is_nth(wanted.ordinal, place.year_day, place.year_length)));
          }))
        return false;
    }
    // What the rule leaves open is DTSTART's.
    if (rule.frequency == Frequency::kYearly && !names_days) {
      if (rule.by_month.empty() && one.month != start.month) return false;
      if (one.month_day != start.month_day) return false;
    }
    if (rule.frequency == Frequency::kMonthly && !names_days && one.month_day != start.month_day) return false;
    if (rule.frequency == Frequency::kWeekly && rule.by_day.empty() && weekday_of(one.day) != weekday_of(first))
      return false;
    return true;
  };

  const std::chrono::hh_mm_ss clock{civil::clock_of(dtstart)};
  const auto is_hour = [&](int hour) {
    if (!rule.by_hour.empty()) return contains(rule.by_hour, hour);
    return rule.frequency < Frequency::kDaily || hour == clock.hours().count();
  };
  const auto is_minute = [&](int minute) {
    if (!rule.by_minute.empty()) return contains(rule.by_minute, minute);
    return rule.frequency < Frequency::kHourly || minute == clock.minutes().count();
  };
  const auto is_second = [&](int second) {
    if (!rule.by_second.empty())
      return contains(rule.by_second, second) || (second == 59 && contains(rule.by_second, 60));
    return rule.frequency < Frequency::kMinutely || second == clock.seconds().count();
  };
  const auto unit_key = [&](Time time) -> long {
    const long at = time.time_since_epoch().count() + 3600L * 10'000'000;
    if (rule.frequency == Frequency::kHourly) return at / 3600;
    if (rule.frequency == Frequency::kMinutely) return at / 60;
    return at;
  };
  const bool is_quick = rule.frequency < Frequency::kDaily;
  const long first_key = is_quick ? unit_key(dtstart) : 0;
  const Day widest_from = is_quick ? first : first - days{800};
  const Day widest_until = is_quick ? civil::day_of(last) + days{1} : civil::day_of(last) + days{800};

  std::map<long, std::set<Time>> periods;
  const long start_key = [&] {
    if (rule.frequency == Frequency::kYearly) return static_cast<long>(start.year);
    return key_of_day(start);
  }();
  for (const CalendarDay& one : all) {
    if (one.day < widest_from || one.day > widest_until || !is_in(one)) continue;
    const long key = key_of_day(one);
    if (!is_quick && (key < start_key || (key - start_key) % rule.interval != 0)) continue;
    for (int hour = 0; hour < 24; ++hour) {
      if (!is_hour(hour)) continue;
      for (int minute = 0; minute < 60; ++minute) {
        if (!is_minute(minute)) continue;
        for (int second = 0; second < 60; ++second) {
          if (!is_second(second)) continue;
          const Time time = one.day + std::chrono::hours{hour} + std::chrono::minutes{minute} + seconds{second};
          if (!is_quick) {
            periods[key].insert(time);
          } else if (unit_key(time) >= first_key && (unit_key(time) - first_key) % rule.interval == 0) {
            periods[unit_key(time)].insert(time);
          }
        }
      }
    }
  }

  std::set<Time> found;
  for (const auto& [key, times] : periods) {
    const std::vector<Time> list(times.begin(), times.end());
    if (rule.by_set_position.empty()) {
      found.insert(list.begin(), list.end());
      continue;
    }
    for (std::size_t i = 0; i < list.size(); ++i)
      if (contains(rule.by_set_position, static_cast<int>(i) + 1) ||
          contains(rule.by_set_position, static_cast<int>(i) - static_cast<int>(list.size())))
        found.insert(list[i]);
  }
  std::vector<Time> result;
  for (const Time time : found) {
    if (time < dtstart || time > last) continue;
    if (rule.count && result.size() >= static_cast<std::size_t>(*rule.count)) break;
    result.push_back(time);
  }
  return result;
}

}  // namespace loa::test
