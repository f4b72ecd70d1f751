#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/link/broker_config.h"

namespace loa::link {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

BrokerSettings settings() {
  BrokerSettings out;
  out.address = "192.0.2.1";
  out.port = 18883;
  out.ca = "/etc/loa/ca.pem";
  out.certificate = "/etc/loa/broker.pem";
  out.key = "/etc/loa/broker key.pem";
  out.access_list = "/etc/loa/acl";
  out.revocation_list = "/etc/loa/revoked.pem";
  out.pid_file = "/run/loa/broker pid";
  return out;
}

template <class Change>
std::string refused(Change&& change) {
  BrokerSettings changed = settings();
  change(changed);
  try {
    static_cast<void>(render_broker_config(changed));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "broker.bad_setting");
    return error.text().args.front();
  }
  return "";
}

TEST(BrokerConfig, LetsInOnlyWhoIsKnown) {
  const std::string text = render_broker_config(settings());
  for (const char* line :
       {"\nlistener 18883 192.0.2.1\n", "\ntls_version tlsv1.3\n", "\nrequire_certificate true\n",
        "\nuse_identity_as_username true\n", "\nuse_username_as_clientid true\n", "\ncrlfile /etc/loa/revoked.pem\n",
        "\npid_file /run/loa/broker pid\n", "\nallow_anonymous false\n", "\nacl_file /etc/loa/acl\n",
        "\ncafile /etc/loa/ca.pem\n", "\nkeyfile /etc/loa/broker key.pem\n", "\npersistence false\n",
        "\nmax_inflight_messages 0\n", "\nmax_inflight_bytes 1000000\n", "\nmax_keepalive 120\n"})
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_EQ(text.find("listener "), text.rfind("listener "));
  EXPECT_THAT(text, Not(HasSubstr("\nuser ")));
}

TEST(BrokerConfig, KeepsDataOnlyWhereItIsTold) {
  BrokerSettings kept = settings();
  kept.persistence = "/var/lib/loa/broker";
  kept.user = "loa";
  const std::string text = render_broker_config(kept);
  EXPECT_THAT(text, HasSubstr("\npersistence true\npersistence_location /var/lib/loa/broker/\n"));
  EXPECT_THAT(text, HasSubstr("\nuser loa\n"));
}

TEST(BrokerConfig, AValueCannotBecomeASetting) {
  EXPECT_EQ(refused([](BrokerSettings&) {}), "");
  EXPECT_EQ(refused([](BrokerSettings& s) { s.address = "::\nallow_anonymous true"; }), "address");
  EXPECT_EQ(refused([](BrokerSettings& s) { s.address = "127.0.0.1 x"; }), "address");
  EXPECT_EQ(refused([](BrokerSettings& s) { s.address = ""; }), "address");
  EXPECT_EQ(refused([](BrokerSettings& s) { s.port = 0; }), "port");
  EXPECT_EQ(refused([](BrokerSettings& s) { s.user = "a\nb"; }), "user");
  EXPECT_EQ(refused([](BrokerSettings& s) { s.ca = "ca.pem"; }), "ca");
  EXPECT_EQ(refused([](BrokerSettings& s) { s.certificate = ""; }), "certificate");
  EXPECT_EQ(refused([](BrokerSettings& s) { s.key = "/a\nb"; }), "key");
  EXPECT_EQ(refused([](BrokerSettings& s) { s.access_list = "/a "; }), "access_list");
  EXPECT_EQ(refused([](BrokerSettings& s) { s.revocation_list = ""; }), "revocation_list");
  EXPECT_EQ(refused([](BrokerSettings& s) { s.pid_file = "pid"; }), "pid_file");
  EXPECT_EQ(refused([](BrokerSettings& s) { s.persistence = "data"; }), "persistence");
  EXPECT_EQ(refused([](BrokerSettings& s) { s.longest_keep_alive = seconds{0}; }), "longest_keep_alive");
}

}  // namespace
}  // namespace loa::link
