#include <gtest/gtest.h>

#include "common/crypto/encoding.h"
#include "common/crypto/wrapped_key.h"

namespace loa::crypto {
namespace {

TEST(WrappedKey, OpensWithItsPinAlone) {
  const WrappedKey made = make_wrapped_key("246-810");
  const auto opened = unwrap_key(made.wrapped, "246-810");
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->public_key(), made.key);
  for (const char* pin : {"", "246-811", "246-810 "}) EXPECT_FALSE(unwrap_key(made.wrapped, pin)) << pin;
}

TEST(WrappedKey, IsAnotherEachTime) {
  const WrappedKey one = make_wrapped_key("246-810");
  const WrappedKey two = make_wrapped_key("246-810");
  EXPECT_NE(one.key, two.key);
  EXPECT_NE(one.wrapped, two.wrapped);
}

TEST(WrappedKey, WhatIsDamagedOpensNothing) {
  const WrappedKey made = make_wrapped_key("246-810");
  Bytes octets = *decode_base64(made.wrapped);
  octets.back() ^= 1U;
  EXPECT_FALSE(unwrap_key(encode_base64(octets), "246-810"));
  octets.pop_back();
  EXPECT_FALSE(unwrap_key(encode_base64(octets), "246-810"));
  EXPECT_FALSE(unwrap_key("not Base64", "246-810"));
  EXPECT_FALSE(unwrap_key("", "246-810"));
}

}  // namespace
}  // namespace loa::crypto
