// A recurrence rule of any text: refused with known words, or kept in one form, and walked to its end in bounded work.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/base/error.h"
#include "schedules/recurrence/walk.h"

// The name and the signature are libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loa::recurrence;
  const std::string_view text = size == 0 ? "" : std::string_view{reinterpret_cast<const char*>(data), size};
  try {
    const RecurrenceRule rule = parse_rule(text);
    if (parse_rule(format_rule(rule)) != rule) std::abort();
    const loa::civil::Time dtstart = loa::civil::parse_time("2024-02-29T07:30:15");
    RuleWalk walk{rule, dtstart, dtstart, loa::civil::parse_time("2044-02-29T00:00")};
    auto last = dtstart - loa::seconds{1};
    for (int i = 0; i < 1000; ++i) {
      const auto time = walk.next();
      if (!time) break;
      if (*time <= last) std::abort();
      last = *time;
    }
  } catch (const loa::Error& error) {
    if (!loa::is_known_text(error.code())) std::abort();
  }
  return 0;
}
