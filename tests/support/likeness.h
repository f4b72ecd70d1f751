// How much one recording is like another, and how far behind: to measure from what was captured when it sounded.
#pragma once

#include <cstdint>
#include <vector>

namespace loa::test {

struct Match {
  std::int64_t lag = 0;  // of b behind a, in samples
  double likeness = 0;   // correlation there, 1 for the same
};

// Where in ± `reach` `b` is most like `a`, both `size` samples from `from` on.
[[nodiscard]] Match match(const std::vector<float>& a, const std::vector<float>& b, std::int64_t from_a,
                          std::int64_t from_b, std::int64_t size, std::int64_t reach);

// The first sample that is loud; the size of it all without one.
[[nodiscard]] std::int64_t onset(const std::vector<float>& channel);

}  // namespace loa::test
