#include "tests/support/free_port.h"

#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace loa::test {
namespace {

sockaddr_in address_of(const std::string& address, std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &out.sin_addr) != 1) throw std::runtime_error("not an address: " + address);
  return out;
}

}  // namespace

std::uint16_t find_free_port(const std::string& address) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name = address_of(address, 0);
  socklen_t length = sizeof(name);
  const bool is_found = socket >= 0 && ::bind(socket, reinterpret_cast<const sockaddr*>(&name), length) == 0 &&
                        ::getsockname(socket, reinterpret_cast<sockaddr*>(&name), &length) == 0;
  if (socket >= 0) ::close(socket);
  if (!is_found) throw std::runtime_error("no free port on " + address);
  return ntohs(name.sin_port);
}

bool accepts_connections(const std::string& address, std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  const sockaddr_in name = address_of(address, port);
  const bool is_open = ::connect(socket, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0;
  ::close(socket);
  return is_open;
}

}  // namespace loa::test
