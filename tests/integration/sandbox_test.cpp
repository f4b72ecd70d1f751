#include "common/sandbox/sandbox.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/error.h"

namespace loa::sandbox {
namespace {

constexpr int kAllowed = 0;
constexpr int kEperm = 1;
constexpr int kOther = 2;
constexpr int kSandboxFailed = 3;

// Runs `act` in a child of its own; the wait status of that child.
int in_child(const std::function<int()>& act) {
  const pid_t pid = fork();
  if (pid == 0) {
    int code = kSandboxFailed;
    try {
      code = act();
    } catch (const Error&) {
      code = kSandboxFailed;
    }
    _exit(code);
  }
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return status;
}

// As loa-intake does it.
void isolate(pid_t parent, int highest = 3, const Limits& limits = {}) {
  close_descriptors_above(highest);
  leave_network(Means::kUserNamespace);
  give_up_privileges(limits);
  die_with(parent);
}

int sealed(const std::function<int()>& act) {
  const pid_t parent = getpid();
  return in_child([&] {
    isolate(parent);
    seal();
    return act();
  });
}

int verdict(long result) {
  if (result >= 0) return kAllowed;
  return errno == EPERM ? kEperm : kOther;
}

void expect_exit(int status, int code) {
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << (WIFSIGNALED(status) ? WTERMSIG(status) : 0);
  EXPECT_EQ(WEXITSTATUS(status), code);
}

void expect_killed(int status) {
  ASSERT_TRUE(WIFSIGNALED(status)) << "exit " << (WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  EXPECT_EQ(WTERMSIG(status), SIGSYS);
}

TEST(Sandbox, OpensNoFile) {
  expect_exit(sealed([] { return verdict(open("/etc/hostname", O_RDONLY)); }), kEperm);
  expect_exit(sealed([] { return verdict(open("/tmp/loa-sandbox-test", O_RDWR | O_CREAT, 0600)); }), kEperm);
  expect_exit(sealed([] { return verdict(openat(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY)); }), kEperm);
  expect_exit(sealed([] { return verdict(unlink("/tmp/loa-sandbox-test")); }), kEperm);
  expect_exit(sealed([] { return verdict(mkdir("/tmp/loa-sandbox-test", 0700)); }), kEperm);
}

TEST(Sandbox, OpensNoSocket) {
  expect_killed(sealed([] { return verdict(socket(AF_INET, SOCK_STREAM, 0)); }));
  expect_killed(sealed([] { return verdict(socket(AF_UNIX, SOCK_STREAM, 0)); }));
  expect_killed(sealed([] {
    const sockaddr_in address{};
    return verdict(connect(0, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  }));
}

TEST(Sandbox, AllowsWhatIsAskedForAndNoMore) {
  const auto may_accept = [](std::initializer_list<const char*> also) {
    const pid_t parent = getpid();
    return in_child([&] {
      isolate(parent);
      seal(also);
      const long result = accept4(0, nullptr, nullptr, 0);
      return result < 0 && errno != EPERM ? kAllowed : verdict(result);
    });
  };
  expect_exit(may_accept({"accept4"}), kAllowed);
  expect_killed(may_accept({"fdatasync"}));
}

TEST(Sandbox, StartsNoProcess) {
  expect_killed(sealed([] { return verdict(execl("/bin/true", "true", nullptr)); }));
  expect_exit(sealed([] {
                const pid_t pid = fork();
                if (pid == 0) _exit(0);
                return verdict(pid);
              }),
              kEperm);
}

TEST(Sandbox, TouchesNoOtherProcess) {
  expect_killed(sealed([] { return verdict(kill(1, 0)); }));
  expect_killed(sealed([] { return verdict(ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }));
}

TEST(Sandbox, MakesNoMachineCode) {
  expect_exit(sealed([] {
                void* memory =
                    mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                return verdict(memory == MAP_FAILED ? -1 : 0);
              }),
              kEperm);
  expect_exit(sealed([] {
                void* memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                if (memory == MAP_FAILED) return kOther;
                return verdict(mprotect(memory, 4096, PROT_READ | PROT_EXEC));
              }),
              kEperm);
}

TEST(Sandbox, HoldsForNewThreadsToo) {
  expect_exit(sealed([] {
                int code = kOther;
                std::thread([&] { code = verdict(open("/etc/hostname", O_RDONLY)); }).join();
                return code;
              }),
              kEperm);
}

TEST(Sandbox, LetsAProcessWorkOnItsDescriptors) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const pid_t parent = getpid();
  const int status = in_child([&] {
    dup2(ends[1], 1);
    isolate(parent, 1);
    seal();
    return write(1, "x", 1) == 1 ? kAllowed : kOther;
  });
  expect_exit(status, kAllowed);
  close(ends[0]);
  close(ends[1]);
}

TEST(Sandbox, ClosesWhatItWasNotGivenAndForgetsTheEnvironment) {
  const int secret = open("/etc/hostname", O_RDONLY);
  ASSERT_GT(secret, 2);
  const int moved = fcntl(secret, F_DUPFD, 20);
  const pid_t parent = getpid();
  expect_exit(in_child([&] {
                isolate(parent);
                if (fcntl(moved, F_GETFD) != -1 || errno != EBADF) return kOther;
                return getenv("PATH") == nullptr ? kAllowed : kOther;
              }),
              kAllowed);
  close(secret);
  close(moved);
}

TEST(Sandbox, GivesUpRootAndItsPowers) {
  const pid_t parent = getpid();
  expect_exit(in_child([&] {
                isolate(parent);
                // Either is a power of root.
                if (setresuid(0, 0, 0) == 0 && chroot("/") == 0) return kOther;
                rlimit limit{};
                getrlimit(RLIMIT_CORE, &limit);
                return limit.rlim_max == 0 ? kAllowed : kOther;
              }),
              kAllowed);
}

TEST(Sandbox, BoundsTheFileItWrites) {
  char name[] = "/tmp/loa-sandbox-XXXXXX";  // NOLINT(modernize-avoid-c-arrays)
  const int fd = mkstemp(name);
  ASSERT_GE(fd, 0);
  unlink(name);
  const pid_t parent = getpid();
  const int status = in_child([&] {
    dup2(fd, 1);
    isolate(parent, 1, Limits{.file_bytes = 1000});
    seal();
    const std::array<char, 2000> bytes{};
    if (write(1, bytes.data(), bytes.size()) != 1000) return kOther;
    return verdict(write(1, bytes.data(), 1));
  });
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGXFSZ);
  close(fd);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(Sandbox, BoundsMemory) {
  expect_exit(sealed([] {
                void* memory =
                    mmap(nullptr, std::size_t{300} << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                return memory == MAP_FAILED && errno == ENOMEM ? kAllowed : kOther;
              }),
              kAllowed);
}
#endif

TEST(Sandbox, EndsWhenItsParentIsNotTheOneThatMadeIt) {
  expect_exit(in_child([] {
                isolate(1);
                return kAllowed;
              }),
              kSandboxFailed);
}

}  // namespace
}  // namespace loa::sandbox
