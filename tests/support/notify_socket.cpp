#include "tests/support/notify_socket.h"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <stdexcept>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/wait.h"

namespace loa::test {

NotifySocket::NotifySocket(const std::string& address)
    : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  address.copy(at.sun_path, sizeof(at.sun_path) - 1);
  if (address[0] == '@') at.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
  if (::bind(socket_, reinterpret_cast<const sockaddr*>(&at), length) != 0)
    throw std::runtime_error("cannot bind " + address);
  ::setenv("NOTIFY_SOCKET", address.c_str(), 1);
}

NotifySocket::~NotifySocket() {
  ::close(socket_);
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
}

std::string NotifySocket::heard() const {
  std::array<char, 512> bytes{};
  std::string all;
  while (true) {
    const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (got <= 0) return all;
    all += std::string{bytes.data(), static_cast<std::size_t>(got)} + ";";
  }
}

std::string NotifySocket::wait_for(const std::string& beginning) const {
  std::string all;
  const bool was_said = becomes_true(
      [&] {
        all += heard();
        return all.starts_with(beginning) || all.find(";" + beginning) != std::string::npos;
      },
      std::chrono::seconds{60});
  return was_said ? all : "";
}

}  // namespace loa::test
