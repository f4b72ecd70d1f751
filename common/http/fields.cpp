#include "common/http/fields.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include <nlohmann/json.hpp>

namespace loa::http {
namespace {

constexpr std::size_t kLargestEvent = 1'048'576;

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
           std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
  });
}

std::string_view without_line_breaks(std::string_view text) {
  return text.substr(0, text.find_first_of(std::string_view{"\r\n\0", 3}));
}

}  // namespace

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

RangeChoice choose_range(std::string_view range_field, std::uint64_t size) {
  const std::string_view field = trim(range_field);
  if (field.size() < 6 || !equal_ignoring_case(field.substr(0, 6), "bytes=")) return {};
  const std::string_view spec = trim(field.substr(6));
  const auto dash = spec.find('-');
  if (spec.find(',') != std::string_view::npos || dash == std::string_view::npos) return {};
  const std::string_view first_text = spec.substr(0, dash);
  const std::string_view last_text = spec.substr(dash + 1);
  if (first_text.empty()) {
    const auto suffix = parse_decimal(last_text);
    if (!suffix) return {};
    if (*suffix == 0 || size == 0) return {RangeVerdict::kUnsatisfiable, {}};
    const std::uint64_t bytes = std::min(*suffix, size);
    return {RangeVerdict::kPart, {size - bytes, bytes}};
  }
  const auto first = parse_decimal(first_text);
  if (!first) return {};
  std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
  if (!last_text.empty()) {
    const auto parsed = parse_decimal(last_text);
    if (!parsed || *parsed < *first) return {};
    last = *parsed;
  }
  if (*first >= size) return {RangeVerdict::kUnsatisfiable, {}};
  return {RangeVerdict::kPart, {*first, std::min(last, size - 1) - *first + 1}};
}

std::optional<ContentRange> parse_content_range(std::string_view field) {
  field = trim(field);
  if (!field.starts_with("bytes ")) return std::nullopt;
  field.remove_prefix(6);
  const auto dash = field.find('-');
  const auto slash = field.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || slash < dash) return std::nullopt;
  const auto first = parse_decimal(field.substr(0, dash));
  const auto last = parse_decimal(field.substr(dash + 1, slash - dash - 1));
  const auto size = parse_decimal(field.substr(slash + 1));
  if (!first || !last || !size || *last < *first || *last >= *size) return std::nullopt;
  return ContentRange{{*first, *last - *first + 1}, *size};
}

std::optional<std::string> parse_strong_etag(std::string_view field) {
  field = trim(field);
  if (field.size() < 2 || field.front() != '"' || field.back() != '"') return std::nullopt;
  field = field.substr(1, field.size() - 2);
  if (field.find('"') != std::string_view::npos) return std::nullopt;
  return std::string{field};
}

bool none_match_holds_etag(std::string_view if_none_match, std::string_view etag) {
  std::string_view rest = trim(if_none_match);
  if (rest == "*") return true;
  while (!rest.empty()) {
    if (rest.starts_with("W/")) rest.remove_prefix(2);
    if (rest.front() != '"') return false;
    const auto end = rest.find('"', 1);
    if (end == std::string_view::npos) return false;
    if (rest.substr(1, end - 1) == etag) return true;
    rest = trim(rest.substr(end + 1));
    if (!rest.starts_with(',')) return false;
    rest = trim(rest.substr(1));
  }
  return false;
}

bool if_range_is_etag(std::string_view if_range, std::string_view etag) {
  const auto validator = parse_strong_etag(if_range);
  return validator && *validator == etag;
}

std::string media_type(std::string_view content_type) {
  const std::string_view type = trim(content_type.substr(0, content_type.find(';')));
  const auto slash = type.find('/');
  if (slash == std::string_view::npos || !is_token(type.substr(0, slash)) || !is_token(type.substr(slash + 1)))
    return {};
  std::string out{type};
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

bool media_type_matches(std::string_view type, std::string_view pattern) {
  if (type.empty()) return false;
  if (pattern == "*/*") return true;
  if (pattern.ends_with("/*")) return type.starts_with(pattern.substr(0, pattern.size() - 1));
  return type == pattern;
}

bool is_utf8_without_controls(std::string_view text) {
  std::size_t i = 0;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  while (i < text.size()) {
    const unsigned lead = byte(i);
    if (lead < 0x20 || lead == 0x7F) return false;
    std::size_t length = 1;
    unsigned low = 0x80;  // what the second byte may be: RFC 3629 §4
    unsigned high = 0xBF;
    if (lead < 0x80) {
      ++i;
      continue;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
      length = 2;
      if (lead == 0xC2) low = 0xA0;  // U+0080…U+009F are controls too
    } else if (lead >= 0xE0 && lead <= 0xEF) {
      length = 3;
      if (lead == 0xE0) low = 0xA0;
      if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
      length = 4;
      if (lead == 0xF0) low = 0x90;
      if (lead == 0xF4) high = 0x8F;
    } else {
      return false;
    }
    if (text.size() - i < length || byte(i + 1) < low || byte(i + 1) > high) return false;
    for (std::size_t k = 2; k < length; ++k)
      if ((byte(i + k) & 0xC0U) != 0x80U) return false;
    i += length;
  }
  return true;
}

bool is_field_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  });
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string error_json(const Text& text) {
  const nlohmann::json body = {
      {"error",
       {{"code", text.code}, {"vi", render(text, Language::kVietnamese)}, {"en", render(text, Language::kEnglish)}}}};
  // Arguments may hold bytes of the request: what is not UTF-8 is replaced rather than thrown over.
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string event_text(std::string_view event, std::string_view data, std::string_view id) {
  std::string out;
  if (!id.empty()) out.append("id: ").append(without_line_breaks(id)).append("\n");
  if (!event.empty()) out.append("event: ").append(without_line_breaks(event)).append("\n");
  for (;;) {
    const auto end = data.find_first_of("\r\n");
    out.append("data: ").append(data.substr(0, end)).append("\n");
    if (end == std::string_view::npos) break;
    data.remove_prefix(data.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  }
  return out.append("\n");
}

bool EventParser::feed(std::string_view bytes) {
  // Our servers end lines with LF; a CR of others is dropped, which also makes CR LF one line end.
  std::copy_if(bytes.begin(), bytes.end(), std::back_inserter(pending_), [](char c) { return c != '\r'; });
  return pending_.size() <= kLargestEvent;
}

std::optional<EventParser::Event> EventParser::next() {
  for (;;) {
    const auto end = pending_.find("\n\n");
    if (end == std::string::npos) return std::nullopt;
    const std::string block = pending_.substr(0, end + 1);
    pending_.erase(0, end + 2);
    Event event;
    bool has_data = false;
    std::string_view rest = block;
    while (!rest.empty()) {
      const auto line_end = rest.find('\n');
      std::string_view line = rest.substr(0, line_end);
      rest.remove_prefix(line_end + 1);
      const auto colon = line.find(':');
      const std::string_view name = line.substr(0, colon);
      std::string_view value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
      if (value.starts_with(' ')) value.remove_prefix(1);
      if (name == "event") event.event = value;
      if (name == "data") {
        if (has_data) event.data += '\n';
        event.data += value;
        has_data = true;
      }
    }
    if (has_data) return event;  // heartbeats and bare ids are not events
  }
}

}  // namespace loa::http
