// A secret key behind a PIN: argon2id (RFC 9106) makes of the PIN the key that the Ed25519 seed is encrypted with
// (XSalsa20-Poly1305, libsodium's secretbox). A PIN is short: what is wrapped must be kept like a password's hash, and
// tries must be counted. Any thread; each call costs what a password's does (password.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/crypto/keys.h"

namespace loa::crypto {

inline constexpr std::size_t kShortestPin = 6;  // octets
inline constexpr std::size_t kLongestPin = 64;

struct WrappedKey {
  PublicKey key;
  std::string wrapped;  // Base64, good for a database
};
// A new key. Throws Error crypto.no_memory.
[[nodiscard]] WrappedKey make_wrapped_key(std::string_view pin);
// nullopt: another PIN, or what is wrapped was damaged. Throws Error crypto.no_memory.
[[nodiscard]] std::optional<SecretKey> unwrap_key(std::string_view wrapped, std::string_view pin);

}  // namespace loa::crypto
