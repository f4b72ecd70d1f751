// A template file of any content: refused with known words, or a form that its own example fills.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/base/error.h"
#include "schedules/holidays/holiday_file.h"
#include "schedules/templates/template.h"
#include "schedules/templates/template_file.h"

// The name and the signature are libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const loa::schedules::Almanac almanac{loa::civil::Zone{"Asia/Ho_Chi_Minh"}, loa::holidays::vietnam()};
  const std::string_view text = size == 0 ? "" : std::string_view{reinterpret_cast<const char*>(data), size};
  try {
    const auto form = loa::templates::parse_template("fuzz.toml", text);
    const auto draft =
        loa::templates::fill(form, loa::templates::example_of(form), {loa::civil::kFirstDay, almanac, {}});
    if (draft.rule.set.rules.size() != 1) std::abort();
  } catch (const loa::Error& error) {
    if (!loa::is_known_text(error.code())) std::abort();
  }
  return 0;
}
