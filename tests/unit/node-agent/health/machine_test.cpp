#include "node-agent/health/machine.h"

#include <fstream>

#include <gtest/gtest.h>

#include "node-agent/health/last_run.h"
#include "tests/support/scratch_folder.h"

namespace loa::node {
namespace {

class MachineTest : public testing::Test {
 protected:
  void write(const std::string& file, const std::string& text) const {
    std::filesystem::create_directories((folder_ / file).parent_path());
    std::ofstream(folder_ / file) << text << "\n";
  }
  [[nodiscard]] Machine read() const { return read_machine({folder_.path(), folder_ / "power", folder_ / "thermal"}); }
  const test::ScratchFolder folder_;
};

TEST_F(MachineTest, WhatIsNotThereIsAbsent) {
  const Machine machine = read();
  EXPECT_TRUE(machine.disk_free_mb.has_value());
  EXPECT_FALSE(machine.temperature_c.has_value());
  EXPECT_FALSE(machine.battery_pct.has_value());
  EXPECT_EQ(machine.supply, "");
  EXPECT_FALSE(read_machine({folder_ / "none", "", ""}).disk_free_mb.has_value());
}

TEST_F(MachineTest, TheHottestZoneCounts) {
  write("thermal/thermal_zone0/temp", "41500");
  write("thermal/thermal_zone1/temp", "63250");
  write("thermal/cooling_device0/temp", "99000");
  EXPECT_EQ(read().temperature_c, 63.25);
}

TEST_F(MachineTest, NonsenseIsAbsent) {
  write("thermal/thermal_zone0/temp", "-274000");
  write("thermal/thermal_zone1/temp", "hot");
  write("thermal/thermal_zone2/temp", "");
  write("power/BAT0/type", "Battery");
  write("power/BAT0/capacity", "101");
  EXPECT_FALSE(read().temperature_c.has_value());
  EXPECT_FALSE(read().battery_pct.has_value());
}

TEST_F(MachineTest, OnMainsAndOnBattery) {
  write("power/AC/type", "Mains");
  write("power/AC/online", "1");
  write("power/BAT0/type", "Battery");
  write("power/BAT0/capacity", "87");
  write("power/BAT1/type", "Battery");
  write("power/BAT1/capacity", "45");
  write("power/mouse/type", "Battery");
  write("power/mouse/scope", "Device");
  write("power/mouse/capacity", "3");
  EXPECT_EQ(read().supply, "mains");
  EXPECT_EQ(read().battery_pct, 45);
  write("power/AC/online", "0");
  EXPECT_EQ(read().supply, "battery");
}

TEST(LastRun, HowTheLastOneEndedSaysWhyThisOneStarts) {
  EXPECT_EQ(why_started(std::nullopt, 7), "");
  EXPECT_EQ(why_started(node::Run{7, RunEnd::kClean}, 7), "clean");
  EXPECT_EQ(why_started(node::Run{6, RunEnd::kClean}, 7), "clean");
  EXPECT_EQ(why_started(node::Run{7, RunEnd::kWatchdog}, 7), "watchdog");
  EXPECT_EQ(why_started(node::Run{7, RunEnd::kNone}, 7), "crash");
  EXPECT_EQ(why_started(node::Run{6, RunEnd::kNone}, 7), "power");
}

TEST(LastRun, BootIdsAreToldApart) {
  EXPECT_EQ(parse_machine_boot("00000000-0000-00f0-0000-000000000000"), 0xf);
  EXPECT_NE(parse_machine_boot("1b4e28ba-2fa1-11d2-883f-0016d3cca427"),
            parse_machine_boot("2b4e28ba-2fa1-11d2-883f-0016d3cca427"));
  EXPECT_GT(parse_machine_boot("ffffffff-ffff-ffff-ffff-ffffffffffff"), 0);
  EXPECT_EQ(parse_machine_boot(""), 0);
  EXPECT_EQ(parse_machine_boot("not a boot id at all"), 0);
}

}  // namespace
}  // namespace loa::node
