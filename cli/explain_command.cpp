#include <iostream>
#include <memory>

#include "cli/command.h"
#include "cli/explain/explain.h"

namespace loa::cli {

void add_explain(CLI::App& app, Action& chosen) {
  const auto arguments = std::make_shared<ExplainArguments>();
  CLI::App* command = app.add_subcommand("explain", "What plays on a day, what does not, and why");
  CLI::Option* node = command->add_option("--node", arguments->node, "of this node, beside what it reported");
  command->add_option("--area", arguments->area, "only what reaches this area")->excludes(node);
  command->add_option("--from", arguments->from, "first date, 2026-11-24 (default: today)");
  command->add_option("--to", arguments->to, "last date, included (default: one day)");
  command->add_option("--tz", arguments->zone, "time zone of the answer (default Asia/Ho_Chi_Minh)");
  add_office(*command, arguments->office);
  command->callback(
      [arguments, &chosen] { chosen = [arguments] { return run_explain(*arguments, std::cout, std::cerr); }; });
}

}  // namespace loa::cli
