// What the node knows of station time, from exchanges with the server: offset = ((t2−t1)+(t3−t4))/2, error at most half
// the round trip (RFC 5905 §8). The exchange with the smallest bound wins, older ones lose by assumed drift.
//
// Pure: no clock, no I/O. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "audio/playout/station_clock.h"
#include "common/base/time.h"
#include "common/base/vocabulary.h"

namespace loa::node {

struct ClockExchange {
  MonoTime t1;     // request sent
  StationTime t2;  // request received
  StationTime t3;  // reply sent
  MonoTime t4;     // reply received
};

class StationEstimate {
 public:
  // Quartz in cheap boards is within ±50 ppm over a street cabinet's temperatures; the bound grows by twice that.
  static constexpr std::int64_t kAssumedDriftPpb = 100'000;
  // Longer than three missed exchanges.
  static constexpr seconds kFreshFor{60};
  static constexpr seconds kLargestPlayableError{30};
  static constexpr seconds kLongestRoundTrip{5};

  // False when it cannot be true (negative or too long a round trip, reply before request) and was not taken.
  [[nodiscard]] bool add(const ClockExchange& exchange);

  // The machine's own clock, believed for lack of better. Forgotten with the first exchange.
  void believe_machine(Now now);

  [[nodiscard]] ClockState state(MonoTime now) const;
  // Bound on |station time as known here − the server's|; nullopt while kCold and kFloor.
  [[nodiscard]] std::optional<nanoseconds> error_bound(MonoTime now) const;
  // nullopt while kCold.
  [[nodiscard]] std::optional<playout::ClockCalibration> calibration(MonoTime now) const;
  // Good enough to begin a scheduled play.
  [[nodiscard]] bool is_playable(MonoTime now) const;

 private:
  struct Sample {
    nanoseconds offset{0};  // station minus mono
    nanoseconds half_trip{0};
    MonoTime at{};
  };
  [[nodiscard]] static nanoseconds bound(const Sample& sample, MonoTime now);
  [[nodiscard]] const Sample* best(MonoTime now) const;

  std::array<Sample, 8> samples_{};
  std::size_t count_ = 0;  // ever taken
  std::optional<nanoseconds> machine_offset_;
};

}  // namespace loa::node
