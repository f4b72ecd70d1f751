#include "common/service/service.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace loa {
namespace {

// Of this machine, by path or by abstract name (`@name`).
Descriptor connect_to(std::string_view address) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (address.size() < 2 || (address[0] != '/' && address[0] != '@') || address.size() >= sizeof to.sun_path) return {};
  address.copy(to.sun_path, address.size());
  if (address[0] == '@') to.sun_path[0] = '\0';
  Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
  if (!socket.is_open() || ::connect(socket.number(), reinterpret_cast<const sockaddr*>(&to), length) != 0) return {};
  return socket;
}

std::optional<std::int64_t> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  const std::string_view digits{text};
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number <= 0) return std::nullopt;
  return number;
}

}  // namespace

Service::Service() {
  if (const char* address = std::getenv("NOTIFY_SOCKET")) manager_ = connect_to(address);
  // A child of the process that is watched inherits the words that were meant for it.
  if (number_in("WATCHDOG_PID").value_or(::getpid()) != ::getpid()) return;
  if (const auto patience = number_in("WATCHDOG_USEC")) patience_ = microseconds{*patience};
}

void Service::say_status(const std::string& status) const {
  say("STATUS=" + status);
}

void Service::say_ready(const std::string& status) const {
  say("READY=1\nSTATUS=" + status);
}

void Service::say_stopping(const std::string& status) const {
  say("STOPPING=1\nSTATUS=" + status);
}

void Service::say_alive(MonoTime now) {
  if (!patience_ || (told_ != MonoTime::min() && now - told_ < *patience_ / 3)) return;
  told_ = now;
  say("WATCHDOG=1");
}

void Service::say(const std::string& words) const {
  if (!manager_.is_open()) return;
  // write(), not send(): the seal of loa-signer knows no other way out.
  [[maybe_unused]] const ssize_t heard = ::write(manager_.number(), words.data(), words.size());
}

}  // namespace loa
