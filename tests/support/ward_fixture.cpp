#include "tests/support/ward_fixture.h"

#include <csignal>
#include <fstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "audio/playout/wav_file.h"
#include "common/base/error.h"
#include "tests/support/clip.h"
#include "tests/support/free_port.h"
#include "tests/support/wait.h"

namespace loa::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::int64_t kRate = 48'000;
constexpr std::size_t kWavHead = 44;
constexpr std::size_t kLogTail = 3000;
constexpr const char* kArea = "phu-lien";

}  // namespace

void write_chirp(const fs::path& file, std::chrono::milliseconds duration) {
  std::vector<std::int16_t> samples;
  for (const float sample : chirp(duration.count() * kRate / 1000))
    samples.push_back(static_cast<std::int16_t>(sample * 32'767.0F));
  playout::WavFile(file).write_at(0, samples);
}

std::vector<std::int16_t> read_wav(const fs::path& file) {
  const std::string bytes = read_whole_file(file);
  std::vector<std::int16_t> samples;
  for (std::size_t i = kWavHead; i + 1 < bytes.size(); i += 2)
    samples.push_back(
        static_cast<std::int16_t>(static_cast<std::uint8_t>(bytes[i]) | static_cast<std::uint8_t>(bytes[i + 1]) << 8U));
  return samples;
}

Ward::Ward(fs::path programs, const fs::path& web, int nodes) : programs_(std::move(programs)) {
  plan_.folder = folder_.path();
  plan_.station = StationId{"phu-lien"};
  plan_.web = web;
  plan_.http_port = find_free_port();
  do plan_.broker_port = find_free_port();
  while (plan_.broker_port == plan_.http_port);
  for (int node = 0; node < nodes; ++node) {
    const std::string id = "n-" + std::to_string(node);
    plan_.nodes.push_back({NodeId{id}, AreaId{"to-" + std::to_string(node)}, "Loa " + std::to_string(node),
                           "file:" + (folder_ / "heard" / id).string(), ""});
  }
  provisioned_ = cli::provision(plan_, system_now().wall);
}

void Ward::end_node(int node, int signal) {
  Child& child = *nodes_.at(node);
  child.send_signal(signal);
  (void)child.wait();
  nodes_.at(node).reset();
}

void Ward::kill(std::unique_ptr<Child>& child) {
  if (!child) return;
  child->send_signal(SIGKILL);
  child->wait();
  child.reset();
}

void Ward::start_broker() {
  broker_ = std::make_unique<Child>(
      std::vector<std::string>{"/usr/sbin/mosquitto", "-c", provisioned_.broker_config.string()}, log_of("mosquitto"));
  if (!becomes_true([this] { return accepts_connections("127.0.0.1", plan_.broker_port); }))
    throw std::runtime_error("mosquitto does not come up\n" + logs());
}

void Ward::start_signer() {
  signer_ = std::make_unique<Child>(
      std::vector<std::string>{(programs_ / "loa-signer").string(), "--config", provisioned_.signer_config.string()},
      log_of("signer"));
}

void Ward::start_server() {
  server_ = std::make_unique<Child>(
      std::vector<std::string>{(programs_ / "loa-server").string(), "--config", provisioned_.server_config.string()},
      log_of("server"));
  http::ClientOptions options;
  options.authorities = provisioned_.authority;
  client_ = std::make_unique<http::Client>(options);
  const bool is_up = becomes_true([this] { return try_get("/api/health").has_value(); });
  if (!is_up) throw std::runtime_error("loa-server does not come up\n" + logs());
}

void Ward::start_node(int node) {
  nodes_[node] = std::make_unique<Child>(std::vector<std::string>{(programs_ / "loa-node").string(), "--config",
                                                                  (node_folder(node) / "node.toml").string()},
                                         log_of(node_id(node)));
}

void Ward::start() {
  start_broker();
  start_signer();
  start_server();
  post("/api/areas", {{"area", kArea}, {"name", "Phường Phù Liễn"}});
  for (const cli::WardNode& node : plan_.nodes)
    post("/api/areas", {{"area", node.area.str()}, {"parent", kArea}, {"name", node.area.str()}});
  for (int node = 0; node < static_cast<int>(plan_.nodes.size()); ++node) {
    const Ended ended = enrol(node, make_code(node), node_folder(node));
    if (ended.result != 0) throw std::runtime_error("not enrolled: " + ended.output + logs());
    start_node(node);
  }
  if (!wait_until_ready()) throw std::runtime_error("the nodes do not come up\n" + logs());
}

std::string Ward::make_code(int node) {
  const cli::WardNode& planned = plan_.nodes.at(static_cast<std::size_t>(node));
  const json body = {{"node", planned.id.str()}, {"area", planned.area.str()}, {"name", planned.name}};
  auto response = request(http::Method::kPost, "/api/nodes", body.dump());
  if (response.status == 409) response = request(http::Method::kPost, "/api/nodes/" + planned.id.str() + "/code");
  if (response.status != 201) throw std::runtime_error("no code: " + response.body);
  return json::parse(response.body).at("code");
}

Ward::Ended Ward::enrol(int node, const std::string& code, const fs::path& folder) {
  const auto at = urls_.find(node);
  const fs::path output = log_of("enrol-" + std::to_string(++tools_));
  Child child({(programs_ / "loa-node").string(), "enrol", "--server", at == urls_.end() ? url() : at->second, "--code",
               code, "--folder", folder.string(), "--sink", plan_.nodes.at(static_cast<std::size_t>(node)).sink},
              output);
  const int result = child.wait();
  return {result, read_whole_file(output)};
}

Ward::Ended Ward::tool(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), (programs_ / "loa").string());
  const fs::path output = log_of("tool-" + std::to_string(++tools_));
  const int result = Child(arguments, output).wait();
  return {result, read_whole_file(output)};
}

std::vector<std::string> Ward::office_words() const {
  return {"--server",    url(),
          "--authority", provisioned_.authority.string(),
          "--token",     provisioned_.operator_token.string()};
}

std::pair<std::string, std::string> Ward::bearer(const fs::path& token) {
  return {"Authorization", "Bearer " + read_whole_file(token)};
}

http::ClientResponse Ward::request(http::Method method, const std::string& path, const std::string& body) {
  // What only an administrator may.
  const bool is_for_admin = method == http::Method::kPost && (path == "/api/areas" || path == "/api/rules");
  http::Headers headers = {bearer(is_for_admin ? provisioned_.admin_token : provisioned_.operator_token)};
  if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
  return client_->request(method, url() + path, headers, body);
}

json Ward::get(const std::string& path) {
  const auto response = request(http::Method::kGet, path);
  if (response.status != 200) throw std::runtime_error(path + ": " + std::to_string(response.status) + response.body);
  return json::parse(response.body);
}

std::optional<json> Ward::try_get(const std::string& path) {
  try {
    return get(path);
  } catch (const Error&) {
    return std::nullopt;
  }
}

json Ward::post(const std::string& path, const json& body) {
  const auto response = request(http::Method::kPost, path, body.dump());
  if (response.status / 100 != 2)
    throw std::runtime_error(path + ": " + std::to_string(response.status) + response.body);
  return json::parse(response.body);
}

http::ClientResponse Ward::upload(const fs::path& file) {
  return client_->upload(url() + "/api/recordings?name=" + file.filename().string(), file, "application/octet-stream",
                         {bearer(provisioned_.operator_token)});
}

std::string Ward::announce(const fs::path& recording, const std::string& announcement_class) {
  const auto response = upload(recording);
  if (response.status != 202) throw std::runtime_error("upload: " + response.body);
  const std::string id = json::parse(response.body).at("recording");
  json found;
  const bool is_ended = becomes_true(
      [&] {
        found = get("/api/recordings/" + id);
        return found.at("state") != "ingesting";
      },
      std::chrono::seconds{60});
  if (!is_ended || found.at("state") != "ready") throw std::runtime_error("intake: " + found.dump() + logs());
  const std::string announcement =
      post("/api/announcements", {{"title", "Thử loa"}, {"class", announcement_class}, {"clip", found.at("clip")}})
          .at("announcement");
  post("/api/announcements/" + announcement + "/submit", {{"confirmed", true}});
  // Somebody else's word: the chairman's, in a session that outlives the server.
  if (!chairman_) {
    chairman_.emplace(url(), provisioned_.authority);
    chairman_->sign_in("chairman", provisioned_.chairman_password,
                       cli::chairman_digits(provisioned_, system_now().wall));
  }
  chairman_->post("/api/announcements/" + announcement + "/approve", json::object());
  return announcement;
}

std::string Ward::schedule(const std::string& announcement, std::chrono::seconds ahead) {
  return post("/api/schedules", {{"announcement", announcement},
                                 {"areas", {kArea}},
                                 {"rule", {{"kind", "once"}, {"start", format_utc(system_now().wall + ahead)}}},
                                 {"late_ms", 60'000},
                                 {"volume_pct", 60}})
      .at("schedule");
}

json Ward::outcomes_of(const std::string& schedule) {
  return get("/api/outcomes?schedule=" + schedule);
}

json Ward::report_of(int node) {
  const auto found = try_get("/api/nodes/" + node_id(node));
  return found ? found->at("report") : json();
}

bool Ward::is_ready(int node) {
  const json said = report_of(node);
  return said.is_object() && said.at("online") && said.at("holds_current_plan") && said.at("clock_state") == "synced";
}

bool Ward::wait_until_ready(std::chrono::seconds patience) {
  return becomes_true(
      [this] {
        for (const auto& [node, child] : nodes_)
          if (child && !is_ready(node)) return false;
        return true;
      },
      patience);
}

std::string Ward::logs() const {
  std::string all;
  for (const auto& entry : fs::directory_iterator(folder_ / "log")) {
    const std::string text = read_whole_file(entry.path());
    all += "--- " + entry.path().filename().string() + "\n" +
           text.substr(text.size() > kLogTail ? text.size() - kLogTail : 0) + "\n";
  }
  return all;
}

}  // namespace loa::test
