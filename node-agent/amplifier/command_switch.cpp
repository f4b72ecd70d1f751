#include "node-agent/amplifier/command_switch.h"

#include <cerrno>
#include <csignal>
#include <cstring>

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/process/spawn.h"

namespace loa::node {
namespace {

const char* word_of(AmplifierState state) {
  return state == AmplifierState::kOn ? "on" : "off";
}

// No terminal, no output of ours. 0 or an error number.
int start(const std::vector<std::string>& words, pid_t& pid) {
  process::Spawn spawn;
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) spawn.close_off(fd);
  return spawn.start(words, process::Spawn::Environment::kOurs, pid);
}

}  // namespace

std::optional<Text> CommandSwitch::switch_to(AmplifierState state) {
  std::vector<std::string> words = command_;
  words.emplace_back(word_of(state));
  pid_t pid = 0;
  if (const int problem = start(words, pid); problem != 0)
    return Text{"amplifier.cannot_start", {command_.front(), std::strerror(problem)}};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): glibc 2.36 has no wrapper of its own for C++
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  pollfd ended{fd, POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&ended, 1, static_cast<int>(patience_.count()));
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) ::kill(-pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (fd >= 0) ::close(fd);
  if (ready == 0) return Text{"amplifier.too_slow", {command_.front(), std::to_string(patience_.count())}};
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return Text{"amplifier.failed", {command_.front(), std::to_string(status)}};
  return std::nullopt;
}

}  // namespace loa::node
