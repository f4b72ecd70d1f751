#include <iostream>
#include <memory>

#include "cli/command.h"
#include "cli/report/report.h"

namespace loa::cli {

void add_report(CLI::App& app, Action& chosen) {
  const auto arguments = std::make_shared<ReportArguments>();
  CLI::App* command = app.add_subcommand("report", "What was aired on some days, as a file");
  command->add_option("--from", arguments->from, "first date, 2026-11-21")->required();
  command->add_option("--to", arguments->to, "last date, included")->required();
  command->add_option("--out", arguments->out, "the file: .pdf, .xlsx, .csv or .zip")->required();
  command->add_option("--table", arguments->table, "which table a .csv is of (default figures)");
  add_office(*command, arguments->office);
  command->callback([arguments, &chosen] { chosen = [arguments] { return write_report(*arguments, std::cerr); }; });
}

}  // namespace loa::cli
