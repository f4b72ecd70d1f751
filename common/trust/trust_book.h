// Whom a receiver believes: the root key it holds and the newest documents that the root signed (docs/protocol.md §2,
// §3).
//
// One thread. Opening changes nothing and never throws for what an envelope says; the caller puts what was opened on
// its disk and adopts it then, so that nothing is believed that a restart would forget.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/ids.h"
#include "common/base/policy.h"
#include "common/base/time.h"
#include "common/crypto/keys.h"
#include "common/wire/messages.h"

namespace loa::trust {

// A trust document or a policy, checked.
struct RootDocument {
  wire::MessageType type = wire::MessageType::kTrust;  // or kPolicy
  std::int64_t seq = 0;
  std::string name;        // SHA-256 of the body
  std::string body;        // exact octets
  crypto::PublicKey root;  // that signed it: the one held, or its successor
};

struct AlreadyHeld {};

class TrustBook {
 public:
  TrustBook(StationId station, const crypto::PublicKey& root);

  // Every check of docs/protocol.md §2, in that order, the walk along the succession when the key is not the one held.
  [[nodiscard]] std::variant<RootDocument, AlreadyHeld, wire::Refusal> open(wire::MessageType type,
                                                                            ByteView envelope) const;
  // A document of open(), or one that the receiver's own disk kept. False when its body does not decode, which a
  // document of open() always does; nothing is adopted then.
  bool adopt(const RootDocument& document);

  // The key of that id when it may sign that type; nullptr otherwise. Lives until the next adopt().
  [[nodiscard]] const crypto::PublicKey* find(wire::MessageType type, std::string_view key_id) const;
  // Whether a station key of that id is listed and not revoked.
  [[nodiscard]] bool is_station_key(std::string_view key_id) const;

  // The emergency key of that id, when it is listed and not revoked; nullptr otherwise. Lives as long as find()'s.
  [[nodiscard]] const crypto::PublicKey* find_emergency(std::string_view key_id) const;

  [[nodiscard]] const crypto::PublicKey& root() const { return root_; }
  [[nodiscard]] const std::optional<wire::Trust>& trust() const { return trust_; }
  [[nodiscard]] const std::optional<Policy>& policy() const { return policy_; }
  // 0 = none held.
  [[nodiscard]] std::int64_t seq_of(wire::MessageType type) const;

  // Codes of loa::alarm. `now` is the time that the receiver trusts; without one no date is judged.
  [[nodiscard]] std::vector<std::string> alarms(std::optional<WallTime> now) const;

 private:
  struct Held {
    std::int64_t seq = 0;
    std::string name;
  };
  [[nodiscard]] const Held& held(wire::MessageType type) const;
  // The root of that id that is reached from the one held.
  [[nodiscard]] std::optional<crypto::PublicKey> walk(ByteView envelope, std::string_view key_id) const;

  StationId station_;
  crypto::PublicKey root_;
  std::string root_id_;
  std::optional<wire::Trust> trust_;
  std::optional<Policy> policy_;
  Held held_trust_;
  Held held_policy_;
};

}  // namespace loa::trust
