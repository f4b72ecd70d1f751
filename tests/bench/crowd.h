// A ward for benchmarks: real mosquitto and loa-server as processes, and in this process hundreds of nodes that are the
// real core over the real protocol (TLS, signatures, status, clock exchanges), without loudspeakers. Real loa-nodes can
// stand among them. What does not come up ends the program with a word.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>
#include <sys/types.h>

#include "cli/ward/processes.h"
#include "cli/ward/provision.h"
#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/http/client.h"
#include "tests/support/child.h"
#include "tests/support/scratch_folder.h"

namespace loa::bench {

// build-release/bin, or where LOA_BIN_DIR says.
[[nodiscard]] std::filesystem::path programs();
// User and system, since it began.
[[nodiscard]] double cpu_seconds(pid_t pid);
// Ends the program unless it holds.
void require(bool holds, const std::string& what);

class Crowd {
 public:
  // `silent` nodes of this process stand in groups below the area `ward`, `real` ones, with a file for a loudspeaker,
  // in `heard`.
  Crowd(int silent, int real);
  ~Crowd();
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  [[nodiscard]] static AreaId group(int number) { return AreaId{"group-" + std::to_string(number)}; }
  [[nodiscard]] int groups() const { return groups_; }

  // Runs the nodes of this process until `done` says so; it is asked about every `every`. Nothing may block for long.
  void run(const std::function<bool()>& done, milliseconds every);
  // So many outcomes more at each node of this process, delivered when it runs on: as after a time without the broker.
  // Between two run(), or where `done` is asked.
  void owe_outcomes(int each);
  // The next so many nodes of this process say how they are, as after a broken connection. Where owe_outcomes() may be
  // called.
  void report_again(int nodes);
  struct Owed {
    NodeId node;
    PlayId play;
  };
  // All that was ever owed, and how many of them wait for the server's word that it has them.
  [[nodiscard]] const std::vector<Owed>& owed() const { return owed_; }
  [[nodiscard]] std::size_t not_acknowledged() const;

  // Messages that the nodes of this process were sent, all together.
  [[nodiscard]] std::uint64_t messages_received() const;

  // kill -9; returns when it is dead.
  void kill_server();
  void start_server();
  // Until every node is online, synchronised and holds its plan.
  void run_until_ready();

  // --- the office; any thread, each its own client. Ends the program for another status than `expected`.
  [[nodiscard]] std::unique_ptr<http::Client> make_client() const;
  nlohmann::json post(http::Client& client, const std::string& path, const nlohmann::json& body, int expected) const;
  [[nodiscard]] nlohmann::json get(http::Client& client, const std::string& path) const;
  [[nodiscard]] int status_of(http::Client& client, http::Method method, const std::string& path,
                              const std::string& body = {}) const;
  // By the office and the chairman; once in half a minute.
  void approve(const std::string& announcement) const;
  [[nodiscard]] std::string upload(http::Client& client, const std::filesystem::path& recording) const;

  [[nodiscard]] const std::filesystem::path& folder() const { return scratch_.path(); }
  [[nodiscard]] pid_t server() const { return server_->pid(); }
  [[nodiscard]] const cli::ProvisionedWard& ward() const { return ward_; }
  [[nodiscard]] const std::string& url() const { return base_; }
  [[nodiscard]] pid_t broker() const { return broker_; }

 private:
  static constexpr int kNodesOfAGroup = 10;

  struct SilentNode;
  struct Loop;
  void start_silent(const NodeId& id);

  int groups_;
  const test::ScratchFolder scratch_;
  cli::WardPlan plan_;
  std::filesystem::path authority_;
  std::string base_;
  cli::ProvisionedWard ward_;
  http::Headers headers_;
  cli::Processes processes_;
  std::uint64_t session_ = 1000;
  pid_t broker_ = 0;
  std::unique_ptr<test::Child> server_;
  std::size_t next_report_ = 0;
  std::vector<Owed> owed_;
  std::unique_ptr<Loop> loop_;
  std::vector<std::unique_ptr<SilentNode>> silent_;  // after the loop they post to
};

}  // namespace loa::bench
