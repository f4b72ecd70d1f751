// A node's client certificate ends after two years; the node asks for the next one itself, with the one it has.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "common/base/time.h"
#include "common/http/client.h"

namespace loa::node {

struct RenewalOptions {
  std::string server_url;
  http::ClientOptions http;                          // with the node's own certificate; that file is replaced
  milliseconds before{std::chrono::hours{90 * 24}};  // the end
  milliseconds every{std::chrono::hours{24}};
};

enum class Renewed { kNotDue, kYes };
// Asks when it is due and writes the new certificate, whole or not at all. What is not a later certificate of the same
// name and key is refused. Throws Error http.*, file.*, cert.*, renewal.refused; then the old one stays.
Renewed renew_if_due(const RenewalOptions& options, WallTime now);

// Does it at the start and then every day, on a thread of its own; a failure is logged and tried again a day later.
class Renewal {
 public:
  explicit Renewal(RenewalOptions options);
  ~Renewal();
  Renewal(const Renewal&) = delete;
  Renewal& operator=(const Renewal&) = delete;

 private:
  void run(const std::stop_token& stop);

  const RenewalOptions options_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace loa::node
