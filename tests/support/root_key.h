// A ward's root key as tests need it: signs trust documents and policies, each newer than the one before.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "common/base/policy.h"
#include "common/crypto/keys.h"
#include "common/wire/messages.h"

namespace loa::test {

class RootKey {
 public:
  explicit RootKey(StationId station) : station_(std::move(station)) {}

  [[nodiscard]] const crypto::PublicKey& public_key() const { return key_.public_key(); }
  [[nodiscard]] const crypto::SecretKey& secret() const { return key_; }
  // Envelopes.
  [[nodiscard]] std::string sign(const wire::Body& body);
  [[nodiscard]] std::string sign_trust(std::vector<wire::TrustedKey> keys) {
    return sign(wire::Trust{std::move(keys)});
  }
  // As what is signed from now on will have, and with this sequence.
  [[nodiscard]] wire::Header header(std::int64_t seq) const;
  // A new key takes over; what it signs carries the succession.
  void rotate();

  [[nodiscard]] std::int64_t last_seq() const { return seq_; }
  [[nodiscard]] const std::vector<std::string>& succession() const { return succession_; }

 private:
  const StationId station_;
  crypto::SecretKey key_ = crypto::SecretKey::make();
  std::vector<std::string> succession_;
  std::int64_t seq_ = 1000;
};

// Of the role `station`, trusted, from 1970 to 2255.
[[nodiscard]] wire::TrustedKey station_key(const crypto::PublicKey& key);
// Every hour at full volume, as long and as often as can be said.
[[nodiscard]] Policy open_policy();

}  // namespace loa::test
