#include <string>

#include <gtest/gtest.h>

#include "common/crypto/encoding.h"
#include "common/crypto/random.h"
#include "common/crypto/sha256.h"

namespace loa::crypto {
namespace {

// RFC 4648 §10.
TEST(Base64, KnownAnswers) {
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : cases) {
    EXPECT_EQ(encode_base64(view_bytes(plain)), text);
    EXPECT_EQ(decode_base64(text), bytes_of(plain));
  }
}

TEST(Base64, UsesTheAlphabetOfItsVariant) {
  const Bytes octets{0xfb, 0xff, 0xfe, 0xff};
  EXPECT_EQ(encode_base64(octets), "+//+/w==");
  EXPECT_EQ(encode_base64url(octets), "-__-_w");
  EXPECT_EQ(decode_base64("+//+/w=="), octets);
  EXPECT_EQ(decode_base64url("-__-_w"), octets);
  EXPECT_FALSE(decode_base64("-__-_w=="));
  EXPECT_FALSE(decode_base64url("+//+/w"));
}

TEST(Base64, HasOneFormForEachValue) {
  for (const char* bad : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zg==\n", " Zg==", "Z g==", "Zm9vY", "====", "=",
                          "Zg==Zg==", "Zm9v!", "Zm9v\xc3\xa9"})
    EXPECT_FALSE(decode_base64(bad)) << bad;
  for (const char* bad : {"Zg==", "Zh", "Z", "Zm9vY", "Zg\n", "Zm 9v"}) EXPECT_FALSE(decode_base64url(bad)) << bad;
  EXPECT_FALSE(decode_base64(std::string_view{"Zm9v\0", 5}));
}

TEST(Base64, EveryLengthComesBack) {
  for (std::size_t length = 0; length < 300; ++length) {
    const Bytes octets = random_bytes(length);
    EXPECT_EQ(decode_base64(encode_base64(octets)), octets);
    EXPECT_EQ(decode_base64url(encode_base64url(octets)), octets);
    EXPECT_EQ(decode_hex(encode_hex(octets)), octets);
  }
}

TEST(Hex, IsLowerCaseAndWhole) {
  EXPECT_EQ(encode_hex(Bytes{0x00, 0x9f, 0xa0, 0xff}), "009fa0ff");
  EXPECT_EQ(decode_hex("009fa0ff"), (Bytes{0x00, 0x9f, 0xa0, 0xff}));
  EXPECT_EQ(decode_hex(""), Bytes{});
  for (const char* bad : {"0", "0g", "AB", "0x", " 00", "00 ", "0\n"}) EXPECT_FALSE(decode_hex(bad)) << bad;
}

TEST(Random, DoesNotRepeat) {
  EXPECT_NE(random_bytes(32), random_bytes(32));
  EXPECT_TRUE(random_bytes(0).empty());
}

TEST(ConstantTime, ComparesContentAndLength) {
  EXPECT_TRUE(is_equal_constant_time(view_bytes("abc"), view_bytes("abc")));
  EXPECT_FALSE(is_equal_constant_time(view_bytes("abc"), view_bytes("abd")));
  EXPECT_FALSE(is_equal_constant_time(view_bytes("abc"), view_bytes("ab")));
  EXPECT_TRUE(is_equal_constant_time({}, {}));
}

TEST(Wipe, LeavesNothing) {
  Bytes secret = bytes_of("secret");
  wipe(secret);
  EXPECT_EQ(secret, Bytes(6, 0));
  wipe({});
}

// FIPS 180-4 examples.
TEST(Sha256, KnownAnswers) {
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256(view_bytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, PiecesMakeTheWhole) {
  const Bytes octets = random_bytes(200'000);
  Sha256 hash;
  for (int round = 0; round < 2; ++round) {  // usable again after finish
    ByteView rest = octets;
    for (std::size_t piece = 0; !rest.empty(); piece = (piece * 7 + 1) % 5000) {
      hash.update(rest.first(std::min(piece, rest.size())));
      rest = rest.subspan(std::min(piece, rest.size()));
    }
    EXPECT_EQ(hash.finish(), sha256(octets));
  }
}

// RFC 4648 §10, without the padding.
TEST(Encoding, Base32AgreesWithTheRfc) {
  const auto of = [](std::string_view text) { return encode_base32(view_bytes(text)); };
  EXPECT_EQ(of(""), "");
  EXPECT_EQ(of("f"), "MY");
  EXPECT_EQ(of("fo"), "MZXQ");
  EXPECT_EQ(of("foo"), "MZXW6");
  EXPECT_EQ(of("foob"), "MZXW6YQ");
  EXPECT_EQ(of("fooba"), "MZXW6YTB");
  EXPECT_EQ(of("foobar"), "MZXW6YTBOI");
}

}  // namespace
}  // namespace loa::crypto
