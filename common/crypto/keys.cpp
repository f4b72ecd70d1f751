#include "common/crypto/keys.h"

#include <algorithm>
#include <new>

#include <sodium.h>

#include "common/base/error.h"
#include "common/crypto/encoding.h"
#include "common/crypto/files.h"
#include "common/crypto/sha256.h"
#include "common/crypto/sodium_ready.h"

namespace loa::crypto {

static_assert(sizeof(Signature::bytes) == crypto_sign_BYTES);
static_assert(sizeof(PublicKey::bytes) == crypto_sign_PUBLICKEYBYTES);

namespace {

constexpr std::string_view kSecretHead = "loa-ed25519-secret ";
constexpr std::string_view kPublicHead = "loa-ed25519-public ";
constexpr std::size_t kLargestKeyFile = 4096;

// Wipes what it holds, whichever way the scope is left.
class Wiped {
 public:
  explicit Wiped(Bytes bytes) : bytes_(std::move(bytes)) {}
  ~Wiped() {
    if (!bytes_.empty()) sodium_memzero(bytes_.data(), bytes_.size());
  }
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  [[nodiscard]] ByteView view() const { return bytes_; }

 private:
  Bytes bytes_;
};

// The 32 octets of a key file's only line.
Bytes parse_key_line(ByteView content, std::string_view head, const std::filesystem::path& file) {
  std::string_view line = view_text(content);
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.starts_with(head)) {
    auto octets = decode_base64(line.substr(head.size()));
    if (octets && octets->size() == crypto_sign_SEEDBYTES) return std::move(*octets);
  }
  throw Error("key.bad_file", {file.string()});
}

}  // namespace

std::optional<Signature> decode_signature(ByteView bytes) {
  Signature signature;
  if (bytes.size() != signature.bytes.size()) return std::nullopt;
  std::ranges::copy(bytes, signature.bytes.begin());
  return signature;
}

std::optional<PublicKey> decode_public_key(ByteView bytes) {
  PublicKey key;
  if (bytes.size() != key.bytes.size()) return std::nullopt;
  std::ranges::copy(bytes, key.bytes.begin());
  if (crypto_core_ed25519_is_valid_point(key.bytes.data()) != 1) return std::nullopt;
  return key;
}

std::string key_id(const PublicKey& key) {
  return to_hex(sha256(key.bytes)).substr(0, 16);
}

bool verify(const PublicKey& key, ByteView message, const Signature& signature) {
  return crypto_sign_verify_detached(signature.bytes.data(), message.data(), message.size(), key.bytes.data()) == 0;
}

SecretKey SecretKey::make() {
  SecretKey key;
  crypto_sign_keypair(key.public_key_.bytes.data(), key.secret_.get());
  return key;
}

SecretKey SecretKey::from_seed(const std::array<std::uint8_t, 32>& seed) {
  SecretKey key;
  crypto_sign_seed_keypair(key.public_key_.bytes.data(), key.secret_.get(), seed.data());
  return key;
}

SecretKey::SecretKey() {
  ensure_sodium();
  secret_.reset(static_cast<std::uint8_t*>(sodium_malloc(crypto_sign_SECRETKEYBYTES)));
  if (!secret_) throw std::bad_alloc{};
}

void SecretKey::Wipe::operator()(std::uint8_t* secret) const {
  sodium_free(secret);
}

Signature SecretKey::sign(ByteView message) const {
  Signature signature;
  crypto_sign_detached(signature.bytes.data(), nullptr, message.data(), message.size(), secret_.get());
  return signature;
}

void save_secret_key(const SecretKey& key, const std::filesystem::path& file) {
  std::string line;
  line.reserve(128);  // grows no more, so that no copy stays behind unwiped
  line += kSecretHead;
  std::string seed = encode_base64(ByteView{key.secret_.get(), crypto_sign_SEEDBYTES});
  line += seed;
  line += '\n';
  sodium_memzero(seed.data(), seed.size());
  const Wiped content(bytes_of(line));
  sodium_memzero(line.data(), line.size());
  try {
    write_file_atomically(file, content.view(), Readers::kOwner, IfExists::kRefuse);
  } catch (const Error& error) {
    if (error.code() == "file.exists") throw Error("key.exists", {file.string()});
    throw;
  }
}

void save_public_key(const PublicKey& key, const std::filesystem::path& file) {
  const std::string line = std::string{kPublicHead} + encode_base64(key.bytes) + "\n";
  write_file_atomically(file, view_bytes(line), Readers::kEveryone, IfExists::kReplace);
}

SecretKey load_secret_key(const std::filesystem::path& file) {
  const Wiped content(read_secret_file(file, kLargestKeyFile));
  const Wiped octets(parse_key_line(content.view(), kSecretHead, file));
  std::array<std::uint8_t, 32> seed{};
  std::ranges::copy(octets.view(), seed.begin());
  SecretKey key = SecretKey::from_seed(seed);
  sodium_memzero(seed.data(), seed.size());
  return key;
}

PublicKey load_public_key(const std::filesystem::path& file) {
  const Bytes octets = parse_key_line(read_small_file(file, kLargestKeyFile), kPublicHead, file);
  auto key = decode_public_key(octets);
  if (!key) throw Error("key.bad_file", {file.string()});
  return *key;
}

}  // namespace loa::crypto
