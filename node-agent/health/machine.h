// What a Linux machine says of itself: free disk, temperature, supply. Read from its folders, which a test can make.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace loa::node {

struct MachineFolders {
  std::filesystem::path data;  // whose disk is asked
  std::filesystem::path power_supply = "/sys/class/power_supply";
  std::filesystem::path thermal = "/sys/class/thermal";
};

struct Machine {
  std::optional<std::int64_t> disk_free_mb;
  std::optional<double> temperature_c;  // of the hottest zone
  std::optional<int> battery_pct;       // of the emptiest battery
  std::string supply;                   // mains, battery, or empty when nothing tells
};

// May take as long as a slow sensor does, so not on the core's thread. What cannot be read or makes no sense is absent.
[[nodiscard]] Machine read_machine(const MachineFolders& folders);

// Reads the machine at once and then every so often, on a thread of its own, where `on_read` is called.
class MachineWatch {
 public:
  MachineWatch(MachineFolders folders, std::chrono::seconds every, std::function<void(Machine)> on_read);
  // Waits for a reading that is under way.
  ~MachineWatch() = default;
  MachineWatch(const MachineWatch&) = delete;
  MachineWatch& operator=(const MachineWatch&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable_any never_;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace loa::node
