// One subcommand of the tool: it declares its words to CLI11 and says what to run when it was the one chosen.
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include "cli/office.h"

namespace loa::cli {

// Does the work and gives the exit code: 0, or 1 after exactly one line on stderr.
using Action = std::function<int()>;

// `chosen` is set by the parser when this subcommand is on the command line.
void add_admin(CLI::App& app, Action& chosen);
void add_audit(CLI::App& app, Action& chosen);
void add_backup(CLI::App& app, Action& chosen);
void add_calendar(CLI::App& app, Action& chosen);
void add_encode(CLI::App& app, Action& chosen);
void add_explain(CLI::App& app, Action& chosen);
void add_expand(CLI::App& app, Action& chosen);
void add_feed(CLI::App& app, Action& chosen);
void add_keys(CLI::App& app, Action& chosen);
void add_node(CLI::App& app, Action& chosen);
void add_report(CLI::App& app, Action& chosen);
void add_restore(CLI::App& app, Action& chosen);
void add_schedule(CLI::App& app, Action& chosen);
void add_speak(CLI::App& app, Action& chosen);
void add_template(CLI::App& app, Action& chosen);
void add_ward(CLI::App& app, Action& chosen);

// The options that say where the office is.
void add_office(CLI::App& command, OfficeArguments& office);

}  // namespace loa::cli
