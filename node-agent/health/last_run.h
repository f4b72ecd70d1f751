// Why a node starts, told from how its last run ended. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace loa::node {

// Stored as a number: never renumber.
enum class RunEnd { kNone = 0, kClean = 1, kWatchdog = 2 };  // kWatchdog: its own, or the service's

// A run, and how it ended; kNone while it runs, and for ever when it was cut off.
struct Run {
  std::int64_t machine_boot = 0;  // of the machine's start it ran in
  RunEnd end = RunEnd::kNone;
};

// clean, watchdog, power (the machine went down without a word) or crash; empty when there was none before.
[[nodiscard]] std::string_view why_started(const std::optional<Run>& last, std::int64_t machine_boot);

// A number for the text of /proc/sys/kernel/random/boot_id, the same for the same text; 0 for one that is none.
[[nodiscard]] std::int64_t parse_machine_boot(std::string_view boot_id);

}  // namespace loa::node
