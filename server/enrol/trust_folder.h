// The files that every node gets for its folder trust/ when it is enrolled: whatever lies in one folder of the server.
#pragma once

#include <filesystem>
#include <vector>

#include "common/enrol/exchange.h"

namespace loa::server {

// Sorted by name. Throws Error file.cannot_read, file.too_large, enrol.bad_trust_file (a name that could not stand in
// an answer, none at all, or too many).
[[nodiscard]] std::vector<enrol::TrustFile> read_trust_folder(const std::filesystem::path& folder);

}  // namespace loa::server
