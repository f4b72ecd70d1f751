#include "common/crypto/wrapped_key.h"

#include <algorithm>
#include <array>

#include <sodium.h>

#include "common/base/error.h"
#include "common/crypto/encoding.h"
#include "common/crypto/password.h"
#include "common/crypto/random.h"
#include "common/crypto/sodium_ready.h"

namespace loa::crypto {
namespace {

constexpr std::size_t kSeed = 32;
constexpr std::size_t kSalt = crypto_pwhash_SALTBYTES;
constexpr std::size_t kNonce = crypto_secretbox_NONCEBYTES;
constexpr std::size_t kBox = kSeed + crypto_secretbox_MACBYTES;

// Octets that are wiped when they die.
template <std::size_t Size>
struct Secret {
  std::array<std::uint8_t, Size> octets{};
  Secret() = default;
  ~Secret() { sodium_memzero(octets.data(), octets.size()); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
};

void stretch(Secret<crypto_secretbox_KEYBYTES>& key, std::string_view pin, const std::uint8_t* salt) {
  if (crypto_pwhash(key.octets.data(), key.octets.size(), pin.data(), pin.size(), salt, kPasswordPasses,
                    kPasswordMemory, crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw Error("crypto.no_memory");
}

}  // namespace

WrappedKey make_wrapped_key(std::string_view pin) {
  ensure_sodium();
  Secret<kSeed> seed;
  randombytes_buf(seed.octets.data(), seed.octets.size());
  Bytes out(kSalt + kNonce + kBox);
  randombytes_buf(out.data(), kSalt + kNonce);
  Secret<crypto_secretbox_KEYBYTES> key;
  stretch(key, pin, out.data());
  crypto_secretbox_easy(out.data() + kSalt + kNonce, seed.octets.data(), seed.octets.size(), out.data() + kSalt,
                        key.octets.data());
  return {SecretKey::from_seed(seed.octets).public_key(), encode_base64(out)};
}

std::optional<SecretKey> unwrap_key(std::string_view wrapped, std::string_view pin) {
  ensure_sodium();
  const auto held = decode_base64(wrapped);
  if (!held || held->size() != kSalt + kNonce + kBox) return std::nullopt;
  Secret<crypto_secretbox_KEYBYTES> key;
  stretch(key, pin, held->data());
  Secret<kSeed> seed;
  if (crypto_secretbox_open_easy(seed.octets.data(), held->data() + kSalt + kNonce, kBox, held->data() + kSalt,
                                 key.octets.data()) != 0)
    return std::nullopt;
  return SecretKey::from_seed(seed.octets);
}

}  // namespace loa::crypto
