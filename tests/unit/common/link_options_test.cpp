// What MqttLink refuses before it opens a socket.
#include <functional>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "common/base/error.h"
#include "common/crypto/certificates.h"
#include "common/crypto/files.h"
#include "common/link/mqtt_link.h"
#include "tests/support/scratch_folder.h"

namespace loa::link {
namespace {

class MqttOptionsTest : public ::testing::Test {
 protected:
  MqttOptionsTest() {
    const WallTime now = parse_utc("2027-02-06T00:00:00Z").value();
    const auto authority = crypto::CertificateAuthority::make("test", now);
    authority.save(folder_ / "ca.pem", folder_ / "ca.key");
    crypto::save_identity(authority.issue_client("node-a", now), folder_ / "node.pem", folder_ / "node.key");
  }

  [[nodiscard]] MqttOptions good() const {
    MqttOptions options;
    options.host = "127.0.0.1";
    options.port = 1;
    options.client_id = "node-a";
    options.tls = {folder_ / "ca.pem", folder_ / "node.pem", folder_ / "node.key"};
    options.subscriptions = {{"loa/1/+/all/#", Qos::kAtLeastOnce}};
    return options;
  }

  // `code: first argument` of the refusal.
  [[nodiscard]] std::string refused(const std::function<void(MqttOptions&)>& change) const {
    MqttOptions options = good();
    change(options);
    try {
      const MqttLink link(options, [](const LinkEvent&) {});
    } catch (const Error& error) {
      EXPECT_TRUE(is_known_text(error.code()));
      return error.code() + ": " + error.text().args.front();
    }
    return "";
  }

  const test::ScratchFolder folder_;
};

TEST_F(MqttOptionsTest, EachBadOneIsNamed) {
  const auto bad = [](const char* option) { return std::string{"link.bad_options: "} + option; };
  EXPECT_EQ(refused([](MqttOptions& o) { o.host = ""; }), bad("host"));
  EXPECT_EQ(refused([](MqttOptions& o) { o.host = "a/b"; }), bad("host"));
  EXPECT_EQ(refused([](MqttOptions& o) { o.host = "a b"; }), bad("host"));
  EXPECT_EQ(refused([](MqttOptions& o) { o.port = 0; }), bad("port"));
  EXPECT_EQ(refused([](MqttOptions& o) { o.client_id = ""; }), bad("client_id"));
  EXPECT_EQ(refused([](MqttOptions& o) {
              o.subscriptions.push_back({"a/#/b", Qos::kAtLeastOnce});
            }),
            bad("subscription"));
  EXPECT_EQ(refused([](MqttOptions& o) { o.keep_alive = seconds{0}; }), bad("keep_alive"));
  EXPECT_EQ(refused([](MqttOptions& o) { o.keep_alive = seconds{70'000}; }), bad("keep_alive"));
  EXPECT_EQ(refused([](MqttOptions& o) { o.connect_timeout = seconds{0}; }), bad("connect_timeout"));
  EXPECT_EQ(refused([](MqttOptions& o) { o.shortest_pause = milliseconds{0}; }), bad("shortest_pause"));
  EXPECT_EQ(refused([](MqttOptions& o) { o.longest_pause = milliseconds{1}; }), bad("longest_pause"));
  EXPECT_EQ(refused([](MqttOptions& o) { o.most_outstanding = 0; }), bad("most_outstanding"));
  EXPECT_EQ(refused([](MqttOptions& o) { o.most_outstanding = 65'535; }), bad("most_outstanding"));
  EXPECT_EQ(refused([](MqttOptions& o) { o.largest_message = 0; }), bad("largest_message"));
  EXPECT_EQ(refused([](MqttOptions& o) { o.largest_message = 300'000'000; }), bad("largest_message"));
  EXPECT_EQ(refused([](MqttOptions& o) { o.will = Publication{.topic = "a/#", .payload = {}}; }), bad("will"));
  EXPECT_EQ(refused([](MqttOptions& o) { o.will = Publication{.topic = "a", .payload = Bytes(70'000)}; }), bad("will"));
}

TEST_F(MqttOptionsTest, EachBadFileIsNamed) {
  const auto named = [&](const char* code, const char* file) {
    return std::string{code} + ": " + (folder_ / file).string();
  };
  EXPECT_EQ(refused([&](MqttOptions& o) { o.tls.ca = folder_ / "none"; }), named("file.cannot_read", "none"));
  EXPECT_EQ(refused([&](MqttOptions& o) { o.tls.certificate = folder_ / "none"; }), named("file.cannot_read", "none"));
  EXPECT_EQ(refused([&](MqttOptions& o) { o.tls.key = folder_ / "none"; }), named("file.cannot_read", "none"));
  EXPECT_EQ(refused([&](MqttOptions& o) { o.tls.certificate = folder_ / "node.key"; }),
            named("cert.bad_file", "node.key"));
  ASSERT_EQ(::chmod((folder_ / "node.key").c_str(), 0644), 0);
  EXPECT_EQ(refused([](MqttOptions&) {}), named("key.too_open", "node.key"));
}

}  // namespace
}  // namespace loa::link
