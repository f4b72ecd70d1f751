// The service manager's end of sd_notify(3): while it lives, this process and those it starts have one.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace loa::test {

class NotifySocket {
 public:
  // At this path, or at this abstract name (`@…`).
  explicit NotifySocket(const std::string& address);
  ~NotifySocket();
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  // What was said since the last call, each followed by a semicolon; empty for nothing.
  [[nodiscard]] std::string heard() const;
  // Waits until somebody says what begins like that; all that was heard until then. Empty when nobody did in a minute.
  [[nodiscard]] std::string wait_for(const std::string& beginning) const;

 private:
  int socket_;
};

}  // namespace loa::test
