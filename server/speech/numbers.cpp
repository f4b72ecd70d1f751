#include "server/speech/numbers.h"

#include <array>

namespace loa::speech {
namespace {

constexpr std::array<const char*, 10> kDigits = {"không", "một", "hai", "ba",  "bốn",
                                                 "năm",   "sáu", "bảy", "tám", "chín"};
constexpr std::uint64_t kBillion = 1'000'000'000;
constexpr std::size_t kMostDigits = 18;

void add(std::string& out, std::string_view word) {
  if (!out.empty()) out += ' ';
  out += word;
}

// A group inside a number says its empty hundreds: hai nghìn không trăm linh năm.
enum class Place { kFirst, kInner };

void say_group(std::string& out, std::uint64_t value, Place place) {
  const std::uint64_t hundreds = value / 100;
  const std::uint64_t tens = value / 10 % 10;
  const std::uint64_t ones = value % 10;
  const bool has_hundreds = hundreds > 0 || place == Place::kInner;
  if (has_hundreds) {
    add(out, kDigits[hundreds]);
    add(out, "trăm");
  }
  if (tens == 0) {
    if (ones == 0) return;
    if (has_hundreds) add(out, "linh");
    add(out, kDigits[ones]);
    return;
  }
  if (tens == 1) {
    add(out, "mười");
  } else {
    add(out, kDigits[tens]);
    add(out, "mươi");
  }
  if (ones == 5)
    add(out, "lăm");
  else if (ones == 1 && tens > 1)
    add(out, "mốt");
  else if (ones == 4 && tens > 1)
    add(out, "tư");
  else if (ones > 0)
    add(out, kDigits[ones]);
}

// Below 10^9.
void say_below_billion(std::string& out, std::uint64_t value, Place place) {
  struct Power {
    std::uint64_t of;
    const char* name;
  };
  for (const auto& [of, name] : {Power{1'000'000, "triệu"}, Power{1000, "nghìn"}, Power{1, ""}}) {
    const std::uint64_t group = value / of % 1000;
    if (group == 0) continue;
    say_group(out, group, place);
    if (*name != '\0') add(out, name);
    place = Place::kInner;
  }
}

}  // namespace

std::string say_number(std::uint64_t value) {
  if (value == 0) return kDigits[0];
  if (value / kBillion >= kBillion) return say_digits(std::to_string(value));
  std::string out;
  if (value >= kBillion) {
    say_below_billion(out, value / kBillion, Place::kFirst);
    add(out, "tỷ");
  }
  say_below_billion(out, value % kBillion, value >= kBillion ? Place::kInner : Place::kFirst);
  return out;
}

std::string say_digits_as_number(std::string_view digits) {
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  if (digits.size() > kMostDigits) return say_digits(digits);
  return say_number(std::stoull(std::string{digits}));
}

std::string say_digits(std::string_view digits) {
  std::string out;
  for (const char digit : digits) add(out, kDigits[static_cast<std::size_t>(digit - '0')]);
  return out;
}

std::string say_month(std::uint64_t month) {
  return month == 4 ? "tư" : say_number(month);
}

std::string say_lunar_month(std::uint64_t month) {
  if (month == 1) return "giêng";
  return month == 12 ? "chạp" : say_month(month);
}

}  // namespace loa::speech
