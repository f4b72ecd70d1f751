// A whole ward on this machine for end-to-end tests: real mosquitto, loa-signer, loa-server and loa-nodes as processes
// of their own, provisioned as `loa ward run` does it, on free ports and in a folder of the test's own.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cli/office.h"
#include "cli/ward/provision.h"
#include "common/http/client.h"
#include "tests/support/child.h"
#include "tests/support/scratch_folder.h"

namespace loa::test {

// A WAV of a chirp, half of full scale, 48 kHz mono 16 bit.
void write_chirp(const std::filesystem::path& file, std::chrono::milliseconds duration);
// Its samples.
[[nodiscard]] std::vector<std::int16_t> read_wav(const std::filesystem::path& file);

class Ward {
 public:
  // `programs` is build/bin, `web` the console's files. Provisions; starts nothing.
  Ward(std::filesystem::path programs, const std::filesystem::path& web, int nodes);
  Ward(const Ward&) = delete;
  Ward& operator=(const Ward&) = delete;

  // Each throws std::runtime_error, with the program's last words, when it does not come up.
  void start_broker();
  void start_signer();
  void start_server();
  void start_node(int node);
  // All of it, nodes enrolled, synchronised and holding their plans.
  void start();

  // kill -9; returns when it is dead.
  void kill_broker() { kill(broker_); }
  void kill_server() { kill(server_); }
  void kill_signer() { kill(signer_); }
  void kill_node(int node) { kill(nodes_.at(node)); }
  // By that signal, as somebody outside sends it; returns when it is dead.
  void end_node(int node, int signal);

  // The node reaches the server through this address; before start().
  void set_node_url(int node, std::string url) { urls_[node] = std::move(url); }
  // What it plays to, instead of a file; before start().
  void set_node_sink(int node, std::string sink) {
    plan_.nodes.at(static_cast<std::size_t>(node)).sink = std::move(sink);
  }

  // --- enrolment, as office and technician do it
  // Adds the node, or makes a new code for one that is there.
  [[nodiscard]] std::string make_code(int node);
  struct Ended {
    int result = -1;
    std::string output;
  };
  // `loa-node enrol` into this folder.
  Ended enrol(int node, const std::string& code, const std::filesystem::path& folder);
  // `loa …`
  Ended tool(std::vector<std::string> arguments);
  // The words that `loa node …` needs to reach the server.
  [[nodiscard]] std::vector<std::string> office_words() const;
  [[nodiscard]] std::filesystem::path node_folder(int node) const { return folder_ / "nodes" / node_id(node); }

  // --- what the office does. A status other than 2xx throws, with the server's words.
  [[nodiscard]] http::ClientResponse request(http::Method method, const std::string& path,
                                             const std::string& body = {});
  [[nodiscard]] nlohmann::json get(const std::string& path);
  nlohmann::json post(const std::string& path, const nlohmann::json& body);
  // Returns at once; `recording` in the answer names it.
  [[nodiscard]] http::ClientResponse upload(const std::filesystem::path& file);
  // Upload, ingestion, announcement: the announcement's id.
  [[nodiscard]] std::string announce(const std::filesystem::path& recording,
                                     const std::string& announcement_class = "normal");
  // For the whole ward, so many seconds ahead: the schedule's id.
  [[nodiscard]] std::string schedule(const std::string& announcement, std::chrono::seconds ahead);
  [[nodiscard]] nlohmann::json outcomes_of(const std::string& schedule);

  [[nodiscard]] bool wait_until_ready(std::chrono::seconds patience = std::chrono::seconds{60});
  // Online, synchronised, with the plan the server wants it to have.
  [[nodiscard]] bool is_ready(int node);
  [[nodiscard]] nlohmann::json report_of(int node);

  [[nodiscard]] std::string node_id(int node) const { return plan_.nodes.at(static_cast<std::size_t>(node)).id.str(); }
  [[nodiscard]] std::filesystem::path folder() const { return folder_.path(); }
  [[nodiscard]] std::uint16_t http_port() const { return plan_.http_port; }
  [[nodiscard]] std::uint16_t broker_port() const { return plan_.broker_port; }
  [[nodiscard]] std::filesystem::path authority() const { return provisioned_.authority; }
  [[nodiscard]] std::string url() const { return "https://localhost:" + std::to_string(plan_.http_port); }
  // The end of every log, for the message of a failure.
  [[nodiscard]] std::string logs() const;

 private:
  static void kill(std::unique_ptr<Child>& child);
  [[nodiscard]] std::filesystem::path log_of(const std::string& name) const { return folder_ / "log" / name; }
  [[nodiscard]] static std::pair<std::string, std::string> bearer(const std::filesystem::path& token);
  // The server may be away: nullopt.
  [[nodiscard]] std::optional<nlohmann::json> try_get(const std::string& path);

  const ScratchFolder folder_;
  const std::filesystem::path programs_;
  cli::WardPlan plan_;
  cli::ProvisionedWard provisioned_;
  std::optional<cli::Office> chairman_;
  std::unique_ptr<http::Client> client_;
  std::unique_ptr<Child> broker_;
  std::unique_ptr<Child> signer_;
  std::unique_ptr<Child> server_;
  std::map<int, std::unique_ptr<Child>> nodes_;
  std::map<int, std::string> urls_;
  int tools_ = 0;
};

}  // namespace loa::test
