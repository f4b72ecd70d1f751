// Three time domains as three types; mixing them does not compile.
//
//   WallTime     an instant of civil life (UTC). Schedules, logs, validity of messages.
//   StationTime  the shared playout clock of one station: UTC nanoseconds *as the station sees them*.
//                Planned instants and every sample's due time. A node learns it from clock exchanges.
//   MonoTime     nanoseconds since this machine booted (CLOCK_MONOTONIC). Local deadlines and timeouts only.
//
// All three count nanoseconds in a signed 64-bit integer: years 1678 to 2262.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace loa {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

struct StationClockTag {
  using duration = nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<StationClockTag>;
  static constexpr bool is_steady = false;
};
struct MonoClockTag {
  using duration = nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonoClockTag>;
  static constexpr bool is_steady = true;
};

using WallTime = std::chrono::time_point<std::chrono::system_clock, nanoseconds>;
using StationTime = std::chrono::time_point<StationClockTag, nanoseconds>;
using MonoTime = std::chrono::time_point<MonoClockTag, nanoseconds>;

// What the clocks of this machine show, read together once per message. A core never reads a clock itself.
struct Now {
  WallTime wall;
  MonoTime mono;
  nanoseconds asleep{0};  // suspended since boot, all in all; mono does not count it
};

// The machine's clocks. Any thread.
[[nodiscard]] Now system_now();

// A civil instant is planned as the same number on the station clock; the two conversions are named so that every
// crossing can be found.
[[nodiscard]] constexpr StationTime station_from_wall(WallTime t) {
  return StationTime{t.time_since_epoch()};
}
[[nodiscard]] constexpr WallTime wall_from_station(StationTime t) {
  return WallTime{t.time_since_epoch()};
}

// Microseconds since the Unix epoch: the form of every instant on the wire and in SQL (`*_us`). 2^53 µs reach the year
// 2255, so JSON numbers hold them exactly.
template <class TimePoint>
[[nodiscard]] constexpr std::int64_t to_us(TimePoint t) {
  return std::chrono::floor<microseconds>(t.time_since_epoch()).count();
}
[[nodiscard]] constexpr WallTime wall_from_us(std::int64_t us) {
  return WallTime{microseconds{us}};
}
[[nodiscard]] constexpr StationTime station_from_us(std::int64_t us) {
  return StationTime{microseconds{us}};
}

// RFC 3339 in UTC with milliseconds: 2027-02-06T00:00:00.000Z.
[[nodiscard]] std::string format_utc(WallTime t);
// RFC 3339 with any offset, seconds required, fraction optional. nullopt when it is not one or names no real instant.
[[nodiscard]] std::optional<WallTime> parse_utc(std::string_view text);

}  // namespace loa
