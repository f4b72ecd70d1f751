// A policy as a person writes it: TOML, read strictly (common/config).
#pragma once

#include <filesystem>

#include "common/base/policy.h"

namespace loa::cli {

// Throws Error config.*, file.*: with every mistake, file and line.
[[nodiscard]] Policy load_policy_file(const std::filesystem::path& file);

}  // namespace loa::cli
