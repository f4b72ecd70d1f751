// Numbers as Northern Vietnamese says them: mốt, tư, lăm, mười and mươi, linh; nghìn, triệu, tỷ.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace loa::speech {

// Up to 10^18 - 1; a larger one is said digit by digit.
[[nodiscard]] std::string say_number(std::uint64_t value);
// Of decimal digits, at least one: leading zeros are not said, more than 18 digits are said one by one.
[[nodiscard]] std::string say_digits_as_number(std::string_view digits);
// One by one.
[[nodiscard]] std::string say_digits(std::string_view digits);
// A solar month: that of 4 is tư.
[[nodiscard]] std::string say_month(std::uint64_t month);
// A lunar month: giêng and chạp are the first and the last.
[[nodiscard]] std::string say_lunar_month(std::uint64_t month);

}  // namespace loa::speech
