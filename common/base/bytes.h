// Octets, and the two crossings between octets and text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace loa {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

// The view lives as long as the text.
[[nodiscard]] inline ByteView view_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline Bytes bytes_of(std::string_view text) {
  const ByteView view = view_bytes(text);
  return {view.begin(), view.end()};
}
// The view lives as long as the octets; nothing is checked, so the caller parses it as hostile text.
[[nodiscard]] inline std::string_view view_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace loa
