// `loa calendar` and `loa expand`: what a day is called, and when a rule fires. Nothing is written, no server is asked.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

namespace loa::cli {

enum class CalendarFormat { kText, kCsv };

struct CalendarArguments {
  std::string from;  // dates, both included
  std::string to;
  CalendarFormat format = CalendarFormat::kText;
  std::filesystem::path holidays;  // TOML; empty = the preset of Vietnam
};

// One line a day. CSV has the header `date,lunar_day,lunar_month,leap,lunar_year,holiday`; several holidays of a day
// stand in one field, between "; ". Exit code: 0, or 1 after exactly one message on `err`, in the language of the
// environment.
[[nodiscard]] int run_calendar(const CalendarArguments& arguments, std::ostream& out, std::ostream& err);

struct ExpandArguments {
  std::string dtstart;
  std::string zone = "Asia/Ho_Chi_Minh";
  std::vector<std::string> rules;
  std::vector<std::string> rdates;   // each one or several between commas; without a time, DTSTART's
  std::vector<std::string> exdates;  // without a time, all of that day
  std::string from;                  // dates, both included
  std::string to;
};

// One local date-time a line, ascending. Exit code as above.
[[nodiscard]] int run_expand(const ExpandArguments& arguments, std::ostream& out, std::ostream& err);

}  // namespace loa::cli
