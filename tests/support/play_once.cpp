// Plays one clip as a node would and prints the player's events as JSON lines: for tests and benchmarks of playout.
//   play_once --clip F --sink S [--start-us N | --in-ms N] [--record DIR] [--lead-in-ms N] [--longest-ms N]
//             [--volume X] [--id ID] [--stop-after-ms N] [--idle-ms N]
// The station clock is the machine's wall clock at the time of the call. Ends 0 after `ended` with completed or
// stopped.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "audio/playout/gst_player.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/loop/main_loop.h"

namespace {

using namespace loa;           // NOLINT(google-build-using-namespace): a small program
using namespace loa::playout;  // NOLINT(google-build-using-namespace)

struct Options {
  std::map<std::string, std::string> values;

  [[nodiscard]] std::string text(const std::string& name, const std::string& fallback = "") const {
    const auto found = values.find(name);
    return found == values.end() ? fallback : found->second;
  }
  [[nodiscard]] std::int64_t number(const std::string& name, std::int64_t fallback) const {
    const auto found = values.find(name);
    return found == values.end() ? fallback : std::stoll(found->second);
  }
};

nlohmann::json to_json(const PlayerEvent& event) {
  if (const auto* started = std::get_if<PlayStarted>(&event))
    return {{"event", "started"},
            {"play", started->play.str()},
            {"first_sample_us", to_us(started->first_sample)},
            {"start_error_us", static_cast<double>(started->start_error.count()) / 1000.0},
            {"joined_at_ms", started->joined_at.count()}};
  if (const auto* progress = std::get_if<PlayProgress>(&event))
    return {{"event", "progress"}, {"play", progress->play.str()}, {"heard_ms", progress->heard.count()}};
  const auto& ended = std::get<PlayEnded>(event);
  const char* how = ended.end == PlayEnd::kCompleted ? "completed"
                    : ended.end == PlayEnd::kStopped ? "stopped"
                                                     : "failed";
  nlohmann::json json{{"event", "ended"},
                      {"play", ended.play.str()},
                      {"end", how},
                      {"heard_ms", ended.heard.count()},
                      {"problem", ended.problem}};
  json["loudness_lufs"] = ended.loudness_lufs ? nlohmann::json(*ended.loudness_lufs) : nlohmann::json();
  json["peak_dbfs"] = ended.peak_dbfs ? nlohmann::json(*ended.peak_dbfs) : nlohmann::json();
  return json;
}

int play(const Options& options) {
  MainLoop loop;
  const Now now = system_now();
  StationClock clock({now.mono, station_from_wall(now.wall), 0});
  GstPlayer player(parse_sink(options.text("sink"), options.text("record")), clock);
  int status = 1;
  const MonoTime begun = now.mono;
  player.set_on_event([&](const PlayerEvent& event) {
    nlohmann::json json = to_json(event);
    json["at_ms"] = std::chrono::duration_cast<milliseconds>(system_now().mono - begun).count();
    std::printf("%s\n", json.dump().c_str());
    std::fflush(stdout);
    if (const auto* ended = std::get_if<PlayEnded>(&event)) {
      status = ended->end == PlayEnd::kFailed ? 1 : 0;
      loop.quit();
    }
  });
  const StationTime soon = station_from_wall(now.wall) + milliseconds{options.number("in-ms", 1000)};
  const PlayId id{options.text("id", "play")};
  player.arm({.play = id,
              .clip = options.text("clip"),
              .start = options.values.contains("start-us") ? station_from_us(options.number("start-us", 0)) : soon,
              .lead_in = milliseconds{options.number("lead-in-ms", 4000)},
              .longest = milliseconds{options.number("longest-ms", 0)},
              .volume = std::stod(options.text("volume", "1.0"))});
  player.release(id);
  if (options.values.contains("stop-after-ms")) {
    loop.set_on_wake([&] { player.stop(id); });
    loop.wake_at(now.mono + milliseconds{options.number("stop-after-ms", 0)});
  }
  loop.run();
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  log::init("play_once");
  try {
    Options options;
    for (int i = 1; i + 1 < argc; i += 2) options.values[std::string{argv[i]}.substr(2)] = argv[i + 1];
    return play(options);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
  }
}
