// Tells a node that its service's watchdog ended from one that crashed. systemd ends a service that stands still by
// SIGABRT (systemd.service(5), WatchdogSec=), which is also how a program ends itself on a bug of its own; only the
// first comes from another process.
#pragma once

#include <filesystem>

namespace loa::node {

// From now on a SIGABRT that another process sends leaves the file `mark` and then ends the process as ever. Once in a
// process; before other threads exist.
void mark_watchdog_kills(const std::filesystem::path& mark);

// Whether the last run left one; it is removed.
[[nodiscard]] bool take_watchdog_mark(const std::filesystem::path& mark);

}  // namespace loa::node
