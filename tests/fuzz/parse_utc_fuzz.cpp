// RFC 3339 text from messages and forms: whatever is accepted is printed and read back as the same instant.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/base/time.h"

// The name and the signature are libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = size == 0 ? "" : std::string_view{reinterpret_cast<const char*>(data), size};
  const auto t = loa::parse_utc(text);
  if (!t) return 0;
  const auto ms = std::chrono::floor<loa::milliseconds>(*t);
  const auto again = loa::parse_utc(loa::format_utc(ms));
  // An offset may move the first or the last day out of the years that are read.
  if (again ? *again != ms
            : (*t > loa::WallTime{std::chrono::sys_days{std::chrono::year{1700} / 1 / 1}} &&
               *t < loa::WallTime{std::chrono::sys_days{std::chrono::year{2251} / 1 / 1}}))
    std::abort();
  return 0;
}
