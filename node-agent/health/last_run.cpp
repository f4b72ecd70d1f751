#include "node-agent/health/last_run.h"

#include <charconv>

namespace loa::node {

std::string_view why_started(const std::optional<Run>& last, std::int64_t machine_boot) {
  if (!last) return "";
  switch (last->end) {
    case RunEnd::kClean:
      return "clean";
    case RunEnd::kWatchdog:
      return "watchdog";
    case RunEnd::kNone:
      break;
  }
  return last->machine_boot == machine_boot ? "crash" : "power";
}

std::int64_t parse_machine_boot(std::string_view boot_id) {
  constexpr std::size_t kDigits = 15;  // of 60 bits, so that it is positive
  std::string digits;
  for (const char c : boot_id)
    if (c != '-' && digits.size() < kDigits) digits += c;
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return problem == std::errc{} && end == digits.data() + digits.size() && digits.size() == kDigits ? value : 0;
}

}  // namespace loa::node
