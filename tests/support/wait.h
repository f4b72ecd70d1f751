#pragma once

#include <chrono>
#include <functional>

namespace loa::test {

// Asks until it is true, up to 30 s or as long as `patience`: for what nobody announces, such as a counter or another
// program's port.
[[nodiscard]] bool becomes_true(const std::function<bool()>& is_true,
                                std::chrono::seconds patience = std::chrono::seconds{30});

}  // namespace loa::test
