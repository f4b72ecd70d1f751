// The other end of the service manager's socket: what a program says, and how often.
#include "common/service/service.h"

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/notify_socket.h"
#include "tests/support/scratch_folder.h"

namespace loa {
namespace {

class ServiceTest : public testing::Test {
 protected:
  const test::ScratchFolder folder_;
  const test::NotifySocket manager_{(folder_ / "notify").string()};
};

TEST_F(ServiceTest, SaysWhenItIsReadyAndWhenItEnds) {
  Service service;
  service.say_status("Opening");
  EXPECT_EQ(manager_.heard(), "STATUS=Opening;");
  service.say_ready("Đang chạy");
  EXPECT_EQ(manager_.heard(), "READY=1\nSTATUS=Đang chạy;");
  service.say_stopping("Ending");
  EXPECT_EQ(manager_.heard(), "STOPPING=1\nSTATUS=Ending;");
  service.say_alive(MonoTime{seconds{1}});
  EXPECT_EQ(manager_.heard(), "") << "nobody asked for a watchdog";
}

TEST_F(ServiceTest, FeedsTheWatchdogThriceInItsPatience) {
  ::setenv("WATCHDOG_USEC", "60000000", 1);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  Service service;
  service.say_alive(MonoTime{seconds{100}});
  EXPECT_EQ(manager_.heard(), "WATCHDOG=1;");
  service.say_alive(MonoTime{seconds{119}});
  EXPECT_EQ(manager_.heard(), "");
  service.say_alive(MonoTime{seconds{120}});
  EXPECT_EQ(manager_.heard(), "WATCHDOG=1;");
}

TEST_F(ServiceTest, AWatchdogOfAnotherProcessIsNotFed) {
  ::setenv("WATCHDOG_USEC", "60000000", 1);
  ::setenv("WATCHDOG_PID", std::to_string(::getppid()).c_str(), 1);
  Service service;
  service.say_alive(MonoTime{seconds{100}});
  EXPECT_EQ(manager_.heard(), "");
}

TEST_F(ServiceTest, AWatchdogWithoutAPatienceIsNone) {
  for (const char* patience : {"", "0", "-1", "60s", "99999999999999999999"}) {
    ::setenv("WATCHDOG_USEC", patience, 1);
    Service service;
    service.say_alive(MonoTime{seconds{100}});
    EXPECT_EQ(manager_.heard(), "") << patience;
  }
}

TEST(ServiceAt, AnAbstractNameIsHeard) {
  const test::NotifySocket manager("@loa-service-test-" + std::to_string(::getpid()));
  const Service service;
  service.say_status("here");
  EXPECT_EQ(manager.heard(), "STATUS=here;");
}

TEST(ServiceWithout, AManagerNothingHappens) {
  for (const char* address : {"", "/", "notify", "/nowhere/at/all"}) {
    ::setenv("NOTIFY_SOCKET", address, 1);
    Service service;
    service.say_ready("here");
    service.say_alive(MonoTime{seconds{1}});
  }
  ::unsetenv("NOTIFY_SOCKET");
  const Service service;
  service.say_ready("here");
}

}  // namespace
}  // namespace loa
