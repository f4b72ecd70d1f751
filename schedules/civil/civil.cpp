#include "schedules/civil/civil.h"

#include <array>
#include <cstdio>
#include <optional>

#include "common/base/error.h"

namespace loa::civil {
namespace {

// The text with each digit as 0: the form of it.
bool has_form(std::string_view text, std::string_view form) {
  if (text.size() != form.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i]) return false;
  return true;
}

int number(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (const char c : text.substr(at, count)) value = value * 10 + (c - '0');
  return value;
}

}  // namespace

Day parse_day(std::string_view text) {
  if (!has_form(text, "0000-00-00")) throw Error("civil.bad_date", {std::string{text}});
  const std::chrono::year_month_day date{std::chrono::year{number(text, 0, 4)},
                                         std::chrono::month{static_cast<unsigned>(number(text, 5, 2))},
                                         std::chrono::day{static_cast<unsigned>(number(text, 8, 2))}};
  if (!date.ok()) throw Error("civil.no_such_day", {std::string{text}});
  const Day day{date};
  if (!is_in_range(day)) throw Error("civil.out_of_range", {std::string{text}});
  return day;
}

Time parse_time(std::string_view text) {
  const bool has_seconds = has_form(text, "0000-00-00T00:00:00");
  if (!has_seconds && !has_form(text, "0000-00-00T00:00")) throw Error("civil.bad_time", {std::string{text}});
  const Day day = parse_day(text.substr(0, 10));
  const int hour = number(text, 11, 2);
  const int minute = number(text, 14, 2);
  const int second = has_seconds ? number(text, 17, 2) : 0;
  if (hour > 23 || minute > 59 || second > 59) throw Error("civil.bad_time", {std::string{text}});
  return day + std::chrono::hours{hour} + std::chrono::minutes{minute} + seconds{second};
}

std::string format_day(Day day) {
  const auto date = date_of(day);
  std::array<char, 40> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return buffer.data();
}

std::string format_time(Time time) {
  const std::chrono::hh_mm_ss clock{clock_of(time)};
  std::array<char, 40> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "T%02d:%02d:%02d", static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
  return format_day(day_of(time)) + buffer.data();
}

std::string short_day(Day day) {
  const auto date = date_of(day);
  return std::to_string(static_cast<unsigned>(date.day())) + "/" + std::to_string(static_cast<unsigned>(date.month()));
}

}  // namespace loa::civil
