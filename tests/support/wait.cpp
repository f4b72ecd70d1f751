#include "tests/support/wait.h"

#include <poll.h>

namespace loa::test {

bool becomes_true(const std::function<bool()>& is_true, std::chrono::seconds patience) {
  constexpr int kAskAgainAfterMs = 2;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!is_true()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::poll(nullptr, 0, kAskAgainAfterMs);
  }
  return true;
}

}  // namespace loa::test
