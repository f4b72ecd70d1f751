// While it lives no file of this process takes a byte: the disk fails, for unit tests.
#pragma once

#include <csignal>

#include <sys/resource.h>

namespace loa::test {

class NoRoom {
 public:
  // But for the first so many bytes of each file.
  explicit NoRoom(rlim_t bytes = 0) : action_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit none{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  ~NoRoom() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, action_);
  }
  NoRoom(const NoRoom&) = delete;
  NoRoom& operator=(const NoRoom&) = delete;

 private:
  rlimit before_{};
  void (*action_)(int);
};

}  // namespace loa::test
