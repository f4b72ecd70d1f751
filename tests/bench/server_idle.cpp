// What a server costs that has nothing to do: real loa-server and mosquitto, and N nodes that are the real core over
// the real protocol (TLS, signatures, status, clock exchanges), without loudspeakers. Prints memory and CPU of both.
//   server_idle [nodes=200] [seconds=60]
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/ward/processes.h"
#include "cli/ward/provision.h"
#include "common/base/log.h"
#include "common/crypto/encoding.h"
#include "common/crypto/random.h"
#include "common/http/client.h"
#include "common/link/mqtt_link.h"
#include "common/loop/mailbox.h"
#include "common/loop/main_loop.h"
#include "node-agent/core/node_core.h"
#include "node-agent/enrol/enrol.h"
#include "tests/support/free_port.h"
#include "tests/support/scratch_folder.h"

namespace loa {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class SilentPlayer final : public playout::Player {
 public:
  void arm(playout::PlayRequest) override {}
  void release(const PlayId&) override {}
  void stop(const PlayId&) override {}
  void set_on_event(std::function<void(playout::PlayerEvent)>) override {}
};

class EmptyCache final : public node::ClipCache {
 public:
  bool has(const ClipHash&, std::int64_t) override { return false; }
  bool verify(const ClipHash&) override { return false; }
  void discard(const ClipHash&) override {}
  void pin(std::set<ClipHash>) override {}
  fs::path path(const ClipHash& clip) const override { return clip.str(); }
  void fetch(const ClipHash&, std::int64_t) override {}
};

std::string random_id() {
  return crypto::encode_hex(crypto::random_bytes(8));
}

struct Arrived {
  std::size_t node;
  node::NodeMessage message;
};

struct CrowdNode {
  crypto::SecretKey key;
  node::Store store;
  SilentPlayer player;
  EmptyCache cache;
  std::unique_ptr<playout::StationClock> clock;
  std::unique_ptr<node::NodeCore> core;
  std::unique_ptr<link::MqttLink> link;
};

// Forwards to a link that comes after the core.
class Later final : public link::Link {
 public:
  explicit Later(std::unique_ptr<link::MqttLink>& target) : target_(target) {}
  link::PublishResult publish(link::Publication publication) override {
    return target_ ? target_->publish(std::move(publication)) : link::PublishResult::kDown;
  }

 private:
  std::unique_ptr<link::MqttLink>& target_;
};

double cpu_seconds(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(in)), {});
  text = text.substr(text.rfind(')') + 2);
  std::istringstream fields(text);
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  long user = 0;
  long system = 0;
  fields >> user >> system;
  return static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double resident_mb(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024.0;
  return 0;
}

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "server_idle: %s\n", what);
  std::exit(1);
}

int run(int count, int measured_s, const fs::path& programs) {
  const test::ScratchFolder scratch;
  cli::WardPlan plan;
  plan.folder = scratch.path();
  plan.station = StationId{"bench"};
  plan.web = scratch.path();
  plan.http_port = test::find_free_port();
  plan.broker_port = test::find_free_port();
  for (int i = 0; i < count; ++i)
    plan.nodes.push_back({NodeId{"n-" + std::to_string(i)}, AreaId{"ward"}, "Loa", "file:unused", ""});
  const cli::ProvisionedWard ward = cli::provision(plan, system_now().wall);

  cli::Processes processes;
  const pid_t broker = processes.start("mosquitto", {"/usr/sbin/mosquitto", "-c", ward.broker_config.string()},
                                       scratch.path() / "mosquitto.log");
  const pid_t server =
      processes.start("loa-server", {(programs / "loa-server").string(), "--config", ward.server_config.string()},
                      scratch.path() / "server.log");

  const std::string base = "https://localhost:" + std::to_string(plan.http_port);
  http::ClientOptions options;
  options.authorities = ward.authority;
  http::Client client(options);
  const auto wait_for = [&](int patience_s, const auto& done) {
    for (int i = 0; i < patience_s * 10; ++i) {
      try {
        if (done()) return true;
      } catch (const Error&) {
        // not there yet
      }
      ::usleep(100'000);
    }
    return false;
  };
  require(wait_for(30, [&] { return client.request(http::Method::kGet, base + "/api/health").status == 200; }),
          "the server did not start");
  std::string token;
  std::ifstream(ward.operator_token) >> token;
  const http::Headers headers = {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}};
  const auto post = [&](const char* path, const json& body) {
    require(client.request(http::Method::kPost, base + path, headers, body.dump()).status == 201, path);
  };
  post("/api/areas", {{"area", "ward"}, {"name", "Phường"}});
  for (const cli::WardNode& node : plan.nodes) {
    const json body = {{"node", node.id.str()}, {"area", "ward"}, {"name", "Loa"}};
    const auto made = client.request(http::Method::kPost, base + "/api/nodes", headers, body.dump());
    require(made.status == 201, "a node was not added");
    const std::string code = json::parse(made.body).at("code");
    static_cast<void>(
        node::enrol({base, code, plan.folder / "nodes" / node.id.str(), "file:unused", ""}, system_now().wall));
  }

  MainLoop loop;
  Mailbox<Arrived> mailbox(1'000'000, [&loop] { loop.wake(); });
  const crypto::PublicKey root = crypto::load_public_key(plan.folder / "station" / "trust" / "root.pub");
  std::vector<std::unique_ptr<CrowdNode>> nodes;
  std::vector<std::unique_ptr<Later>> links;
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    const fs::path folder = plan.folder / "nodes" / plan.nodes[i].id.str();
    nodes.push_back(std::make_unique<CrowdNode>(CrowdNode{crypto::load_secret_key(folder / "node.key"),
                                                          node::Store::open(db::Database::open_in_memory()),
                                                          {},
                                                          {},
                                                          {},
                                                          {},
                                                          {}}));
    CrowdNode& node = *nodes.back();
    const Now now = system_now();
    node.clock =
        std::make_unique<playout::StationClock>(playout::ClockCalibration{now.mono, station_from_wall(now.wall), 0});
    links.push_back(std::make_unique<Later>(node.link));
    node::NodeSettings settings{plan.station, plan.nodes[i].id, root, random_id(), "bench"};
    node.core = std::make_unique<node::NodeCore>(settings, node.store, *links.back(), node.player, *node.clock,
                                                 node.cache, node.key, random_id, now);
    link::MqttOptions mqtt;
    mqtt.host = "localhost";
    mqtt.port = plan.broker_port;
    mqtt.client_id = plan.nodes[i].id.str();
    mqtt.tls = {ward.authority, folder / "client.pem", folder / "client.key.pem"};
    mqtt.subscriptions = {{wire::node_filter(plan.station, plan.nodes[i].id), link::Qos::kAtLeastOnce},
                          {wire::all_filter(plan.station), link::Qos::kAtLeastOnce}};
    mqtt.will = node.core->offline_status(now);
    node.link = std::make_unique<link::MqttLink>(mqtt, [&mailbox, i](link::LinkEvent event) {
      (void)mailbox.post({i, node::LinkArrived{std::move(event), system_now()}});
    });
  }

  enum class Stage { kConnecting, kSettling, kMeasuring };
  Stage stage = Stage::kConnecting;
  MonoTime next_look = system_now().mono;
  MonoTime give_up = next_look + seconds{180};
  double server_cpu = 0;
  double broker_cpu = 0;
  const auto look = [&](MonoTime now) {
    next_look = now + seconds{2};
    if (stage == Stage::kConnecting) {
      require(now < give_up, "the nodes did not all connect");
      int ready = 0;
      for (const json& node : json::parse(client.request(http::Method::kGet, base + "/api/nodes", headers).body))
        ready += node["report"].is_object() && node["report"]["holds_current_plan"] &&
                         node["report"]["clock_state"] == "synced"
                     ? 1
                     : 0;
      if (ready < count) return;
      stage = Stage::kSettling;
      next_look = now + seconds{20};
    } else if (stage == Stage::kSettling) {
      stage = Stage::kMeasuring;
      server_cpu = cpu_seconds(server);
      broker_cpu = cpu_seconds(broker);
      next_look = now + seconds{measured_s};
    } else {
      std::printf("nodes %d, measured %d s\n", count, measured_s);
      std::printf("loa-server  RSS %.1f MB (target 60)  CPU %.2f %%\n", resident_mb(server),
                  100 * (cpu_seconds(server) - server_cpu) / measured_s);
      std::printf("mosquitto   RSS %.1f MB              CPU %.2f %%\n", resident_mb(broker),
                  100 * (cpu_seconds(broker) - broker_cpu) / measured_s);
      loop.quit();
    }
  };
  loop.set_on_wake([&] {
    while (auto arrived = mailbox.take()) nodes[arrived->node]->core->on(std::move(arrived->message), system_now());
    const MonoTime now = system_now().mono;
    MonoTime next = MonoTime::max();
    for (const auto& node : nodes) {
      if (node->core->next_deadline() <= now) node->core->on(node::Tick{}, system_now());
      next = std::min(next, node->core->next_deadline());
    }
    if (next_look <= now) look(now);
    loop.wake_at(std::min(next, next_look));
  });
  loop.wake();
  loop.run();
  for (const auto& node : nodes) node->link.reset();
  return 0;
}

}  // namespace
}  // namespace loa

int main(int argc, char** argv) {
  loa::log::init("server_idle");
  const int count = argc > 1 ? std::atoi(argv[1]) : 200;
  const int measured_s = argc > 2 ? std::atoi(argv[2]) : 60;
  const char* programs = std::getenv("LOA_BIN_DIR");
  try {
    return loa::run(count, measured_s, programs != nullptr ? programs : "build-release/bin");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "server_idle: %s\n", error.what());
    return 1;
  }
}
