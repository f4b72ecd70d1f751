#include "server/live/frame_clock.h"

#include <algorithm>

namespace loa::live {
namespace {

constexpr std::int64_t kStalled = 25;  // frames: half a second

}  // namespace

std::optional<std::uint32_t> FrameClock::number(StationTime now) {
  const std::int64_t by_clock =
      std::chrono::floor<std::chrono::duration<std::int64_t, std::ratio<1, 50>>>(now + delay_ - first_).count();
  if (by_clock < 0) return std::nullopt;
  if (!next_) {
    next_ = by_clock;
    seen_ = 0;
  }
  std::int64_t ahead = *next_ - by_clock;
  // A stall at the speaker's end: what comes now is due later than what was to come then.
  if (ahead < -kStalled) {
    next_ = by_clock;
    ahead = 0;
    seen_ = 0;
  }
  least_ahead_ = seen_ == 0 ? ahead : std::min(least_ahead_, ahead);
  most_ahead_ = seen_ == 0 ? ahead : std::max(most_ahead_, ahead);
  if (++seen_ >= kWindow) {
    seen_ = 0;
    if (most_ahead_ < 0) {
      ++*next_;  // all of it came too late
    } else if (least_ahead_ > kMostAhead) {
      return std::nullopt;  // all of it waits for its moment
    }
  }
  return static_cast<std::uint32_t>((*next_)++);
}

void FrameClock::set_delay(nanoseconds delay) {
  if (next_ && delay > delay_) *next_ += (delay - delay_) / wire::kLiveFrame;
  delay_ = delay;
  seen_ = 0;
}

}  // namespace loa::live
