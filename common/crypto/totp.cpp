#include "common/crypto/totp.h"

#include <array>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "common/base/error.h"
#include "common/crypto/random.h"

namespace loa::crypto {
namespace {

constexpr int kDigits = 6;
constexpr std::uint32_t kModulus = 1'000'000;

}  // namespace

std::string totp_digits(ByteView secret, std::int64_t step) {
  std::array<std::uint8_t, 8> counter{};
  for (std::size_t i = 0; i < counter.size(); ++i)
    counter[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(step) >> (8 * (counter.size() - 1 - i)));
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  if (HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(), counter.size(), mac.data(),
           &size) == nullptr)
    throw Error("crypto.no_memory");
  // RFC 4226 §5.3, dynamic truncation.
  const std::size_t offset = mac[size - 1] & 0x0FU;
  const std::uint32_t cut = ((mac[offset] & 0x7FU) << 24U) | (std::uint32_t{mac[offset + 1]} << 16U) |
                            (std::uint32_t{mac[offset + 2]} << 8U) | mac[offset + 3];
  std::string digits = std::to_string(cut % kModulus);
  digits.insert(0, kDigits - digits.size(), '0');
  return digits;
}

std::int64_t totp_step(WallTime now) {
  return std::chrono::floor<seconds>(now.time_since_epoch()) / kTotpStep;
}

std::optional<std::int64_t> find_totp_step(ByteView secret, std::string_view digits, WallTime now, std::int64_t used) {
  const std::int64_t present = totp_step(now);
  std::optional<std::int64_t> found;
  for (std::int64_t step = present - 1; step <= present + 1; ++step) {
    const std::string expected = totp_digits(secret, step);
    if (is_equal_constant_time(view_bytes(expected), view_bytes(digits)) && step > used) found = step;
  }
  return found;
}

}  // namespace loa::crypto
