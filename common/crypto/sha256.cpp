#include "common/crypto/sha256.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <sodium.h>

#include "common/base/error.h"
#include "common/crypto/encoding.h"

namespace loa::crypto {

static_assert(std::tuple_size_v<Digest> == crypto_hash_sha256_BYTES);

struct Sha256::State {
  crypto_hash_sha256_state hash{};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  crypto_hash_sha256_init(&state_->hash);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(ByteView bytes) {
  if (!bytes.empty()) crypto_hash_sha256_update(&state_->hash, bytes.data(), bytes.size());
}

Digest Sha256::finish() {
  Digest digest{};
  crypto_hash_sha256_final(&state_->hash, digest.data());
  crypto_hash_sha256_init(&state_->hash);
  return digest;
}

Digest sha256(ByteView bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

Digest sha256_of_file(const std::filesystem::path& file) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file.c_str(), "rbe"), &std::fclose);
  if (!stream) throw Error("file.cannot_read", {file.string(), std::strerror(errno)});
  Sha256 hash;
  Bytes buffer(std::size_t{64} * 1024);
  for (;;) {
    const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), stream.get());
    hash.update({buffer.data(), count});
    if (count == buffer.size()) continue;
    if (std::ferror(stream.get()) != 0) throw Error("file.cannot_read", {file.string(), std::strerror(errno)});
    return hash.finish();
  }
}

std::string to_hex(const Digest& digest) {
  return encode_hex(digest);
}

}  // namespace loa::crypto
