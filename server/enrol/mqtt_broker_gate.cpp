#include "server/enrol/mqtt_broker_gate.h"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>

#include <sys/types.h>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/crypto/files.h"

namespace loa::server {
namespace {

constexpr std::size_t kLargestList = std::size_t{16} * 1024 * 1024;
constexpr std::size_t kLargestPidFile = 32;

// The process of this name, or 0: after a crash the number may be another program's.
pid_t read_pid(const std::filesystem::path& file, std::string_view program) {
  const Bytes content = crypto::read_small_file(file, kLargestPidFile);
  const std::string_view text = view_text(content);
  pid_t pid = 0;
  std::from_chars(text.data(), text.data() + text.size(), pid);
  if (pid <= 1) return 0;
  std::string name{view_text(crypto::read_small_file("/proc/" + std::to_string(pid) + "/comm", kLargestPidFile))};
  if (name.ends_with('\n')) name.pop_back();
  return name == program ? pid : 0;
}

}  // namespace

MqttBrokerGate::MqttBrokerGate(MqttBrokerGateOptions options) : options_(std::move(options)) {
  std::filesystem::create_directories(options_.scratch);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

MqttBrokerGate::~MqttBrokerGate() = default;

std::string MqttBrokerGate::current_list() {
  try {
    return std::string{view_text(crypto::read_small_file(options_.revocation_list, kLargestList))};
  } catch (const Error&) {
    return {};
  }
}

void MqttBrokerGate::shut_out(std::string revocation_list, std::vector<ShutOut> nodes) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({std::move(revocation_list), std::move(nodes)});
  }
  changed_.notify_all();
}

void MqttBrokerGate::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) return;
      job = std::move(waiting_.front());
      waiting_.pop_front();
    }
    while (!write_list(job.revocation_list)) {
      std::unique_lock lock(mutex_);
      // A later list holds what this one does.
      if (changed_.wait_for(lock, stop, options_.retry, [this] { return !waiting_.empty(); })) break;
      if (stop.stop_requested()) return;
    }
    wake_broker();
    for (const ShutOut& session : job.nodes) take_over(session, stop);
  }
}

bool MqttBrokerGate::write_list(const std::string& list) {
  try {
    crypto::write_file_atomically(options_.revocation_list, view_bytes(list), crypto::Readers::kEveryone,
                                  crypto::IfExists::kReplace);
    return true;
  } catch (const Error& error) {
    log::error("list of revoked certificates not written", {{"why", error.what()}});
    return false;
  }
}

void MqttBrokerGate::wake_broker() {
  if (options_.pid_file.empty()) return;
  try {
    const pid_t broker = read_pid(options_.pid_file, "mosquitto");
    if (broker != 0 && ::kill(broker, SIGHUP) == 0) return;
    log::error(
        "broker not told of revoked certificates",
        {{"pid_file", options_.pid_file.string()}, {"why", broker == 0 ? "not mosquitto" : std::strerror(errno)}});
  } catch (const Error& error) {
    // A broker that does not run reads the list when it starts.
    log::warning("broker not told of revoked certificates", {{"why", error.what()}});
  }
}

void MqttBrokerGate::take_over(const ShutOut& session, const std::stop_token& stop) {
  const std::string node = session.node.str();
  link::MqttOptions mqtt = options_.broker;
  mqtt.client_id = node;
  mqtt.tls.certificate = options_.scratch / (node + ".pem");
  mqtt.tls.key = options_.scratch / (node + ".key");
  enum class Seen { kNothing, kUp, kDown };
  std::mutex mutex;
  std::condition_variable_any changed;
  Seen seen = Seen::kNothing;
  bool is_ended = false;
  try {
    crypto::save_identity(session.identity, mqtt.tls.certificate, mqtt.tls.key);
    const link::MqttLink link(mqtt, [&](const link::LinkEvent& event) {
      const std::lock_guard lock(mutex);
      if (std::holds_alternative<link::LinkUp>(event)) seen = Seen::kUp;
      if (std::holds_alternative<link::LinkDown>(event)) seen = Seen::kDown;
      changed.notify_all();
    });
    const MonoTime give_up = system_now().mono + options_.patience;
    std::unique_lock lock(mutex);
    while (!is_ended && !stop.stop_requested() && system_now().mono < give_up) {
      const auto left = std::chrono::ceil<milliseconds>(give_up - system_now().mono);
      if (!changed.wait_for(lock, stop, left, [&] { return seen == Seen::kUp; })) break;
      // The node may come back once more, before the broker has read the list.
      is_ended = !changed.wait_for(lock, stop, options_.hold, [&] { return seen == Seen::kDown; });
      is_ended = is_ended && !stop.stop_requested();
    }
  } catch (const Error& error) {
    log::error("session not taken over", {{"node", node}, {"why", error.what()}});
  }
  std::error_code ignored;
  std::filesystem::remove(mqtt.tls.certificate, ignored);
  std::filesystem::remove(mqtt.tls.key, ignored);
  if (is_ended)
    log::info("session of a revoked node ended", {{"node", node}});
  else
    log::error("session of a revoked node may still live", {{"node", node}});
}

}  // namespace loa::server
