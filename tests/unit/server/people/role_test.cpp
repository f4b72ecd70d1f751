#include "server/people/role.h"

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace loa::server {
namespace {

TEST(Role, EveryNameIsReadBack) {
  for (const Role role : kRoles) EXPECT_EQ(parse_role(to_string(role)), role);
  for (const TokenScope scope : {TokenScope::kRead, TokenScope::kWrite, TokenScope::kStop})
    EXPECT_EQ(parse_token_scope(to_string(scope)), scope);
  EXPECT_EQ(parse_role("king"), std::nullopt);
  EXPECT_EQ(parse_token_scope(""), std::nullopt);
}

bool is_good(const std::string& password, const char* person = "hoang") {
  try {
    require_good_password(PersonId{person}, password);
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "person.weak_password");
    return false;
  }
}

TEST(Password, IsLongEnoughInCharactersNotInBytes) {
  EXPECT_TRUE(is_good("mười ký tự"));
  EXPECT_FALSE(is_good("chín ký t"));
  EXPECT_FALSE(is_good("ừừừừừ")) << "15 bytes";
  EXPECT_TRUE(is_good(std::string(128, 'a') + std::string(128, 'b')));
  EXPECT_FALSE(is_good(std::string(129, 'a') + std::string(128, 'b')));
}

TEST(Password, IsNotWhatEverybodyTriesFirst) {
  for (const char* known : {"1234567890", "MatKhau123", "xxxxxxxxxxxx", "toi la HOANG day", "phulien2026"})
    EXPECT_FALSE(is_good(known)) << known;
  EXPECT_TRUE(is_good("ban ngày đi làm", "an")) << "a short name stands in many a sentence";
}

}  // namespace
}  // namespace loa::server
