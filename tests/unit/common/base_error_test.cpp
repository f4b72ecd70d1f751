#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/base/texts.h"

namespace loa {
namespace {

TEST(Error, SpeaksBothLanguages) {
  const Error error("file.cannot_read", {"a.wav", "no such file"});
  EXPECT_EQ(error.code(), "file.cannot_read");
  EXPECT_NE(render(error.text(), Language::kVietnamese).find("a.wav"), std::string::npos);
  EXPECT_NE(std::string{error.what()}.find("no such file"), std::string::npos);
}

TEST(Error, UnknownCodeStaysReadable) {
  EXPECT_FALSE(is_known_text("no.such"));
  EXPECT_EQ(render({"no.such", {"x"}}, Language::kEnglish), "no.such x");
}

// A placeholder in one language only would drop what the other language says.
TEST(Texts, BothLanguagesUseTheSamePlaceholdersAndCodesAreUnique) {
  for (const TextEntry& entry : text_entries()) {
    EXPECT_FALSE(entry.vi.empty()) << entry.code;
    EXPECT_FALSE(entry.en.empty()) << entry.code;
    for (char digit = '0'; digit <= '9'; ++digit) {
      const std::string placeholder{'{', digit, '}'};
      EXPECT_EQ(entry.vi.find(placeholder) == std::string_view::npos,
                entry.en.find(placeholder) == std::string_view::npos)
          << entry.code;
    }
    int same = 0;
    for (const TextEntry& other : text_entries()) same += other.code == entry.code ? 1 : 0;
    EXPECT_EQ(same, 1) << entry.code;
  }
}

}  // namespace
}  // namespace loa
