#include "node-agent/amplifier/gpio_switch.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

#include <gpiod.h>

namespace loa::node {
namespace {

constexpr std::size_t kLongestChip = 31;  // GPIO_MAX_NAME_SIZE of the kernel, less the end
constexpr unsigned kMostLines = 4096;
constexpr const char* kConsumer = "loa-node";

struct CloseChip {
  void operator()(gpiod_chip* chip) const { gpiod_chip_close(chip); }
};

int level_of(AmplifierState state) {
  return state == AmplifierState::kOn ? 1 : 0;  // libgpiod turns it round for a line that is active low
}

class HeldLine final : public GpioLine {
 public:
  HeldLine(const GpioAddress& address, AmplifierState state)
      : name_(address.chip + ":" + std::to_string(address.line)) {
    chip_.reset(gpiod_chip_open_by_name(address.chip.c_str()));
    if (!chip_) throw Error("amplifier.gpio_no_chip", {address.chip, std::strerror(errno)});
    line_ = gpiod_chip_get_line(chip_.get(), address.line);
    if (line_ == nullptr) throw Error("amplifier.gpio_no_line", {name_, std::strerror(errno)});
    const int flags = address.active == ActiveLevel::kLow ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0;
    if (gpiod_line_request_output_flags(line_, kConsumer, flags, level_of(state)) == 0) return;
    const int why = errno;
    if (why != EBUSY) throw Error("amplifier.gpio_lost", {name_, std::strerror(why)});
    const char* holder = gpiod_line_consumer(line_);
    throw Error("amplifier.gpio_busy", {name_, holder == nullptr ? "?" : holder});
  }

  void drive(AmplifierState state) override {
    if (gpiod_line_set_value(line_, level_of(state)) != 0)
      throw Error("amplifier.gpio_lost", {name_, std::strerror(errno)});
  }

 private:
  const std::string name_;
  std::unique_ptr<gpiod_chip, CloseChip> chip_;  // gives its lines back
  gpiod_line* line_ = nullptr;                   // the chip's
};

}  // namespace

std::optional<GpioAddress> parse_gpio(std::string_view text, ActiveLevel active) {
  const auto colon = text.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon > kLongestChip) return std::nullopt;
  GpioAddress address{std::string{text.substr(0, colon)}, 0, active};
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  if (!std::all_of(address.chip.begin(), address.chip.end(), is_plain)) return std::nullopt;
  const char* const end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data() + colon + 1, end, address.line);
  if (problem != std::errc{} || rest != end || address.line >= kMostLines) return std::nullopt;
  return address;
}

std::unique_ptr<GpioLine> take_gpio_line(const GpioAddress& address, AmplifierState state) {
  return std::make_unique<HeldLine>(address, state);
}

std::optional<Text> GpioSwitch::switch_to(AmplifierState state) {
  try {
    if (line_)
      line_->drive(state);
    else
      line_ = take_line_(address_, state);
    return std::nullopt;
  } catch (const Error& error) {
    line_.reset();
    return error.text();
  }
}

}  // namespace loa::node
