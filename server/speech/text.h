// The Unicode of what is read: the only door to ICU. Internal to server/speech.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace loa::speech {

enum class Kind {
  kWord,    // letters with their marks
  kDigits,  // 0–9
  kSpace,
  kBreak,    // ends of lines
  kMark,     // one character of any other kind
  kUnheard,  // one character that has no sound and parts nothing: a zero-width space, a variation selector
};

struct Token {
  Kind kind = Kind::kMark;
  std::size_t at = 0;     // byte in the text
  std::string_view text;  // of the text, which must outlive it
};

// In normal form C: a letter with its marks is one character, as our tables have it. Digits of other scripts,
// full-width ones among them, become 0–9. Throws Error speech.bad_utf8.
[[nodiscard]] std::string compose(std::string_view text);
// Of composed text; together they are all of it.
[[nodiscard]] std::vector<Token> split(std::string_view text);
[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] bool is_upper(std::string_view word);  // every letter
[[nodiscard]] bool starts_upper(std::string_view word);
// Characters of the text.
[[nodiscard]] std::vector<std::string_view> characters(std::string_view text);

}  // namespace loa::speech
