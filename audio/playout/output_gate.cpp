#include "audio/playout/output_gate.h"

#include <algorithm>
#include <cmath>

namespace loa::playout {
namespace {

// Rounded up: a play at full volume must come through as it is.
std::int16_t to_peak(double share) {
  if (!std::isfinite(share)) return 0;
  return static_cast<std::int16_t>(std::min(32767.0, std::ceil(std::clamp(share, 0.0, 1.0) * 32768.0)));
}

}  // namespace

OutputGate::OutputGate(GateBounds bounds) : from_(bounds.from), until_(bounds.until), peak_(to_peak(bounds.peak)) {}

void OutputGate::pass(std::int64_t position, std::span<std::int16_t> block) const {
  const bool is_open = is_released();
  for (std::int16_t& sample : block) {
    if (!is_open || position < from_ || position >= until_)
      sample = 0;
    else
      sample = std::clamp<std::int16_t>(sample, static_cast<std::int16_t>(-peak_), peak_);
    ++position;
  }
}

}  // namespace loa::playout
