#include "server/speech/letters.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "server/speech/numbers.h"
#include "server/speech/text.h"

namespace loa::speech {
namespace {

const std::map<std::string_view, std::string_view>& letter_names() {
  static const std::map<std::string_view, std::string_view> names = {
      {"a", "a"},  {"ă", "á"},      {"â", "ớ"},   {"b", "bê"},  {"c", "xê"},  {"d", "dê"}, {"đ", "đê"},
      {"e", "e"},  {"ê", "ê"},      {"f", "ép"},  {"g", "giê"}, {"h", "hát"}, {"i", "i"},  {"j", "gi"},
      {"k", "ca"}, {"l", "lờ"},     {"m", "mờ"},  {"n", "nờ"},  {"o", "o"},   {"ô", "ô"},  {"ơ", "ơ"},
      {"p", "pê"}, {"q", "quy"},    {"r", "rờ"},  {"s", "sờ"},  {"t", "tê"},  {"u", "u"},  {"ư", "ư"},
      {"v", "vê"}, {"w", "vê kép"}, {"x", "ích"}, {"y", "y"},   {"z", "dét"}};
  return names;
}

bool is_vowel(std::string_view character) {
  static const std::set<std::string_view> vowels = [] {
    const auto all = characters("aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵ");
    return std::set<std::string_view>(all.begin(), all.end());
  }();
  return vowels.contains(character);
}

}  // namespace

std::string spell(std::string_view word) {
  std::string out;
  const std::string small = lower(word);
  for (const std::string_view character : characters(small)) {
    const bool is_digit = character.size() == 1 && character[0] >= '0' && character[0] <= '9';
    const auto name = letter_names().find(character);
    if (!is_digit && name == letter_names().end()) continue;
    if (!out.empty()) out += ' ';
    out += is_digit ? say_digits(character) : std::string{name->second};
  }
  return out;
}

bool has_vowel(std::string_view word) {
  const std::string small = lower(word);
  return std::ranges::any_of(characters(small), is_vowel);
}

bool is_unpronounceable(std::string_view word) {
  const std::string small = lower(word);
  if (!std::ranges::all_of(characters(small), [](std::string_view character) {
        return is_vowel(character) || letter_names().contains(character);
      }))
    return false;
  const std::string_view rest = std::string_view{small}.substr(small.starts_with("ngh") ? 3 : 0);
  int run = 0;
  for (const std::string_view character : characters(rest)) {
    run = is_vowel(character) ? 0 : run + 1;
    if (run == 3) return true;
  }
  return !has_vowel(small);
}

int count_syllables(std::string_view words) {
  int count = 0;
  bool in_word = false;
  bool in_vowels = false;
  int groups = 0;
  const std::string small = lower(words) + " ";
  for (const std::string_view character : characters(small)) {
    if (character == " ") {
      if (in_word) count += std::max(groups, 1);
      in_word = in_vowels = false;
      groups = 0;
      continue;
    }
    in_word = true;
    const bool vowel = is_vowel(character);
    if (vowel && !in_vowels) ++groups;
    in_vowels = vowel;
  }
  return count;
}

int roman_value(std::string_view word) {
  struct Numeral {
    std::string_view letters;
    int value;
  };
  constexpr std::array<Numeral, 9> kNumerals = {
      {{"C", 100}, {"XC", 90}, {"L", 50}, {"XL", 40}, {"X", 10}, {"IX", 9}, {"V", 5}, {"IV", 4}, {"I", 1}}};
  int value = 0;
  std::string proper;
  for (const auto& [letters, each] : kNumerals)
    while (std::string_view{proper}.size() < word.size() && word.substr(proper.size()).starts_with(letters)) {
      value += each;
      proper += letters;
    }
  // Read greedily; it is a numeral when writing its value gives it back.
  int left = value;
  std::string written;
  for (const auto& [letters, each] : kNumerals)
    for (; left >= each; left -= each) written += letters;
  return !word.empty() && value < 400 && written == word ? value : 0;
}

}  // namespace loa::speech
