// What a server costs that has nothing to do: real loa-server and mosquitto, and N nodes of a Crowd. Prints memory and
// CPU of both.
//   server_idle [nodes=200] [seconds=60]
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include <unistd.h>

#include "common/base/log.h"
#include "tests/bench/crowd.h"

namespace loa::bench {
namespace {

double resident_mb(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6)) / 1024.0;
  return 0;
}

int run(int count, int measured_s) {
  Crowd crowd(count, 0);
  crowd.run_until_ready();
  const MonoTime settled = system_now().mono + seconds{20};
  crowd.run([&] { return system_now().mono >= settled; }, seconds{1});
  const double server_cpu = cpu_seconds(crowd.server());
  const double broker_cpu = cpu_seconds(crowd.broker());
  const MonoTime measured = system_now().mono + seconds{measured_s};
  crowd.run([&] { return system_now().mono >= measured; }, seconds{1});
  std::printf("nodes %d, measured %d s\n", count, measured_s);
  std::printf("loa-server  RSS %.1f MB (target 60)  CPU %.2f %%\n", resident_mb(crowd.server()),
              100 * (cpu_seconds(crowd.server()) - server_cpu) / measured_s);
  std::printf("mosquitto   RSS %.1f MB              CPU %.2f %%\n", resident_mb(crowd.broker()),
              100 * (cpu_seconds(crowd.broker()) - broker_cpu) / measured_s);
  return 0;
}

}  // namespace
}  // namespace loa::bench

int main(int argc, char** argv) {
  loa::log::init("server_idle");
  const int count = argc > 1 ? std::atoi(argv[1]) : 200;
  const int measured_s = argc > 2 ? std::atoi(argv[2]) : 60;
  try {
    return loa::bench::run(count, measured_s);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "server_idle: %s\n", error.what());
    return 1;
  }
}
