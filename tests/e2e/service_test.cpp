// The real server and signer as systemd starts them: what they tell it, and when.
#include <csignal>
#include <cstdlib>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/base/descriptor.h"
#include "tests/support/notify_socket.h"
#include "tests/support/ward_fixture.h"

namespace loa::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class ServiceLife : public testing::Test {
 protected:
  ServiceLife() {
    ::setenv("LOA_LANG", "en", 1);
    // Fed each time that the loop has been round.
    ::setenv("WATCHDOG_USEC", "3000", 1);
  }
  Child start(const std::string& program, const std::filesystem::path& config) {
    return {{std::string{LOA_BIN_DIR} + "/" + program, "--config", config.string()}, log_};
  }
  Child start_server() { return start("loa-server", ward_.folder() / "station/server.toml"); }
  Child start_signer() { return start("loa-signer", ward_.folder() / "signer/signer.toml"); }
  void expect_ends_well(Child& child) {
    (void)manager_.heard();
    child.send_signal(SIGTERM);
    EXPECT_EQ(child.wait(), 0) << read_whole_file(log_);
    EXPECT_THAT(manager_.heard(), HasSubstr("STOPPING=1\nSTATUS=Ending;"));
  }

  Ward ward_{LOA_BIN_DIR, LOA_WEB_DIR, 1};
  const std::filesystem::path log_ = ward_.folder() / "log/service";
  const NotifySocket manager_{(ward_.folder() / "notify").string()};
};

TEST_F(ServiceLife, TheServerIsReadyWhenItListensAndAliveWhenItsLoopGoesRound) {
  Child server = start_server();
  const std::string said = manager_.wait_for("READY=1\n");
  EXPECT_THAT(said, HasSubstr("STATUS=Opening the books in "));
  EXPECT_THAT(said, HasSubstr("READY=1\nSTATUS=The ward phu-lien runs on port " + std::to_string(ward_.http_port())))
      << read_whole_file(log_);
  http::ClientOptions options;
  options.authorities = ward_.authority();
  EXPECT_EQ(http::Client(options).request(http::Method::kGet, ward_.url() + "/api/health").status, 200);
  EXPECT_NE(manager_.wait_for("WATCHDOG=1"), "") << "its loop has a turn every 30 s at least";
  expect_ends_well(server);
}

TEST_F(ServiceLife, AServerThatCannotListenIsNeverReady) {
  const Descriptor taken(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(ward_.http_port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(taken.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(taken.number(), 1), 0);
  Child server = start_server();
  EXPECT_EQ(server.wait(), 1);
  EXPECT_THAT(manager_.heard(), Not(HasSubstr("READY=1")));
}

TEST_F(ServiceLife, TheSignerIsHeardAlthoughItHasSealedItself) {
  Child signer = start_signer();
  EXPECT_THAT(manager_.wait_for("READY=1\n"), HasSubstr("STATUS=Signing for the ward phu-lien with the key "))
      << read_whole_file(log_);
  EXPECT_NE(manager_.wait_for("WATCHDOG=1"), "") << "it comes back from its socket every 5 s";
  expect_ends_well(signer);
}

}  // namespace
}  // namespace loa::test
