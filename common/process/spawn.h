// Starts a program as a stranger to us: signals as at a fresh start, a process group of its own (Ctrl-C reaches us
// alone, and what it starts can be ended with it), and of our open files only what it is given.
//
// One thread per object. Descriptors that are not close-on-exec are inherited all the same: open ours with O_CLOEXEC.
#pragma once

#include <string>
#include <vector>

#include <spawn.h>
#include <sys/types.h>

namespace loa::process {

class Spawn {
 public:
  Spawn();
  ~Spawn();
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  // Our `fd` becomes its `as`.
  void pass(int fd, int as);
  // Its `as` leads nowhere, both ways.
  void close_off(int as);
  // It inherits nothing above this number, whoever opened it: for programs that are not ours. After every pass().
  void close_above(int highest);

  enum class Environment { kOurs, kEmpty };
  // words[0] is the program, looked for in PATH when it has no slash. 0, or an error number; then nothing runs.
  [[nodiscard]] int start(const std::vector<std::string>& words, Environment environment, pid_t& pid) const;

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace loa::process
