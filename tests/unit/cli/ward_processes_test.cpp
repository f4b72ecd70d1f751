#include <csignal>
#include <fstream>

#include <gtest/gtest.h>

#include "cli/ward/processes.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/wait.h"

namespace loa::cli {
namespace {

TEST(WardProcesses, TellsWhichProgramEndedAndWhatItSaidLast) {
  const test::ScratchFolder scratch;
  Processes processes;
  processes.start("stays", {"sleep", "300"}, scratch / "a.log");
  processes.start("ends", {"sh", "-c", "echo first; echo last; echo"}, scratch / "b.log");
  std::optional<Processes::Ended> ended;
  ASSERT_TRUE(test::becomes_true([&] {
    ended = processes.find_ended();
    return ended.has_value() && ended->name == "ends";
  }));
  EXPECT_EQ(last_line(ended->log), "last");
}

TEST(WardProcesses, AProgramThatIsNotThereSaysSoInItsLog) {
  const test::ScratchFolder scratch;
  Processes processes;
  processes.start("nothing", {"/no/such/program"}, scratch / "log");
  ASSERT_TRUE(test::becomes_true([&] { return processes.find_ended().has_value(); }));
  EXPECT_NE(last_line(scratch / "log").find("No such file"), std::string::npos);
}

TEST(WardProcesses, EndsItsChildrenWhenItEnds) {
  const test::ScratchFolder scratch;
  pid_t pid = -1;
  {
    Processes processes;
    pid = processes.start("stays", {"sh", "-c", "trap 'exit 0' TERM; while :; do read line < /dev/zero; done"},
                          scratch / "log");
    ASSERT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_NE(::kill(pid, 0), 0);
}

TEST(WardProcesses, ALogWithoutWordsHasNoLastLine) {
  const test::ScratchFolder scratch;
  std::ofstream(scratch / "log") << "\n  \n";
  EXPECT_EQ(last_line(scratch / "log"), "");
  EXPECT_EQ(last_line(scratch / "missing"), "");
}

}  // namespace
}  // namespace loa::cli
