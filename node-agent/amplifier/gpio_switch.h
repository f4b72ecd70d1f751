// Switches the amplifier by a relay on a GPIO line. The only door to libgpiod.
//
// What the line does when the node is not there to hold it. The kernel gives a line back when the process that asked
// for it ends, however it ends, and what the pin then shows is the driver's affair: most SoCs keep the last level, some
// make an input of it. A node that ends in order switches off first; one that is killed leaves the relay as it was
// until it is started anew (2 s, by the service), which begins with "off". So the relay is wired with a resistor that
// holds it off while nobody drives the pin, and no amplifier depends on a program for its own safety.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "node-agent/amplifier/amplifier.h"

namespace loa::node {

enum class ActiveLevel { kHigh, kLow };  // of the pin while the amplifier is on

struct GpioAddress {
  std::string chip;  // as below /dev
  unsigned line = 0;
  ActiveLevel active = ActiveLevel::kHigh;
};

// `gpiochip0:17`; nullopt for anything else.
[[nodiscard]] std::optional<GpioAddress> parse_gpio(std::string_view text, ActiveLevel active);

// A line that is held, as an output. One thread.
class GpioLine {
 public:
  virtual ~GpioLine() = default;
  // Throws Error amplifier.gpio_lost.
  virtual void drive(AmplifierState state) = 0;
};

// Takes the line as an output that shows `state` from its first moment on: it is never on in between. Throws Error
// amplifier.gpio_no_chip, amplifier.gpio_no_line, amplifier.gpio_busy or amplifier.gpio_lost.
[[nodiscard]] std::unique_ptr<GpioLine> take_gpio_line(const GpioAddress& address, AmplifierState state);

// Takes the line at the first switching and holds it until it is destroyed. A line that fails is given back and taken
// anew at the next switching, so that a chip that comes late or comes back needs nobody.
class GpioSwitch final : public AmplifierSwitch {
 public:
  using TakeLine = std::function<std::unique_ptr<GpioLine>(const GpioAddress& address, AmplifierState state)>;
  explicit GpioSwitch(GpioAddress address, TakeLine take_line = take_gpio_line)
      : address_(std::move(address)), take_line_(std::move(take_line)) {}

  [[nodiscard]] std::optional<Text> switch_to(AmplifierState state) override;

 private:
  const GpioAddress address_;
  const TakeLine take_line_;
  std::unique_ptr<GpioLine> line_;  // none while it is not held
};

}  // namespace loa::node
