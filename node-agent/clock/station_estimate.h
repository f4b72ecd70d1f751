// What the node knows of station time, and how far it may be wrong.
//
//   kCold ──machine believed──► kFloor ──exchange──► kSynced ◄──► kHoldover
//                                                       │  ▲          │
//                                   contradiction, sleep▼  │decided   ▼
//                                                       kDoubt (at most kLongestDoubt)
//
// In doubt nothing new is begun and the server is asked every second. A contradicting exchange is a second belief
// beside the first: the one that the next exchanges agree with wins. So neither one false reply nor a clock that jumped
// moves the station, and a station that was really set is followed within seconds.
//
// Pure: no clock, no I/O. One thread.
#pragma once

#include <optional>

#include "audio/playout/station_clock.h"
#include "common/base/time.h"
#include "common/base/vocabulary.h"
#include "node-agent/clock/clock_filter.h"

namespace loa::node {

class StationEstimate {
 public:
  // Longer than three missed exchanges.
  static constexpr seconds kFreshFor{60};
  static constexpr seconds kLargestPlayableError{30};
  static constexpr seconds kLongestDoubt{60};
  // Smaller contradictions are a server whose clock is being slewed: followed, not doubted.
  static constexpr milliseconds kDoubtBeyond{250};
  static constexpr int kAgreeingExchanges = 3;
  // Battery clocks on such boards, over a cabinet's temperatures.
  static constexpr std::int64_t kMachineDriftPpb = 50'000;
  // Kernels restore time after sleep from a battery clock that counts whole seconds.
  static constexpr seconds kSleepUncertainty{1};

  // False when it cannot be true and was not taken.
  [[nodiscard]] bool add(const ClockExchange& exchange);

  // The machine's own clock, believed for lack of better: wrong by at most `error` now. Forgotten with the first
  // exchange.
  void believe_machine(Now now, nanoseconds error);

  // The machine was suspended for this long, which its monotonic clock does not count.
  void on_suspended(nanoseconds slept, MonoTime now);

  [[nodiscard]] ClockState state(MonoTime now) const;
  // Bound on |station time as known here − the server's|; nullopt while kCold.
  [[nodiscard]] std::optional<nanoseconds> error_bound(MonoTime now) const;
  // How far it is probably wrong: one standard deviation; nullopt before the first exchange.
  [[nodiscard]] std::optional<nanoseconds> deviation(MonoTime now) const;
  // nullopt while kCold.
  [[nodiscard]] std::optional<playout::ClockCalibration> calibration(MonoTime now) const;
  // Good enough to begin a scheduled play.
  [[nodiscard]] bool is_playable(MonoTime now) const;
  // When state() changes by itself next; max() when it does not.
  [[nodiscard]] MonoTime next_change(MonoTime now) const;

 private:
  struct Machine {
    nanoseconds offset{0};
    nanoseconds error{0};
    MonoTime since{};
  };
  struct Doubt {
    MonoTime since{};
    int agreeing = 0;  // exchanges since then that agreed with what was held before
    int needed = 1;
    std::optional<ClockFilter> other;
    int agreeing_other = 0;
  };
  [[nodiscard]] bool is_in_doubt(MonoTime now) const { return doubt_ && now - doubt_->since < kLongestDoubt; }
  [[nodiscard]] const ClockFilter& believed(MonoTime now) const;
  void end_old_doubt(MonoTime now);

  std::optional<Machine> machine_;
  std::optional<ClockFilter> filter_;
  std::optional<Doubt> doubt_;
};

}  // namespace loa::node
