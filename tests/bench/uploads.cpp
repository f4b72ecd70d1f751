// Twenty uploads of 100 MB at once, while somebody else asks for small things: how much memory the server takes for it,
// how fast it is, and how long the others wait.
//
// usage: uploads [at once, default 20] [MB each, default 100]
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/office.h"
#include "common/base/log.h"
#include "tests/bench/crowd.h"
#include "tests/support/ward_fixture.h"

namespace loa::bench {
namespace {

constexpr std::int64_t kBytesPerMs = 96;  // of what write_chirp() makes
constexpr int kAskEveryMs = 20;

// A figure of /proc/<pid>/status in MB; "VmHWM" is the peak of the resident set.
double memory_mb(pid_t process, const std::string& what) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(what + ":"))
      return static_cast<double>(std::strtol(line.c_str() + what.size() + 1, nullptr, 10)) / 1024;
  return 0;
}

double ms_since(MonoTime begin) {
  return std::chrono::duration<double, std::milli>(system_now().mono - begin).count();
}

int run(int at_once, int mb) {
  Crowd crowd(0, 0);
  const std::filesystem::path recording = crowd.folder() / "long.wav";
  test::write_chirp(recording, milliseconds{mb * 1'000'000LL / kBytesPerMs});
  const http::Headers headers = {{"Authorization", "Bearer " + cli::read_token(crowd.ward().operator_token)}};
  // The peak from here on.
  std::ofstream("/proc/" + std::to_string(crowd.server()) + "/clear_refs") << "5";
  const double idle = memory_mb(crowd.server(), "VmRSS");

  std::atomic<bool> is_over = false;
  std::vector<double> waits_ms;
  int errors = 0;
  std::thread asking([&] {
    const auto client = crowd.make_client();
    while (!is_over) {
      const MonoTime begin = system_now().mono;
      if (crowd.status_of(*client, http::Method::kGet, "/api/me") != 200) ++errors;
      waits_ms.push_back(ms_since(begin));
      ::usleep(kAskEveryMs * 1000);
    }
  });
  std::atomic<int> taken = 0;
  std::atomic<int> refused = 0;
  const MonoTime begin = system_now().mono;
  std::vector<std::thread> uploading;
  for (int i = 0; i < at_once; ++i)
    uploading.emplace_back([&] {
      const auto client = crowd.make_client();
      const auto answer =
          client->upload(crowd.url() + "/api/recordings?name=long", recording, "application/octet-stream", headers);
      if (answer.status == 202)
        ++taken;
      else if (++refused == 1)
        std::printf("refused: %d %s\n", answer.status, answer.body.c_str());
    });
  for (std::thread& thread : uploading) thread.join();
  const double took_s = ms_since(begin) / 1000;
  is_over = true;
  asking.join();
  const double peak = memory_mb(crowd.server(), "VmHWM");
  std::ranges::sort(waits_ms);
  const auto at = [&](double share) {
    return waits_ms.at(static_cast<std::size_t>(share * static_cast<double>(waits_ms.size() - 1)));
  };
  std::printf("uploads %d of %d MB at once: taken %d, refused %d, %.1f s, %.0f MB/s\n", at_once, mb, taken.load(),
              refused.load(), took_s, at_once * mb / took_s);
  std::printf("memory of the server: idle %.1f MB, peak %.1f MB, more %.1f MB (at most 100)\n", idle, peak,
              peak - idle);
  std::printf("a small GET meanwhile, %zu of them: p50 %.1f  p99 %.1f  max %.1f ms, errors %d\n", waits_ms.size(),
              at(0.5), at(0.99), waits_ms.back(), errors);
  return taken == at_once && errors == 0 && peak - idle <= 100 ? 0 : 1;
}

}  // namespace
}  // namespace loa::bench

int main(int argc, char** argv) {
  loa::log::init("uploads");
  try {
    return loa::bench::run(argc > 1 ? std::atoi(argv[1]) : 20, argc > 2 ? std::atoi(argv[2]) : 100);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "uploads: %s\n", error.what());
    return 1;
  }
}
