// Live channels of a core's test: which are open, and what for.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "server/core/channels.h"

namespace loa::test {

class RecordedChannels final : public server::Channels {
 public:
  struct Opened {
    StationTime first;
    std::optional<ClipHash> clip;
  };
  crypto::PublicKey open(const PlayId& play, StationTime first, const std::optional<ClipHash>& clip) override {
    opened.insert_or_assign(play, Opened{first, clip});
    return key.public_key();
  }
  void note_lost(const PlayId& play, const NodeId& node, milliseconds lost) override {
    lost_at.insert_or_assign({play, node}, lost);
  }
  void close(const PlayId& play) override {
    if (opened.erase(play) > 0) closed.push_back(play);
  }

  std::map<PlayId, Opened> opened;  // and not closed
  std::vector<PlayId> closed;
  std::map<std::pair<PlayId, NodeId>, milliseconds> lost_at;
  const crypto::SecretKey key = crypto::SecretKey::make();
};

}  // namespace loa::test
