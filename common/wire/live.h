// Bundles of a live channel, docs/protocol.md §6: some frames of Opus under one signature, in as few octets as can be.
//
// Any thread. Opening never throws: nothing of a bundle is parsed before its signature holds.
#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/time.h"
#include "common/crypto/keys.h"
#include "common/wire/envelope.h"

namespace loa::wire {

inline constexpr milliseconds kLiveFrame{20};
inline constexpr std::size_t kMostFrames = 12;
inline constexpr std::size_t kLongestFrame = 1275;  // RFC 6716 §3.2.1

struct LiveBundle {
  std::uint32_t first = 0;    // number of frames.front()
  std::vector<Bytes> frames;  // 1…kMostFrames packets of 20 ms; an empty one was never made
  bool operator==(const LiveBundle&) const = default;
};

// The frames are as a LiveBundle's.
[[nodiscard]] Bytes seal_bundle(std::uint32_t first, std::span<const Bytes> frames, const crypto::SecretKey& channel);
[[nodiscard]] std::variant<LiveBundle, Refusal> open_bundle(ByteView message, const crypto::PublicKey& channel);

}  // namespace loa::wire
