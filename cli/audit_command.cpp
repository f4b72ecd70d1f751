#include <iostream>
#include <memory>

#include "cli/audit/audit.h"
#include "cli/command.h"

namespace loa::cli {

void add_audit(CLI::App& app, Action& chosen) {
  CLI::App* audit = app.add_subcommand("audit", "Who did what, as the books keep it");
  audit->require_subcommand(1);
  const auto arguments = std::make_shared<VerifyAuditArguments>();
  CLI::App* verify = audit->add_subcommand("verify", "Find any row that was changed or taken away; the server may run");
  verify->add_option("--config", arguments->server, "the server's server.toml")->required();
  verify->add_option("--head", arguments->head, "a signed head that was kept elsewhere");
  verify->callback(
      [arguments, &chosen] { chosen = [arguments] { return run_verify_audit(*arguments, std::cout, std::cerr); }; });
}

}  // namespace loa::cli
