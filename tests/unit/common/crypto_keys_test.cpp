#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "common/base/error.h"
#include "common/crypto/encoding.h"
#include "common/crypto/files.h"
#include "common/crypto/keys.h"
#include "common/crypto/sha256.h"
#include "tests/support/child.h"
#include "tests/support/error_code.h"
#include "tests/support/scratch_folder.h"

namespace loa::crypto {
namespace {

using test::code_of;
using test::ScratchFolder;

unsigned mode_of(const std::filesystem::path& file) {
  struct stat status {};
  EXPECT_EQ(::stat(file.c_str(), &status), 0);
  return status.st_mode & 07777U;
}

template <class Array>
Array array_of(std::string_view hex) {
  Array out{};
  std::ranges::copy(decode_hex(hex).value(), out.begin());
  return out;
}

std::size_t count_files(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator{}));
}

// RFC 8032 §7.1, test 3.
TEST(Ed25519, KnownAnswer) {
  const SecretKey key = SecretKey::from_seed(
      array_of<std::array<std::uint8_t, 32>>("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"));
  EXPECT_EQ(encode_hex(key.public_key().bytes), "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
  const Signature signature = key.sign(Bytes{0xaf, 0x82});
  EXPECT_EQ(
      encode_hex(signature.bytes),
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
      "c027beceea1ec40a");
  EXPECT_TRUE(verify(key.public_key(), Bytes{0xaf, 0x82}, signature));
}

TEST(Ed25519, EveryChangedBitBreaksTheSignature) {
  const SecretKey key = SecretKey::make();
  const Bytes message = bytes_of("plan");
  const Signature signature = key.sign(message);
  ASSERT_TRUE(verify(key.public_key(), message, signature));
  for (std::size_t bit = 0; bit < signature.bytes.size() * 8; ++bit) {
    Signature forged = signature;
    forged.bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_FALSE(verify(key.public_key(), message, forged)) << bit;
  }
  EXPECT_FALSE(verify(key.public_key(), view_bytes("plam"), signature));
  EXPECT_FALSE(verify(key.public_key(), view_bytes("plan "), signature));
  EXPECT_FALSE(verify(key.public_key(), {}, signature));
  EXPECT_FALSE(verify(SecretKey::make().public_key(), message, signature));
}

TEST(Ed25519, DecodersRefuseWhatCannotBe) {
  EXPECT_FALSE(decode_signature(Bytes(63)));
  EXPECT_FALSE(decode_signature(Bytes(65)));
  EXPECT_TRUE(decode_signature(Bytes(64)));
  EXPECT_FALSE(decode_public_key(Bytes(31, 9)));
  EXPECT_FALSE(decode_public_key(Bytes(33, 9)));
  EXPECT_FALSE(decode_public_key(Bytes(32, 0)));     // small order
  EXPECT_FALSE(decode_public_key(Bytes(32, 0xff)));  // not canonical
  Bytes neutral(32);
  neutral[0] = 1;
  EXPECT_FALSE(decode_public_key(neutral));
  const PublicKey good = SecretKey::make().public_key();
  EXPECT_EQ(decode_public_key(good.bytes), good);
}

TEST(Ed25519, KeyIdIsTheBeginningOfTheHash) {
  const PublicKey key = SecretKey::make().public_key();
  EXPECT_EQ(key_id(key), to_hex(sha256(key.bytes)).substr(0, 16));
}

TEST(Ed25519, MovedKeysKeepWorking) {
  SecretKey first = SecretKey::make();
  const PublicKey public_key = first.public_key();
  SecretKey second = std::move(first);
  SecretKey third = SecretKey::make();
  third = std::move(second);
  EXPECT_TRUE(verify(public_key, view_bytes("x"), third.sign(view_bytes("x"))));
}

TEST(KeyFile, ComesBackAndIsPrivate) {
  const ScratchFolder folder;
  const SecretKey key = SecretKey::make();
  save_secret_key(key, folder / "s.key");
  save_public_key(key.public_key(), folder / "s.pub");
  EXPECT_EQ(mode_of(folder / "s.key"), 0600U);
  EXPECT_EQ(mode_of(folder / "s.pub"), 0644U);
  EXPECT_EQ(load_public_key(folder / "s.pub"), key.public_key());
  const SecretKey again = load_secret_key(folder / "s.key");
  EXPECT_EQ(again.public_key(), key.public_key());
  EXPECT_TRUE(verify(key.public_key(), view_bytes("x"), again.sign(view_bytes("x"))));
  EXPECT_EQ(count_files(folder.path()), 2U);  // no draft left
}

TEST(KeyFile, IsNeverReplaced) {
  const ScratchFolder folder;
  const SecretKey first = SecretKey::make();
  save_secret_key(first, folder / "s.key");
  EXPECT_EQ(code_of([&] { save_secret_key(SecretKey::make(), folder / "s.key"); }), "key.exists");
  EXPECT_EQ(load_secret_key(folder / "s.key").public_key(), first.public_key());
  EXPECT_EQ(count_files(folder.path()), 1U);
}

TEST(KeyFile, OpenToOthersIsRefused) {
  const ScratchFolder folder;
  save_secret_key(SecretKey::make(), folder / "s.key");
  for (const mode_t mode : {0640U, 0604U, 0660U, 0610U, 0601U}) {
    ASSERT_EQ(::chmod((folder / "s.key").c_str(), mode), 0);
    EXPECT_EQ(code_of([&] { static_cast<void>(load_secret_key(folder / "s.key")); }), "key.too_open") << mode;
  }
  ASSERT_EQ(::chmod((folder / "s.key").c_str(), 0400), 0);
  static_cast<void>(load_secret_key(folder / "s.key"));
}

TEST(KeyFile, RefusesEverythingElse) {
  const ScratchFolder folder;
  const auto load = [&](const std::string& content) {
    const auto file = folder / "bad.key";
    write_file_atomically(file, view_bytes(content), Readers::kOwner, IfExists::kReplace);
    return code_of([&] { static_cast<void>(load_secret_key(file)); });
  };
  const std::string seed = encode_base64(Bytes(32, 7));
  EXPECT_EQ(load("loa-ed25519-secret " + seed + "\n"), "");
  EXPECT_EQ(load("loa-ed25519-secret " + seed), "");
  EXPECT_EQ(load("loa-ed25519-public " + seed + "\n"), "key.bad_file");
  EXPECT_EQ(load("loa-ed25519-secret " + seed + "\n\n"), "key.bad_file");
  EXPECT_EQ(load("loa-ed25519-secret " + encode_base64(Bytes(31, 7)) + "\n"), "key.bad_file");
  EXPECT_EQ(load("loa-ed25519-secret " + encode_base64(Bytes(64, 7)) + "\n"), "key.bad_file");
  EXPECT_EQ(load(""), "key.bad_file");
  EXPECT_EQ(load(std::string(5000, 'x')), "file.too_large");
  EXPECT_EQ(code_of([&] { static_cast<void>(load_secret_key(folder / "none")); }), "file.cannot_read");
  EXPECT_EQ(code_of([&] { static_cast<void>(load_secret_key(folder.path())); }), "file.cannot_read");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(code_of([&] { static_cast<void>(load_secret_key(folder / "pipe")); }), "file.cannot_read");
  write_file_atomically(folder / "zero.pub", view_bytes("loa-ed25519-public " + encode_base64(Bytes(32)) + "\n"),
                        Readers::kEveryone, IfExists::kReplace);
  EXPECT_EQ(code_of([&] { static_cast<void>(load_public_key(folder / "zero.pub")); }), "key.bad_file");
}

TEST(AtomicFile, KeepsTheOldContentWhenItFails) {
  const ScratchFolder folder;
  write_file_atomically(folder / "f", view_bytes("old"), Readers::kEveryone, IfExists::kReplace);
  write_file_atomically(folder / "f", view_bytes("new"), Readers::kOwner, IfExists::kReplace);
  EXPECT_EQ(test::read_whole_file(folder / "f"), "new");
  EXPECT_EQ(mode_of(folder / "f"), 0600U);
  EXPECT_EQ(code_of([&] { write_file_atomically(folder / "f", {}, Readers::kOwner, IfExists::kRefuse); }),
            "file.exists");
  EXPECT_EQ(code_of([&] { write_file_atomically(folder / "no" / "f", {}, Readers::kOwner, IfExists::kReplace); }),
            "file.cannot_write");
  std::filesystem::create_directory(folder / "d");
  EXPECT_EQ(code_of([&] { write_file_atomically(folder / "d", {}, Readers::kOwner, IfExists::kReplace); }),
            "file.cannot_write");
  EXPECT_EQ(test::read_whole_file(folder / "f"), "new");
  EXPECT_EQ(count_files(folder.path()), 2U);
}

TEST(Sha256, OfAFile) {
  const ScratchFolder folder;
  const Bytes content(196'608, 'x');  // whole pieces: the end is found by a read of nothing
  write_file_atomically(folder / "f", content, Readers::kOwner, IfExists::kReplace);
  EXPECT_EQ(sha256_of_file(folder / "f"), sha256(content));
  EXPECT_EQ(code_of([&] { static_cast<void>(sha256_of_file(folder / "none")); }), "file.cannot_read");
  EXPECT_EQ(code_of([&] { static_cast<void>(sha256_of_file(folder.path())); }), "file.cannot_read");
}

}  // namespace
}  // namespace loa::crypto
