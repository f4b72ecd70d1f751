// From "emergency" to sound, with a whole ward attached: real loa-server, loa-signer and mosquitto, 200 nodes of a
// Crowd and 3 real loa-nodes that play into files. A prepared message lies at every loudspeaker. Each round the office
// puts it on the air and takes it off again; the first sample that is not zero is read from each file. Prints
// percentiles of the time from the moment the office sends its request, and from the moment the server has answered it.
//   emergency [rounds=20] [nodes=200]
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

constexpr int kReal = 3;

double ms(nanoseconds t) {
  return std::chrono::duration<double, std::milli>(t).count();
}

void print_line(const char* name, std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
    return values.at(std::max<std::size_t>(rank, 1) - 1);
  };
  std::printf("%-34s p50 %6.1f ms  p95 %6.1f ms  max %6.1f ms\n", name, at(0.50), at(0.95), values.back());
}

class Office {
 public:
  explicit Office(const Crowd& crowd) : crowd_(crowd), client_(crowd.make_client()) {}

  void prepare() {
    const fs::path recording = crowd_.folder() / "chirp.wav";
    test::write_chirp(recording, seconds{5});
    const std::string id = crowd_.upload(*client_, recording);
    json found;
    for (int i = 0; i < 300; ++i) {
      found = crowd_.get(*client_, "/api/recordings/" + id);
      if (found.at("state") != "ingesting") break;
      ::usleep(100'000);
    }
    require(found.at("state") == "ready", "intake: " + found.dump());
    announcement_ =
        crowd_
            .post(*client_, "/api/announcements",
                  {{"title", "Bão"}, {"transcript", "Bão"}, {"class", "emergency"}, {"clip", found.at("clip")}}, 201)
            .at("announcement");
    crowd_.approve(announcement_);
    // Every real loudspeaker holds it.
    for (int i = 0; i < 600; ++i) {
      int ready = 0;
      for (const json& node : crowd_.get(*client_, "/api/nodes"))
        if (node.at("node").get<std::string>().starts_with("real-") && node.at("report").is_object() &&
            node.at("report").at("clips_wanted") == 1 && node.at("report").at("clips_ready") == 1)
          ++ready;
      if (ready == kReal) return;
      ::usleep(100'000);
    }
    require(false, "the message does not reach every loudspeaker");
  }

  void round() {
    const WallTime sent = system_now().wall;
    const json air = crowd_.post(*client_, "/api/air",
                                 {{"kind", "emergency"},
                                  {"announcement", announcement_},
                                  {"all", true},
                                  {"volume_pct", 100},
                                  {"pause_ms", 1000}},
                                 201);
    const WallTime accepted = system_now().wall;
    ::usleep(1'500'000);
    const std::string play = air.at("play");
    crowd_.post(*client_, "/api/air/" + play + "/end", {{"why", "bench"}}, 200);
    json outcomes = json::array();
    for (int i = 0; i < 200 && outcomes.size() < kReal; ++i) {
      ::usleep(100'000);
      outcomes = json::array();
      const json told = crowd_.get(*client_, "/api/air/" + play);
      for (const json& each : told.at("outcomes"))
        if (each.at("node").get<std::string>().starts_with("real-")) outcomes.push_back(each);
    }
    require(outcomes.size() == kReal, "not every loudspeaker reported: " + outcomes.dump());
    for (const json& outcome : outcomes) {
      require(outcome.at("started").is_string(), "it did not sound: " + outcome.dump());
      const WallTime started = *parse_utc(outcome.at("started").get<std::string>());
      from_sent_.push_back(ms(started - sent));
      from_accepted_.push_back(ms(started - accepted));
    }
  }

  void print() const {
    std::printf("emergencies measured %zu\n", from_sent_.size());
    print_line("request sent to first sample", from_sent_);
    print_line("request answered to first sample", from_accepted_);
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
    for (int round = 0; round < rounds; ++round) office.round();
    is_done.store(true);
  });
  crowd.run([&] { return is_done.load(); }, milliseconds{200});
  std::printf("nodes %d + %d real, file sink 100 ms ahead (target p95 300 ms)\n", count, kReal);
  office.print();
  return 0;
}

}  // namespace
}  // namespace loa::bench

int main(int argc, char** argv) {
  loa::log::init("emergency");
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 20;
  const int count = argc > 2 ? std::atoi(argv[2]) : 200;
  try {
    return loa::bench::run(rounds, count);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "emergency: %s\n", error.what());
    return 1;
  }
}
