// Which frame of a live channel a frame of speech is: the one due `delay` after it came. Speech comes by another clock
// than the station's, in bursts; so the numbers run on, and only when they are off for a whole window one is left out
// or one frame is dropped.
//
// Pure. One thread.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/time.h"
#include "common/wire/live.h"

namespace loa::live {

class FrameClock {
 public:
  // Frame 0 is due at `first`.
  FrameClock(StationTime first, nanoseconds delay) : first_(first), delay_(delay) {}

  // The number of the frame that came at `now`; none: it is dropped, before the first or to catch up.
  [[nodiscard]] std::optional<std::uint32_t> number(StationTime now);
  // Of the frames to come: when it grows numbers are left out at once, when it shrinks they are let run until time has
  // caught up.
  void set_delay(nanoseconds delay);
  [[nodiscard]] nanoseconds delay() const { return delay_; }

 private:
  static constexpr int kWindow = 100;  // frames: 2 s
  static constexpr std::int64_t kMostAhead = 2;

  const StationTime first_;
  nanoseconds delay_;
  std::optional<std::int64_t> next_;
  int seen_ = 0;                  // in this window
  std::int64_t least_ahead_ = 0;  // of it: number less the one by the clock
  std::int64_t most_ahead_ = 0;
};

}  // namespace loa::live
