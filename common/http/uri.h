// What arrives in the first line of a request: paths, queries and URLs (RFC 3986), decoded without ever trusting them.
// Pure functions, any thread, nothing throws on bad input: nullopt means "refuse it".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace loa::http {

inline constexpr std::size_t kLongestTarget = 4096;  // bytes of path and query together
inline constexpr std::size_t kMostSegments = 32;
inline constexpr std::size_t kMostQueryFields = 32;

// %XX → byte. Refuses broken escapes, control characters (so no NUL, no CR LF) and what is not UTF-8 afterwards.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);
// Everything but RFC 3986 "unreserved" becomes %XX; safe as one path segment or query value.
[[nodiscard]] std::string percent_encode(std::string_view text);

// The part of a numeric address that one household has to itself: IPv4 whole, of IPv6 the first 64 bits (RFC 6177).
// Anything else is given back as it is.
[[nodiscard]] std::string network_of(std::string_view address);

using Query = std::vector<std::pair<std::string, std::string>>;  // decoded, in the order they came
// `a=1&b=x%20y`; '+' is a space, as browsers send it. Refuses a name that comes twice: two readers could disagree.
[[nodiscard]] std::optional<Query> parse_query(std::string_view text);

struct Target {
  std::string path;  // still encoded; starts with '/'
  Query query;
};
// Origin form only (RFC 9112 §3.2.1). Fragments, absolute URLs and overlong targets are refused.
[[nodiscard]] std::optional<Target> parse_target(std::string_view text);

// `/api/nodes/{node}/plan`: literal segments and named ones. `{name...}` may stand last and takes all that is left, one
// segment or more. A decoded segment is never empty, "." or "..", and holds no '/' or '\': it is safe below a folder.
class PathPattern {
 public:
  struct Segment {
    enum class Kind { kLiteral, kName, kRest };
    Kind kind = Kind::kLiteral;
    std::string text;
    bool operator==(const Segment&) const = default;
  };

  // nullopt when the pattern itself is malformed or names a parameter twice.
  [[nodiscard]] static std::optional<PathPattern> parse(std::string_view pattern);

  // The decoded parameters in the order of the pattern; nullopt when the path does not match.
  [[nodiscard]] std::optional<std::vector<std::string>> match(std::string_view encoded_path) const;
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] const std::vector<Segment>& segments() const { return segments_; }
  // For the more exact of two patterns that both match: literals before names before the rest.
  [[nodiscard]] bool is_more_exact_than(const PathPattern& other) const;
  // Both match exactly the same paths.
  [[nodiscard]] bool same_shape(const PathPattern& other) const;

 private:
  std::vector<Segment> segments_;
  std::vector<std::string> names_;
};

// `https://host[:port]/path?query`. Nothing but https; no user name, no fragment.
struct Url {
  std::string host;  // name or address; IPv6 without brackets
  std::uint16_t port = 443;
  std::string target;     // path and query, still encoded; "/" when absent
  std::string authority;  // for the Host field
};
[[nodiscard]] std::optional<Url> parse_url(std::string_view text);

}  // namespace loa::http
