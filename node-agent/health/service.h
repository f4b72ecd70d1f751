// The service manager (systemd) that started the process, if one did: it is told when the node is ready, and kept from
// killing it for as long as the core's loop goes round. The only door to libsystemd.
//
// One thread. Without a service manager everything here does nothing.
#pragma once

#include <optional>

#include "common/base/time.h"

namespace loa::node {

// sysexits.h: a failure that a new start may mend; the service restarts the node on it.
inline constexpr int kExitLinkDead = 75;

class Service {
 public:
  Service();

  void say_ready();
  void say_stopping();
  // The core has just been round; passed on at most every third of the manager's patience.
  void say_alive(MonoTime now);

 private:
  std::optional<nanoseconds> patience_;  // none: nobody watches
  MonoTime told_ = MonoTime::min();
};

}  // namespace loa::node
