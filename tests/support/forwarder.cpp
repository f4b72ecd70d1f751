#include "tests/support/forwarder.h"

#include <array>
#include <list>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace loa::test {
namespace {

sockaddr_in name_of(const std::string& address, std::uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &name.sin_addr);
  return name;
}

// Two sockets whose octets go to each other.
class Pair {
 public:
  Pair(int client, int server) : client_(client), server_(server) {}
  ~Pair() {
    ::close(client_);
    ::close(server_);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  [[nodiscard]] int client() const { return client_; }
  [[nodiscard]] int server() const { return server_; }

  std::uint64_t from_server = 0;  // octets

 private:
  int client_;
  int server_;
};

// How many; 0 at the end of the stream.
std::uint64_t move_octets(int from, int to) {
  std::array<char, 16384> buffer{};
  const ssize_t count = ::recv(from, buffer.data(), buffer.size(), 0);
  if (count <= 0) return 0;
  std::string_view rest{buffer.data(), static_cast<std::size_t>(count)};
  while (!rest.empty()) {
    const ssize_t sent = ::send(to, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent <= 0) return 0;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  return static_cast<std::uint64_t>(count);
}

}  // namespace

Forwarder::Forwarder(std::string target_address, std::uint16_t target_port)
    : target_address_(std::move(target_address)),
      target_port_(target_port),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in name = name_of("127.0.0.1", 0);
  socklen_t length = sizeof(name);
  if (listener_ < 0 || ::bind(listener_, reinterpret_cast<const sockaddr*>(&name), length) != 0 ||
      ::listen(listener_, 64) != 0 || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&name), &length) != 0)
    throw std::runtime_error("forwarder cannot listen");
  port_ = ntohs(name.sin_port);
  thread_ = std::thread([this] { run(); });
}

Forwarder::~Forwarder() {
  is_stopping_ = true;
  thread_.join();
  ::close(listener_);
}

void Forwarder::cut() {
  std::unique_lock lock(mutex_);
  is_cut_wanted_ = true;
  changed_.wait(lock, [this] { return !is_cut_wanted_; });
}

void Forwarder::run() {
  std::list<Pair> pairs;
  while (!is_stopping_) {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(is_cut_wanted_, false)) pairs.clear();
    }
    changed_.notify_all();
    std::vector<pollfd> watched{{listener_, POLLIN, 0}};
    if (!is_silent_)
      for (const Pair& pair : pairs) {
        watched.push_back({pair.client(), POLLIN, 0});
        watched.push_back({pair.server(), POLLIN, 0});
      }
    ::poll(watched.data(), watched.size(), 5);
    std::size_t next = 1;
    for (auto pair = pairs.begin(); pair != pairs.end() && next < watched.size(); next += 2) {
      bool is_open = watched[next].revents == 0 || move_octets(pair->client(), pair->server()) > 0;
      if (is_open && watched[next + 1].revents != 0) {
        const std::uint64_t moved = move_octets(pair->server(), pair->client());
        pair->from_server += moved;
        is_open = moved > 0 && (cut_after_ == 0 || pair->from_server < cut_after_);
      }
      pair = is_open ? std::next(pair) : pairs.erase(pair);
    }
    if (watched.front().revents == 0) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in name = name_of(target_address_, target_port_);
    if (::connect(server, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0) {
      pairs.emplace_back(client, server);
      ++connections_;
    } else {
      ::close(client);
      ::close(server);
    }
  }
}

}  // namespace loa::test
