// Everything that can happen to a node, as one closed list.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "audio/playout/player.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/link/link.h"
#include "node-agent/core/selftest.h"
#include "node-agent/health/machine.h"

namespace loa::node {

struct LinkArrived {
  link::LinkEvent event;
  Now arrived;  // read on the link's thread: the fourth of the four timestamps must not wait for the core
};
// The clip is in the cache, whole; its hash is still to be checked.
struct ClipFetched {
  ClipHash clip;
  std::int64_t received = 0;  // bytes that came over the network for it
};
struct ClipFailed {
  ClipHash clip;
  Text why;
  std::int64_t received = 0;  // kept for the next try, which goes on behind them
};
// The amplifier's last command is through; why it failed, if it did. The play sounds all the same.
struct AmplifierSwitched {
  std::optional<Text> problem;
};
// What the machine says of itself, about once a minute.
struct MachineRead {
  Machine machine;
};
struct PlayerSaid {
  playout::PlayerEvent event;
};
// The deadline that next_deadline() named has passed.
struct Tick {};

using NodeMessage =
    std::variant<LinkArrived, ClipFetched, ClipFailed, AmplifierSwitched, MachineRead, PlayerSaid, ToneHeard, Tick>;

}  // namespace loa::node
