#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/process/spawn.h"
#include "tests/support/child.h"
#include "tests/support/scratch_folder.h"

namespace loa::process {
namespace {

class SpawnTest : public testing::Test {
 protected:
  // What a program says on its standard output; its exit status too.
  std::string said(const std::vector<std::string>& words, Spawn::Environment environment) {
    const std::filesystem::path file = folder_ / "said";
    const int out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    Spawn spawn;
    spawn.close_off(STDIN_FILENO);
    spawn.pass(out, STDOUT_FILENO);
    spawn.close_off(STDERR_FILENO);
    pid_t pid = -1;
    EXPECT_EQ(spawn.start(words, environment, pid), 0);
    ::close(out);
    int status = -1;
    EXPECT_EQ(::waitpid(pid, &status, 0), pid);
    EXPECT_EQ(status, 0);
    pid_ = pid;
    return test::read_whole_file(file);
  }

  const test::ScratchFolder folder_;
  pid_t pid_ = -1;
};

TEST_F(SpawnTest, TheEnvironmentIsOursOrNone) {
  ::setenv("LOA_SPAWN_TEST", "here", 1);
  EXPECT_NE(said({"env"}, Spawn::Environment::kOurs).find("LOA_SPAWN_TEST=here\n"), std::string::npos);
  EXPECT_EQ(said({"/usr/bin/env"}, Spawn::Environment::kEmpty), "");
  ::unsetenv("LOA_SPAWN_TEST");
}

TEST_F(SpawnTest, WordsArriveAsTheyAre) {
  EXPECT_EQ(said({"printf", "%s|", "a b", "$HOME", ""}, Spawn::Environment::kOurs), "a b|$HOME||");
}

TEST_F(SpawnTest, ItHasAGroupOfItsOwnAndNoSignalOfOurs) {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  auto* const handler = ::signal(SIGINT, SIG_IGN);
  const std::string blocks = said({"sed", "-n", "s/^SigBlk:\\t//p", "/proc/self/status"}, Spawn::Environment::kOurs);
  EXPECT_EQ(std::stoull(blocks, nullptr, 16), 0U);
  const std::string ignores = said({"sed", "-n", "s/^SigIgn:\\t//p", "/proc/self/status"}, Spawn::Environment::kOurs);
  EXPECT_EQ(std::stoull(ignores, nullptr, 16) & (1U << (SIGINT - 1)), 0U);
  const std::string group = said({"cut", "-d ", "-f5", "/proc/self/stat"}, Spawn::Environment::kOurs);
  EXPECT_EQ(group, std::to_string(pid_) + "\n");
  ::signal(SIGINT, handler);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_F(SpawnTest, WhatIsNotThereDoesNotStart) {
  const Spawn spawn;
  pid_t pid = -1;
  EXPECT_EQ(spawn.start({(folder_ / "nobody").string()}, Spawn::Environment::kOurs, pid), ENOENT);
}

}  // namespace
}  // namespace loa::process
