#include "cli/node/qr.h"

#include <cerrno>
#include <cstring>
#include <memory>

#include <qrencode.h>

#include "common/base/error.h"

namespace loa::cli {
namespace {

constexpr int kQuietZone = 4;

}  // namespace

std::string draw_qr(std::string_view text) {
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
      QRcode_encodeString8bit(std::string{text}.c_str(), 0, QR_ECLEVEL_M), &QRcode_free);
  if (!code) throw Error("office.no_qr", {std::strerror(errno)});
  const auto is_dark = [&](int x, int y) {
    return x >= 0 && y >= 0 && x < code->width && y < code->width &&
           (code->data[static_cast<std::size_t>(y) * static_cast<std::size_t>(code->width) +
                       static_cast<std::size_t>(x)] &
            1U) != 0;
  };
  // Two rows of modules in one of text; what is dark stays the terminal's background.
  std::string out;
  for (int y = -kQuietZone; y < code->width + kQuietZone; y += 2) {
    for (int x = -kQuietZone; x < code->width + kQuietZone; ++x) {
      const bool upper = is_dark(x, y);
      const bool lower = is_dark(x, y + 1);
      if (upper && lower)
        out += ' ';
      else if (upper)
        out += "▄";
      else if (lower)
        out += "▀";
      else
        out += "█";
    }
    out += '\n';
  }
  return out;
}

}  // namespace loa::cli
