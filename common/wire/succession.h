// How a node that knows only an old root key gets to the current one: statements "root A hands over to root B", each an
// envelope signed by A. They travel beside the payload of the envelopes that a root signs, outside its signature: each
// proves itself, and so the chain can be walked before the key at its end is known. docs/protocol.md §2.
//
// Any thread. Nothing here throws on what comes from outside.
#pragma once

#include <string>
#include <variant>

#include "common/base/bytes.h"
#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/crypto/keys.h"
#include "common/wire/envelope.h"

namespace loa::wire {

inline constexpr std::string_view kSuccessionType = "application/vnd.loa.succession.v1+json";

// `next` takes over from `root`, for good.
[[nodiscard]] std::string encode_succession(const StationId& station, std::int64_t seq, WallTime issued,
                                            const crypto::PublicKey& next, const crypto::SecretKey& root);

// The root that follows when `statement` is one of `root`'s for this station.
[[nodiscard]] std::variant<crypto::PublicKey, Refusal> open_succession(ByteView statement, const StationId& station,
                                                                       const crypto::PublicKey& root);

}  // namespace loa::wire
