// Revocation at a real mosquitto: what it reads again, whose session ends, who cannot come back.
#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/link/mqtt_link.h"
#include "server/enrol/mqtt_broker_gate.h"
#include "tests/support/broker.h"
#include "tests/support/link_events.h"
#include "tests/support/wait.h"

namespace loa::server {
namespace {

std::ptrdiff_t ups_of(const test::LinkEvents& events) {
  const auto all = events.all();
  return std::count_if(all.begin(), all.end(),
                       [](const auto& event) { return std::holds_alternative<link::LinkUp>(event); });
}

class BrokerGateTest : public testing::Test {
 protected:
  MqttBrokerGateOptions options() {
    MqttBrokerGateOptions options;
    options.revocation_list = broker_.revocation_list();
    options.pid_file = broker_.pid_file();
    options.scratch = broker_.folder() / "gate";
    options.broker = broker_.options("server");
    options.hold = milliseconds{1500};
    options.retry = milliseconds{50};
    return options;
  }
  std::string list_of(const std::vector<std::string>& names) {
    std::vector<crypto::RevokedCertificate> revoked;
    revoked.reserve(names.size());
    for (const std::string& name : names)
      revoked.push_back({crypto::read_certificate_file(broker_.identity(name).certificate).serial, system_now().wall});
    return broker_.authority().revoke(revoked, system_now().wall, current());
  }
  [[nodiscard]] std::string current() const { return test::read_whole_file(broker_.revocation_list()); }
  std::vector<ShutOut> session_of(const std::string& name) {
    std::vector<ShutOut> sessions;
    sessions.push_back({NodeId{name}, broker_.authority().issue_client(name, system_now().wall, std::chrono::days{2})});
    return sessions;
  }
  [[nodiscard]] bool is_said(const std::string& words) const { return broker_.log().find(words) != std::string::npos; }
  [[nodiscard]] bool is_scratch_empty() const { return std::filesystem::is_empty(broker_.folder() / "gate"); }

  test::TestBroker broker_;
};

TEST_F(BrokerGateTest, ARevokedNodesSessionEndsAndItCannotComeBack) {
  test::LinkEvents stolen_events;
  test::LinkEvents honest_events;
  const link::MqttLink stolen(broker_.options("tdp-01"), stolen_events.collector());
  const link::MqttLink honest(broker_.options("tdp-02"), honest_events.collector());
  ASSERT_TRUE(stolen_events.wait_for_ups(1));
  ASSERT_TRUE(honest_events.wait_for_ups(1));

  MqttBrokerGate gate(options());
  gate.shut_out(list_of({"tdp-01"}), session_of("tdp-01"));
  ASSERT_TRUE(test::becomes_true([&] { return !stolen_events.downs().empty(); }));
  // It tries and tries; every attempt is refused for its certificate.
  ASSERT_TRUE(test::becomes_true([&] { return is_said("certificate verify failed"); })) << broker_.log();
  ASSERT_TRUE(test::becomes_true([&] { return is_scratch_empty(); })) << "done with it";
  const auto ups = ups_of(stolen_events);
  test::LinkEvents again_events;
  const link::MqttLink again(broker_.options("tdp-01"), again_events.collector());
  ASSERT_TRUE(test::becomes_true([&] { return !again_events.downs().empty(); }));
  EXPECT_EQ(ups_of(again_events), 0);
  EXPECT_EQ(ups_of(stolen_events), ups);
  EXPECT_TRUE(honest_events.downs().empty()) << "nobody else is disturbed";

  // The same site with a new certificate is let in.
  link::MqttOptions replaced = broker_.options("tdp-01");
  replaced.tls.certificate = broker_.folder() / "new.pem";
  replaced.tls.key = broker_.folder() / "new.key";
  crypto::save_identity(broker_.authority().issue_client("tdp-01", system_now().wall), replaced.tls.certificate,
                        replaced.tls.key);
  test::LinkEvents replaced_events;
  const link::MqttLink replacement(replaced, replaced_events.collector());
  EXPECT_TRUE(replaced_events.wait_for_ups(1)) << broker_.log();
}

TEST_F(BrokerGateTest, AClientIdOfItsOwnChoiceDoesNotHideASession) {
  link::MqttOptions disguised = broker_.options("tdp-01");
  disguised.client_id = "someone-else";
  test::LinkEvents events;
  const link::MqttLink stolen(disguised, events.collector());
  ASSERT_TRUE(events.wait_for_ups(1));
  MqttBrokerGate gate(options());
  gate.shut_out(list_of({"tdp-01"}), session_of("tdp-01"));
  EXPECT_TRUE(test::becomes_true([&] { return !events.downs().empty(); })) << broker_.log();
}

TEST_F(BrokerGateTest, NobodyEndsTheSessionOfAnother) {
  test::LinkEvents events;
  const link::MqttLink victim(broker_.options("tdp-01"), events.collector());
  ASSERT_TRUE(events.wait_for_ups(1));
  link::MqttOptions attacker = broker_.options("tdp-02");
  attacker.client_id = "tdp-01";
  test::LinkEvents attacker_events;
  const link::MqttLink attack(attacker, attacker_events.collector());
  ASSERT_TRUE(attacker_events.wait_for_ups(1));
  // Its message is the proof that the broker has dealt with it.
  EXPECT_TRUE(test::becomes_true([&] { return is_said("as tdp-02"); })) << broker_.log();
  EXPECT_TRUE(events.downs().empty());
}

TEST_F(BrokerGateTest, AListThatCannotBeWrittenYetIsWrittenLater) {
  MqttBrokerGateOptions blocked = options();
  blocked.revocation_list = broker_.folder() / "not yet" / "revoked.pem";
  MqttBrokerGate gate(blocked);
  EXPECT_EQ(gate.current_list(), "");
  const std::string list = list_of({});
  gate.shut_out(list, {});
  std::filesystem::create_directory(broker_.folder() / "not yet");
  EXPECT_TRUE(test::becomes_true([&] { return gate.current_list() == list; }));
}

TEST_F(BrokerGateTest, AProcessThatIsNotTheBrokerIsNotSignalled) {
  // Its number stands in the file, as after a crash; SIGHUP would end it.
  test::Child other({"/bin/sleep", "600"}, broker_.folder() / "sleep.log");
  MqttBrokerGateOptions stale = options();
  stale.pid_file = broker_.folder() / "stale";
  std::ofstream(stale.pid_file) << other.pid();
  {
    MqttBrokerGate gate(stale);
    gate.shut_out(list_of({"tdp-01"}), session_of("tdp-01"));
    ASSERT_TRUE(test::becomes_true([&] { return is_said("as tdp-01"); })) << broker_.log();
  }
  EXPECT_FALSE(other.poll().has_value());
}

TEST_F(BrokerGateTest, EndsAtOnceWhenTheServerDoes) {
  MqttBrokerGateOptions nowhere = options();
  nowhere.broker.port = 1;
  MqttBrokerGate gate(nowhere);
  gate.shut_out(list_of({}), session_of("tdp-01"));
  ASSERT_TRUE(test::becomes_true([&] { return !is_scratch_empty(); }));
}

}  // namespace
}  // namespace loa::server
