#include "tests/support/root_key.h"

#include "common/wire/succession.h"

namespace loa::test {
namespace {

constexpr std::int64_t kMostUs = 9'007'199'254'740'991;

}  // namespace

wire::Header RootKey::header(std::int64_t seq) const {
  return {station_,
          std::string{wire::kAudienceNodes},
          std::string{wire::kRoot},
          seq,
          wall_from_us(0),
          wall_from_us(kMostUs)};
}

std::string RootKey::sign(const wire::Body& body) {
  return wire::seal(wire::payload_type_of(wire::type_of(body)), wire::encode_body(header(++seq_), body), key_,
                    succession_);
}

void RootKey::rotate() {
  crypto::SecretKey next = crypto::SecretKey::make();
  succession_.push_back(wire::encode_succession(station_, ++seq_, wall_from_us(0), next.public_key(), key_));
  key_ = std::move(next);
}

wire::TrustedKey station_key(const crypto::PublicKey& key) {
  return {key, wire::KeyRole::kStation, "test", wall_from_us(0), wall_from_us(kMostUs), wire::KeyState::kTrusted};
}

Policy open_policy() {
  Policy policy;
  policy.utc_offset = std::chrono::minutes{420};
  policy.by_default.ceiling_pct.fill(100);
  policy.by_default.longest_play = std::chrono::hours{24};
  policy.by_default.most_per_day = std::chrono::minutes{1440};
  policy.by_default.starts_per_hour = 3600;
  return policy;
}

}  // namespace loa::test
