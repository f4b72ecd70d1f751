#include "server/speech/lexicon_file.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "server/speech/reading.h"
#include "tests/support/error_code.h"
#include "tests/support/scratch_folder.h"

namespace loa::speech {
namespace {

using testing::HasSubstr;

class LexiconFile : public testing::Test {
 protected:
  [[nodiscard]] Lexicon load(const std::string& text) const {
    std::ofstream(folder_ / "words.toml") << text;
    return load_lexicon(folder_ / "words.toml");
  }
  [[nodiscard]] std::string refusal(const std::string& text) const {
    try {
      (void)load(text);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "config.bad");
      return error.what();
    }
    return "";
  }
  const test::ScratchFolder folder_;
};

TEST_F(LexiconFile, TheWardsWordsStandOverThoseBuiltIn) {
  const Lexicon words =
      load("[abbreviations]\n\"PL\" = \"Phù Liễn\"\n\"CN\" = \"cử nhân\"\n[units]\n\"suất\" = \"suất\"\n");
  EXPECT_EQ(read_text("P. PL, CN Nam, TDP 5", words).spoken, "phường Phù Liễn, cử nhân Nam, tổ dân phố năm");
  EXPECT_EQ(read_text("PL", vietnamese()).spoken, "pê lờ");
}

TEST_F(LexiconFile, KeysInPartsAreComposed) {
  const Lexicon words = load("[abbreviations]\n\"A\u0302B\" = \"âm bản\"\n");
  EXPECT_EQ(read_text("ÂB", words).spoken, "âm bản");
}

TEST_F(LexiconFile, WhatCannotBeSaidAsItIsIsRefusedByName) {
  EXPECT_THAT(refusal("[abbreviations]\n\"X1\" = \"tổ 5\"\n"), HasSubstr("tổ 5"));
  EXPECT_THAT(refusal("[abbreviations]\n\"X1\" = \"UBND phường\"\n"), HasSubstr("UBND phường"));
  EXPECT_THAT(refusal("[units]\n\"q\" = \"hai  cách\"\n"), HasSubstr("hai  cách"));
  EXPECT_THAT(refusal("[abbreviations]\n\"X1\" = \"\"\n"), HasSubstr("X1"));
  EXPECT_THAT(refusal("[abbreviations]\n\"X1\" = 5\n"), HasSubstr("X1"));
  EXPECT_THAT(refusal("[abbreviations]\n\"" + std::string(65, 'X') + "\" = \"dài\"\n"), HasSubstr("64"));
  EXPECT_THAT(refusal("[abbrevations]\nUBND = \"ủy ban\"\n"), HasSubstr("abbrevations"));
}

TEST_F(LexiconFile, AFileThatIsNotThereIsRefused) {
  EXPECT_EQ(test::code_of([&] { (void)load_lexicon(folder_ / "none.toml"); }), "file.cannot_read");
}

}  // namespace
}  // namespace loa::speech
