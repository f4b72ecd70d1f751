// Everything that can happen to a node, as one closed list.
#pragma once

#include <string>
#include <variant>

#include "audio/playout/player.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/link/link.h"

namespace loa::node {

struct LinkArrived {
  link::LinkEvent event;
  Now arrived;  // read on the link's thread: the fourth of the four timestamps must not wait for the core
};
// The clip is in the cache, whole; its hash is still to be checked.
struct ClipFetched {
  ClipHash clip;
};
struct ClipFailed {
  ClipHash clip;
  Text why;
};
struct PlayerSaid {
  playout::PlayerEvent event;
};
// The deadline that next_deadline() named has passed.
struct Tick {};

using NodeMessage = std::variant<LinkArrived, ClipFetched, ClipFailed, PlayerSaid, Tick>;

}  // namespace loa::node
