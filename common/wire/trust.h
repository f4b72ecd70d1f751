// The trust document of docs/protocol.md §3: the public keys that a station's nodes may believe, signed by the root
// key.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.h"
#include "common/crypto/keys.h"

namespace loa::wire {

inline constexpr std::size_t kMostKeys = 64;

enum class KeyRole { kStation, kEmergency };
enum class KeyState { kTrusted, kRevoked };

struct TrustedKey {
  crypto::PublicKey key;
  KeyRole role = KeyRole::kStation;
  std::string label;  // for people, at most 100 octets
  // When it is meant to be used. Outside of it the ward is warned and the key still believed: the time by which a node
  // would judge comes from messages of that very key.
  WallTime from;
  WallTime until;
  KeyState state = KeyState::kTrusted;
  bool operator==(const TrustedKey&) const = default;
};

struct Trust {
  std::vector<TrustedKey> keys;  // each once
  bool operator==(const Trust&) const = default;
};

[[nodiscard]] std::string_view to_string(KeyRole role);
[[nodiscard]] std::string_view to_string(KeyState state);

}  // namespace loa::wire
