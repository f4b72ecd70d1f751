// Who signs for the station. The server core asks through this interface and never sees the key: in production the key
// lives in the process loa-signer (client.h), in tests in a Signatory beside the core. Both judge by the same rules.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "common/base/time.h"
#include "common/crypto/keys.h"
#include "common/wire/messages.h"

namespace loa::signer {

// A body with the header that the signer gave it, and the signature over these octets.
struct Signed {
  wire::MessageType type = wire::MessageType::kPlan;
  std::int64_t seq = 0;
  WallTime issued;
  std::string body;
  crypto::Signature signature;
  std::string key_id;
  [[nodiscard]] std::string envelope() const {
    return wire::assemble(wire::payload_type_of(type), body, key_id, signature);
  }
};

inline constexpr std::string_view kRefused = "signer.refused";  // rule, detail
// Whether an error says that nobody is there to sign: signer.away, .other_station, .not_believed. Nothing was signed,
// and the same can be asked again later.
[[nodiscard]] bool is_away(const Error& error);

class Signer {
 public:
  virtual ~Signer() = default;
  // The signer makes the whole header: station, sender, sequence, validity. `audience` is the only thing of it that is
  // wished for. The core's thread; may block, but never longer than a second. Throws Error: kRefused, or
  // one that is_away().
  [[nodiscard]] virtual Signed sign(std::string_view audience, const wire::Body& body, WallTime now) = 0;
};

// What must be done also when the signer is away signs through this: the rest goes on, and what was not signed is
// repaired when the signer is back.
template <class Work>
void if_signed(Work work) {
  try {
    work();
  } catch (const Error& error) {
    if (!is_away(error)) throw;
  }
}

}  // namespace loa::signer
