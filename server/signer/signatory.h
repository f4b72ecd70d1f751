// The station key, and what it may be used for. A server that was broken into gets no signature here for what a station
// has no business to say: the header is made here, so no other station's name, no sequence out of turn and no long
// validity can even be asked for; what is left to ask for is judged by the rules below. The nodes check most of it once
// more; both must be passed.
//
// One thread. Reads no clock and opens no file.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/base/ids.h"
#include "common/base/policy.h"
#include "common/base/time.h"
#include "common/crypto/keys.h"
#include "common/wire/messages.h"
#include "server/signer/signer.h"

namespace loa::signer {

// In the order they are asked; the first that fails is the one that is told and counted.
enum class Rule {
  kType,      // one that a station signs (docs/protocol.md §2)
  kAudience,  // one node by a well-formed name, or `nodes`, as the type's topic has it
  kClock,     // a clock reply tells the time that this machine's clock shows
  kPolicy,    // each play of a plan, and each on the air without a grant, is one that the root's policy allows, no
              // louder than its ceiling
  kLength,    // the body is one that a node takes
  kState,     // the sequence could be written down
};
[[nodiscard]] std::string_view to_string(Rule rule);

// How long a message of a type that a station signs is good for.
[[nodiscard]] milliseconds validity_of(wire::MessageType type);

// How far a clock reply may be from the clock of the machine that signs it.
inline constexpr milliseconds kClockSlack{1000};

// The sequence follows the clock; so far ahead of the clock it is reserved on the disk at a time.
inline constexpr seconds kReserve{60};

class Signatory final : public Signer {
 public:
  // `used` is the highest sequence that may have been signed before. `reserve` writes down that all up to its argument
  // may be used from now on, durably, and throws Error when it cannot.
  Signatory(StationId station, crypto::SecretKey key, Policy policy, std::int64_t used,
            std::function<void(std::int64_t)> reserve);

  // Each sequence is greater than all before it, over restarts, clocks that are set back and servers that are restored
  // from a backup. Throws Error kRefused; nothing is signed then and the sequence is as it was.
  [[nodiscard]] Signed sign(std::string_view audience, const wire::Body& body, WallTime now) override;

  [[nodiscard]] const StationId& station() const { return station_; }
  [[nodiscard]] const crypto::PublicKey& public_key() const { return key_.public_key(); }

 private:
  void judge_air(const wire::Air& air) const;
  void judge_plan(const wire::Plan& plan, const NodeId& node) const;

  const StationId station_;
  const crypto::SecretKey key_;
  const std::string key_id_;
  const Policy policy_;
  const std::function<void(std::int64_t)> reserve_;
  std::int64_t last_seq_;
  std::int64_t reserved_;
};

}  // namespace loa::signer
