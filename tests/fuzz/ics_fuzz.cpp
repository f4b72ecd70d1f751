// A calendar file of any content: refused with known words, or written again and read as the same number of events.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/base/error.h"
#include "schedules/ics/ics.h"

// The name and the signature are libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = size == 0 ? "" : std::string_view{reinterpret_cast<const char*>(data), size};
  const loa::civil::Zone zone{"Asia/Ho_Chi_Minh"};
  const loa::WallTime from = loa::parse_utc("2026-01-01T00:00:00Z").value();
  try {
    const auto events = loa::ics::parse_ics(text, zone);
    const std::string written = loa::ics::format_ics(events, "fuzz", from, from, from + std::chrono::hours{24} * 40);
    if (loa::ics::parse_ics(written, zone).size() > events.size()) std::abort();
  } catch (const loa::Error& error) {
    if (!loa::is_known_text(error.code())) std::abort();
  }
  return 0;
}
