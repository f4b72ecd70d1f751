#include <cstddef>

#include "common/link/link.h"

namespace loa::link {
namespace {

constexpr std::size_t kLongestTopic = 1024;

// Length of the well-formed UTF-8 sequence (RFC 3629) at the front, 0 when there is none.
std::size_t utf8_length(std::string_view text) {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = octet(0);
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xbf;
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) {
    length = 2;
  } else if (first >= 0xe0 && first <= 0xef) {
    length = 3;
    if (first == 0xe0) low = 0xa0;   // shorter forms
    if (first == 0xed) high = 0x9f;  // surrogates
  } else if (first >= 0xf0 && first <= 0xf4) {
    length = 4;
    if (first == 0xf0) low = 0x90;
    if (first == 0xf4) high = 0x8f;  // beyond U+10FFFF
  } else {
    return 0;
  }
  if (text.size() < length || octet(1) < low || octet(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i)
    if (octet(i) < 0x80 || octet(i) > 0xbf) return 0;
  return length;
}

// UTF-8 of a reasonable length without control characters (MQTT 5 §1.5.4: must not hold U+0000, should not the others).
bool is_valid_text(std::string_view text) {
  if (text.empty() || text.size() > kLongestTopic) return false;
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = utf8_length(text);
    if (length == 0 || first < 0x20 || first == 0x7f) return false;
    text.remove_prefix(length);
  }
  return true;
}

// Takes the next level off the front; `is_last` tells whether it was the last one.
struct Level {
  std::string_view text;
  bool is_last = false;
};
Level take_level(std::string_view& rest) {
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return {rest, true};
  const Level level{rest.substr(0, slash), false};
  rest.remove_prefix(slash + 1);
  return level;
}

}  // namespace

bool is_valid_topic(std::string_view topic) {
  return is_valid_text(topic) && topic.find_first_of("+#") == std::string_view::npos;
}

bool is_valid_filter(std::string_view filter) {
  if (!is_valid_text(filter)) return false;
  for (;;) {
    const Level level = take_level(filter);
    const bool has_wildcard = level.text.find_first_of("+#") != std::string_view::npos;
    if (has_wildcard && level.text.size() != 1) return false;
    if (level.text == "#" && !level.is_last) return false;
    if (level.is_last) return true;
  }
}

bool matches(std::string_view filter, std::string_view topic) {
  // MQTT 5 §4.7.2: a wildcard in front does not reach the broker's own topics.
  if (topic.starts_with('$') && !filter.starts_with('$')) return false;
  for (;;) {
    const Level wanted = take_level(filter);
    if (wanted.text == "#") return true;
    const Level found = take_level(topic);
    if (wanted.text != "+" && wanted.text != found.text) return false;
    if (found.is_last) return wanted.is_last || filter == "#";  // `a/#` is about `a` too
    if (wanted.is_last) return false;
  }
}

}  // namespace loa::link
