// Notices over real sockets: a mail server that speaks just enough SMTP, and a webhook behind real TLS.
#include "server/notify/messenger.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/bytes.h"
#include "common/base/descriptor.h"
#include "common/crypto/certificates.h"
#include "common/crypto/encoding.h"
#include "common/http/server.h"
#include "tests/support/scratch_folder.h"

namespace loa::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Takes one mail for each connection; refuses the first `refusals` of them.
class MailServer {
 public:
  explicit MailServer(int refusals = 0) : refusals_(refusals) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_.number(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(socket_.number(), 4), 0);
    ::getsockname(socket_.number(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~MailServer() {
    ::shutdown(socket_.number(), SHUT_RDWR);
    thread_.join();
  }
  [[nodiscard]] std::string url() const { return "smtp://127.0.0.1:" + std::to_string(port_); }
  std::vector<std::string> commands;
  std::string mail;

 private:
  void serve() {
    while (true) {
      const Descriptor caller(::accept4(socket_.number(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!caller.is_open()) return;
      talk(caller);
    }
  }
  void talk(const Descriptor& caller) {
    const auto say = [&](const std::string& line) {
      const std::string text = line + "\r\n";
      static_cast<void>(!::write(caller.number(), text.data(), text.size()));
    };
    if (refusals_-- > 0) {
      say("554 not now");
      return;
    }
    say("220 here");
    std::string pending;
    bool is_mail = false;
    for (char c = 0; ::read(caller.number(), &c, 1) == 1;) {
      pending += c;
      if (!pending.ends_with("\r\n")) continue;
      const std::string line = pending.substr(0, pending.size() - 2);
      pending.clear();
      if (is_mail) {
        if (line == ".") {
          is_mail = false;
          say("250 taken");
        } else {
          mail += line + "\n";
        }
        continue;
      }
      commands.push_back(line);
      if (line.starts_with("DATA")) {
        is_mail = true;
        say("354 go on");
      } else {
        say(line == "QUIT" ? "221 bye" : "250 fine");
        if (line == "QUIT") return;
      }
    }
  }

  Descriptor socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::uint16_t port_ = 0;
  int refusals_;
  std::thread thread_;
};

class MessengerTest : public testing::Test {
 protected:
  // What each delivery came to, as it is told.
  OnDelivery told() {
    return [this](std::optional<Text> trouble) {
      const std::lock_guard lock(mutex_);
      told_.push_back(trouble ? trouble->code : "");
      changed_.notify_all();
    };
  }
  std::vector<std::string> wait_for(std::size_t deliveries) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds{30}, [&] { return told_.size() >= deliveries; });
    return told_;
  }
  static Notice notice() {
    return {"announcement.submitted", "a-1", {"notice.submitted", {"Họp dân", "Hoa"}}, {"chu-tich@phulien.vn"}};
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> told_;
};

TEST_F(MessengerTest, AMailIsGivenToTheServer) {
  MailServer server;
  {
    MessengerOptions options;
    options.smtp = server.url();
    options.from = "loa@phulien.vn";
    options.tls = MessengerOptions::Tls::kNone;
    options.console = "https://loa.example.vn:8443";
    Messenger messenger(options, told());
    Notice given = notice();
    given.to.emplace_back("not an address\r\nRCPT TO:<evil@example.com>");
    messenger.tell(given);
    EXPECT_THAT(wait_for(1), ElementsAre(""));
  }
  EXPECT_THAT(server.commands, ElementsAre(HasSubstr("EHLO"), HasSubstr("MAIL FROM:<loa@phulien.vn>"),
                                           HasSubstr("RCPT TO:<chu-tich@phulien.vn>"), "DATA", "QUIT"));
  const std::size_t body = server.mail.find("\n\n");
  std::string encoded = server.mail.substr(body + 2);
  std::erase(encoded, '\n');
  const auto text = crypto::decode_base64(encoded);
  ASSERT_TRUE(text) << server.mail;
  EXPECT_THAT(std::string(view_text(*text)), HasSubstr("Hoa trình duyệt thông báo: Họp dân\n"
                                                       "https://loa.example.vn:8443/#/approvals/a-1\r\n"));
  EXPECT_THAT(server.mail, HasSubstr("Subject: =?UTF-8?B?"));
}

TEST_F(MessengerTest, WhatIsRefusedIsTriedAgainAndThenTold) {
  MailServer server(2);
  MessengerOptions options;
  options.smtp = server.url();
  options.from = "loa@phulien.vn";
  options.tls = MessengerOptions::Tls::kNone;
  options.pauses = {milliseconds{1}};
  Messenger messenger(options, told());
  messenger.tell(notice());
  EXPECT_THAT(wait_for(1), ElementsAre("notify.failed"));
  messenger.tell(notice());
  EXPECT_THAT(wait_for(2), ElementsAre("notify.failed", ""));
}

TEST_F(MessengerTest, NoMailLeavesWithoutTls) {
  MailServer server;
  MessengerOptions options;
  options.smtp = server.url();
  options.from = "loa@phulien.vn";
  options.pauses = {};
  Messenger messenger(options, told());
  messenger.tell(notice());
  EXPECT_THAT(wait_for(1), ElementsAre("notify.failed"));
  EXPECT_EQ(server.mail, "");
}

TEST_F(MessengerTest, AWebhookGetsTheNoticeFromAServerThatItKnows) {
  const test::ScratchFolder folder;
  const auto authority = crypto::CertificateAuthority::make("Loa test", system_now().wall);
  authority.save(folder / "ca.pem", folder / "ca.key");
  crypto::save_identity(authority.issue_server({}, system_now().wall), folder / "https.pem", folder / "https.key");
  std::string body;
  std::string authorization;
  http::Route hook;
  hook.method = http::Method::kPost;
  hook.path = "/hook";
  hook.operation = "hook";
  hook.summary = "Takes a notice";
  hook.body = http::BodyMode::kJson;
  hook.answers = {{204, "taken"}};
  hook.handler = [&](const http::Request& request, const http::Responder& responder) {
    body = request.body;
    authorization = request.header("authorization");
    responder.send(http::Response{204});
  };
  http::ServerOptions at;
  at.certificate_chain = folder / "https.pem";
  at.private_key = folder / "https.key";
  http::Server server(at, {hook});
  server.start();

  MessengerOptions options;
  options.webhook = "https://localhost:" + std::to_string(server.port()) + "/hook";
  options.webhook_token = "bí mật";
  options.pauses = {};
  {
    Messenger stranger(options, told());
    stranger.tell(notice());
    EXPECT_THAT(wait_for(1), ElementsAre("notify.failed")) << "nobody vouches for it";
  }
  EXPECT_EQ(body, "");
  options.authorities = folder / "ca.pem";
  Messenger messenger(options, told());
  messenger.tell(notice());
  EXPECT_THAT(wait_for(2), ElementsAre("notify.failed", ""));
  EXPECT_THAT(body, testing::Not(HasSubstr("approvals"))) << "nobody said where the console is";
  options.console = "https://loa.example.vn";
  Messenger guide(options, told());
  guide.tell(notice());
  EXPECT_THAT(wait_for(3), ElementsAre("notify.failed", "", ""));
  server.stop();
  EXPECT_THAT(body, HasSubstr(R"(\nhttps://loa.example.vn/#/approvals/a-1")"));
  EXPECT_THAT(body, HasSubstr("\"event\":\"announcement.submitted\""));
  EXPECT_THAT(body, HasSubstr("Họp dân"));
  EXPECT_EQ(authorization, "Bearer bí mật");
}

}  // namespace
}  // namespace loa::server
