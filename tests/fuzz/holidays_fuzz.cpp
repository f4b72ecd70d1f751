// A file of holidays of any content: refused with known words, or a calendar that answers for every day.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/base/error.h"
#include "schedules/holidays/holiday_file.h"

// The name and the signature are libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = size == 0 ? "" : std::string_view{reinterpret_cast<const char*>(data), size};
  try {
    const auto calendar = loa::holidays::parse_holidays("fuzz.toml", text);
    for (auto day = loa::civil::parse_day("2025-12-01"); day < loa::civil::parse_day("2027-02-01");
         day += loa::civil::days{1})
      if (calendar.is_working_day(day) && calendar.working_day_before(day + loa::civil::days{1}) != day) std::abort();
  } catch (const loa::Error& error) {
    if (!loa::is_known_text(error.code())) std::abort();
  }
  return 0;
}
