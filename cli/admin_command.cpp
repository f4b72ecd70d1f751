#include <iostream>
#include <memory>

#include "cli/admin/admin.h"
#include "cli/command.h"

namespace loa::cli {

void add_admin(CLI::App& app, Action& chosen) {
  CLI::App* admin =
      app.add_subcommand("admin", "On the server's own machine: the first administrator, and ways back in");
  admin->require_subcommand(1);
  const auto add = [&](const char* name, const char* what,
                       int (*run)(const AdminArguments&, std::ostream&, std::ostream&)) {
    const auto arguments = std::make_shared<AdminArguments>();
    CLI::App* command = admin->add_subcommand(name, what);
    command->add_option("--config", arguments->server, "the server's server.toml")->required();
    command->add_option("--person", arguments->person, "name to sign in by, e.g. an")->required();
    command->callback(
        [arguments, run, &chosen] { chosen = [arguments, run] { return run(*arguments, std::cout, std::cerr); }; });
    return std::pair{command, arguments};
  };
  const auto [create, created] = add("create", "Add an administrator and print their invitation", run_create_admin);
  create->add_option("--name", created->name, "what people call them")->required();
  add("invite", "Print another invitation for somebody; password and second factor of before are void", run_invite);
  const auto [token, issued] = add("token", "Make a token for a program that acts as somebody", run_issue_token);
  token->add_option("--scope", issued->scope, "read, write or stop; read unless given");
  token->add_option("--days", issued->days, "how long it is good for, 366 unless given")->check(CLI::Range(1, 366));
  token->add_option("--out", issued->out, "file for the token; must not exist yet")->required();
}

}  // namespace loa::cli
