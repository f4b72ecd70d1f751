// A TCP line between a test and a server that can be cut, or fall silent without a word, as a mobile network does.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace loa::test {

class Forwarder {
 public:
  // Listens on a free loopback port and forwards to `target`.
  Forwarder(std::string target_address, std::uint16_t target_port);
  ~Forwarder();
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

  // Closes every connection; new ones are forwarded again.
  void cut();
  // Connections stay open and new ones are accepted, but no octet moves any more.
  // From now on every connection is cut once so many octets have come from the server; 0 = never.
  void cut_after(std::uint64_t octets) { cut_after_ = octets; }
  // Connections made so far.
  [[nodiscard]] std::uint64_t connections() const { return connections_; }
  void fall_silent() { is_silent_ = true; }
  void speak_again() { is_silent_ = false; }

 private:
  void run();

  const std::string target_address_;
  const std::uint16_t target_port_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> is_silent_ = false;
  std::atomic<std::uint64_t> cut_after_ = 0;
  std::atomic<std::uint64_t> connections_ = 0;
  std::atomic<bool> is_stopping_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_cut_wanted_ = false;  // protected by mutex_
  std::thread thread_;
};

}  // namespace loa::test
