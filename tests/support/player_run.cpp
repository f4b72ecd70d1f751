#include "tests/support/player_run.h"

#include <limits>
#include <utility>

namespace loa::test {
namespace {

playout::ClockCalibration wall_clock() {
  const Now now = system_now();
  return {now.mono, station_from_wall(now.wall), 0};
}

}  // namespace

PlayerRun::PlayerRun(const std::string& sink, const std::string& record)
    : clock_(wall_clock()), player_(playout::parse_sink(sink, record), clock_) {
  player_.set_on_event([this](const playout::PlayerEvent& event) {
    if (const auto* started = std::get_if<playout::PlayStarted>(&event)) started_.push_back(*started);
    if (const auto* ended = std::get_if<playout::PlayEnded>(&event)) ended_.push_back(*ended);
    if (std::holds_alternative<playout::PlayProgress>(event)) ++progress_;
    if (on_event_) on_event_(event);
    if (ended_.size() >= wanted_) loop_.quit();
  });
}

void PlayerRun::play(playout::PlayRequest request) {
  const PlayId id = request.play;
  player_.arm(std::move(request));
  player_.release(id);
}

void PlayerRun::run_until(StationTime t) {
  wanted_ = std::numeric_limits<std::size_t>::max();
  loop_.set_on_wake([this, t] {
    if (now() >= t) loop_.quit();
  });
  loop_.wake_at(clock_.when(t));
  loop_.run();
}

bool PlayerRun::run_until_ended(std::size_t plays) {
  wanted_ = plays;
  if (ended_.size() >= wanted_) return true;
  loop_.set_on_wake([this] { loop_.quit(); });
  loop_.wake_at(system_now().mono + seconds{60});
  loop_.run();
  return ended_.size() >= wanted_;
}

}  // namespace loa::test
