#include "tests/bench/crowd.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/office.h"
#include "common/crypto/encoding.h"
#include "common/crypto/random.h"
#include "common/link/mqtt_link.h"
#include "common/loop/mailbox.h"
#include "common/loop/main_loop.h"
#include "node-agent/core/node_core.h"
#include "node-agent/enrol/enrol.h"
#include "tests/support/free_port.h"

namespace loa::bench {
namespace {

constexpr const char* kHeard = "heard";

namespace fs = std::filesystem;
using nlohmann::json;

class SilentPlayer final : public playout::Player {
 public:
  void arm(playout::PlayRequest) override {}
  void follow(playout::PlayRequest) override {}
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

// Forwards to a link that comes after the core.
class Later final : public link::Link {
 public:
  explicit Later(std::unique_ptr<link::MqttLink>& target) : target_(target) {}
  link::PublishResult publish(link::Publication publication) override {
    return target_ ? target_->publish(std::move(publication)) : link::PublishResult::kDown;
  }
  void subscribe(const link::Subscription& subscription) override {
    if (target_) target_->subscribe(subscription);
  }
  void unsubscribe(const std::string& filter) override {
    if (target_) target_->unsubscribe(filter);
  }

 private:
  std::unique_ptr<link::MqttLink>& target_;
};

struct Arrived {
  std::size_t node;
  node::NodeMessage message;
};

std::string random_id() {
  return crypto::encode_hex(crypto::random_bytes(8));
}

bool wait_for(int patience_s, const std::function<bool()>& done) {
  for (int i = 0; i < patience_s * 10; ++i) {
    try {
      if (done()) return true;
    } catch (const Error&) {
      // not there yet
    }
    ::usleep(100'000);
  }
  return false;
}

}  // namespace

fs::path programs() {
  const char* set = std::getenv("LOA_BIN_DIR");
  return set != nullptr ? set : "build-release/bin";
}

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

void require(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

struct Crowd::Loop {
  MainLoop loop;
  Mailbox<Arrived> mailbox{1'000'000, [this] { loop.wake(); }};
};

struct Crowd::SilentNode {
  crypto::SecretKey key;
  const NodeId id;
  node::Store store = node::Store::open(db::Database::open_in_memory());
  SilentPlayer player;
  EmptyCache cache;
  node::NoEar ear;
  playout::StationClock clock;
  std::unique_ptr<link::MqttLink> link;
  Later later{link};
  std::unique_ptr<node::NodeCore> core;

  SilentNode(const fs::path& key_file, NodeId name, Now now)
      : key(crypto::load_secret_key(key_file)),
        id(std::move(name)),
        clock({now.mono, station_from_wall(now.wall), 0}) {}
};

Crowd::Crowd(int silent, int real)
    : groups_((silent + kNodesOfAGroup - 1) / kNodesOfAGroup), loop_(std::make_unique<Loop>()) {
  plan_.folder = scratch_.path();
  plan_.station = StationId{"bench"};
  plan_.web = programs().parent_path() / "web";
  plan_.http_port = test::find_free_port();
  plan_.broker_port = test::find_free_port();
  for (int i = 0; i < silent; ++i)
    plan_.nodes.push_back({NodeId{"n-" + std::to_string(i)}, group(i / kNodesOfAGroup), "Loa", "file:unused", ""});
  for (int i = 0; i < real; ++i) {
    const std::string id = "real-" + std::to_string(i);
    plan_.nodes.push_back({NodeId{id}, AreaId{kHeard}, "Loa", "file:" + (scratch_ / id).string(), ""});
  }
  ward_ = cli::provision(plan_, system_now().wall);
  authority_ = ward_.authority;
  broker_ = processes_.start("mosquitto", {"/usr/sbin/mosquitto", "-c", ward_.broker_config.string()},
                             scratch_ / "mosquitto.log");
  processes_.start("loa-signer", {(programs() / "loa-signer").string(), "--config", ward_.signer_config.string()},
                   scratch_ / "signer.log");
  start_server();
  base_ = "https://localhost:" + std::to_string(plan_.http_port);
  const auto client = make_client();
  require(wait_for(30, [&] { return client->request(http::Method::kGet, base_ + "/api/health").status == 200; }),
          "the server did not start");
  const auto signed_in = [](const fs::path& file) {
    std::string token;
    std::ifstream(file) >> token;
    return http::Headers{{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}};
  };
  headers_ = signed_in(ward_.admin_token);
  post(*client, "/api/areas", {{"area", "ward"}, {"name", "Phường"}}, 201);
  post(*client, "/api/areas", {{"area", kHeard}, {"name", "Tổ"}}, 201);
  for (int i = 0; i < groups_; ++i)
    post(*client, "/api/areas", {{"area", group(i).str()}, {"name", "Tổ " + std::to_string(i)}, {"parent", "ward"}},
         201);
  headers_ = signed_in(ward_.operator_token);
  for (const cli::WardNode& node : plan_.nodes) {
    const json added =
        post(*client, "/api/nodes", {{"node", node.id.str()}, {"area", node.area.str()}, {"name", node.name}}, 201);
    const node::EnrolledNode enrolled =
        node::enrol({base_, added.at("code").get<std::string>(), plan_.folder / "nodes" / node.id.str(), node.sink, ""},
                    system_now().wall);
    if (node.area != AreaId{kHeard})
      start_silent(node.id);
    else
      processes_.start("loa-node", {(programs() / "loa-node").string(), "--config", enrolled.config.string()},
                       scratch_ / (node.id.str() + ".log"));
  }
}

void Crowd::start_server() {
  server_ = std::make_unique<test::Child>(
      std::vector<std::string>{(programs() / "loa-server").string(), "--config", ward_.server_config.string()},
      scratch_ / "server.log");
}

void Crowd::kill_server() {
  server_->send_signal(SIGKILL);
  (void)server_->wait();
}

std::size_t Crowd::not_acknowledged() const {
  std::int64_t waiting = 0;
  for (const auto& node : silent_) waiting += node->store.outbox_size();
  return static_cast<std::size_t>(waiting);
}

std::uint64_t Crowd::messages_received() const {
  std::uint64_t sum = 0;
  for (const auto& node : silent_) sum += node->link->counts().received;
  return sum;
}

Crowd::~Crowd() {
  for (const auto& node : silent_) node->link.reset();
}

void Crowd::start_silent(const NodeId& id) {
  const fs::path folder = plan_.folder / "nodes" / id.str();
  const Now now = system_now();
  const std::size_t i = silent_.size();
  silent_.push_back(std::make_unique<SilentNode>(folder / "node.key", id, now));
  SilentNode& node = *silent_.back();
  node::NodeSettings settings;
  settings.station = plan_.station;
  settings.node = id;
  settings.root = crypto::load_public_key(plan_.folder / "station" / "trust" / "root.pub");
  settings.boot = random_id();
  settings.version = "bench";
  node.core = std::make_unique<node::NodeCore>(settings, node.store, node.later, node.player, node.clock, node.cache,
                                               node.ear, node.key, random_id, now);
  link::MqttOptions mqtt;
  mqtt.host = "localhost";
  mqtt.port = plan_.broker_port;
  mqtt.client_id = id.str();
  mqtt.tls = {authority_, folder / "client.pem", folder / "client.key.pem"};
  mqtt.subscriptions = {{wire::node_filter(plan_.station, id), link::Qos::kAtLeastOnce},
                        {wire::all_filter(plan_.station), link::Qos::kAtLeastOnce}};
  mqtt.will = node.core->offline_status(now);
  node.link = std::make_unique<link::MqttLink>(mqtt, [loop = loop_.get(), i](link::LinkEvent event) {
    (void)loop->mailbox.post({i, node::LinkArrived{std::move(event), system_now()}});
  });
}

void Crowd::run(const std::function<bool()>& done, milliseconds every) {
  MonoTime next_look = system_now().mono;
  loop_->loop.set_on_wake([&] {
    while (auto arrived = loop_->mailbox.take())
      silent_[arrived->node]->core->on(std::move(arrived->message), system_now());
    const MonoTime now = system_now().mono;
    MonoTime next = MonoTime::max();
    for (const auto& node : silent_) {
      if (node->core->next_deadline() <= now) node->core->on(node::Tick{}, system_now());
      next = std::min(next, node->core->next_deadline());
    }
    if (next_look <= now) {
      next_look = now + every;
      if (done()) loop_->loop.quit();
    }
    loop_->loop.wake_at(std::min(next, next_look));
  });
  loop_->loop.wake();
  loop_->loop.run();
}

void Crowd::owe_outcomes(int each) {
  const Now now = system_now();
  for (const auto& node : silent_) {
    for (int i = 0; i < each; ++i) {
      wire::Outcome outcome;
      outcome.play = PlayId{"p-" + random_id()};
      outcome.announcement = AnnouncementId{"a-bench"};
      outcome.clip = ClipHash{std::string(64, 'a')};
      outcome.planned = station_from_wall(now.wall - std::chrono::minutes{i});
      outcome.result = OutcomeResult::kPlayed;
      outcome.started = outcome.planned;
      outcome.heard = seconds{5};
      (void)node->store.save_ended(outcome, now.wall);
      owed_.push_back({node->id, outcome.play});
    }
    node->core->on(node::LinkArrived{link::LinkUp{++session_}, now}, now);
  }
}

void Crowd::report_again(int nodes) {
  const Now now = system_now();
  for (int i = 0; i < nodes; ++i)
    silent_[next_report_++ % silent_.size()]->core->on(node::LinkArrived{link::LinkUp{++session_}, now}, now);
}

void Crowd::run_until_ready() {
  const auto client = make_client();
  const MonoTime give_up = system_now().mono + seconds{180};
  run(
      [&] {
        require(system_now().mono < give_up, "the nodes did not all connect");
        for (const json& node : get(*client, "/api/nodes"))
          if (!node["report"].is_object() || !node["report"]["holds_current_plan"] ||
              node["report"]["clock_state"] != "synced")
            return false;
        return true;
      },
      seconds{2});
}

std::unique_ptr<http::Client> Crowd::make_client() const {
  return std::make_unique<http::Client>(http::ClientOptions{authority_});
}

json Crowd::post(http::Client& client, const std::string& path, const json& body, int expected) const {
  const auto response = client.request(http::Method::kPost, base_ + path, headers_, body.dump());
  require(response.status == expected, path + ": " + response.body);
  return json::parse(response.body);
}

int Crowd::status_of(http::Client& client, http::Method method, const std::string& path,
                     const std::string& body) const {
  return client.request(method, base_ + path, headers_, body).status;
}

void Crowd::approve(const std::string& announcement) const {
  const std::string path = "/api/announcements/" + announcement;
  cli::Office office(base_, authority_, cli::read_token(ward_.operator_token));
  office.post(path + "/submit", {{"confirmed", true}});
  cli::Office chairman(base_, authority_);
  chairman.sign_in("chairman", ward_.chairman_password, cli::chairman_digits(ward_, system_now().wall));
  chairman.post(path + "/approve", json::object());
}

json Crowd::get(http::Client& client, const std::string& path) const {
  const auto response = client.request(http::Method::kGet, base_ + path, headers_);
  require(response.status == 200, path + ": " + response.body);
  return json::parse(response.body);
}

std::string Crowd::upload(http::Client& client, const fs::path& recording) const {
  const auto response = client.upload(base_ + "/api/recordings?name=bench", recording, "application/octet-stream",
                                      {headers_.begin(), headers_.begin() + 1});
  require(response.status == 202, "upload: " + response.body);
  return json::parse(response.body).at("recording");
}

}  // namespace loa::bench
