#include "tests/support/child.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fcntl.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill is POSIX
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace loa::test {
namespace {

int result_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

Child::Child(const std::vector<std::string>& command, const std::filesystem::path& output) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) throw std::runtime_error("cannot open " + output.string());
  pid_ = ::fork();
  if (pid_ == 0) {
    // Only async-signal-safe calls: the test program may have threads.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(file, STDOUT_FILENO);
    ::dup2(file, STDERR_FILENO);
    ::execvp(arguments.front(), arguments.data());
    ::_exit(127);
  }
  ::close(file);
  if (pid_ < 0) throw std::runtime_error(std::string{"fork: "} + std::strerror(errno));
}

Child::~Child() {
  if (result_) return;
  send_signal(SIGKILL);
  wait();
}

std::optional<int> Child::poll() {
  int status = 0;
  if (!result_ && ::waitpid(pid_, &status, WNOHANG) == pid_) result_ = result_of(status);
  return result_;
}

int Child::wait() {
  int status = 0;
  while (!result_)
    if (::waitpid(pid_, &status, 0) == pid_) result_ = result_of(status);
  return *result_;
}

void Child::send_signal(int signal) const {
  if (!result_) ::kill(pid_, signal);
}

std::string read_whole_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

}  // namespace loa::test
