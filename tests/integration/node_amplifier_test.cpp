// Real programs as an operator would name them.
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node-agent/amplifier/amplifier.h"
#include "node-agent/amplifier/command_switch.h"
#include "node-agent/amplifier/gpio_switch.h"
#include "tests/support/child.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/wait.h"

namespace loa::node {
namespace {

using testing::ElementsAre;

class CommandAmplifierTest : public testing::Test {
 protected:
  static std::unique_ptr<AmplifierSwitch> commanded(std::vector<std::string> command, milliseconds patience) {
    return std::make_unique<CommandSwitch>(std::move(command), patience);
  }
  // A program that notes how it was called and then does `then`.
  std::string program(const std::string& then) const {
    const auto file = folder_ / "switch";
    std::ofstream(file) << "#!/bin/sh\necho \"$@\" >> '" << (folder_ / "calls").string() << "'\n" << then << "\n";
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    return file.string();
  }
  std::string calls() const {
    return std::filesystem::exists(folder_ / "calls") ? test::read_whole_file(folder_ / "calls") : "";
  }
  SwitchedAmplifier::OnDone note() {
    return [this](const std::optional<Text>& problem) {
      const std::lock_guard lock(mutex_);
      problems_.push_back(problem ? problem->code : "");
    };
  }
  bool has_done(std::size_t commands) {
    return test::becomes_true([&] {
      const std::lock_guard lock(mutex_);
      return problems_.size() >= commands;
    });
  }

  const test::ScratchFolder folder_;
  std::mutex mutex_;
  std::vector<std::string> problems_;
};

TEST_F(CommandAmplifierTest, IsOffWhenMadeSwitchedByItsWordsAndOffAtTheEnd) {
  {
    SwitchedAmplifier amplifier(commanded({program(""), "--line", "a b; rm -rf $HOME"}, seconds{20}), note());
    ASSERT_TRUE(has_done(1));
    amplifier.switch_to(AmplifierState::kOn);
    ASSERT_TRUE(has_done(2));
  }
  EXPECT_EQ(calls(), "--line a b; rm -rf $HOME off\n--line a b; rm -rf $HOME on\n--line a b; rm -rf $HOME off\n");
  EXPECT_THAT(problems_, ElementsAre("", "", ""));
}

TEST_F(CommandAmplifierTest, AFailureIsToldAndTheNextCommandIsTried) {
  SwitchedAmplifier amplifier(commanded({program("exit 3")}, seconds{20}), note());
  ASSERT_TRUE(has_done(1));
  EXPECT_EQ(problems_[0], "amplifier.failed");
  amplifier.switch_to(AmplifierState::kOn);
  ASSERT_TRUE(has_done(2));
  EXPECT_EQ(calls(), "off\non\n");
}

TEST_F(CommandAmplifierTest, WhatHangsIsKilledWithAllItStarted) {
  SwitchedAmplifier amplifier(
      commanded({program("sleep 1000 & echo $! > '" + (folder_ / "child").string() + "'; wait")}, milliseconds{300}),
      note());
  ASSERT_TRUE(has_done(1));
  EXPECT_EQ(problems_[0], "amplifier.too_slow");
  const std::string child = test::read_whole_file(folder_ / "child");
  EXPECT_TRUE(test::becomes_true([&] {
    std::ifstream stat("/proc/" + child.substr(0, child.find('\n')) + "/stat");
    std::string pid;
    std::string name;
    std::string state;
    stat >> pid >> name >> state;
    return !stat || state == "Z";
  }));
}

TEST_F(CommandAmplifierTest, AProgramThatIsNotThereIsAProblemNotACrash) {
  SwitchedAmplifier amplifier(commanded({(folder_ / "none").string()}, seconds{20}), note());
  ASSERT_TRUE(has_done(1));
  EXPECT_EQ(problems_[0], "amplifier.cannot_start");
}

// --- lines of a chip

TEST(GpioAmplifier, AChipThatIsNotThereOrIsNoneIsAProblemNotACrash) {
  GpioSwitch missing({"gpiochip-none", 1, ActiveLevel::kHigh});
  const auto none = missing.switch_to(AmplifierState::kOff);
  ASSERT_TRUE(none);
  EXPECT_EQ(none->code, "amplifier.gpio_no_chip");
  GpioSwitch wrong({"null", 1, ActiveLevel::kHigh});
  const auto other = wrong.switch_to(AmplifierState::kOff);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->code, "amplifier.gpio_no_chip");
}

// A chip of the kernel's gpio-sim (Documentation/admin-guide/gpio/gpio-sim.rst), the only kind whose lines a test may
// switch: on any other hangs a machine.
class SimulatedChip {
 public:
  SimulatedChip() {
    std::error_code problem;
    std::filesystem::create_directories(bank_, problem);
    if (problem) return;
    write(bank_ / "num_lines", "8");
    write(device_ / "live", "1");
    name_ = read(bank_ / "chip_name");
    lines_ = std::filesystem::path{"/sys/devices/platform"} / read(device_ / "dev_name") / name_;
  }
  ~SimulatedChip() {
    std::error_code none;
    if (!std::filesystem::exists(device_, none)) return;
    write(device_ / "live", "0");
    std::filesystem::remove(bank_, none);
    std::filesystem::remove(device_, none);
  }
  SimulatedChip(const SimulatedChip&) = delete;
  SimulatedChip& operator=(const SimulatedChip&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }  // empty: this kernel makes none
  [[nodiscard]] std::string level(int line) const {
    return read(lines_ / ("sim_gpio" + std::to_string(line)) / "value");
  }

 private:
  static void write(const std::filesystem::path& file, const char* text) { std::ofstream(file) << text; }
  static std::string read(const std::filesystem::path& file) {
    std::string line;
    std::ifstream in(file);
    std::getline(in, line);
    return line;
  }

  const std::filesystem::path device_ = "/sys/kernel/config/gpio-sim/loa-test";
  const std::filesystem::path bank_ = device_ / "bank0";
  std::string name_;
  std::filesystem::path lines_;
};

TEST(GpioAmplifier, ARealLineIsSwitchedIsHeldAloneAndIsOffAtTheEnd) {
  const SimulatedChip chip;
  if (chip.name().empty()) GTEST_SKIP() << "this kernel has no gpio-sim (or no configfs, or this is not root)";
  {
    GpioSwitch relay({chip.name(), 3, ActiveLevel::kHigh});
    EXPECT_FALSE(relay.switch_to(AmplifierState::kOff));
    EXPECT_EQ(chip.level(3), "0");
    EXPECT_FALSE(relay.switch_to(AmplifierState::kOn));
    EXPECT_EQ(chip.level(3), "1");
    const auto second = GpioSwitch({chip.name(), 3, ActiveLevel::kHigh}).switch_to(AmplifierState::kOff);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->code, "amplifier.gpio_busy");
    EXPECT_EQ(second->args.back(), "loa-node");
    EXPECT_FALSE(relay.switch_to(AmplifierState::kOff));
    EXPECT_EQ(chip.level(3), "0");
  }
  GpioSwitch low({chip.name(), 3, ActiveLevel::kLow});
  EXPECT_FALSE(low.switch_to(AmplifierState::kOn));
  EXPECT_EQ(chip.level(3), "0");
  EXPECT_FALSE(low.switch_to(AmplifierState::kOff));
  EXPECT_EQ(chip.level(3), "1");
  const auto outside = GpioSwitch({chip.name(), 8, ActiveLevel::kHigh}).switch_to(AmplifierState::kOff);
  ASSERT_TRUE(outside);
  EXPECT_EQ(outside->code, "amplifier.gpio_no_line");
}

}  // namespace
}  // namespace loa::node
