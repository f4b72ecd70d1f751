// The service manager (systemd) that started the process, if one did: it is told when the program is ready, what it
// does, and kept from killing it for as long as its loop goes round. This is the manager's own protocol, sd_notify(3):
// datagrams of `NAME=value` lines. The socket is opened once, so that a process which has sealed itself, and may open
// none, is heard to its end.
//
// One thread. Without a service manager everything here does nothing; a word that is not heard is no error.
#pragma once

#include <optional>
#include <string>

#include "common/base/descriptor.h"
#include "common/base/time.h"

namespace loa {

class Service {
 public:
  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of the environment.
  Service();

  // `status` is one line for people, shown by `systemctl status`.
  void say_status(const std::string& status) const;
  void say_ready(const std::string& status) const;
  void say_stopping(const std::string& status) const;
  // The loop has just been round; passed on at most every third of the manager's patience.
  void say_alive(MonoTime now);

 private:
  void say(const std::string& words) const;

  Descriptor manager_;                   // closed: there is none
  std::optional<nanoseconds> patience_;  // none: nobody watches
  MonoTime told_ = MonoTime::min();
};

}  // namespace loa
