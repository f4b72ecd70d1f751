// What one signature costs: asked of the real loa-signer over its socket, and of the same rules in this process.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <vector>

#include <benchmark/benchmark.h>
#include <unistd.h>

#include "common/trust/trust_folder.h"
#include "server/signer/client.h"
#include "tests/support/child.h"
#include "tests/support/root_key.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/signer_nearby.h"
#include "tests/support/wait.h"

namespace loa::signer {
namespace {

namespace fs = std::filesystem;

const StationId kStation{"bench"};
constexpr int kPlaysOfAWeek = 70;

class Process {
 public:
  Process() {
    const crypto::SecretKey key = crypto::SecretKey::make();
    crypto::save_secret_key(key, folder_ / "station.key");
    test::RootKey root(kStation);
    trust::save_trust_folder(folder_ / "trust", root.public_key(),
                             root.sign_trust({test::station_key(key.public_key())}), root.sign(test::open_policy()));
    fs::permissions(folder_.path(), fs::perms::owner_all);
    std::ofstream(folder_ / "signer.toml")
        << "[station]\nid = \"bench\"\nkey = \"station.key\"\ntrust = \"trust\"\n[signer]\nsocket = \"socket\"\n"
           "state = \"state\"\nserver_user = \""
        << ::geteuid() << "\"\n";
    process_ = std::make_unique<test::Child>(
        std::vector<std::string>{fs::path{LOA_BIN_DIR} / "loa-signer", "--config", folder_ / "signer.toml"},
        folder_ / "log");
    ClientOptions options;
    options.socket = folder_ / "socket";
    options.station = kStation;
    options.is_believed = [](std::string_view) { return true; };
    client_ = std::make_unique<Client>(options, [](const std::optional<Text>&) {});
    if (!test::becomes_true([this] { return client_->is_there(); }))
      throw std::runtime_error("loa-signer does not come up: " + test::read_whole_file(folder_ / "log"));
  }
  Signer& signer() { return *client_; }

 private:
  const test::ScratchFolder folder_;
  std::unique_ptr<test::Child> process_;
  std::unique_ptr<Client> client_;
};

wire::Body clock_reply(WallTime now) {
  return wire::ClockReply{"nonce-0123456789ab", 1, station_from_wall(now), station_from_wall(now)};
}

wire::Body week(WallTime now) {
  wire::Plan plan;
  plan.from = station_from_wall(now);
  plan.until = plan.from + std::chrono::hours{24 * 7};
  const ClipHash clip{std::string(64, 'a')};
  plan.clips[clip] = {100'000, seconds{60}};
  for (int i = 0; i < kPlaysOfAWeek; ++i)
    plan.plays.push_back({PlayId{"s-0123456789abcdef-20261124t0000" + std::to_string(10 + i)},
                          AnnouncementId{"a-0123456789abcdef"}, AnnouncementClass::kNormal,
                          plan.from + std::chrono::hours{2 * i}, seconds{60}, 60, clip});
  return plan;
}

using MakeBody = wire::Body (*)(WallTime);

void measure(benchmark::State& state, Signer& signer, MakeBody make) {
  std::vector<double> took_us;
  for (auto _ : state) {
    const Now before = system_now();
    benchmark::DoNotOptimize(signer.sign("node:n-1", make(before.wall), before.wall));
    took_us.push_back(static_cast<double>((system_now().mono - before.mono).count()) / 1000.0);
  }
  std::ranges::sort(took_us);
  const auto at = [&](double share) {
    return took_us.at(static_cast<std::size_t>(share * (static_cast<double>(took_us.size()) - 1)));
  };
  state.counters["p50_us"] = at(0.5);
  state.counters["p99_us"] = at(0.99);
  state.counters["max_us"] = at(1);
}

void over_the_socket(benchmark::State& state, MakeBody make) {
  static Process process;
  measure(state, process.signer(), make);
}
void in_this_process(benchmark::State& state, MakeBody make) {
  static test::SignerNearby signer(kStation);
  measure(state, signer, make);
}
BENCHMARK_CAPTURE(over_the_socket, clock_reply, &clock_reply)->Iterations(20'000);
BENCHMARK_CAPTURE(in_this_process, clock_reply, &clock_reply)->Iterations(20'000);
BENCHMARK_CAPTURE(over_the_socket, plan_of_70_plays, &week)->Iterations(2'000);
BENCHMARK_CAPTURE(in_this_process, plan_of_70_plays, &week)->Iterations(2'000);

}  // namespace
}  // namespace loa::signer
