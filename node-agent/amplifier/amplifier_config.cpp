#include "node-agent/amplifier/amplifier_config.h"

#include <utility>

#include "node-agent/amplifier/command_switch.h"
#include "node-agent/amplifier/gpio_switch.h"

namespace loa::node {
namespace {

constexpr seconds kCommandPatience{3};

}  // namespace

std::unique_ptr<AmplifierSwitch> read_amplifier(config::ConfigFile& config) {
  std::vector<std::string> command = config.texts_or_none("amplifier.command");
  const std::string gpio = config.text_or("amplifier.gpio", "");
  const ActiveLevel active = config.flag_or("amplifier.active_low", false) ? ActiveLevel::kLow : ActiveLevel::kHigh;
  if (active == ActiveLevel::kLow && gpio.empty()) config.refuse("amplifier.active_low", "amplifier.gpio beside it");
  if (gpio.empty()) {
    if (command.empty()) return nullptr;
    return std::make_unique<CommandSwitch>(std::move(command), kCommandPatience);
  }
  if (!command.empty()) config.refuse("amplifier.gpio", "either this or amplifier.command, not both");
  auto address = parse_gpio(gpio, active);
  if (!address) {
    config.refuse("amplifier.gpio", "a chip and a line of it, like \"gpiochip0:17\"");
    return nullptr;
  }
  return std::make_unique<GpioSwitch>(*std::move(address));
}

}  // namespace loa::node
