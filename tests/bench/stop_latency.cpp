// From the command "stop" to silence, with a whole ward attached: real loa-server and mosquitto, 200 nodes of a Crowd
// and 6 real loa-nodes that play into files. Each round all six play, the office stops the whole station, and the
// instant of the last sample that is not zero is read from each file. Prints percentiles of the time from the moment
// the office sends its request, and from the moment the server has answered it.
//   stop_latency [rounds=10] [nodes=200]
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "common/base/log.h"
#include "tests/bench/crowd.h"
#include "tests/support/ward_fixture.h"

namespace loa::bench {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kReal = 6;
constexpr seconds kNotice{10};
constexpr seconds kClip{8};
constexpr milliseconds kLeadIn{4000};  // the node's default: where a WAV begins before the planned instant
constexpr std::int64_t kRate = 48'000;

void sleep_until(WallTime t) {
  const auto left = std::chrono::duration_cast<microseconds>(t - system_now().wall).count();
  if (left > 0) ::usleep(static_cast<useconds_t>(left));
}

std::optional<WallTime> last_sound(const fs::path& wav, WallTime planned) {
  const std::vector<std::int16_t> samples = test::read_wav(wav);
  const auto last = std::find_if(samples.rbegin(), samples.rend(), [](std::int16_t sample) { return sample != 0; });
  if (last == samples.rend()) return std::nullopt;
  const auto frame = static_cast<std::int64_t>(std::distance(last, samples.rend()));
  return planned - kLeadIn + nanoseconds{frame * 1'000'000'000 / kRate};
}

double ms(nanoseconds t) {
  return std::chrono::duration<double, std::milli>(t).count();
}

void print_line(const char* name, std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
    return values.at(std::max<std::size_t>(rank, 1) - 1);
  };
  std::printf("%-28s p50 %6.1f ms  p99 %6.1f ms  max %6.1f ms\n", name, at(0.50), at(0.99), values.back());
}

// What the office does, on a thread of its own beside the crowd.
class Office {
 public:
  explicit Office(const Crowd& crowd) : crowd_(crowd), client_(crowd.make_client()) {}

  void prepare() {
    const fs::path recording = crowd_.folder() / "chirp.wav";
    test::write_chirp(recording, kClip);
    const std::string id = crowd_.upload(*client_, recording);
    json found;
    for (int i = 0; i < 300; ++i) {
      found = crowd_.get(*client_, "/api/recordings/" + id);
      if (found.at("state") != "ingesting") break;
      ::usleep(100'000);
    }
    require(found.at("state") == "ready", "intake: " + found.dump());
    announcement_ = crowd_.post(*client_, "/api/announcements", {{"title", "Thử"}, {"clip", found.at("clip")}}, 201)
                        .at("announcement");
    crowd_.approve(announcement_);
  }

  void stop_once(int round) {
    const WallTime start = std::chrono::ceil<seconds>(system_now().wall) + kNotice;
    const json schedule = crowd_.post(*client_, "/api/schedules",
                                      {{"announcement", announcement_},
                                       {"areas", {"heard"}},
                                       {"rule", {{"kind", "once"}, {"start", format_utc(start)}}},
                                       {"late_ms", 0},
                                       {"volume_pct", 100}},
                                      201);
    // Each round at another place between the blocks of 20 ms.
    sleep_until(start + milliseconds{1500 + 37 * round});
    const WallTime sent = system_now().wall;
    crowd_.post(*client_, "/api/stop", {{"all", true}, {"why", "bench"}}, 202);
    const WallTime accepted = system_now().wall;
    json outcomes = json::array();
    for (int i = 0; i < 200 && outcomes.size() < kReal; ++i) {
      ::usleep(100'000);
      outcomes = crowd_.get(*client_, "/api/outcomes?schedule=" + schedule.at("schedule").get<std::string>());
    }
    require(outcomes.size() == kReal, "not every node reported: " + outcomes.dump());
    for (const json& outcome : outcomes) {
      require(outcome.at("result") == "stopped", "not stopped: " + outcome.dump());
      const auto last = last_sound(
          crowd_.folder() / outcome.at("node").get<std::string>() / (outcome.at("play").get<std::string>() + ".wav"),
          start);
      require(last && *last > sent - seconds{1}, "nothing sounded when it was stopped: " + outcome.dump());
      from_sent_.push_back(ms(*last - sent));
      from_accepted_.push_back(ms(*last - accepted));
    }
  }

  void print() const {
    std::printf("stops measured %zu\n", from_sent_.size());
    print_line("request sent to silence", from_sent_);
    print_line("request accepted to silence", from_accepted_);
  }

 private:
  const Crowd& crowd_;
  const std::unique_ptr<http::Client> client_;
  std::string announcement_;
  std::vector<double> from_sent_;
  std::vector<double> from_accepted_;
};

int run(int rounds, int count) {
  Crowd crowd(count, kReal);
  crowd.run_until_ready();
  Office office(crowd);
  std::atomic<bool> is_done{false};
  const std::jthread thread([&] {
    office.prepare();
    for (int round = 0; round < rounds; ++round) office.stop_once(round);
    is_done.store(true);
  });
  crowd.run([&] { return is_done.load(); }, milliseconds{200});
  std::printf("nodes %d + %d real, fade 40 ms, file sink 100 ms ahead (target p99 500 ms)\n", count, kReal);
  office.print();
  return 0;
}

}  // namespace
}  // namespace loa::bench

int main(int argc, char** argv) {
  loa::log::init("stop_latency");
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 10;
  const int count = argc > 2 ? std::atoi(argv[2]) : 200;
  try {
    return loa::bench::run(rounds, count);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "stop_latency: %s\n", error.what());
    return 1;
  }
}
