#include "common/base/error.h"

#include <cstdlib>

#include "common/base/texts.h"

namespace loa {
namespace {

const TextEntry* find_text(std::string_view code) {
  for (const TextEntry& entry : text_entries())
    if (entry.code == code) return &entry;
  return nullptr;
}

// Replaces {0} … {9}; anything else between braces stays as it is.
std::string fill(std::string_view pattern, const std::vector<std::string>& args) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '{' && i + 2 < pattern.size() && pattern[i + 2] == '}' && pattern[i + 1] >= '0' &&
        pattern[i + 1] <= '9') {
      const auto index = static_cast<std::size_t>(pattern[i + 1] - '0');
      if (index < args.size()) out += args[index];
      i += 2;
    } else {
      out += pattern[i];
    }
  }
  return out;
}

}  // namespace

Language language_of_environment() {
  for (const char* name : {"LOA_LANG", "LANG"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0')
      return std::string_view{value}.starts_with("en") ? Language::kEnglish : Language::kVietnamese;
  }
  return Language::kVietnamese;
}

std::string render(const Text& text, Language language) {
  const TextEntry* entry = find_text(text.code);
  if (entry != nullptr) return fill(language == Language::kVietnamese ? entry->vi : entry->en, text.args);
  std::string out = text.code;
  for (const std::string& arg : text.args) out += " " + arg;
  return out;
}

bool is_known_text(std::string_view code) {
  return find_text(code) != nullptr;
}

}  // namespace loa
