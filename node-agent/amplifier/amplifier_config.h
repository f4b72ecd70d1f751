// What node.toml says of the amplifier.
#pragma once

#include <memory>

#include "common/config/config.h"
#include "node-agent/amplifier/amplifier.h"

namespace loa::node {

// amplifier.command, or amplifier.gpio with amplifier.active_low; nullptr for neither. Mistakes, both at once among
// them, are noted in `config`.
[[nodiscard]] std::unique_ptr<AmplifierSwitch> read_amplifier(config::ConfigFile& config);

}  // namespace loa::node
