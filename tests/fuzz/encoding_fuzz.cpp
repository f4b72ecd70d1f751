// Base64 and hexadecimal from messages and files: whatever is accepted has exactly this text.
#include <cstdint>
#include <cstdlib>

#include "common/crypto/encoding.h"

// The name and the signature are libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = loa::view_text({data, size});
  if (const auto bytes = loa::crypto::decode_base64(text); bytes && loa::crypto::encode_base64(*bytes) != text)
    std::abort();
  if (const auto bytes = loa::crypto::decode_base64url(text); bytes && loa::crypto::encode_base64url(*bytes) != text)
    std::abort();
  if (const auto bytes = loa::crypto::decode_hex(text); bytes && loa::crypto::encode_hex(*bytes) != text) std::abort();
  return 0;
}
