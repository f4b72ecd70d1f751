// One kind of failure that a person reads. The code names it for programs; the words, in Vietnamese and English, stand
// in texts.cpp and nowhere else.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace loa {

enum class Language { kVietnamese, kEnglish };

// From LOA_LANG, else LANG (en… is English); Vietnamese when neither says.
[[nodiscard]] Language language_of_environment();

// A code of texts.cpp and the values for its {placeholders}, in the order they stand in the text.
struct Text {
  std::string code;
  std::vector<std::string> args;
};

// Any thread. An unknown code gives the code itself with its args: a missing translation never hides an error.
[[nodiscard]] std::string render(const Text& text, Language language);
[[nodiscard]] bool is_known_text(std::string_view code);

class Error : public std::exception {
 public:
  explicit Error(std::string code, std::vector<std::string> args = {})
      : text_{std::move(code), std::move(args)}, what_(render(text_, Language::kEnglish)) {}

  [[nodiscard]] const Text& text() const { return text_; }
  [[nodiscard]] const std::string& code() const { return text_.code; }
  [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }

 private:
  Text text_;
  std::string what_;
};

}  // namespace loa
