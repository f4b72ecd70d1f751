// The last word before a loudspeaker: whatever reaches it, by whatever mistake above, only what a play may let sound
// passes. It knows nothing of decoders, ramps and joins, so that no fault of theirs is a fault of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

namespace loa::playout {

struct GateBounds {
  std::int64_t from = 0;   // first position that may sound
  std::int64_t until = 0;  // behind the last one; nothing passes while it is not above `from`
  double peak = 0.0;       // of full scale, 0…1: no sample goes beyond it; no default that sounds
};

// pass() by one thread at a time; release() by any.
class OutputGate {
 public:
  explicit OutputGate(GateBounds bounds);

  // From now on the play may sound. Before, and without it, all is silence.
  void release() { is_released_.store(true); }
  [[nodiscard]] bool is_released() const { return is_released_.load(); }

  // Makes silence of all samples that must not sound and holds the others to the peak. `position` is that of the first.
  void pass(std::int64_t position, std::span<std::int16_t> block) const;

 private:
  const std::int64_t from_;
  const std::int64_t until_;
  const std::int16_t peak_;
  std::atomic<bool> is_released_{false};
};

}  // namespace loa::playout
