// The grant of docs/protocol.md §3 `air`: a person's emergency key lets one play sound outside the policy. It names the
// play and what sounds, so it is good for nothing else.
//
// Any thread. Opening never throws.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "common/base/bytes.h"
#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/crypto/keys.h"
#include "common/wire/envelope.h"
#include "common/wire/messages.h"

namespace loa::wire {

inline constexpr std::string_view kGrantType = "application/vnd.loa.grant.v1+json";
inline constexpr std::string_view kEmergency = "emergency";  // sender of a grant
inline constexpr std::size_t kLongestGrant = 4096;

struct Grant {
  PlayId play;
  std::string sound;  // sound_of() the air
  StationTime until;
  bool operator==(const Grant&) const = default;
};
// SHA-256 of its clip, or its channel's key as Base64.
[[nodiscard]] std::string sound_of(const Air& air);

[[nodiscard]] std::string encode_grant(const StationId& station, std::int64_t seq, WallTime issued, const Grant& grant,
                                       const crypto::SecretKey& key);

// None, or why `air` must not sound by its grant. `find_key` knows emergency keys that are believed; `now` as
// Expectation has it.
[[nodiscard]] std::optional<Refusal> check_grant(const Air& air, const StationId& station, WallTime now,
                                                 const FindKey& find_key);

}  // namespace loa::wire
