#include "server/http/sticker.h"

#include "common/base/error.h"
#include "common/qr/qr.h"

namespace loa::server {
namespace {

// In tenths of a millimetre.
constexpr int kWidth = 900;
constexpr int kHeight = 1200;
constexpr int kMargin = 60;
constexpr int kCode = 640;

// Of a font that nobody has measured a line of `text` is at most so wide: then it is drawn as wide as it may be.
std::string line(std::string_view text, int baseline, int size, const char* weight) {
  const int most = kWidth - 2 * kMargin;
  std::size_t letters = 0;
  for (const char c : text)
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++letters;
  std::string out = R"(<text x=")" + std::to_string(kWidth / 2) + R"(" y=")" + std::to_string(baseline) +
                    R"(" font-size=")" + std::to_string(size) + R"(" font-weight=")" + weight +
                    R"(" text-anchor="middle")";
  if (static_cast<int>(letters) * size * 6 / 10 > most)
    out += R"( textLength=")" + std::to_string(most) + R"(" lengthAdjust="spacingAndGlyphs")";
  return out + ">" + xml_escaped(text) + "</text>";
}

}  // namespace

std::string xml_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string sticker_svg(const Sticker& sticker) {
  const std::string address = std::string{sticker.url} + "/p/" + std::string{sticker.node};
  const auto say = [](const char* code) { return render({code, {}}, Language::kVietnamese); };
  std::string out =
      R"(<svg xmlns="http://www.w3.org/2000/svg" width="90mm" height="120mm" viewBox="0 0 )" + std::to_string(kWidth) +
      " " + std::to_string(kHeight) +
      R"(" font-family="Arial, 'Liberation Sans', sans-serif"><rect width="100%" height="100%" fill="#fff"/>)";
  out += line(sticker.ward, 95, 54, "bold");
  out += line(say("sticker.listen"), 160, 44, "normal");
  out += R"(<svg x=")" + std::to_string((kWidth - kCode) / 2) + R"(" y="195" width=")" + std::to_string(kCode) +
         R"(" height=")" + std::to_string(kCode) + R"(">)" + qr::svg(address, qr::Correction::kHigh) + "</svg>";
  out += line(say("sticker.scan"), 910, 44, "bold");
  out += line(say("sticker.what_for"), 970, 40, "normal");
  out += line(sticker.loudspeaker, 1060, 46, "bold");
  out += line(address, 1125, 32, "normal");
  return out + "</svg>\n";
}

}  // namespace loa::server
