#include <iostream>
#include <memory>

#include <unistd.h>

#include "cli/command.h"
#include "cli/node/node_commands.h"

namespace loa::cli {
namespace {

CodePicture picture_for_terminal() {
  return ::isatty(STDOUT_FILENO) != 0 ? CodePicture::kQr : CodePicture::kNone;
}

}  // namespace

void add_office(CLI::App& command, OfficeArguments& office) {
  command.add_option("--server", office.server, "https://host:port")->required();
  command.add_option("--authority", office.authority, "PEM file of the ward's authority")->required();
  command.add_option("--token", office.token, "file with your access token (loa admin token)")->required();
}

void add_node(CLI::App& app, Action& chosen) {
  CLI::App* node = app.add_subcommand("node", "Loudspeakers of a ward: add, list, revoke");
  node->require_subcommand(1);

  const auto added = std::make_shared<AddNodeArguments>();
  CLI::App* add = node->add_subcommand("add", "Add a node and print its one-time code");
  add->add_option("NODE", added->node, "id of the new node, e.g. tdp-01")->required();
  add->add_option("--area", added->area, "id of the area it stands in")->required();
  add->add_option("--name", added->name, "what people call it")->required();
  add_office(*add, added->office);
  add->callback([added, &chosen] {
    chosen = [added] {
      added->picture = picture_for_terminal();
      return run_add_node(*added, std::cout, std::cerr);
    };
  });

  const auto coded = std::make_shared<MakeCodeArguments>();
  CLI::App* code = node->add_subcommand("code", "Print a new one-time code for a node that is not enrolled");
  code->add_option("NODE", coded->node, "id of the node")->required();
  add_office(*code, coded->office);
  code->callback([coded, &chosen] {
    chosen = [coded] {
      coded->picture = picture_for_terminal();
      return run_make_code(*coded, std::cout, std::cerr);
    };
  });

  const auto revoked = std::make_shared<RevokeNodeArguments>();
  CLI::App* revoke = node->add_subcommand("revoke", "Strike a node: key, certificates and live session");
  revoke->add_option("NODE", revoked->node, "id of the node")->required();
  revoke->add_option("--reason", revoked->why, "why, for the books");
  add_office(*revoke, revoked->office);
  revoke->callback(
      [revoked, &chosen] { chosen = [revoked] { return run_revoke_node(*revoked, std::cout, std::cerr); }; });

  const auto tested = std::make_shared<TestNodeArguments>();
  CLI::App* test = node->add_subcommand("test", "Sound a test tone at a node; print commanded, rendered and heard");
  test->add_option("NODE", tested->node, "id of the node")->required();
  test->add_option("--volume", tested->volume_pct, "percent, 50 unless given; the node's ceilings hold")
      ->check(CLI::Range(1, 100));
  add_office(*test, tested->office);
  test->callback([tested, &chosen] { chosen = [tested] { return run_test_node(*tested, std::cout, std::cerr); }; });

  const auto listed = std::make_shared<OfficeArguments>();
  CLI::App* list = node->add_subcommand("list", "All nodes, one a line: id, area, state, name and more, between tabs");
  add_office(*list, *listed);
  list->callback([listed, &chosen] { chosen = [listed] { return run_list_nodes(*listed, std::cout, std::cerr); }; });
}

}  // namespace loa::cli
