// Values of HTTP header fields as they come from the other side, and the few texts we put on the wire ourselves. Pure
// functions, any thread; bad input gives "not there", never an exception.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/error.h"

namespace loa::http {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t bytes = 0;
  bool operator==(const ByteRange&) const = default;
};
enum class RangeVerdict {
  kWhole,          // no range, a malformed one, or several: send everything (RFC 9110 §14.2 allows it)
  kPart,           // `range` says which
  kUnsatisfiable,  // 416
};
struct RangeChoice {
  RangeVerdict verdict = RangeVerdict::kWhole;
  ByteRange range;
};
// The value of Range against a file of `size` bytes.
[[nodiscard]] RangeChoice choose_range(std::string_view range_field, std::uint64_t size);

// `bytes 0-99/1000`. nullopt for anything else, and for numbers that contradict each other.
struct ContentRange {
  ByteRange range;
  std::uint64_t size = 0;
};
[[nodiscard]] std::optional<ContentRange> parse_content_range(std::string_view field);

// If-None-Match (weak comparison, lists, "*") and If-Range (strong comparison, one validator; a date never matches)
// against a validator without quotes.
[[nodiscard]] bool none_match_holds_etag(std::string_view if_none_match, std::string_view etag);
[[nodiscard]] bool if_range_is_etag(std::string_view if_range, std::string_view etag);
// `"abc"` → abc. nullopt when weak or malformed.
[[nodiscard]] std::optional<std::string> parse_strong_etag(std::string_view field);

// `Audio/WAV; codecs=1` → audio/wav. Empty when it is none.
[[nodiscard]] std::string media_type(std::string_view content_type);
// `pattern` is a media type, `audio/*` or `*/*`.
[[nodiscard]] bool media_type_matches(std::string_view type, std::string_view pattern);

[[nodiscard]] std::optional<std::uint64_t> parse_decimal(std::string_view text);
[[nodiscard]] bool is_utf8_without_controls(std::string_view text);
// No CR, LF or NUL can leave in a header field.
[[nodiscard]] bool is_field_value(std::string_view text);
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

// {"error":{"code","vi","en"}}
[[nodiscard]] std::string error_json(const Text& text);
// One server-sent event; line breaks in `event` and `id` are dropped, `data` becomes as many lines as it has.
[[nodiscard]] std::string event_text(std::string_view event, std::string_view data, std::string_view id);

// Takes a stream of server-sent events apart, whatever the pieces it comes in.
class EventParser {
 public:
  struct Event {
    std::string event;
    std::string data;
  };
  // False when one event grows beyond 1 MiB: the stream is not worth following.
  [[nodiscard]] bool feed(std::string_view bytes);
  [[nodiscard]] std::optional<Event> next();

 private:
  std::string pending_;
};

}  // namespace loa::http
