// What is the fault of the server's own disk, not of what was asked. Internal to server/core.
#pragma once

#include "common/base/error.h"

namespace loa::server {

// Full or failing: what was to be written may be tried again later.
[[nodiscard]] bool is_disk_trouble(const Text& why);

}  // namespace loa::server
