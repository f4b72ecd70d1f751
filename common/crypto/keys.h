// Ed25519 keys and detached signatures (RFC 8032, through libsodium). What is signed is the caller's affair:
// common/wire builds the exact octets (DSSE pre-authentication encoding). Any thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/bytes.h"

namespace loa::crypto {

struct Signature {
  std::array<std::uint8_t, 64> bytes{};
  auto operator<=>(const Signature&) const = default;
};

// nullopt when it is not 64 octets long.
[[nodiscard]] std::optional<Signature> decode_signature(ByteView bytes);

struct PublicKey {
  std::array<std::uint8_t, 32> bytes{};
  auto operator<=>(const PublicKey&) const = default;  // NOLINT(modernize-use-nullptr): the 0 is the compiler's own
};

// nullopt when it is not 32 octets or names a point that libsodium refuses (not canonical, or of small order: a
// signature by such a key would prove nothing).
[[nodiscard]] std::optional<PublicKey> decode_public_key(ByteView bytes);

// First 16 hexadecimal digits of the SHA-256 of the 32 octets. A hint for finding the key, never a proof.
[[nodiscard]] std::string key_id(const PublicKey& key);

// False for every forgery and every malformed signature; never throws.
[[nodiscard]] bool verify(const PublicKey& key, ByteView message, const Signature& signature);

// Moves, never copies. Its memory lies between guard pages, is kept from core dumps and, as far as RLIMIT_MEMLOCK lets
// it, from the swap, and is wiped when it dies.
class SecretKey {
 public:
  [[nodiscard]] static SecretKey make();
  // The same 32 octets give the same key: known answers in tests, and keys wrapped by a PIN later.
  [[nodiscard]] static SecretKey from_seed(const std::array<std::uint8_t, 32>& seed);

  [[nodiscard]] const PublicKey& public_key() const { return public_key_; }
  [[nodiscard]] Signature sign(ByteView message) const;

 private:
  friend void save_secret_key(const SecretKey&, const std::filesystem::path&);
  SecretKey();

  struct Wipe {
    void operator()(std::uint8_t* secret) const;
  };
  std::unique_ptr<std::uint8_t, Wipe> secret_;  // 64 octets, libsodium's form: seed, then public key
  PublicKey public_key_;
};

// Text files of one line, `loa-ed25519-secret <base64 of the seed>` and `loa-ed25519-public <base64>`; the secret one
// is 0600. Written whole or not at all; an existing secret key is never replaced (Error key.exists), because what it
// signed would turn worthless. Throws Error file.cannot_write.
void save_secret_key(const SecretKey& key, const std::filesystem::path& file);
void save_public_key(const PublicKey& key, const std::filesystem::path& file);

// Throws Error: file.cannot_read, key.too_open (group or others may read or write it), key.bad_file.
[[nodiscard]] SecretKey load_secret_key(const std::filesystem::path& file);
[[nodiscard]] PublicKey load_public_key(const std::filesystem::path& file);

}  // namespace loa::crypto
