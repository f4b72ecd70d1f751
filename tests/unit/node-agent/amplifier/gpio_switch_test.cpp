#include "node-agent/amplifier/gpio_switch.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"

namespace loa::node {
namespace {

using testing::ElementsAre;

// A chip whose one line notes what becomes of it and fails when told to.
struct Bench {
  std::vector<std::string> doings;
  std::string take_fails;
  std::string drive_fails;

  GpioSwitch::TakeLine take() {
    return [this](const GpioAddress& address, AmplifierState state) -> std::unique_ptr<GpioLine> {
      if (!take_fails.empty()) throw Error(take_fails, {address.chip, "why"});
      doings.push_back(address.chip + ":" + std::to_string(address.line) + " taken " + word(state));
      return std::make_unique<Line>(*this);
    };
  }
  static std::string word(AmplifierState state) { return state == AmplifierState::kOn ? "on" : "off"; }

 private:
  class Line final : public GpioLine {
   public:
    explicit Line(Bench& bench) : bench_(bench) {}
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;
    ~Line() override { bench_.doings.emplace_back("given back"); }
    void drive(AmplifierState state) override {
      if (!bench_.drive_fails.empty()) throw Error(bench_.drive_fails, {"gpiochip0:17", "why"});
      bench_.doings.push_back(word(state));
    }

   private:
    Bench& bench_;
  };
};

const GpioAddress kAddress{"gpiochip0", 17, ActiveLevel::kHigh};

TEST(GpioSwitch, TakesTheLineOnceInTheStateWantedAndGivesItBackAtTheEnd) {
  Bench bench;
  {
    GpioSwitch relay(kAddress, bench.take());
    EXPECT_FALSE(relay.switch_to(AmplifierState::kOff));
    EXPECT_FALSE(relay.switch_to(AmplifierState::kOn));
    EXPECT_FALSE(relay.switch_to(AmplifierState::kOff));
  }
  EXPECT_THAT(bench.doings, ElementsAre("gpiochip0:17 taken off", "on", "off", "given back"));
}

TEST(GpioSwitch, AChipThatIsNotThereIsToldAndTakenWhenItComes) {
  Bench bench;
  bench.take_fails = "amplifier.gpio_no_chip";
  GpioSwitch relay(kAddress, bench.take());
  const auto problem = relay.switch_to(AmplifierState::kOff);
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->code, "amplifier.gpio_no_chip");
  bench.take_fails.clear();
  EXPECT_FALSE(relay.switch_to(AmplifierState::kOn));
  EXPECT_THAT(bench.doings, ElementsAre("gpiochip0:17 taken on"));
}

TEST(GpioSwitch, ALineThatFailsIsGivenBackAndTakenAnew) {
  Bench bench;
  GpioSwitch relay(kAddress, bench.take());
  EXPECT_FALSE(relay.switch_to(AmplifierState::kOff));
  bench.drive_fails = "amplifier.gpio_lost";
  const auto problem = relay.switch_to(AmplifierState::kOn);
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->code, "amplifier.gpio_lost");
  bench.drive_fails.clear();
  EXPECT_FALSE(relay.switch_to(AmplifierState::kOn));
  EXPECT_THAT(bench.doings, ElementsAre("gpiochip0:17 taken off", "given back", "gpiochip0:17 taken on"));
}

TEST(ParseGpio, AChipAndALineAndNothingElse) {
  const auto address = parse_gpio("gpiochip0:17", ActiveLevel::kLow);
  ASSERT_TRUE(address);
  EXPECT_EQ(address->chip, "gpiochip0");
  EXPECT_EQ(address->line, 17U);
  EXPECT_EQ(address->active, ActiveLevel::kLow);
  for (const char* bad : {"", "17", ":17", "gpiochip0", "gpiochip0:", "gpiochip0:-1", "gpiochip0:+1", "gpiochip0:1 ",
                          "gpiochip0:4096", "gpiochip0:99999999999", "../gpiochip0:1", "/dev/gpiochip0:1",
                          "gpio chip:1", "gpiochip0:1:2", "gpiochip0123456789012345678901234:1"})
    EXPECT_FALSE(parse_gpio(bad, ActiveLevel::kHigh)) << bad;
}

}  // namespace
}  // namespace loa::node
