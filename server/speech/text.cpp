#include "server/speech/text.h"

#include <cstdint>

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "common/base/error.h"

namespace loa::speech {
namespace {

// The code point at `at`, which moves behind it; negative when it is none.
UChar32 next(std::string_view text, std::size_t& at) {
  // ICU's macro wants 32-bit positions and raw octets.
  const auto* octets = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto size = static_cast<std::int64_t>(text.size());
  auto position = static_cast<std::int64_t>(at);
  UChar32 code = 0;
  U8_NEXT(octets, position, size, code);
  at = static_cast<std::size_t>(position);
  return code;
}

Kind kind_of(UChar32 code) {
  if (code >= '0' && code <= '9') return Kind::kDigits;
  if (code == '\n' || code == '\r' || code == 0x2028 || code == 0x2029) return Kind::kBreak;
  if (u_isUWhiteSpace(code) != 0) return Kind::kSpace;
  if (u_isalpha(code) != 0) return Kind::kWord;
  switch (u_charType(code)) {
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_COMBINING_SPACING_MARK:
    case U_FORMAT_CHAR:
    case U_CONTROL_CHAR:
      return Kind::kUnheard;
    default:
      return Kind::kMark;
  }
}

bool is_combining(UChar32 code) {
  const int type = u_charType(code);
  return type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK;
}

}  // namespace

std::string compose(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    if (next(text, at) < 0) throw Error("speech.bad_utf8", {std::to_string(begin + 1)});
  }
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  std::string composed;
  icu::StringByteSink<std::string> sink(&composed);
  if (U_SUCCESS(status) != 0)
    nfc->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())), sink, nullptr, status);
  if (U_FAILURE(status) != 0) throw Error("speech.no_unicode", {u_errorName(status)});
  std::string plain;
  plain.reserve(composed.size());
  for (std::size_t at = 0; at < composed.size();) {
    const std::size_t begin = at;
    const UChar32 code = next(composed, at);
    const std::int32_t digit = u_charDigitValue(code);
    if (digit >= 0 && u_charType(code) == U_DECIMAL_DIGIT_NUMBER)
      plain += static_cast<char>('0' + digit);
    else
      plain.append(composed, begin, at - begin);
  }
  return plain;
}

std::vector<Token> split(std::string_view text) {
  std::vector<Token> tokens;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const UChar32 code = next(text, at);
    const Kind kind = kind_of(code);
    const bool joins = !tokens.empty() && tokens.back().kind == kind && kind != Kind::kMark && kind != Kind::kUnheard;
    const bool marks = !tokens.empty() && tokens.back().kind == Kind::kWord && is_combining(code);
    if (joins || marks)
      tokens.back().text = text.substr(tokens.back().at, at - tokens.back().at);
    else
      tokens.push_back({kind, begin, text.substr(begin, at - begin)});
  }
  return tokens;
}

std::string lower(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const UChar32 code = u_tolower(next(text, at));
    std::uint8_t octets[U8_MAX_LENGTH] = {};  // NOLINT(modernize-avoid-c-arrays): what ICU's macro fills
    std::int32_t length = 0;
    U8_APPEND_UNSAFE(octets, length, code);
    out.append(octets, octets + length);
  }
  return out;
}

bool is_upper(std::string_view word) {
  for (std::size_t at = 0; at < word.size();) {
    const UChar32 code = next(word, at);
    if (u_isupper(code) == 0 && !is_combining(code)) return false;
  }
  return !word.empty();
}

bool starts_upper(std::string_view word) {
  std::size_t at = 0;
  return !word.empty() && u_isupper(next(word, at)) != 0;
}

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> all;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    (void)next(text, at);
    all.push_back(text.substr(begin, at - begin));
  }
  return all;
}

}  // namespace loa::speech
