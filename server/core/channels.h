// What the core knows of live channels (docs/protocol.md §6): it opens and closes them. How sound gets in is not its
// affair.
#pragma once

#include <optional>

#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/crypto/keys.h"

namespace loa::server {

class Channels {
 public:
  virtual ~Channels() = default;
  // A channel whose frame 0 is due at `first`, of a speaker or of that clip. The key that its bundles are signed with.
  // Throws Error when the clip cannot be read.
  [[nodiscard]] virtual crypto::PublicKey open(const PlayId& play, StationTime first,
                                               const std::optional<ClipHash>& clip) = 0;
  // A node says that so much of the channel did not come in time. An unknown one is ignored.
  virtual void note_lost(const PlayId& play, const NodeId& node, milliseconds lost) = 0;
  // No bundle follows. Of a speaker's channel SpeechRecorded comes, when anything was said. An unknown one is ignored.
  virtual void close(const PlayId& play) = 0;
};

}  // namespace loa::server
