#include <gtest/gtest.h>

#include "common/crypto/totp.h"

namespace loa::crypto {
namespace {

const Bytes kSecret = [] {
  const std::string_view text = "12345678901234567890";
  return Bytes(text.begin(), text.end());
}();

WallTime at(std::int64_t s) {
  return wall_from_us(s * 1'000'000);
}

// RFC 6238, appendix B: the last six of its eight digits.
TEST(Totp, AgreesWithTheRfc) {
  EXPECT_EQ(totp_digits(kSecret, totp_step(at(59))), "287082");
  EXPECT_EQ(totp_digits(kSecret, totp_step(at(1111111109))), "081804");
  EXPECT_EQ(totp_digits(kSecret, totp_step(at(1111111111))), "050471");
  EXPECT_EQ(totp_digits(kSecret, totp_step(at(1234567890))), "005924");
  EXPECT_EQ(totp_digits(kSecret, totp_step(at(2000000000))), "279037");
  EXPECT_EQ(totp_digits(kSecret, 20000000000 / kTotpStep.count()), "353130");
}

TEST(Totp, OneStepEitherWayAndEachOnce) {
  const WallTime now = at(1234567890);
  const std::int64_t step = totp_step(now);
  for (const std::int64_t beside : {-1, 0, 1})
    EXPECT_EQ(find_totp_step(kSecret, totp_digits(kSecret, step + beside), now, 0), step + beside);
  EXPECT_EQ(find_totp_step(kSecret, totp_digits(kSecret, step - 2), now, 0), std::nullopt);
  EXPECT_EQ(find_totp_step(kSecret, totp_digits(kSecret, step + 2), now, 0), std::nullopt);
  EXPECT_EQ(find_totp_step(kSecret, totp_digits(kSecret, step), now, step), std::nullopt) << "used";
  EXPECT_EQ(find_totp_step(kSecret, totp_digits(kSecret, step + 1), now, step), step + 1);
  EXPECT_EQ(find_totp_step(kSecret, "", now, 0), std::nullopt);
}

}  // namespace
}  // namespace loa::crypto
