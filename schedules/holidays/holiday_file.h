// Reads holidays from TOML: the preset of Vietnam that is built in, or the ward's own file that stands instead of it.
//
//   [holidays.giai-phong-mien-nam]
//   name_vi = "Ngày Giải phóng miền Nam, thống nhất đất nước"
//   name_en = "Reunification Day"
//   basis = "Bộ luật Lao động 2019, Điều 112"
//   kinds = ["day_off", "great_day"]        # or "commemoration"
//   date = "30/4"                           # day/month; "lunar 10/3"; "lunar last/12" for the last day of month 12
//   status = "in_force"                     # unless said otherwise; or "expected", "proposed"
//   days = 1                                # unless said otherwise
//   feast = 1                               # which of the days is the feast itself, unless said otherwise
//   since_year = 2026                       # unless said otherwise, always
//
//   [notices.2026]
//   basis = "…"
//   off = ["2026-08-31"]
//   work = ["2026-08-22"]
#pragma once

#include <filesystem>
#include <string_view>

#include "schedules/holidays/holidays.h"

namespace loa::holidays {

[[nodiscard]] HolidayCalendar vietnam();
// The name is for messages. Throws Error config.cannot_parse or config.bad.
[[nodiscard]] HolidayCalendar parse_holidays(const std::filesystem::path& name, std::string_view text);
// Throws Error file.cannot_read, config.cannot_parse, or config.bad with every mistake and its line.
[[nodiscard]] HolidayCalendar load_holidays(const std::filesystem::path& file);

}  // namespace loa::holidays
