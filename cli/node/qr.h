// A QR picture for a terminal. The only door to libqrencode.
#pragma once

#include <string>
#include <string_view>

namespace loa::cli {

// Lines of half blocks, light on dark, with the quiet zone of ISO/IEC 18004 around it. Throws Error office.no_qr for a
// text that does not fit a picture.
[[nodiscard]] std::string draw_qr(std::string_view text);

}  // namespace loa::cli
