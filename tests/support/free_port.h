#pragma once

#include <cstdint>
#include <string>

namespace loa::test {

// A TCP port of `address` that nobody listens on at this moment. Another program may take it before the caller does.
[[nodiscard]] std::uint16_t find_free_port(const std::string& address = "127.0.0.1");

// True when a TCP connection to it can be made.
[[nodiscard]] bool accepts_connections(const std::string& address, std::uint16_t port);

}  // namespace loa::test
