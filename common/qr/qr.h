// QR codes (ISO/IEC 18004). The only door to libqrencode. Any thread. What is too long for one: Error qr.too_long.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.h"

namespace loa::qr {

enum class Correction {
  kMedium,  // 15 % of it may be covered: for screens
  kHigh,    // 30 %: for a pole in sun and rain
};

// For a terminal: lines of half blocks, light on dark, with the quiet zone around it.
[[nodiscard]] std::string text_picture(std::string_view text);

// An SVG document of its own, black on white with the quiet zone; it has no size and fills what it is put into.
[[nodiscard]] std::string svg(std::string_view text, Correction correction);

}  // namespace loa::qr
