#include "cli/ward/processes.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/base/time.h"

namespace loa::cli {
namespace {

constexpr seconds kPatience{5};

bool has_ended(pid_t pid) {
  return ::waitpid(pid, nullptr, WNOHANG) != 0;
}

pid_t spawn(const std::string& name, const std::vector<std::string>& command, const std::filesystem::path& log) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int log_fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (log_fd < 0) throw Error("file.cannot_write", {log.string(), std::strerror(errno)});
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    // The ward ends with its runner, also when that is killed.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(127);
    // Ctrl-C at the terminal goes to the runner alone, which ends them in order.
    ::setpgid(0, 0);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    const int null_fd = ::open("/dev/null", O_RDONLY);
    ::dup2(null_fd, STDIN_FILENO);
    ::dup2(log_fd, STDOUT_FILENO);
    ::dup2(log_fd, STDERR_FILENO);
    ::execvp(arguments[0], arguments.data());
    ::dprintf(STDERR_FILENO, "%s: %s\n", arguments[0], std::strerror(errno));
    ::_exit(127);
  }
  const int problem = errno;
  ::close(log_fd);
  if (pid < 0) throw Error("ward.cannot_start", {name, std::strerror(problem)});
  return pid;
}

}  // namespace

pid_t Processes::start(const std::string& name, const std::vector<std::string>& command,
                       const std::filesystem::path& log) {
  const pid_t pid = spawn(name, command, log);
  children_.push_back({name, log, pid});
  return pid;
}

std::optional<Processes::Ended> Processes::find_ended() {
  for (auto child = children_.begin(); child != children_.end(); ++child) {
    if (!has_ended(child->pid)) continue;
    Ended ended{child->name, child->log};
    children_.erase(child);
    return ended;
  }
  return std::nullopt;
}

Processes::~Processes() {
  // Nodes before the server before the broker, so that each says good-bye to one who still listens.
  for (; !children_.empty(); children_.pop_back()) {
    const pid_t pid = children_.back().pid;
    ::kill(pid, SIGTERM);
    const MonoTime deadline = system_now().mono + kPatience;
    while (!has_ended(pid)) {
      if (system_now().mono > deadline) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        break;
      }
      ::poll(nullptr, 0, 20);
    }
  }
}

int run_to_end(const std::string& name, const std::vector<std::string>& command, const std::filesystem::path& log) {
  const pid_t pid = spawn(name, command, log);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string last_line(const std::filesystem::path& log) {
  std::ifstream in(log);
  std::string line;
  std::string last;
  while (std::getline(in, line))
    if (line.find_first_not_of(" \t\r") != std::string::npos) last = line;
  return last;
}

}  // namespace loa::cli
