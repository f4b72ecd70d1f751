#include "node-agent/health/machine.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <system_error>
#include <utility>

namespace loa::node {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMb = std::int64_t{1024} * 1024;
constexpr std::int64_t kLeastMilliCelsius = -100'000;
constexpr std::int64_t kMostMilliCelsius = 200'000;

// The first line; empty when there is none.
std::string line_of(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

std::optional<std::int64_t> number_of(const fs::path& file) {
  const std::string line = line_of(file);
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (problem != std::errc{} || end != line.data() + line.size()) return std::nullopt;
  return value;
}

template <class Each>
void for_each_in(const fs::path& folder, Each each) {
  std::error_code none;
  for (fs::directory_iterator entry(folder, none), end; !none && entry != end; entry.increment(none))
    each(entry->path());
}

}  // namespace

Machine read_machine(const MachineFolders& folders) {
  Machine machine;
  std::error_code problem;
  const fs::space_info space = fs::space(folders.data, problem);
  if (!problem) machine.disk_free_mb = static_cast<std::int64_t>(space.available) / kMb;

  for_each_in(folders.thermal, [&](const fs::path& zone) {
    if (!zone.filename().string().starts_with("thermal_zone")) return;
    const auto milli = number_of(zone / "temp");
    if (!milli || *milli < kLeastMilliCelsius || *milli > kMostMilliCelsius) return;
    machine.temperature_c = std::max(machine.temperature_c.value_or(-100.0), static_cast<double>(*milli) / 1000.0);
  });

  // Names and meanings: Documentation/ABI/testing/sysfs-class-power.
  bool has_battery = false;
  for_each_in(folders.power_supply, [&](const fs::path& supply) {
    const std::string type = line_of(supply / "type");
    if (type == "Battery") {
      if (line_of(supply / "scope") == "Device") return;  // of a mouse
      has_battery = true;
      const auto capacity = number_of(supply / "capacity");
      if (capacity && *capacity >= 0 && *capacity <= 100)
        machine.battery_pct = std::min(machine.battery_pct.value_or(100), static_cast<int>(*capacity));
    } else if (number_of(supply / "online") == 1) {
      machine.supply = "mains";
    }
  });
  if (machine.supply.empty() && has_battery) machine.supply = "battery";
  return machine;
}

MachineWatch::MachineWatch(MachineFolders folders, std::chrono::seconds every, std::function<void(Machine)> on_read)
    : thread_([this, folders = std::move(folders), every, on_read = std::move(on_read)](const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        do {
          on_read(read_machine(folders));
        } while (!never_.wait_for(lock, stop, every, [&stop] { return stop.stop_requested(); }));
      }) {}

}  // namespace loa::node
