#include "common/process/spawn.h"

#include <array>
#include <csignal>

#include <fcntl.h>
#include <unistd.h>

namespace loa::process {

Spawn::Spawn() {
  posix_spawn_file_actions_init(&files_);
  posix_spawnattr_init(&attributes_);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes_, &none);
  posix_spawnattr_setsigdefault(&attributes_, &all);
  posix_spawnattr_setpgroup(&attributes_, 0);
  posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

Spawn::~Spawn() {
  posix_spawnattr_destroy(&attributes_);
  posix_spawn_file_actions_destroy(&files_);
}

void Spawn::pass(int fd, int as) {
  posix_spawn_file_actions_adddup2(&files_, fd, as);
}

void Spawn::close_off(int as) {
  posix_spawn_file_actions_addopen(&files_, as, "/dev/null", O_RDWR, 0);
}

void Spawn::close_above(int highest) {
  posix_spawn_file_actions_addclosefrom_np(&files_, highest + 1);
}

int Spawn::start(const std::vector<std::string>& words, Environment environment, pid_t& pid) const {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): execve's signature; nothing writes there
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  std::array<char*, 1> empty{nullptr};
  return posix_spawnp(&pid, argv[0], &files_, &attributes_, argv.data(),
                      environment == Environment::kOurs ? environ : empty.data());
}

}  // namespace loa::process
