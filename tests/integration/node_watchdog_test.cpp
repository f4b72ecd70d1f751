// How a process ends, with real signals.
#include <array>
#include <csignal>
#include <cstdlib>
#include <functional>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node-agent/health/watchdog_mark.h"
#include "tests/support/scratch_folder.h"

namespace loa::node {
namespace {

class WatchdogMark : public testing::Test {
 protected:
  // A process that marks watchdog kills and then does that; the parent's part comes once it is ready. How it ended.
  int run(const std::function<void()>& child, const std::function<void(pid_t)>& parent) const {
    std::array<int, 2> ready{};
    EXPECT_EQ(::pipe(ready.data()), 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
      const rlimit no_core{0, 0};
      ::setrlimit(RLIMIT_CORE, &no_core);
      mark_watchdog_kills(mark_);
      if (::write(ready[1], "r", 1) != 1) ::_exit(1);
      child();
      ::_exit(0);
    }
    char byte = 0;
    EXPECT_EQ(::read(ready[0], &byte, 1), 1);
    parent(pid);
    int status = 0;
    ::waitpid(pid, &status, 0);
    for (const int fd : ready) ::close(fd);
    return status;
  }

  const test::ScratchFolder folder_;
  const std::filesystem::path mark_ = folder_ / "watchdog";
};

TEST_F(WatchdogMark, AnAbortFromOutsideLeavesItOnceAndEndsTheProcessAllTheSame) {
  const int status = run(
      [] {
        while (true) ::pause();
      },
      [](pid_t pid) { ::kill(pid, SIGABRT); });
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGABRT);
  EXPECT_TRUE(take_watchdog_mark(mark_));
  EXPECT_FALSE(take_watchdog_mark(mark_));
}

TEST_F(WatchdogMark, AnAbortOfItsOwnIsACrash) {
  const int status = run([] { std::abort(); }, [](pid_t) {});
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGABRT);
  EXPECT_FALSE(take_watchdog_mark(mark_));
}

TEST_F(WatchdogMark, AnyOtherEndLeavesNone) {
  run(
      [] {
        while (true) ::pause();
      },
      [](pid_t pid) { ::kill(pid, SIGKILL); });
  EXPECT_FALSE(take_watchdog_mark(mark_));
  run([] {}, [](pid_t) {});
  EXPECT_FALSE(take_watchdog_mark(mark_));
}

}  // namespace
}  // namespace loa::node
