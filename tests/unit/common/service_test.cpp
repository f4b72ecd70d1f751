// The other end of the service manager's socket: what a program says, and how often.
#include "common/service/service.h"

#include <array>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/scratch_folder.h"

namespace loa {
namespace {

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    const std::string path = (folder_ / "notify").string();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~ServiceTest() override {
    ::close(socket_);
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }
  ServiceTest(const ServiceTest&) = delete;
  ServiceTest& operator=(const ServiceTest&) = delete;

  // What was said since the last call; empty for nothing.
  std::string heard() const {
    std::array<char, 256> bytes{};
    std::string all;
    while (true) {
      const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
      if (got <= 0) return all;
      all += std::string{bytes.data(), static_cast<std::size_t>(got)} + ";";
    }
  }

  const test::ScratchFolder folder_;
  const int socket_;
};

TEST_F(ServiceTest, SaysWhenItIsReadyAndWhenItEnds) {
  Service service;
  service.say_ready();
  EXPECT_EQ(heard(), "READY=1;");
  service.say_stopping();
  EXPECT_EQ(heard(), "STOPPING=1;");
  service.say_alive(MonoTime{seconds{1}});
  EXPECT_EQ(heard(), "") << "nobody asked for a watchdog";
}

TEST_F(ServiceTest, FeedsTheWatchdogThriceInItsPatience) {
  ::setenv("WATCHDOG_USEC", "60000000", 1);
  Service service;
  service.say_alive(MonoTime{seconds{100}});
  EXPECT_EQ(heard(), "WATCHDOG=1;");
  service.say_alive(MonoTime{seconds{119}});
  EXPECT_EQ(heard(), "");
  service.say_alive(MonoTime{seconds{120}});
  EXPECT_EQ(heard(), "WATCHDOG=1;");
}

TEST(ServiceWithout, AManagerNothingHappens) {
  ::unsetenv("NOTIFY_SOCKET");
  Service service;
  service.say_ready();
  service.say_alive(MonoTime{seconds{1}});
}

}  // namespace
}  // namespace loa
