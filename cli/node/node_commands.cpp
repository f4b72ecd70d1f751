#include "cli/node/node_commands.h"

#include <algorithm>
#include <functional>
#include <ostream>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/node/qr.h"
#include "cli/office.h"
#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/crypto/files.h"

namespace loa::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestToken = 4096;

std::string read_token(const std::filesystem::path& file) {
  std::string token{view_text(crypto::read_secret_file(file, kLongestToken))};
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  if (token.empty()) throw Error("office.no_token", {file.string()});
  return token;
}

// Runs one command; a failure becomes one line.
int run(const OfficeArguments& arguments, std::ostream& err, const std::function<void(Office&)>& command) {
  try {
    std::string base = arguments.server;
    while (base.ends_with('/')) base.pop_back();
    Office office(base, arguments.authority, read_token(arguments.token));
    command(office);
    return 0;
  } catch (const Error& error) {
    std::string line = render(error.text(), language_of_environment());
    std::replace(line.begin(), line.end(), '\n', ' ');
    err << line << std::endl;
  } catch (const json::exception& error) {
    err << render({"office.refused", {error.what()}}, language_of_environment()) << std::endl;
  }
  return 1;
}

void show_code(const Office& office, const json& made, CodePicture picture, std::ostream& out) {
  const std::string code = made.at("code");
  const std::string node = made.at("node");
  const std::string command = "loa-node enrol --server " + office.address() + " --code " + code + " --folder " + node;
  out << render({"office.code", {node, code, made.at("until").get<std::string>(), command}}, language_of_environment())
      << "\n";
  if (picture == CodePicture::kQr) out << "\n" << draw_qr(command);
  out << std::flush;
}

}  // namespace

int run_add_node(const AddNodeArguments& arguments, std::ostream& out, std::ostream& err) {
  return run(arguments.office, err, [&](Office& office) {
    const json made =
        office.post("/api/nodes", {{"node", arguments.node}, {"area", arguments.area}, {"name", arguments.name}});
    show_code(office, made, arguments.picture, out);
  });
}

int run_make_code(const MakeCodeArguments& arguments, std::ostream& out, std::ostream& err) {
  return run(arguments.office, err, [&](Office& office) {
    show_code(office, office.post("/api/nodes/" + arguments.node + "/code", json()), arguments.picture, out);
  });
}

int run_revoke_node(const RevokeNodeArguments& arguments, std::ostream& out, std::ostream& err) {
  return run(arguments.office, err, [&](Office& office) {
    const json node = office.post("/api/nodes/" + arguments.node + "/revoke", {{"why", arguments.why}});
    out << render({"office.revoked", {arguments.node, node.at("revoked").at("when").get<std::string>()}},
                  language_of_environment())
        << std::endl;
  });
}

int run_list_nodes(const OfficeArguments& arguments, std::ostream& out, std::ostream& err) {
  return run(arguments, err, [&](Office& office) {
    const json nodes = office.get("/api/nodes");
    if (nodes.empty()) out << render({"office.no_nodes", {}}, language_of_environment()) << std::endl;
    for (const json& node : nodes) {
      std::vector<std::string> columns = {node.at("node"), node.at("area"), node.at("state"), node.at("name")};
      if (node.at("revoked").is_object())
        columns.push_back(node["revoked"].at("when").get<std::string>() + " " +
                          node["revoked"].at("why").get<std::string>());
      else if (node.at("code_until").is_string())
        columns.push_back("code until " + node["code_until"].get<std::string>());
      else if (node.at("report").is_object())
        columns.push_back(node["report"].at("online") ? "online" : "offline");
      for (std::size_t i = 0; i < columns.size(); ++i) out << (i == 0 ? "" : "\t") << columns[i];
      out << "\n";
    }
    out << std::flush;
  });
}

}  // namespace loa::cli
