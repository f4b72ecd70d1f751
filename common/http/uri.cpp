#include "common/http/uri.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include "common/http/fields.h"

namespace loa::http {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Every piece between the slashes; "/" has none. nullopt when it does not start with '/' or has too many.
std::optional<std::vector<std::string_view>> split_path(std::string_view path) {
  std::vector<std::string_view> pieces;
  if (!path.starts_with('/')) return std::nullopt;
  path.remove_prefix(1);
  if (path.empty()) return pieces;
  for (;;) {
    if (pieces.size() == kMostSegments) return std::nullopt;
    const auto slash = path.find('/');
    pieces.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return pieces;
    path.remove_prefix(slash + 1);
  }
}

bool is_safe_segment(std::string_view decoded) {
  return !decoded.empty() && decoded != "." && decoded != ".." &&
         decoded.find_first_of("/\\") == std::string_view::npos;
}

bool is_target_text(std::string_view text) {
  return text.size() <= kLongestTarget &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F && c != '#'; });
}

bool is_parameter_name(std::string_view name) {
  return !name.empty() && name.size() <= 32 &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_alnum(c) || c == '_'; });
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = hex_digit(text[i + 1]);
    const int low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (!is_utf8_without_controls(out)) return std::nullopt;
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

std::optional<Query> parse_query(std::string_view text) {
  Query query;
  while (!text.empty()) {
    const auto end = text.find('&');
    std::string field{text.substr(0, end)};
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (field.empty()) continue;
    if (query.size() == kMostQueryFields) return std::nullopt;
    std::replace(field.begin(), field.end(), '+', ' ');
    const auto equals = field.find('=');
    auto name = percent_decode(std::string_view{field}.substr(0, equals));
    auto value =
        percent_decode(equals == std::string::npos ? std::string_view{} : std::string_view{field}.substr(equals + 1));
    if (!name || !value || name->empty()) return std::nullopt;
    for (const auto& [seen, ignored] : query)
      if (seen == *name) return std::nullopt;
    query.emplace_back(std::move(*name), std::move(*value));
  }
  return query;
}

std::optional<Target> parse_target(std::string_view text) {
  if (!text.starts_with('/') || !is_target_text(text)) return std::nullopt;
  const auto mark = text.find('?');
  auto query = parse_query(mark == std::string_view::npos ? std::string_view{} : text.substr(mark + 1));
  if (!query) return std::nullopt;
  return Target{std::string{text.substr(0, mark)}, std::move(*query)};
}

std::optional<PathPattern> PathPattern::parse(std::string_view pattern) {
  const auto pieces = split_path(pattern);
  if (!pieces) return std::nullopt;
  PathPattern out;
  for (const std::string_view piece : *pieces) {
    if (!out.segments_.empty() && out.segments_.back().kind == Segment::Kind::kRest) return std::nullopt;
    if (piece.starts_with('{') && piece.ends_with('}')) {
      std::string_view name = piece.substr(1, piece.size() - 2);
      auto kind = Segment::Kind::kName;
      if (name.ends_with("...")) {
        name.remove_suffix(3);
        kind = Segment::Kind::kRest;
      }
      if (!is_parameter_name(name) || std::find(out.names_.begin(), out.names_.end(), name) != out.names_.end())
        return std::nullopt;
      out.segments_.push_back({kind, std::string{name}});
      out.names_.emplace_back(name);
    } else {
      if (piece.find_first_of("{}%") != std::string_view::npos || !is_safe_segment(piece) || !is_target_text(piece))
        return std::nullopt;
      out.segments_.push_back({Segment::Kind::kLiteral, std::string{piece}});
    }
  }
  return out;
}

std::optional<std::vector<std::string>> PathPattern::match(std::string_view encoded_path) const {
  const auto pieces = split_path(encoded_path);
  if (!pieces) return std::nullopt;
  const bool takes_rest = !segments_.empty() && segments_.back().kind == Segment::Kind::kRest;
  if (takes_rest ? pieces->size() < segments_.size() : pieces->size() != segments_.size()) return std::nullopt;
  std::vector<std::string> values;
  for (std::size_t i = 0; i < pieces->size(); ++i) {
    auto decoded = percent_decode((*pieces)[i]);
    if (!decoded || !is_safe_segment(*decoded)) return std::nullopt;
    const Segment& segment = segments_[std::min(i, segments_.size() - 1)];
    if (segment.kind == Segment::Kind::kLiteral) {
      if (segment.text != *decoded) return std::nullopt;
    } else if (segment.kind == Segment::Kind::kRest && i >= segments_.size()) {
      values.back().append("/").append(*decoded);
    } else {
      values.push_back(std::move(*decoded));
    }
  }
  return values;
}

bool PathPattern::is_more_exact_than(const PathPattern& other) const {
  return std::lexicographical_compare(segments_.begin(), segments_.end(), other.segments_.begin(),
                                      other.segments_.end(),
                                      [](const Segment& a, const Segment& b) { return a.kind < b.kind; });
}

bool PathPattern::same_shape(const PathPattern& other) const {
  return std::equal(segments_.begin(), segments_.end(), other.segments_.begin(), other.segments_.end(),
                    [](const Segment& a, const Segment& b) {
                      return a.kind == b.kind && (a.kind != Segment::Kind::kLiteral || a.text == b.text);
                    });
}

std::optional<Url> parse_url(std::string_view text) {
  static constexpr std::string_view kScheme = "https://";
  if (text.size() <= kScheme.size() || !equal_ignoring_case(text.substr(0, kScheme.size()), kScheme))
    return std::nullopt;
  text.remove_prefix(kScheme.size());
  const std::string_view authority = text.substr(0, text.find_first_of("/?#"));
  const std::string_view rest = text.substr(authority.size());
  Url url;
  url.authority = authority;
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    url.host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
    if (!std::all_of(url.host.begin(), url.host.end(),
                     [](char c) { return hex_digit(c) >= 0 || c == ':' || c == '.'; }))
      return std::nullopt;
  } else {
    const auto colon = authority.find(':');
    url.host = authority.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view{} : authority.substr(colon);
    if (!std::all_of(url.host.begin(), url.host.end(),
                     [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; }))
      return std::nullopt;
  }
  if (url.host.empty() || url.host.size() > 253) return std::nullopt;
  if (!port.empty()) {
    const auto number = port.front() == ':' ? parse_decimal(port.substr(1)) : std::nullopt;
    if (!number || *number == 0 || *number > 65535) return std::nullopt;
    url.port = static_cast<std::uint16_t>(*number);
  }
  url.target = rest.starts_with('/') ? std::string{rest} : "/" + std::string{rest};
  if (!is_target_text(url.target)) return std::nullopt;
  return url;
}

std::string network_of(std::string_view address) {
  std::array<unsigned char, 16> octets{};
  std::string text{address};
  if (inet_pton(AF_INET6, text.c_str(), octets.data()) != 1) return text;
  constexpr std::array<unsigned char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (std::equal(kMapped.begin(), kMapped.end(), octets.begin()))
    return inet_ntop(AF_INET, octets.data() + kMapped.size(), out.data(), out.size());
  std::fill(octets.begin() + 8, octets.end(), '\0');
  return std::string{inet_ntop(AF_INET6, octets.data(), out.data(), out.size())} + "/64";
}

}  // namespace loa::http
