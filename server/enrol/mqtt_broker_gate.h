// The gate of a real broker: the list of revoked certificates is a file that the broker reads, SIGHUP makes it read it
// again, and a session is ended by connecting with the same client id. mosquitto 2.0.11 does read the list again on
// SIGHUP, but only for connections to come; and without a list in place it believes every certificate, so the file is
// replaced whole, never removed.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <stop_token>
#include <thread>

#include "common/link/mqtt_link.h"
#include "server/enrol/broker_gate.h"

namespace loa::server {

struct MqttBrokerGateOptions {
  std::filesystem::path revocation_list;  // `crlfile` of the broker
  std::filesystem::path pid_file;         // the broker's process id; empty: whoever runs it sees to the reload
  std::filesystem::path scratch;          // folder for the short-lived certificates
  link::MqttOptions broker;               // host, port, tls.ca, pauses; the rest is set for each session
  milliseconds hold{3'000};               // a session that is taken over for so long without being taken back has ended
  milliseconds patience{45'000};          // for one session
  milliseconds retry{10'000};             // after a list could not be written
};

class MqttBrokerGate final : public BrokerGate {
 public:
  explicit MqttBrokerGate(MqttBrokerGateOptions options);
  ~MqttBrokerGate() override;
  MqttBrokerGate(const MqttBrokerGate&) = delete;
  MqttBrokerGate& operator=(const MqttBrokerGate&) = delete;

  [[nodiscard]] std::string current_list() override;
  void shut_out(std::string revocation_list, std::vector<ShutOut> nodes) override;

 private:
  struct Job {
    std::string revocation_list;
    std::vector<ShutOut> nodes;
  };
  void run(const std::stop_token& stop);
  // False when the list could not be written.
  bool write_list(const std::string& list);
  void wake_broker();
  void take_over(const ShutOut& session, const std::stop_token& stop);

  const MqttBrokerGateOptions options_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Job> waiting_;  // protected by mutex_
  std::jthread thread_;      // last: it uses everything above
};

}  // namespace loa::server
