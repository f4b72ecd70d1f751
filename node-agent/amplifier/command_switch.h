// Switches the amplifier by an operator's command.
#pragma once

#include <string>
#include <vector>

#include "common/base/time.h"
#include "node-agent/amplifier/amplifier.h"

namespace loa::node {

// Started without a shell as `<command…> on` or `<command…> off`.
class CommandSwitch final : public AmplifierSwitch {
 public:
  // `command` is not empty. A command that takes longer than `patience` is killed.
  CommandSwitch(std::vector<std::string> command, milliseconds patience)
      : command_(std::move(command)), patience_(patience) {}

  [[nodiscard]] std::optional<Text> switch_to(AmplifierState state) override;

 private:
  const std::vector<std::string> command_;
  const milliseconds patience_;
};

}  // namespace loa::node
