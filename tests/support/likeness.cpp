#include "tests/support/likeness.h"

#include <algorithm>
#include <cmath>

namespace loa::test {

Match match(const std::vector<float>& a, const std::vector<float>& b, std::int64_t from_a, std::int64_t from_b,
            std::int64_t size, std::int64_t reach) {
  Match best;
  for (std::int64_t lag = -reach; lag <= reach; ++lag) {
    if (from_b + lag < 0 || from_b + lag + size > static_cast<std::int64_t>(b.size())) continue;
    float product = 0;
    float power_a = 0;
    float power_b = 0;
    const float* x = a.data() + from_a;
    const float* y = b.data() + from_b + lag;
    for (std::int64_t i = 0; i < size; ++i) {
      product += x[i] * y[i];
      power_a += x[i] * x[i];
      power_b += y[i] * y[i];
    }
    const double likeness = product / std::sqrt(static_cast<double>(power_a) * power_b + 1e-9);
    if (likeness > best.likeness) best = {lag, likeness};
  }
  return best;
}

std::int64_t onset(const std::vector<float>& channel) {
  const auto found = std::find_if(channel.begin(), channel.end(), [](float x) { return std::abs(x) > 0.1F; });
  return found - channel.begin();
}

}  // namespace loa::test
