#include "node-agent/health/watchdog_mark.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "common/base/error.h"

namespace loa::node {
namespace {

constexpr std::size_t kLongestPath = 4096;
// A signal handler can be given nothing. NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::array<char, kLongestPath> g_mark{};

// Async-signal-safe throughout (signal-safety(7)). A mark that cannot be left costs only the reason.
void on_abort(int signal, siginfo_t* sender, void* /*context*/) {
  if (sender->si_code == SI_USER && sender->si_pid != ::getpid()) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): that is open()
    const int fd = ::open(g_mark.data(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) {
      ::fsync(fd);
      ::close(fd);
    }
  }
  // SA_RESETHAND has put the default back, which ends the process.
  ::raise(signal);
}

}  // namespace

void mark_watchdog_kills(const std::filesystem::path& mark) {
  const std::string path = mark.string();
  if (path.size() >= kLongestPath) throw Error("file.cannot_write", {path, "ENAMETOOLONG"});
  path.copy(g_mark.data(), path.size());
  struct sigaction action {};
  action.sa_sigaction = on_abort;
  action.sa_flags = SA_SIGINFO | SA_RESETHAND | SA_NODEFER;
  ::sigaction(SIGABRT, &action, nullptr);
}

bool take_watchdog_mark(const std::filesystem::path& mark) {
  std::error_code none;
  return std::filesystem::remove(mark, none);
}

}  // namespace loa::node
