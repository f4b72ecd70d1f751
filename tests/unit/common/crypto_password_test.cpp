#include <gtest/gtest.h>

#include "common/crypto/password.h"

namespace loa::crypto {
namespace {

TEST(Password, IsKeptAsArgon2idWithASaltOfItsOwn) {
  const std::string first = hash_password("mật khẩu dài");
  const std::string second = hash_password("mật khẩu dài");
  EXPECT_TRUE(first.starts_with("$argon2id$v=19$m=32768,t=3,p=1$")) << first;
  EXPECT_NE(first, second);
  EXPECT_TRUE(is_password(first, "mật khẩu dài"));
  EXPECT_TRUE(is_password(second, "mật khẩu dài"));
  EXPECT_FALSE(is_password(first, "mật khẩu dàj"));
  EXPECT_FALSE(is_password(first, ""));
}

TEST(Password, NothingFitsWhatIsNoHash) {
  for (const std::string& hash : {std::string{}, std::string{"x"}, std::string{"$argon2id$"}, std::string(500, 'a')})
    EXPECT_FALSE(is_password(hash, "x")) << hash;
}

}  // namespace
}  // namespace loa::crypto
