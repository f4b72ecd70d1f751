// Letters and syllables. Internal to server/speech.
#pragma once

#include <string>
#include <string_view>

namespace loa::speech {

// By the names of its letters, as abbreviations are said: a, bê, xê, dê, đê … Digits one by one, what else there is not
// at all.
[[nodiscard]] std::string spell(std::string_view word);
[[nodiscard]] bool has_vowel(std::string_view word);
// Whether a word in capitals can only be an abbreviation: it has no vowel, or three consonants in a row that no
// Vietnamese syllable begins with.
[[nodiscard]] bool is_unpronounceable(std::string_view word);
// Of words, by their groups of vowels; a word has at least one.
[[nodiscard]] int count_syllables(std::string_view words);
// I … XXXIX and so on as they are properly written, up to 399; 0 for anything else.
[[nodiscard]] int roman_value(std::string_view word);

}  // namespace loa::speech
