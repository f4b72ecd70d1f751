#include "common/enrol/code.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/crypto/sha256.h"

namespace loa::enrol {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

std::string refusal_of(const std::string& typed) {
  try {
    (void)Code::parse(typed);
  } catch (const Error& error) {
    EXPECT_TRUE(is_known_text(error.code()));
    return error.code();
  }
  return "";
}

std::string without_hyphens(std::string text) {
  std::erase(text, '-');
  return text;
}

TEST(EnrolCode, IsSevenGroupsOfFourAndReadsBack) {
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const std::string text = Code::make().text();
    EXPECT_THAT(text, testing::MatchesRegex("([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}"));
    EXPECT_EQ(Code::parse(text).text(), text);
    seen.insert(text);
  }
  EXPECT_EQ(seen.size(), 200U);
}

TEST(EnrolCode, EverySymbolIsDrawn) {
  std::set<char> drawn;
  for (int i = 0; i < 200; ++i)
    for (const char c : without_hyphens(Code::make().text()).substr(0, 27)) drawn.insert(c);
  EXPECT_EQ(drawn.size(), kAlphabet.size());
}

TEST(EnrolCode, IsReadAsPeopleType) {
  const Code code = Code::make();
  std::string typed = without_hyphens(code.text());
  for (char& c : typed) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '0') c = 'o';
    if (c == '1') c = 'l';
  }
  EXPECT_EQ(Code::parse(" " + typed.substr(0, 5) + " -" + typed.substr(5) + "\n").text(), code.text());
}

TEST(EnrolCode, EverySingleWrongCharacterIsFound) {
  const std::string text = without_hyphens(Code::make().text());
  for (std::size_t i = 0; i < text.size(); ++i)
    for (const char other : kAlphabet) {
      std::string wrong = text;
      wrong[i] = other;
      EXPECT_EQ(refusal_of(wrong), wrong == text ? "" : "enrol.code_mistyped") << i << other;
    }
}

TEST(EnrolCode, EveryTwoExchangedCharactersAreFound) {
  const std::string text = without_hyphens(Code::make().text());
  for (std::size_t i = 0; i < text.size(); ++i)
    for (std::size_t j = i + 1; j < text.size(); ++j) {
      std::string wrong = text;
      std::swap(wrong[i], wrong[j]);
      EXPECT_EQ(refusal_of(wrong), wrong == text ? "" : "enrol.code_mistyped") << i << " " << j;
    }
}

TEST(EnrolCode, WhatIsNoCodeIsRefused) {
  const std::string text = without_hyphens(Code::make().text());
  EXPECT_EQ(refusal_of(""), "enrol.code_length");
  EXPECT_EQ(refusal_of(text.substr(1)), "enrol.code_length");
  EXPECT_EQ(refusal_of(text + text[0]), "enrol.code_length");
  EXPECT_EQ(refusal_of(std::string(1'000'000, '0')), "enrol.code_length");
  EXPECT_EQ(refusal_of(std::string(27, '0') + "U"), "enrol.code_mistyped");
  EXPECT_EQ(refusal_of(std::string(27, '0') + "\xe1"), "enrol.code_mistyped");
}

TEST(EnrolCode, GivesTwoKeysThatAreNotEachOther) {
  const Code code = Code::parse(std::string(28, '0'));
  const CodeVerifier verifier = code.verifier();
  EXPECT_EQ(verifier.node_key, code.node_key().public_key());
  EXPECT_EQ(crypto::SecretKey::from_seed(verifier.server_seed).public_key(), code.server_key().public_key());
  EXPECT_NE(code.node_key().public_key(), code.server_key().public_key());
  // docs/protocol.md §5, octet by octet.
  std::string seed = "loa enrol v1 node";
  seed += '\0';
  seed += std::string(28, '0');
  EXPECT_EQ(crypto::SecretKey::from_seed(crypto::sha256(view_bytes(seed))).public_key(), verifier.node_key);
}

}  // namespace
}  // namespace loa::enrol
