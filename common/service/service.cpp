#include "common/service/service.h"

#include <systemd/sd-daemon.h>

namespace loa {

Service::Service() {
  std::uint64_t patience_us = 0;
  if (::sd_watchdog_enabled(0, &patience_us) > 0) patience_ = microseconds{static_cast<std::int64_t>(patience_us)};
}

void Service::say_ready() {
  ::sd_notify(0, "READY=1");
}

void Service::say_stopping() {
  ::sd_notify(0, "STOPPING=1");
}

void Service::say_alive(MonoTime now) {
  if (!patience_ || (told_ != MonoTime::min() && now - told_ < *patience_ / 3)) return;
  told_ = now;
  ::sd_notify(0, "WATCHDOG=1");
}

}  // namespace loa
