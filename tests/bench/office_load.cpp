// The office at work: 50 requests a second of mixed use while 200 nodes report, then 10,000 outcomes at once, as after
// a day without the broker.
//
// usage: office_load [nodes, default 200] [seconds, default 60]
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "common/base/log.h"
#include "common/db/database.h"
#include "tests/bench/crowd.h"
#include "tests/support/ward_fixture.h"

namespace loa::bench {
namespace {

using nlohmann::json;

constexpr int kPerSecond = 50;
constexpr int kClients = 10;
constexpr int kMix = 20;  // one of them writes a schedule: of ten, nine for one group and one for the whole ward
constexpr int kOutcomes = 10'000;

struct Measured {
  std::mutex mutex;
  std::vector<double> latencies_ms;  // from when the request was due, so that waiting counts
  std::atomic<int> errors = 0;
};

class Load {
 public:
  Load(const Crowd& crowd, std::string announcement) : crowd_(crowd), announcement_(std::move(announcement)) {}

  void run(int seconds_long) {
    const MonoTime start = system_now().mono + milliseconds{200};
    std::vector<std::thread> threads;
    for (int client = 0; client < kClients; ++client)
      threads.emplace_back([this, client, start, seconds_long] {
        const auto http = crowd_.make_client();
        for (int k = client; k < seconds_long * kPerSecond; k += kClients) {
          const MonoTime due = start + k * (microseconds{1'000'000} / kPerSecond);
          const auto left = std::chrono::duration_cast<microseconds>(due - system_now().mono).count();
          if (left > 0) ::usleep(static_cast<useconds_t>(left));
          if (!ask(*http, k)) ++measured.errors;
          const double ms =
              static_cast<double>(std::chrono::duration_cast<microseconds>(system_now().mono - due).count()) / 1000.0;
          const std::lock_guard lock(measured.mutex);
          measured.latencies_ms.push_back(ms);
        }
      });
    for (std::thread& thread : threads) thread.join();
    is_over = true;
  }

  Measured measured;
  std::atomic<bool> is_over = false;

 private:
  [[nodiscard]] json schedule(int k) const {
    // Each at a minute of its own, within the day after tomorrow.
    const WallTime start = std::chrono::floor<std::chrono::days>(system_now().wall) + std::chrono::hours{48} +
                           std::chrono::seconds{40 * (k % 2000)};
    return {{"announcement", announcement_},
            {"areas", {k / kMix % 10 == 0 ? "ward" : Crowd::group(k / kMix % crowd_.groups()).str()}},
            {"rule", {{"kind", "once"}, {"start", format_utc(start)}}},
            {"later_ms", 3'600'000},
            {"volume_pct", 60}};
  }
  bool ask(http::Client& client, int k) const {
    const auto got = [&](const char* path) { return crowd_.status_of(client, http::Method::kGet, path) == 200; };
    switch (k % kMix) {
      case 0:
      case 1:
      case 2:
        return got("/api/nodes");
      case 3:
      case 4:
      case 5:
      case 6:
        return got("/api/outcomes?limit=50");
      case 7:
      case 8:
      case 9:
        return got("/api/explain");
      case 10:
      case 11:
        return got("/api/announcements");
      case 12:
      case 13:
        return got("/api/schedules");
      case 14:
        return got("/api/alarms");
      case 15:
        return got("/api/calendar");
      case 16:
      case 17:
        return crowd_.status_of(client, http::Method::kPost, "/api/schedules/preview", schedule(k).dump()) == 200;
      case 18:
        return crowd_.status_of(client, http::Method::kPost, "/api/schedules", schedule(k).dump()) == 201;
      default:
        return got("/api/me");
    }
  }

  const Crowd& crowd_;
  const std::string announcement_;
};

double percentile(std::vector<double>& sorted, double share) {
  return sorted.at(static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1)));
}

std::int64_t count_outcomes(const Crowd& crowd) {
  auto books = db::Database::open_reader(crowd.folder() / "server" / "server.db");
  auto count = books.prepare("SELECT count(*) FROM outcomes WHERE reported_us IS NOT NULL");
  (void)count.step();
  return count.get_int(0);
}

int run(int nodes, int seconds_long) {
  Crowd crowd(nodes, 0);
  crowd.run_until_ready();
  std::atomic<bool> is_ready = false;
  std::string announcement;
  std::thread prepare([&] {
    const auto client = crowd.make_client();
    test::write_chirp(crowd.folder() / "chirp.wav", seconds{5});
    const std::string id = crowd.upload(*client, crowd.folder() / "chirp.wav");
    json found;
    for (int i = 0; i < 300; ++i) {
      found = crowd.get(*client, "/api/recordings/" + id);
      if (found.at("state") != "ingesting") break;
      ::usleep(100'000);
    }
    require(found.at("state") == "ready", "intake: " + found.dump());
    announcement = crowd.post(*client, "/api/announcements", {{"title", "Thử"}, {"clip", found.at("clip")}}, 201)
                       .at("announcement");
    crowd.approve(announcement);
    is_ready = true;
  });
  crowd.run([&] { return is_ready.load(); }, milliseconds{200});
  prepare.join();

  Load load(crowd, announcement);
  std::thread asking([&] { load.run(seconds_long); });
  crowd.run([&] { return load.is_over.load(); }, milliseconds{200});
  asking.join();
  std::vector<double>& all = load.measured.latencies_ms;
  std::ranges::sort(all);
  std::printf(
      "requests %zu at %d a second, %d nodes reporting: p50 %.1f  p99 %.1f  max %.1f ms (p99 at most 100), errors %d\n",
      all.size(), kPerSecond, nodes, percentile(all, 0.5), percentile(all, 0.99), all.back(),
      load.measured.errors.load());

  const std::int64_t before = count_outcomes(crowd);
  const MonoTime start = system_now().mono;
  crowd.owe_outcomes(kOutcomes / nodes);
  crowd.run([&] { return count_outcomes(crowd) - before >= kOutcomes / nodes * nodes; }, milliseconds{50});
  std::printf("outcomes %d at once: in the books after %.2f s (at most 5)\n", kOutcomes / nodes * nodes,
              std::chrono::duration<double>(system_now().mono - start).count());
  return load.measured.errors == 0 ? 0 : 1;
}

}  // namespace
}  // namespace loa::bench

int main(int argc, char** argv) {
  loa::log::init("office_load");
  try {
    return loa::bench::run(argc > 1 ? std::atoi(argv[1]) : 200, argc > 2 ? std::atoi(argv[2]) : 60);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "office_load: %s\n", error.what());
    return 1;
  }
}
