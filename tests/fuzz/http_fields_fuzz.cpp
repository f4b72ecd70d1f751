// Header fields and event streams of the other side. A range that is taken lies within the file, whatever was asked.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/http/fields.h"

// The name and the signature are libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loa::http;
  const std::string_view text = size == 0 ? "" : std::string_view{reinterpret_cast<const char*>(data), size};
  for (const std::uint64_t file : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{500'000}, ~std::uint64_t{0}}) {
    const RangeChoice choice = choose_range(text, file);
    if (choice.verdict == RangeVerdict::kPart &&
        (choice.range.bytes == 0 || choice.range.first >= file || choice.range.bytes > file - choice.range.first))
      std::abort();
  }
  if (const auto part = parse_content_range(text))
    if (part->range.bytes == 0 || part->range.first >= part->size || part->range.bytes > part->size - part->range.first)
      std::abort();
  (void)none_match_holds_etag(text, "v1");
  if (if_range_is_etag(text, "v1") && parse_strong_etag(text) != "v1") std::abort();
  if (!is_field_value(media_type(text))) std::abort();
  EventParser parser;
  if (!parser.feed(text.substr(0, text.size() / 2)) || !parser.feed(text.substr(text.size() / 2))) return 0;
  while (parser.next()) continue;
  return 0;
}
