// What is glued to a pole: the code that opens a loudspeaker's page, and whose it is. Internal to server/http; any
// thread.
#pragma once

#include <string>
#include <string_view>

namespace loa::server {

struct Sticker {
  std::string_view ward;  // Phường Phù Liễn
  std::string_view loudspeaker;
  std::string_view node;
  std::string_view url;  // of the server, as residents reach it; without a slash at its end
};

// An SVG of 90 × 120 mm. Throws Error qr.too_long.
[[nodiscard]] std::string sticker_svg(const Sticker& sticker);

// For text between tags and in attributes.
[[nodiscard]] std::string xml_escaped(std::string_view text);

}  // namespace loa::server
