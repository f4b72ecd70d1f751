#include "node-agent/amplifier/amplifier_config.h"

#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "node-agent/amplifier/command_switch.h"
#include "node-agent/amplifier/gpio_switch.h"
#include "tests/support/scratch_folder.h"

namespace loa::node {
namespace {

using testing::HasSubstr;

class AmplifierConfig : public testing::Test {
 protected:
  // The switch of an [amplifier] with these lines; what finish() says goes to problem_.
  std::unique_ptr<AmplifierSwitch> read(const std::string& lines) {
    std::ofstream(folder_ / "node.toml") << "[amplifier]\n" << lines;
    config::ConfigFile config(folder_ / "node.toml");
    auto relay = read_amplifier(config);
    problem_.clear();
    try {
      config.finish();
    } catch (const Error& error) {
      problem_ = error.what();
    }
    return relay;
  }

  const test::ScratchFolder folder_;
  std::string problem_;
};

TEST_F(AmplifierConfig, NothingIsAnAmplifierThatIsAlwaysOn) {
  EXPECT_EQ(read(""), nullptr);
  EXPECT_EQ(problem_, "");
}

TEST_F(AmplifierConfig, ACommandOrALine) {
  EXPECT_NE(dynamic_cast<CommandSwitch*>(read("command = [\"relay\", \"4\"]\n").get()), nullptr);
  EXPECT_EQ(problem_, "");
  EXPECT_NE(dynamic_cast<GpioSwitch*>(read("gpio = \"gpiochip0:17\"\nactive_low = true\n").get()), nullptr);
  EXPECT_EQ(problem_, "");
}

TEST_F(AmplifierConfig, BothAtOnceAndHalvesAreMistakes) {
  read("command = [\"relay\"]\ngpio = \"gpiochip0:17\"\n");
  EXPECT_THAT(problem_, HasSubstr("amplifier.gpio: either this or amplifier.command, not both"));
  read("active_low = true\n");
  EXPECT_THAT(problem_, HasSubstr("amplifier.active_low: amplifier.gpio beside it"));
  read("gpio = \"17\"\n");
  EXPECT_THAT(problem_, HasSubstr("amplifier.gpio: a chip and a line of it"));
  read("gpio = \"gpiochip0:17\"\nactive_low = 1\n");
  EXPECT_THAT(problem_, HasSubstr("amplifier.active_low: true or false"));
}

}  // namespace
}  // namespace loa::node
