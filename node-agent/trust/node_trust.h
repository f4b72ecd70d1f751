// What this node believes and what the ward's policy lets it do: the trust book over the node's own disk.
//
// The core's thread. Disk failures throw Error (db.*); nothing is believed then that was not before.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/crypto/keys.h"
#include "common/trust/trust_book.h"
#include "common/wire/messages.h"
#include "node-agent/store/store.h"
#include "schedules/policy.h"

namespace loa::node {

// The ceiling, or the code of loa::reason that refuses.
using Ruling = std::variant<schedules::PolicyAllows, std::string_view>;

class NodeTrust {
 public:
  // `anchor` is the root key that the node was set up with. What the disk holds by another anchor is forgotten: the
  // ward has begun anew, its old root is lost or stolen.
  NodeTrust(const StationId& station, NodeId node, const crypto::PublicKey& anchor, Store& store);

  enum class Adopted { kNothing, kTrust, kPolicy };  // kNothing: held already
  // A `trust` or `policy` envelope. After kTrust the disk holds no plan and no floor of a key that is not believed.
  [[nodiscard]] std::variant<Adopted, wire::Refusal> on_document(wire::MessageType type, ByteView envelope);

  [[nodiscard]] const trust::TrustBook& book() const { return book_; }
  [[nodiscard]] bool has_policy() const { return book_.policy().has_value(); }

  // `before`: what sounded here in the two days before `play`.
  [[nodiscard]] Ruling judge(const schedules::Sound& play, nanoseconds clock_error,
                             std::span<const wire::Outcome> before) const;

  // The same of what is on the air, from its start to its end; a grant alone judges what has one, by the time `now`.
  [[nodiscard]] Ruling judge(const wire::Air& air, WallTime now, nanoseconds clock_error,
                             std::span<const wire::Outcome> before) const;

  // Codes of loa::alarm; what is new is logged. `now` as TrustBook::alarms has it.
  [[nodiscard]] std::vector<std::string> alarms(std::optional<WallTime> now);

 private:
  const StationId station_;
  const NodeId node_;
  const crypto::PublicKey anchor_;
  Store& store_;
  trust::TrustBook book_;
  std::vector<std::string> told_;
};

}  // namespace loa::node
