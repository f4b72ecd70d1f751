// loa: one tool over the same libraries as the server and the node.
#include <exception>
#include <iostream>
#include <string>

#include "cli/command.h"

int main(int argc, char** argv) {
  try {
    CLI::App app{"Loa, the digital public address of a ward"};
    app.set_version_flag("--version", LOA_VERSION);
    app.require_subcommand(1);
    loa::cli::Action chosen;
    loa::cli::add_admin(app, chosen);
    loa::cli::add_audit(app, chosen);
    loa::cli::add_backup(app, chosen);
    loa::cli::add_calendar(app, chosen);
    loa::cli::add_encode(app, chosen);
    loa::cli::add_explain(app, chosen);
    loa::cli::add_expand(app, chosen);
    loa::cli::add_feed(app, chosen);
    loa::cli::add_keys(app, chosen);
    loa::cli::add_node(app, chosen);
    loa::cli::add_report(app, chosen);
    loa::cli::add_restore(app, chosen);
    loa::cli::add_schedule(app, chosen);
    loa::cli::add_speak(app, chosen);
    loa::cli::add_template(app, chosen);
    loa::cli::add_ward(app, chosen);
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
      std::string line = error.what();
      for (char& c : line)
        if (c == '\n') c = ' ';
      std::cerr << line << " (loa --help)\n";
      return 1;
    }
    return chosen();
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
