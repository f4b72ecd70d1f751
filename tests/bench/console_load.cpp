// What the console's first page costs a telephone and a desk: the real server and broker, N nodes of a Crowd that go on
// reporting, and Debian's Chromium in front (console_load.mjs).
//   console_load [nodes=500] [seconds=20]
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "common/base/log.h"
#include "tests/bench/crowd.h"

namespace loa::bench {
namespace {

// 50 a second: of 500 loudspeakers each says something every ten.
constexpr int kReportsAtOnce = 5;
constexpr milliseconds kReportEvery{100};

int run(int count, const std::string& measured_s) {
  Crowd crowd(count, 0);
  crowd.run_until_ready();
  const std::filesystem::path told = crowd.folder() / "console.txt";
  test::Child browser({"/usr/bin/env", "LOA_URL=" + crowd.url(), "LOA_PASSWORD=" + crowd.ward().operator_password,
                       "LOA_NODES=" + std::to_string(count), "LOA_SECONDS=" + measured_s,
                       LOA_SOURCE_DIR "/tests/e2e/console/run.sh", LOA_SOURCE_DIR "/tests/bench/console_load.mjs"},
                      told);
  std::optional<int> ended;
  const auto done = [&] {
    crowd.report_again(kReportsAtOnce);
    return (ended = browser.poll()).has_value();
  };
  crowd.run(done, kReportEvery);
  std::fputs(test::read_whole_file(told).c_str(), stdout);
  return *ended;
}

}  // namespace
}  // namespace loa::bench

int main(int argc, char** argv) {
  loa::log::init("console_load");
  return loa::bench::run(argc > 1 ? std::atoi(argv[1]) : 500, argc > 2 ? argv[2] : "20");
}
