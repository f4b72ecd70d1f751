// What stands in the first line of a request: nothing that is accepted may leave its folder or hold a control
// character.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/http/fields.h"
#include "common/http/uri.h"

// The name and the signature are libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loa::http;
  const std::string_view text = size == 0 ? "" : std::string_view{reinterpret_cast<const char*>(data), size};
  static const auto rest = *PathPattern::parse("/assets/{file...}");
  static const auto node = *PathPattern::parse("/api/nodes/{node}/plan");
  if (const auto target = parse_target(text)) {
    for (const PathPattern* pattern : {&rest, &node}) {
      const auto values = pattern->match(target->path);
      if (!values) continue;
      if (values->size() != 1 || !is_utf8_without_controls(values->front())) std::abort();
      const std::string path = "/" + values->front() + "/";
      for (const char* evil : {"/../", "/./", "//", "\\"})
        if (path.find(evil) != std::string::npos) std::abort();
    }
    for (const auto& [name, value] : target->query)
      if (name.empty() || !is_utf8_without_controls(name) || !is_utf8_without_controls(value)) std::abort();
  }
  if (const auto decoded = percent_decode(text))
    if (percent_decode(percent_encode(*decoded)) != decoded) std::abort();
  if (const auto pattern = PathPattern::parse(text)) (void)pattern->match(text);
  if (const auto url = parse_url(text))
    if (url->host.empty() || url->port == 0 || !url->target.starts_with('/') || !is_field_value(url->authority) ||
        !is_field_value(url->target))
      std::abort();
  return 0;
}
