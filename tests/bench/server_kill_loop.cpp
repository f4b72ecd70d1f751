// kill -9 of the server while the office writes and the nodes report, again and again, now and then while it starts.
// What it acknowledged must all be there: once, unchanged, with its files and its row in the audit.
//
// usage: server_kill_loop [kills, default 200] [seed, default: from the clock]
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/office.h"
#include "common/base/log.h"
#include "common/db/database.h"
#include "tests/bench/crowd.h"
#include "tests/support/dice.h"
#include "tests/support/wait.h"
#include "tests/support/ward_fixture.h"
#include "tests/support/write_load.h"

namespace loa::bench {
namespace {

using nlohmann::json;

constexpr int kNodes = 20;
constexpr int kClients = 4;
constexpr int kLongestLife = 1200;  // ms, from when it is ready until the next kill
constexpr int kLongestStart = 150;  // ms, of those that are killed while they start
constexpr std::chrono::seconds kPatience{120};

double ms_since(MonoTime begin) {
  return std::chrono::duration<double, std::milli>(system_now().mono - begin).count();
}

// Health, and the answer to somebody who has signed in.
bool becomes_ready(const Crowd& crowd) {
  return test::becomes_true([&] {
    try {
      const auto client = crowd.make_client();
      return crowd.status_of(*client, http::Method::kGet, "/api/health") == 200 &&
             crowd.status_of(*client, http::Method::kGet, "/api/me") == 200;
    } catch (const Error&) {
      return false;
    }
  });
}

std::string prepare_announcement(const Crowd& crowd) {
  const auto client = crowd.make_client();
  test::write_chirp(crowd.folder() / "chirp.wav", seconds{2});
  const std::string recording = crowd.upload(*client, crowd.folder() / "chirp.wav");
  json found;
  require(test::becomes_true([&] {
            found = crowd.get(*client, "/api/recordings/" + recording);
            return found.at("state") == "ready";
          }),
          "intake: " + found.dump());
  const std::string announcement =
      crowd.post(*client, "/api/announcements", {{"title", "Thử"}, {"clip", found.at("clip")}}, 201).at("announcement");
  crowd.approve(announcement);
  return announcement;
}

// The outcomes of which the nodes were told that they are kept: how many there are, and how many are not in the books.
std::pair<std::size_t, std::size_t> check_outcomes(const Crowd& crowd) {
  auto books = db::Database::open_reader(crowd.folder() / "server" / "server.db");
  std::set<std::pair<std::string, std::string>> booked;
  auto rows = books.prepare("SELECT node_id, play_id FROM outcomes WHERE heard_ms = 5000 AND reported_us IS NOT NULL");
  while (rows.step()) booked.emplace(rows.get_text(0), rows.get_text(1));
  const auto lost = std::ranges::count_if(crowd.owed(), [&](const Crowd::Owed& owed) {
    return !booked.contains({owed.node.str(), owed.play.str()});
  });
  return {crowd.owed().size(), static_cast<std::size_t>(lost)};
}

int run(int kills, std::uint64_t seed) {
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  test::Dice dice(seed);
  Crowd crowd(kNodes, 0);
  crowd.run_until_ready();
  std::string announcement;
  std::thread prepare([&] { announcement = prepare_announcement(crowd); });
  std::atomic<bool> is_prepared = false;
  std::thread wait([&] {
    prepare.join();
    is_prepared = true;
  });
  crowd.run([&] { return is_prepared.load(); }, milliseconds{100});
  wait.join();

  test::WriteLoad load(
      {crowd.url(), crowd.ward().authority, crowd.folder() / "server", cli::read_token(crowd.ward().operator_token),
       cli::read_token(crowd.ward().admin_token), announcement, crowd.folder() / "chirp.wav", "ward"},
      seed, kClients);
  load.start();
  std::atomic<bool> is_over = false;   // no more outcomes
  std::atomic<bool> is_quiet = false;  // and all of them acknowledged
  std::thread nodes([&] {
    const MonoTime begin = system_now().mono;
    std::optional<MonoTime> give_up;
    crowd.run(
        [&] {
          if (!is_over) crowd.owe_outcomes(1);
          if (is_over && !give_up) give_up = system_now().mono + kPatience;
          return is_over && (crowd.not_acknowledged() == 0 || system_now().mono > *give_up);
        },
        milliseconds{200});
    is_quiet = crowd.not_acknowledged() == 0;
    std::printf("outcomes: %zu in %.0f s\n", crowd.owed().size(), ms_since(begin) / 1000);
  });

  std::vector<double> restarts;
  int in_start = 0;
  for (int kill = 0; kill < kills; ++kill) {
    ::usleep(static_cast<useconds_t>(dice.upto(kLongestLife)) * 1000);
    crowd.kill_server();
    if (dice.one_in(5)) {
      crowd.start_server();
      ::usleep(static_cast<useconds_t>(dice.upto(kLongestStart)) * 1000);
      crowd.kill_server();
      ++in_start;
      ++kill;
    }
    const MonoTime begin = system_now().mono;
    crowd.start_server();
    require(becomes_ready(crowd), "the server does not come up again");
    restarts.push_back(ms_since(begin));
    if (kill % 20 == 0) std::printf("  %d kills…\n", kill), std::fflush(stdout);
  }
  load.stop();
  is_over = true;
  nodes.join();
  // A last time, so that what an end leaves behind has met the next beginning.
  crowd.kill_server();
  crowd.start_server();
  require(becomes_ready(crowd), "the server does not come up again");

  test::WriteLoad::Verdict verdict = load.check();
  const auto [owed, lost] = check_outcomes(crowd);
  if (!is_quiet) verdict.faults.emplace_back("outcomes are still not acknowledged");
  if (lost > 0) verdict.faults.push_back(std::to_string(lost) + " outcomes lost");
  verdict.lost += static_cast<int>(lost);
  const int audit = cli::run_to_end(
      "loa audit", {(programs() / "loa").string(), "audit", "verify", "--config", crowd.ward().server_config.string()},
      crowd.folder() / "audit.log");
  if (audit != 0) verdict.faults.push_back("audit: " + cli::last_line(crowd.folder() / "audit.log"));

  std::ranges::sort(restarts);
  const auto at = [&](double share) {
    return restarts.at(static_cast<std::size_t>(share * static_cast<double>(restarts.size() - 1)));
  };
  int acknowledged = static_cast<int>(owed);
  std::printf("acknowledged: outcome %zu", owed);
  for (const auto& [what, count] : verdict.acknowledged) {
    std::printf(", %s %d", what.c_str(), count);
    acknowledged += count;
  }
  std::printf("\nunanswered %d; refused:", verdict.unanswered);
  for (const auto& [code, count] : verdict.refused) std::printf(" %s %d", code.c_str(), count);
  std::printf(
      "\nkills %d, of them while it started %d; ready again after p50 %.0f  p99 %.0f  max %.0f ms (at most 5000)\n",
      kills, in_start, at(0.5), at(0.99), restarts.back());
  std::printf("acknowledged writes %d: lost %d, doubled %d, changed %d; half-done things and other faults %zu\n",
              acknowledged, verdict.lost, verdict.doubled, verdict.changed, verdict.faults.size());
  for (std::size_t i = 0; i < std::min<std::size_t>(verdict.faults.size(), 20); ++i)
    std::printf("FAULT %s\n", verdict.faults[i].c_str());
  return verdict.faults.empty() ? 0 : 1;
}

}  // namespace
}  // namespace loa::bench

int main(int argc, char** argv) {
  loa::log::init("server_kill_loop");
  try {
    return loa::bench::run(argc > 1 ? std::atoi(argv[1]) : 200,
                           argc > 2 ? std::strtoull(argv[2], nullptr, 10)
                                    : static_cast<std::uint64_t>(loa::to_us(loa::system_now().wall)));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "server_kill_loop: %s\n", error.what());
    return 1;
  }
}
