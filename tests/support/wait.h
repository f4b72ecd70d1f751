#pragma once

#include <functional>

namespace loa::test {

// Asks until it is true, up to 30 s: for what nobody announces, such as a counter or another program's port.
[[nodiscard]] bool becomes_true(const std::function<bool()>& is_true);

}  // namespace loa::test
