#include "common/crypto/random.h"

#include <cstdlib>

#include <sodium.h>

#include "common/crypto/sodium_ready.h"

namespace loa::crypto {

void ensure_sodium() {
  static const int result = sodium_init();
  if (result < 0) std::abort();
}

Bytes random_bytes(std::size_t count) {
  Bytes out(count);
  fill_random(out);
  return out;
}

void fill_random(std::span<std::uint8_t> target) {
  ensure_sodium();
  if (!target.empty()) randombytes_buf(target.data(), target.size());
}

bool is_equal_constant_time(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0);
}

void wipe(std::span<std::uint8_t> secret) {
  if (!secret.empty()) sodium_memzero(secret.data(), secret.size());
}

}  // namespace loa::crypto
