// The service manager (systemd) that started the process, if one did: it is told when the program is ready, and kept
// from killing it for as long as its loop goes round. The only door to libsystemd.
//
// One thread. Without a service manager everything here does nothing.
#pragma once

#include <optional>

#include "common/base/time.h"

namespace loa {

class Service {
 public:
  Service();

  void say_ready();
  void say_stopping();
  // The loop has just been round; passed on at most every third of the manager's patience.
  void say_alive(MonoTime now);

 private:
  std::optional<nanoseconds> patience_;  // none: nobody watches
  MonoTime told_ = MonoTime::min();
};

}  // namespace loa
