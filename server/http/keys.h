// What the ward's trust stands on, for people: GET /api/keys. Public keys and dates only; no secret is read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "common/base/error.h"
#include "common/base/time.h"
#include "common/crypto/certificates.h"
#include "common/trust/trust_book.h"

namespace loa::server {

// Whoever has to renew something is told so long before it ends.
inline constexpr std::chrono::days kWarnedBefore{30};

struct ShownCertificate {
  std::string use;  // https, broker
  crypto::CertificateFacts facts;
};

// Any thread. `signer_trouble`: none when the signer answers.
[[nodiscard]] nlohmann::json keys_json(const trust::TrustBook& book, const std::vector<ShownCertificate>& certificates,
                                       const std::optional<Text>& signer_trouble, WallTime now);
// The words of what ends within kWarnedBefore, has ended or is not to be used yet, the station's keys first.
[[nodiscard]] std::vector<Text> warnings_of(const trust::TrustBook& book,
                                            const std::vector<ShownCertificate>& certificates, WallTime now);

}  // namespace loa::server
