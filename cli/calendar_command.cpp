#include <iostream>
#include <memory>

#include "cli/calendar/calendar.h"
#include "cli/command.h"

namespace loa::cli {

void add_calendar(CLI::App& app, Action& chosen) {
  struct Words {
    CalendarArguments arguments;
    bool csv = false;
  };
  const auto words = std::make_shared<Words>();
  CLI::App* command = app.add_subcommand("calendar", "Each day's solar and lunar date and its holidays");
  command->add_option("--from", words->arguments.from, "first date, 2026-01-01")->required();
  command->add_option("--to", words->arguments.to, "last date, included")->required();
  command->add_flag("--csv", words->csv, "date,lunar_day,lunar_month,leap,lunar_year,holiday");
  command->add_option("--holidays", words->arguments.holidays, "TOML file of holidays (default: those of Vietnam)");
  command->callback([words, &chosen] {
    chosen = [words] {
      words->arguments.format = words->csv ? CalendarFormat::kCsv : CalendarFormat::kText;
      return run_calendar(words->arguments, std::cout, std::cerr);
    };
  });
}

void add_expand(CLI::App& app, Action& chosen) {
  const auto arguments = std::make_shared<ExpandArguments>();
  CLI::App* command = app.add_subcommand("expand", "When a recurrence rule (RFC 5545, RFC 7529) fires");
  command->add_option("--dtstart", arguments->dtstart, "the first local time, 2026-01-01T07:00")->required();
  command->add_option("--tz", arguments->zone, "time zone by name (default Asia/Ho_Chi_Minh)");
  command->add_option("--rrule", arguments->rules, "FREQ=WEEKLY;BYDAY=MO; may be given several times");
  command->add_option("--rdate", arguments->rdates, "further times or dates, between commas");
  command->add_option("--exdate", arguments->exdates, "times or whole days that are left out, between commas");
  command->add_option("--from", arguments->from, "first date of the answer")->required();
  command->add_option("--to", arguments->to, "last date of the answer, included")->required();
  command->callback(
      [arguments, &chosen] { chosen = [arguments] { return run_expand(*arguments, std::cout, std::cerr); }; });
}

}  // namespace loa::cli
