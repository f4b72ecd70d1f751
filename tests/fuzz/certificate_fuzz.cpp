// Certificates and public keys that come from outside: read or refused, never anything else.
#include <cstdint>

#include "common/base/error.h"
#include "common/crypto/certificates.h"
#include "common/crypto/keys.h"

// The name and the signature are libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const loa::WallTime now{loa::seconds{1801872000}};
  static const auto authority = loa::crypto::CertificateAuthority::make("fuzz", now);
  const std::string_view pem = loa::view_text({data, size});
  try {
    static_cast<void>(loa::crypto::read_certificate(pem));
  } catch (const loa::Error&) {
    static_cast<void>(loa::crypto::decode_public_key({data, size}));
  }
  try {
    static_cast<void>(authority.issue_client_for(pem, "node-1", now));
  } catch (const loa::Error&) {
    static_cast<void>(loa::crypto::decode_signature({data, size}));
  }
  return 0;
}
