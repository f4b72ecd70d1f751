// Real programs as an operator would name them.
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node-agent/guards/amplifier.h"
#include "tests/support/child.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/wait.h"

namespace loa::node {
namespace {

using testing::ElementsAre;

class CommandAmplifierTest : public testing::Test {
 protected:
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
  CommandAmplifier::OnDone note() {
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
    CommandAmplifier amplifier({program(""), "--line", "a b; rm -rf $HOME"}, seconds{20}, note());
    ASSERT_TRUE(has_done(1));
    amplifier.switch_to(AmplifierState::kOn);
    ASSERT_TRUE(has_done(2));
  }
  EXPECT_EQ(calls(), "--line a b; rm -rf $HOME off\n--line a b; rm -rf $HOME on\n--line a b; rm -rf $HOME off\n");
  EXPECT_THAT(problems_, ElementsAre("", "", ""));
}

TEST_F(CommandAmplifierTest, AFailureIsToldAndTheNextCommandIsTried) {
  CommandAmplifier amplifier({program("exit 3")}, seconds{20}, note());
  ASSERT_TRUE(has_done(1));
  EXPECT_EQ(problems_[0], "amplifier.failed");
  amplifier.switch_to(AmplifierState::kOn);
  ASSERT_TRUE(has_done(2));
  EXPECT_EQ(calls(), "off\non\n");
}

TEST_F(CommandAmplifierTest, WhatHangsIsKilledWithAllItStarted) {
  CommandAmplifier amplifier({program("sleep 1000 & echo $! > '" + (folder_ / "child").string() + "'; wait")},
                             milliseconds{300}, note());
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
  CommandAmplifier amplifier({(folder_ / "none").string()}, seconds{20}, note());
  ASSERT_TRUE(has_done(1));
  EXPECT_EQ(problems_[0], "amplifier.cannot_start");
}

}  // namespace
}  // namespace loa::node
