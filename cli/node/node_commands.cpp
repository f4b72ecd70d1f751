#include "cli/node/node_commands.h"

#include <chrono>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/office.h"
#include "common/base/error.h"
#include "common/qr/qr.h"

namespace loa::cli {
namespace {

using nlohmann::json;

void show_code(const Office& office, const json& made, CodePicture picture, std::ostream& out) {
  const std::string code = made.at("code");
  const std::string node = made.at("node");
  const std::string command = "loa-node enrol --server " + office.address() + " --code " + code + " --folder " + node;
  out << render({"office.code", {node, code, made.at("until").get<std::string>(), command}}, language_of_environment())
      << "\n";
  if (picture == CodePicture::kQr) out << "\n" << qr::text_picture(command);
  out << std::flush;
}

}  // namespace

int run_add_node(const AddNodeArguments& arguments, std::ostream& out, std::ostream& err) {
  return run_office(arguments.office, err, [&](Office& office) {
    const json made =
        office.post("/api/nodes", {{"node", arguments.node}, {"area", arguments.area}, {"name", arguments.name}});
    show_code(office, made, arguments.picture, out);
  });
}

int run_make_code(const MakeCodeArguments& arguments, std::ostream& out, std::ostream& err) {
  return run_office(arguments.office, err, [&](Office& office) {
    show_code(office, office.post("/api/nodes/" + arguments.node + "/code", json()), arguments.picture, out);
  });
}

int run_revoke_node(const RevokeNodeArguments& arguments, std::ostream& out, std::ostream& err) {
  return run_office(arguments.office, err, [&](Office& office) {
    const json node = office.post("/api/nodes/" + arguments.node + "/revoke", {{"why", arguments.why}});
    out << render({"office.revoked", {arguments.node, node.at("revoked").at("when").get<std::string>()}},
                  language_of_environment())
        << std::endl;
  });
}

namespace {

constexpr std::chrono::seconds kTestPatience{90};  // a lead-in of 30 s and all that follows
constexpr std::chrono::milliseconds kAskEvery{500};

// A number with one digit, or nothing to show.
std::string level(const json& value, const char* unit) {
  if (!value.is_number()) return "–";
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << value.get<double>() << unit;
  return text.str();
}

json wait_for_test(Office& office, const std::string& node, const std::string& test) {
  const auto deadline = std::chrono::steady_clock::now() + kTestPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    const json said = office.get("/api/nodes/" + node);
    if (said.at("report").is_object() && said["report"].at("health").is_object()) {
      const json& result = said["report"]["health"].at("test");
      if (result.is_object() && result.at("test") == test) return result;
    }
    std::this_thread::sleep_for(kAskEvery);
  }
  throw Error("office.no_test_result", {node, std::to_string(kTestPatience.count())});
}

}  // namespace

int run_test_node(const TestNodeArguments& arguments, std::ostream& out, std::ostream& err) {
  return run_office(arguments.office, err, [&](Office& office) {
    const json ordered = office.post("/api/nodes/" + arguments.node + "/test", {{"volume_pct", arguments.volume_pct}});
    const json result = wait_for_test(office, arguments.node, ordered.at("test"));
    const std::string verdict = result.at("verdict");
    if (verdict != "refused")
      out << "commanded\t" << level(result.at("commanded_dbfs"), " dBFS") << "\t" << result.at("volume_pct").get<int>()
          << " %\n"
          << "rendered\t" << level(result.at("rendered_dbfs"), " dBFS") << "\n"
          << "heard\t" << level(result.at("heard_dbfs"), " dBFS") << "\t" << level(result.at("snr_db"), " dB SNR")
          << "\t" << (result.at("delay_ms").is_number() ? result["delay_ms"].dump() + " ms" : "–") << "\n";
    const char* language = language_of_environment() == Language::kVietnamese ? "vi" : "en";
    const std::string advice = result.at("advice").at(language);
    if (verdict != "ok" && verdict != "no_monitor") throw Error("office.test_failed", {verdict, advice});
    out << verdict << "\t" << advice << std::endl;
  });
}

int run_list_nodes(const OfficeArguments& arguments, std::ostream& out, std::ostream& err) {
  return run_office(arguments, err, [&](Office& office) {
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
