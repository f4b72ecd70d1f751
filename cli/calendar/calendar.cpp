#include "cli/calendar/calendar.h"

#include <array>
#include <ostream>
#include <string_view>

#include "cli/told.h"
#include "common/base/error.h"
#include "schedules/civil/civil.h"
#include "schedules/civil/zone.h"
#include "schedules/holidays/holiday_file.h"
#include "schedules/lunar/lunar.h"
#include "schedules/recurrence/recurrence_set.h"

namespace loa::cli {
namespace {

using civil::Day;
using civil::days;

struct Window {
  Day from;
  Day to;
};

Window parse_window(const std::string& from, const std::string& to) {
  const Window window{civil::parse_day(from), civil::parse_day(to)};
  if (window.from > window.to) throw Error("civil.reversed", {from, to});
  return window;
}

std::vector<std::string> split(const std::vector<std::string>& lists) {
  std::vector<std::string> words;
  for (const std::string& list : lists)
    for (std::size_t start = 0; start <= list.size();) {
      const std::size_t end = std::min(list.find(',', start), list.size());
      words.push_back(list.substr(start, end - start));
      start = end + 1;
    }
  return words;
}

// RFC 4180.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

std::string holiday_names(const holidays::HolidayCalendar& calendar, Day day, Language language) {
  std::string names;
  const auto add = [&](const std::string& name) { names += (names.empty() ? "" : "; ") + name; };
  for (const holidays::Holiday* holiday : calendar.holidays_on(day)) {
    const bool is_off = holiday->is(holidays::HolidayKind::kDayOff);
    // A day that was only expected is named while it counts.
    if (holiday->status == holidays::HolidayStatus::kExpected && is_off && !calendar.day_off(day)) continue;
    add(holiday->name(language));
  }
  const auto off = calendar.day_off(day);
  if (off && off->notice != nullptr && names.empty()) add(render({"calendar.off_by_notice", {}}, language));
  return names;
}

void print_csv(std::ostream& out, Day day, const lunar::LunarDate& date, const std::string& names) {
  out << civil::format_day(day) << ',' << date.day << ',' << date.month << ','
      << (date.kind == lunar::MonthKind::kLeap ? 1 : 0) << ',' << date.year << ',' << csv_field(names) << '\n';
}

void print_text(std::ostream& out, Day day, const lunar::LunarDate& date, const std::string& names, Language language) {
  static constexpr std::array kWeekdays = {"calendar.sunday",    "calendar.monday",   "calendar.tuesday",
                                           "calendar.wednesday", "calendar.thursday", "calendar.friday",
                                           "calendar.saturday"};
  out << civil::format_day(day) << "  " << render({kWeekdays.at(std::chrono::weekday{day}.c_encoding()), {}}, language)
      << "  " << lunar::describe(date, language);
  if (!names.empty()) out << "  " << names;
  out << '\n';
}

}  // namespace

int run_calendar(const CalendarArguments& arguments, std::ostream& out, std::ostream& err) {
  return told(err, [&](Language language) {
    const Window window = parse_window(arguments.from, arguments.to);
    const holidays::HolidayCalendar calendar =
        arguments.holidays.empty() ? holidays::vietnam() : holidays::load_holidays(arguments.holidays);
    if (arguments.format == CalendarFormat::kCsv) out << "date,lunar_day,lunar_month,leap,lunar_year,holiday\n";
    for (Day day = window.from; day <= window.to; day += days{1}) {
      const lunar::LunarDate date = lunar::to_lunar(day);
      const std::string names = holiday_names(calendar, day, language);
      if (arguments.format == CalendarFormat::kCsv)
        print_csv(out, day, date, names);
      else
        print_text(out, day, date, names, language);
    }
  });
}

int run_expand(const ExpandArguments& arguments, std::ostream& out, std::ostream& err) {
  return told(err, [&](Language) {
    const Window window = parse_window(arguments.from, arguments.to);
    const civil::Time dtstart = civil::parse_time(arguments.dtstart);
    recurrence::RecurrenceSet set{dtstart, civil::Zone{arguments.zone}, {}, {}, {}, {}, {}};
    for (const std::string& rule : arguments.rules) set.rules.push_back(recurrence::parse_rule(rule));
    for (const std::string& date : split(arguments.rdates))
      set.rdates.push_back(recurrence::parse_rdate(date, dtstart));
    for (const std::string& date : split(arguments.exdates)) {
      if (date.find('T') == std::string::npos)
        set.exdays.push_back(civil::parse_day(date));
      else
        set.exdates.push_back(civil::parse_time(date));
    }
    const WallTime from = set.zone.to_wall(window.from);
    const WallTime until = set.zone.to_wall(window.to + days{1});
    for (const recurrence::Instance& instance : recurrence::occurrences(set, from, until))
      out << civil::format_time(set.zone.to_civil(instance.start)) << '\n';
  });
}

}  // namespace loa::cli
