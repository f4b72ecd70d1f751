#include "common/base/time.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace loa {
namespace {

nanoseconds read_clock(clockid_t id) {
  timespec ts{};
  ::clock_gettime(id, &ts);
  return seconds{ts.tv_sec} + nanoseconds{ts.tv_nsec};
}

// Reads exactly `count` digits at `at`; nullopt when there are fewer.
std::optional<int> parse_digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return std::nullopt;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

bool has_char(std::string_view text, std::size_t at, char c) {
  return at < text.size() && text[at] == c;
}

}  // namespace

Now system_now() {
  const nanoseconds mono = read_clock(CLOCK_MONOTONIC);
  return {WallTime{read_clock(CLOCK_REALTIME)}, MonoTime{mono}, read_clock(CLOCK_BOOTTIME) - mono};
}

std::string format_utc(WallTime t) {
  const auto ms = std::chrono::floor<milliseconds>(t);
  const auto day = std::chrono::floor<std::chrono::days>(ms);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{ms - day};
  std::array<char, 80> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return buffer.data();
}

std::optional<WallTime> parse_utc(std::string_view text) {
  const auto year = parse_digits(text, 0, 4);
  const auto month = parse_digits(text, 5, 2);
  const auto day = parse_digits(text, 8, 2);
  const auto hour = parse_digits(text, 11, 2);
  const auto minute = parse_digits(text, 14, 2);
  const auto second = parse_digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (*year < 1700 || *year > 2250 || !date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;

  std::size_t at = 19;
  nanoseconds fraction{0};
  if (has_char(text, at, '.')) {
    std::int64_t scale = 100'000'000;
    const std::size_t first = ++at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9' && at - first < 9) {
      fraction += nanoseconds{(text[at] - '0') * scale};
      scale /= 10;
      ++at;
    }
    if (at == first) return std::nullopt;
  }
  std::chrono::minutes offset{0};
  if (has_char(text, at, 'Z')) {
    ++at;
  } else if (has_char(text, at, '+') || has_char(text, at, '-')) {
    const auto offset_hour = parse_digits(text, at + 1, 2);
    const auto offset_minute = parse_digits(text, at + 4, 2);
    if (!offset_hour || !offset_minute || !has_char(text, at + 3, ':') || *offset_hour > 23 || *offset_minute > 59)
      return std::nullopt;
    offset = std::chrono::hours{*offset_hour} + std::chrono::minutes{*offset_minute};
    if (text[at] == '-') offset = -offset;
    at += 6;
  } else {
    return std::nullopt;
  }
  if (at != text.size()) return std::nullopt;
  return WallTime{std::chrono::sys_days{date}.time_since_epoch() + std::chrono::hours{*hour} +
                  std::chrono::minutes{*minute} + seconds{*second} + fraction - offset};
}

}  // namespace loa
