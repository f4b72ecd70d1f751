// A real player on a real main loop, and what it said.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "audio/playout/gst_player.h"
#include "common/loop/main_loop.h"

namespace loa::test {

class PlayerRun {
 public:
  // The station clock shows the wall clock's time.
  explicit PlayerRun(const std::string& sink, const std::string& record = {});

  [[nodiscard]] playout::Player& player() { return player_; }
  [[nodiscard]] playout::StationClock& clock() { return clock_; }
  [[nodiscard]] StationTime now() const { return clock_.at(system_now().mono); }
  // Armed and released at once.
  void play(playout::PlayRequest request);
  // Called for every event, after it was kept.
  void set_on_event(std::function<void(const playout::PlayerEvent&)> on_event) { on_event_ = std::move(on_event); }
  // Runs the loop until the station clock shows that instant.
  void run_until(StationTime t);
  // Runs the loop until so many plays have ended; false after a minute.
  [[nodiscard]] bool run_until_ended(std::size_t plays = 1);

  [[nodiscard]] const std::vector<playout::PlayStarted>& started() const { return started_; }
  [[nodiscard]] const std::vector<playout::PlayEnded>& ended() const { return ended_; }
  [[nodiscard]] std::size_t progress() const { return progress_; }

 private:
  MainLoop loop_;
  playout::StationClock clock_;
  playout::GstPlayer player_;
  std::function<void(const playout::PlayerEvent&)> on_event_;
  std::vector<playout::PlayStarted> started_;
  std::vector<playout::PlayEnded> ended_;
  std::size_t progress_ = 0;
  std::size_t wanted_ = 0;
};

}  // namespace loa::test
