#include "server/speech/numbers.h"

#include <array>
#include <cstdint>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace loa::speech {
namespace {

constexpr std::array<const char*, 10> kNames = {"không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"};

void replace(std::string& text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

// As a child learns it: every digit with its place, then the exceptions one by one.
std::string three(int value, bool is_inner) {
  const std::string hundreds = kNames.at(static_cast<std::size_t>(value / 100));
  const std::string tens = kNames.at(static_cast<std::size_t>(value / 10 % 10));
  const std::string ones = kNames.at(static_cast<std::size_t>(value % 10));
  std::string text = " " + hundreds + " trăm " + tens + " mươi " + ones + " ";
  replace(text, " không mươi không ", " ");
  replace(text, " không mươi ", " linh ");
  replace(text, " một mươi ", " mười ");
  replace(text, " mươi không ", " mươi ");
  replace(text, " mười không ", " mười ");
  replace(text, " mươi một ", " mươi mốt ");
  replace(text, " mươi bốn ", " mươi tư ");
  replace(text, " mươi năm ", " mươi lăm ");
  replace(text, " mười năm ", " mười lăm ");
  if (!is_inner) {
    replace(text, " không trăm linh ", " ");
    replace(text, " không trăm ", " ");
  }
  return text.substr(1, text.size() - 2);
}

std::string oracle(std::uint64_t value) {
  if (value == 0) return kNames[0];
  std::string text;
  const std::uint64_t billions = value / 1'000'000'000;
  if (billions > 0) text = oracle(billions) + " tỷ";
  const std::array<const char*, 3> powers = {" triệu", " nghìn", ""};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto group = static_cast<int>(value / (i == 0 ? 1'000'000 : i == 1 ? 1'000 : 1) % 1000);
    if (group == 0) continue;
    text += (text.empty() ? "" : " ") + three(group, !text.empty()) + powers.at(i);
  }
  return text;
}

TEST(Numbers, AreSaidAsTheOracleSaysThem) {
  for (std::uint64_t value = 0; value <= 20'000; ++value) ASSERT_EQ(say_number(value), oracle(value)) << value;
  std::mt19937_64 random(20261127);
  std::uint64_t top = 1;
  for (int digits = 1; digits <= 12; ++digits) {
    top *= 10;
    for (int i = 0; i < 500; ++i) {
      const std::uint64_t value = std::uniform_int_distribution<std::uint64_t>(0, top)(random);
      ASSERT_EQ(say_number(value), oracle(value)) << value;
    }
    for (const std::uint64_t value : {top - 1, top, top + 1, top + 5, top + 10, top + 15, top * 4})
      ASSERT_EQ(say_number(value), oracle(value)) << value;
  }
}

TEST(Numbers, HaveTheSpellingsOfTheNorth) {
  EXPECT_EQ(say_number(2026), "hai nghìn không trăm hai mươi sáu");
  EXPECT_EQ(say_number(1'005), "một nghìn không trăm linh năm");
  EXPECT_EQ(say_number(91), "chín mươi mốt");
  EXPECT_EQ(say_number(1'000'000'000'000), "một nghìn tỷ");
}

TEST(Numbers, ThatAreTooLongAreSaidDigitByDigit) {
  EXPECT_EQ(say_number(999'999'999'999'999'999).substr(0, 20), std::string{"chín trăm chín mươi chín"}.substr(0, 20));
  EXPECT_EQ(say_number(1'000'000'000'000'000'000).substr(0, 22), std::string{"một không không không"}.substr(0, 22));
  EXPECT_EQ(say_digits_as_number(std::string(19, '1')).substr(0, 16), std::string{"một một một một"}.substr(0, 16));
  EXPECT_EQ(say_digits_as_number("000"), "không");
  EXPECT_EQ(say_digits_as_number(std::string(40, '0') + "7"), "bảy");
}

TEST(Numbers, MonthsHaveNamesOfTheirOwn) {
  EXPECT_EQ(say_month(4), "tư");
  EXPECT_EQ(say_month(1), "một");
  EXPECT_EQ(say_lunar_month(1), "giêng");
  EXPECT_EQ(say_lunar_month(12), "chạp");
  EXPECT_EQ(say_lunar_month(4), "tư");
}

}  // namespace
}  // namespace loa::speech
