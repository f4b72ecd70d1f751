// How a subcommand that works on this machine ends: with what it said, or with one line on stderr that says why not.
#pragma once

#include <functional>
#include <ostream>

#include "common/base/error.h"

namespace loa::cli {

// Does the deed in the reader's language; the exit code, 0, or 1 after its failure was told.
[[nodiscard]] int told(std::ostream& err, const std::function<void(Language)>& deed);

}  // namespace loa::cli
