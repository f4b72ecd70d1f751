#include "common/qr/qr.h"

#include <memory>

#include <qrencode.h>

namespace loa::qr {
namespace {

constexpr int kQuietZone = 4;

class Code {
 public:
  Code(std::string_view text, Correction correction)
      : code_(QRcode_encodeString8bit(std::string{text}.c_str(), 0,
                                      correction == Correction::kHigh ? QR_ECLEVEL_H : QR_ECLEVEL_M),
              &QRcode_free) {
    if (!code_) throw Error("qr.too_long", {std::to_string(text.size())});
  }
  [[nodiscard]] int width() const { return code_->width; }
  // Light outside.
  [[nodiscard]] bool is_dark(int x, int y) const {
    return x >= 0 && y >= 0 && x < width() && y < width() &&
           (code_->data[static_cast<std::size_t>(y) * static_cast<std::size_t>(width()) + static_cast<std::size_t>(x)] &
            1U) != 0;
  }

 private:
  std::unique_ptr<QRcode, decltype(&QRcode_free)> code_;
};

}  // namespace

std::string text_picture(std::string_view text) {
  const Code code(text, Correction::kMedium);
  // Two rows of modules in one of text; what is dark stays the terminal's background.
  std::string out;
  for (int y = -kQuietZone; y < code.width() + kQuietZone; y += 2) {
    for (int x = -kQuietZone; x < code.width() + kQuietZone; ++x) {
      const bool upper = code.is_dark(x, y);
      const bool lower = code.is_dark(x, y + 1);
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

std::string svg(std::string_view text, Correction correction) {
  const Code code(text, correction);
  const std::string size = std::to_string(code.width() + 2 * kQuietZone);
  std::string out = R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 )" + size + " " + size +
                    R"(" shape-rendering="crispEdges"><rect width=")" + size + R"(" height=")" + size +
                    R"(" fill="#fff"/><path d=")";
  for (int y = 0; y < code.width(); ++y) {
    for (int x = 0; x < code.width(); ++x) {
      int length = 0;
      while (code.is_dark(x + length, y)) ++length;
      if (length == 0) continue;
      const std::string run = std::to_string(length);
      out.append("M").append(std::to_string(x + kQuietZone)).append(" ").append(std::to_string(y + kQuietZone));
      out.append("h").append(run).append("v1h-").append(run).append("z");
      x += length;
    }
  }
  return out + R"("/></svg>)";
}

}  // namespace loa::qr
