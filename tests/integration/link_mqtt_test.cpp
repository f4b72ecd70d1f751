// MqttLink against a real mosquitto that runs the product's own configuration.
#include <fstream>
#include <memory>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/link/mqtt_link.h"
#include "tests/support/broker.h"
#include "tests/support/forwarder.h"
#include "tests/support/link_events.h"
#include "tests/support/wait.h"

namespace loa::link {
namespace {

using test::becomes_true;
using test::Child;
using test::Forwarder;
using test::LinkEvents;
using test::TestBroker;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kRawMqtt = LOA_SOURCE_DIR "/tests/support/raw_mqtt.py";

Publication publication(std::string topic, std::string_view text) {
  Publication out;
  out.topic = std::move(topic);
  out.payload = bytes_of(text);
  return out;
}

std::string text_of(const LinkMessage& message) {
  return std::string{view_text(message.payload)};
}

MqttOptions server_options(const TestBroker& broker) {
  MqttOptions options = broker.options("server");
  options.subscriptions = {{"loa/1/phu-lien/up/+/#", Qos::kAtLeastOnce}};
  return options;
}

MqttOptions node_options(const TestBroker& broker, const std::string& node) {
  MqttOptions options = broker.options(node);
  options.subscriptions = {{"loa/1/phu-lien/down/" + node + "/#", Qos::kAtLeastOnce},
                           {"loa/1/phu-lien/all/#", Qos::kAtLeastOnce}};
  return options;
}

// A link with the events it told, in the order in which they must die.
struct Station {
  explicit Station(MqttOptions options) : link(std::make_unique<MqttLink>(std::move(options), events.collector())) {}
  LinkEvents events;
  std::unique_ptr<MqttLink> link;
};

TEST(MqttLink, CarriesMessagesBothWays) {
  const TestBroker broker;
  Station server(server_options(broker));
  Station node(node_options(broker, "to-dan-pho-1"));
  ASSERT_TRUE(server.events.wait_for_ups(1)) << broker.log();
  ASSERT_TRUE(node.events.wait_for_ups(1)) << broker.log();

  EXPECT_EQ(server.link->publish(publication("loa/1/phu-lien/down/to-dan-pho-1/plan", "plan")), PublishResult::kTaken);
  const auto plan = node.events.wait_for_message("loa/1/phu-lien/down/to-dan-pho-1/plan");
  ASSERT_TRUE(plan);
  EXPECT_EQ(text_of(*plan), "plan");
  EXPECT_FALSE(plan->retained);
  EXPECT_EQ(plan->qos, Qos::kAtLeastOnce);
  EXPECT_EQ(plan->session, 1U);

  Publication outcome = publication("loa/1/phu-lien/up/to-dan-pho-1/outcome", std::string_view{"\0\xff", 2});
  outcome.qos = Qos::kAtMostOnce;
  EXPECT_EQ(node.link->publish(outcome), PublishResult::kTaken);
  const auto report = server.events.wait_for_message("loa/1/phu-lien/up/to-dan-pho-1/outcome");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->payload, outcome.payload);
  EXPECT_EQ(report->qos, Qos::kAtMostOnce);

  EXPECT_TRUE(becomes_true([&] { return server.link->counts().delivered == 1 && node.link->counts().delivered == 1; }));
  EXPECT_EQ(server.link->counts().failed, 0U);
}

TEST(MqttLink, IsUpBeforeItsFirstMessage) {
  const TestBroker broker;
  Station server(server_options(broker));
  ASSERT_TRUE(server.events.wait_for_ups(1));
  for (int i = 0; i < 50; ++i) {
    Publication kept = publication("loa/1/phu-lien/down/node-1/kind-" + std::to_string(i), "kept");
    kept.retain = true;
    ASSERT_EQ(server.link->publish(kept), PublishResult::kTaken);
  }
  ASSERT_TRUE(becomes_true([&] { return server.link->counts().delivered == 50; }));

  MqttOptions options = node_options(broker, "node-1");
  for (int i = 0; i < 20; ++i)
    options.subscriptions.push_back({"loa/1/phu-lien/down/node-1/kind-" + std::to_string(i), Qos::kAtLeastOnce});
  Station node(options);
  ASSERT_TRUE(node.events.wait_for_messages(50));
  EXPECT_TRUE(std::holds_alternative<LinkUp>(node.events.all().front()));
  for (const LinkMessage& message : node.events.messages()) EXPECT_TRUE(message.retained);
}

// What a node must not do is dropped by the broker in silence, so each test ends with something that is allowed.
TEST(BrokerRights, ANodeHearsOnlyItself) {
  const TestBroker broker;
  Station server(server_options(broker));
  MqttOptions curious = node_options(broker, "node-b");
  curious.subscriptions = {{"loa/1/#", Qos::kAtLeastOnce}, {"#", Qos::kAtLeastOnce}};
  Station node(curious);
  ASSERT_TRUE(server.events.wait_for_ups(1) && node.events.wait_for_ups(1)) << broker.log();

  ASSERT_EQ(server.link->publish(publication("loa/1/phu-lien/down/node-a/plan", "secret")), PublishResult::kTaken);
  ASSERT_EQ(node.link->publish(publication("loa/1/phu-lien/up/node-b/state", "mine")), PublishResult::kTaken);
  ASSERT_TRUE(server.events.wait_for_message("loa/1/phu-lien/up/node-b/state"));
  ASSERT_EQ(server.link->publish(publication("loa/1/phu-lien/all/clock", "all")), PublishResult::kTaken);
  ASSERT_EQ(server.link->publish(publication("loa/1/phu-lien/down/node-b/plan", "yours")), PublishResult::kTaken);
  ASSERT_TRUE(node.events.wait_for_message("loa/1/phu-lien/down/node-b/plan"));

  std::set<std::string> heard;
  for (const LinkMessage& message : node.events.messages()) heard.insert(message.topic);
  EXPECT_THAT(heard, ::testing::ElementsAre("loa/1/phu-lien/all/clock", "loa/1/phu-lien/down/node-b/plan"));
}

TEST(BrokerRights, ANodeSpeaksOnlyAsItself) {
  const TestBroker broker;
  MqttOptions watching = server_options(broker);
  Station server(watching);
  Station victim(node_options(broker, "node-a"));
  Station node(node_options(broker, "node-b"));
  ASSERT_TRUE(server.events.wait_for_ups(1) && victim.events.wait_for_ups(1) && node.events.wait_for_ups(1));

  const std::vector<std::string> forbidden = {"loa/1/phu-lien/up/node-a/outcome", "loa/1/phu-lien/down/node-a/plan",
                                              "loa/1/phu-lien/down/node-b/plan", "loa/1/phu-lien/all/clock",
                                              "something/else"};
  for (const std::string& topic : forbidden)
    EXPECT_EQ(node.link->publish(publication(topic, "forged")), PublishResult::kTaken) << topic;
  ASSERT_EQ(node.link->publish(publication("loa/1/phu-lien/up/node-b/outcome", "honest")), PublishResult::kTaken);
  ASSERT_TRUE(server.events.wait_for_message("loa/1/phu-lien/up/node-b/outcome"));
  ASSERT_EQ(server.link->publish(publication("loa/1/phu-lien/down/node-a/plan", "real")), PublishResult::kTaken);
  ASSERT_TRUE(victim.events.wait_for_message("loa/1/phu-lien/down/node-a/plan"));

  for (const LinkMessage& message : server.events.messages()) EXPECT_EQ(text_of(message), "honest") << message.topic;
  for (const LinkMessage& message : victim.events.messages()) EXPECT_EQ(text_of(message), "real") << message.topic;
  EXPECT_TRUE(becomes_true([&] { return node.link->counts().delivered + node.link->counts().failed == 6; }));
  EXPECT_EQ(node.link->counts().failed, 5U);
}

TEST(BrokerRights, TheServerDoesNotSpeakAsANode) {
  const TestBroker broker;
  Station server(server_options(broker));
  ASSERT_TRUE(server.events.wait_for_ups(1));
  ASSERT_EQ(server.link->publish(publication("loa/1/phu-lien/up/node-a/outcome", "forged")), PublishResult::kTaken);
  EXPECT_TRUE(becomes_true([&] { return server.link->counts().failed == 1; }));
  EXPECT_TRUE(server.events.messages().empty());
}

TEST(BrokerTls, NobodyComesInWithoutACertificateOfTheStation) {
  const TestBroker broker;
  const auto connect = [&](std::vector<std::string> more) {
    std::vector<std::string> command = {
        "python3", kRawMqtt, "connect", "127.0.0.1", std::to_string(broker.port()), broker.authority_file()};
    command.insert(command.end(), more.begin(), more.end());
    const auto output = broker.folder() / ("raw-" + std::to_string(more.size()));
    const int result = Child(command, output).wait();
    return std::to_string(result) + " " + test::read_whole_file(output);
  };
  EXPECT_THAT(connect({}), StartsWith("1 refused"));
  const TlsFiles known = broker.identity("node-a");
  EXPECT_EQ(connect({known.certificate, known.key}), "0 connack 0\n");

  MqttOptions options = broker.options("node-a");
  options.tls = broker.stranger("node-a");
  options.tls.ca = broker.authority_file();
  Station stranger(options);
  ASSERT_TRUE(stranger.events.wait_for_downs(1));
  EXPECT_EQ(stranger.link->counts().connects, 0U);
}

TEST(MqttLink, TurnsAwayFromABrokerOfAnotherAuthority) {
  const TestBroker broker;
  const TestBroker other;
  MqttOptions options = broker.options("node-a");
  options.tls.ca = other.authority_file();
  Station node(options);
  ASSERT_TRUE(node.events.wait_for_downs(1));
  EXPECT_EQ(node.link->counts().connects, 0U);
}

TEST(MqttLink, TurnsAwayFromABrokerOfAnotherName) {
  const TestBroker broker(TestBroker::Persistence::kNone, "127.0.0.2");  // its certificate says 127.0.0.1
  Station node(broker.options("node-a"));
  ASSERT_TRUE(node.events.wait_for_downs(1));
  EXPECT_EQ(node.link->counts().connects, 0U);
}

// A broker that does what mosquitto never does.
class OddBroker {
 public:
  OddBroker(const TestBroker& certificates, const std::string& habit)
      : port_file_(certificates.folder() / "odd-port"),
        process_({"python3", kRawMqtt, habit, port_file_, certificates.folder() / "broker.pem",
                  certificates.folder() / "broker.key"},
                 certificates.folder() / "odd-log") {}

  [[nodiscard]] std::uint16_t port() const {
    if (!becomes_true([this] { return std::filesystem::exists(port_file_); }))
      throw std::runtime_error("not listening");
    return static_cast<std::uint16_t>(std::stoi(test::read_whole_file(port_file_)));
  }

 private:
  const std::filesystem::path port_file_;
  const Child process_;
};

TEST(MqttLink, IsDownWhenASubscriptionIsRefused) {
  const TestBroker broker;
  const OddBroker odd(broker, "refuse-subscriptions");
  MqttOptions options = node_options(broker, "node-a");
  options.port = odd.port();
  Station node(options);
  ASSERT_TRUE(node.events.wait_for_downs(1));
  EXPECT_THAT(node.events.downs().front().reason, HasSubstr("subscription refused"));
  EXPECT_THAT(node.events.downs().front().reason, HasSubstr("Not authorized"));
  EXPECT_EQ(node.link->counts().connects, 0U);
}

// Paho then calls the connection closed without calling it lost.
TEST(MqttLink, IsDownWhenTheBrokerSaysGoodbye) {
  const TestBroker broker;
  const OddBroker odd(broker, "say-goodbye");
  MqttOptions options = node_options(broker, "node-a");
  options.port = odd.port();
  Station node(options);
  ASSERT_TRUE(node.events.wait_for_ups(1));
  ASSERT_TRUE(node.events.wait_for_downs(1));
  EXPECT_THAT(node.events.downs().front().reason, HasSubstr("closed by the broker"));
  EXPECT_TRUE(node.events.wait_for_ups(2));
}

TEST(MqttLink, KeptMessagesWaitForThoseWhoComeLater) {
  TestBroker broker(TestBroker::Persistence::kKept);
  Station server(server_options(broker));
  ASSERT_TRUE(server.events.wait_for_ups(1));
  Publication plan = publication("loa/1/phu-lien/down/node-a/plan", "seven days");
  plan.retain = true;
  ASSERT_EQ(server.link->publish(plan), PublishResult::kTaken);
  ASSERT_TRUE(becomes_true([&] { return server.link->counts().delivered == 1; }));

  Station node(node_options(broker, "node-a"));
  ASSERT_TRUE(node.events.wait_for_messages(1));
  EXPECT_TRUE(node.events.messages().front().retained);

  broker.stop();
  ASSERT_TRUE(node.events.wait_for_downs(1) && server.events.wait_for_downs(1));
  broker.start();
  ASSERT_TRUE(node.events.wait_for_messages(2)) << broker.log();
  EXPECT_TRUE(node.events.messages().back().retained);
  EXPECT_GT(node.events.messages().back().session, node.events.messages().front().session);

  // Nothing at all takes it away.
  ASSERT_TRUE(server.events.wait_for_ups(2));
  plan.payload.clear();
  ASSERT_EQ(server.link->publish(plan), PublishResult::kTaken);
  ASSERT_TRUE(node.events.wait_for_messages(3));
  EXPECT_TRUE(node.events.messages().back().payload.empty());
}

TEST(MqttLink, MessagesExpireInTheBroker) {
  const TestBroker broker;
  Station server(server_options(broker));
  ASSERT_TRUE(server.events.wait_for_ups(1));
  Publication brief = publication("loa/1/phu-lien/down/node-a/live", "brief");
  brief.retain = true;
  brief.expiry = seconds{1};
  Publication lasting = publication("loa/1/phu-lien/down/node-a/plan", "lasting");
  lasting.retain = true;
  ASSERT_EQ(server.link->publish(brief), PublishResult::kTaken);
  ASSERT_EQ(server.link->publish(lasting), PublishResult::kTaken);
  EXPECT_TRUE(becomes_true([&] {
    Station node(node_options(broker, "node-a"));
    return node.events.wait_for_message(lasting.topic) && node.events.wait_for_ups(1) &&
           node.events.messages().size() == 1;
  }));
}

TEST(MqttLink, ComesBackAfterTheBrokerDiedAndSubscribesAnew) {
  TestBroker broker;
  Station server(server_options(broker));
  Station node(node_options(broker, "node-a"));
  ASSERT_TRUE(server.events.wait_for_ups(1) && node.events.wait_for_ups(1));
  for (std::size_t round = 1; round <= 3; ++round) {
    const std::size_t downs = node.events.downs().size();
    broker.kill();
    ASSERT_TRUE(node.events.wait_for_downs(downs + 1));
    EXPECT_EQ(node.link->publish(publication("loa/1/phu-lien/up/node-a/state", "lost")), PublishResult::kDown);
    broker.start();
    ASSERT_TRUE(server.events.wait_for_ups(round + 1) && node.events.wait_for_ups(round + 1)) << broker.log();
    ASSERT_EQ(server.link->publish(publication("loa/1/phu-lien/all/round-" + std::to_string(round), "again")),
              PublishResult::kTaken);
    ASSERT_TRUE(node.events.wait_for_message("loa/1/phu-lien/all/round-" + std::to_string(round)));
  }
  EXPECT_EQ(node.link->counts().dropped, 3U);
  EXPECT_EQ(node.link->counts().connects, 4U);
}

TEST(MqttLink, TriesOnUntilThereIsABroker) {
  TestBroker broker;
  broker.stop();
  Station node(node_options(broker, "node-a"));
  ASSERT_TRUE(node.events.wait_for_downs(1));
  EXPECT_EQ(node.link->publish(publication("loa/1/phu-lien/up/node-a/state", "early")), PublishResult::kDown);
  broker.start();
  EXPECT_TRUE(node.events.wait_for_ups(1));
}

TEST(MqttLink, WillSpeaksForTheDeadOnly) {
  const TestBroker broker;
  Station server(server_options(broker));
  Forwarder line(broker.address(), broker.port());
  MqttOptions options = node_options(broker, "node-a");
  options.port = line.port();
  options.will = publication("loa/1/phu-lien/up/node-a/gone", "gone");
  options.will->retain = true;
  auto node = std::make_unique<Station>(options);
  ASSERT_TRUE(server.events.wait_for_ups(1) && node->events.wait_for_ups(1));

  line.cut();
  ASSERT_TRUE(server.events.wait_for_message("loa/1/phu-lien/up/node-a/gone")) << broker.log();
  EXPECT_EQ(text_of(server.events.messages().front()), "gone");

  // A good-bye keeps it from speaking: the next word of this node is its last.
  ASSERT_TRUE(node->events.wait_for_ups(2));
  ASSERT_EQ(node->link->publish(publication("loa/1/phu-lien/up/node-a/last", "bye")), PublishResult::kTaken);
  node.reset();
  Station other(node_options(broker, "node-b"));
  ASSERT_TRUE(other.events.wait_for_ups(1));
  ASSERT_EQ(other.link->publish(publication("loa/1/phu-lien/up/node-b/after", "after")), PublishResult::kTaken);
  ASSERT_TRUE(server.events.wait_for_message("loa/1/phu-lien/up/node-b/after"));
  std::size_t wills = 0;
  std::size_t last_words = 0;
  for (const LinkMessage& message : server.events.messages()) {
    wills += message.topic == "loa/1/phu-lien/up/node-a/gone" ? 1U : 0U;
    last_words += message.topic == "loa/1/phu-lien/up/node-a/last" ? 1U : 0U;
  }
  EXPECT_EQ(wills, 1U);
  EXPECT_EQ(last_words, 1U);  // what was handed over before the end has left
}

TEST(MqttLink, ASecondOneOfTheSameNameTakesOver) {
  const TestBroker broker;
  MqttOptions patient = node_options(broker, "node-a");
  patient.shortest_pause = patient.longest_pause = seconds{3600};
  Station first(patient);
  ASSERT_TRUE(first.events.wait_for_ups(1));
  Station second(patient);
  EXPECT_TRUE(first.events.wait_for_downs(1));
  EXPECT_TRUE(second.events.wait_for_ups(1));
}

TEST(MqttLink, ABurstOfTwoThousandArrivesWhole) {
  const TestBroker broker;
  Station server(server_options(broker));
  Station node(node_options(broker, "node-a"));
  ASSERT_TRUE(server.events.wait_for_ups(1) && node.events.wait_for_ups(1));
  constexpr std::size_t kCount = 2000;
  for (std::size_t i = 0; i < kCount; ++i)
    ASSERT_EQ(server.link->publish(publication("loa/1/phu-lien/down/node-a/n-" + std::to_string(i), "x")),
              PublishResult::kTaken);
  ASSERT_TRUE(node.events.wait_for_messages(kCount));
  std::set<std::string> topics;
  for (const LinkMessage& message : node.events.messages()) topics.insert(message.topic);
  EXPECT_EQ(topics.size(), kCount);
  EXPECT_TRUE(becomes_true([&] { return server.link->counts().delivered == kCount; }));
}

TEST(MqttLink, ASilentLineDoesNotFillTheMemory) {
  const TestBroker broker;
  Forwarder line(broker.address(), broker.port());
  MqttOptions options = server_options(broker);
  options.port = line.port();
  options.most_outstanding = 100;
  options.most_outstanding_bytes = 1'000'000;
  Station server(options);
  ASSERT_TRUE(server.events.wait_for_ups(1));
  line.fall_silent();
  std::size_t taken = 0;
  while (server.link->publish(publication("loa/1/phu-lien/all/clock", "tick")) == PublishResult::kTaken && taken < 1000)
    ++taken;
  EXPECT_EQ(taken, 100U);
  EXPECT_EQ(server.link->publish(publication("loa/1/phu-lien/all/clock", "tick")), PublishResult::kTooMany);
  line.speak_again();
  ASSERT_TRUE(becomes_true([&] { return server.link->counts().delivered == 100; }));

  line.fall_silent();
  const std::string large(200'000, 'x');
  for (taken = 0; taken < 10; ++taken)
    if (server.link->publish(publication("loa/1/phu-lien/all/clock", large)) != PublishResult::kTaken) break;
  EXPECT_EQ(taken, 4U);
  line.cut();
  EXPECT_TRUE(becomes_true([&] {
    const LinkCounts counts = server.link->counts();
    return counts.failed + counts.delivered == counts.published;
  }));
  EXPECT_EQ(server.link->counts().failed, 4U);
}

TEST(MqttLink, NoticesALineThatFellSilent) {
  const TestBroker broker;
  Forwarder line(broker.address(), broker.port());
  MqttOptions options = node_options(broker, "node-a");
  options.port = line.port();
  options.keep_alive = seconds{1};
  Station node(options);
  ASSERT_TRUE(node.events.wait_for_ups(1));
  line.fall_silent();
  EXPECT_TRUE(node.events.wait_for_downs(1));
}

TEST(MqttLink, RefusesWhatIsTooLarge) {
  const TestBroker broker;
  MqttOptions small = node_options(broker, "node-a");
  small.largest_message = 1000;
  Station node(small);
  Station server(server_options(broker));
  ASSERT_TRUE(server.events.wait_for_ups(1) && node.events.wait_for_ups(1));
  EXPECT_EQ(node.link->publish(publication("loa/1/phu-lien/up/node-a/x", std::string(1001, 'x'))),
            PublishResult::kRefused);
  EXPECT_EQ(node.link->publish(publication("loa/1/phu-lien/up/+/x", "x")), PublishResult::kRefused);
  EXPECT_EQ(node.link->publish(publication("", "x")), PublishResult::kRefused);
  Publication endless = publication("loa/1/phu-lien/up/node-a/x", "x");
  endless.expiry = seconds{-1};
  EXPECT_EQ(node.link->publish(endless), PublishResult::kRefused);
  EXPECT_EQ(node.link->counts().dropped, 4U);

  for (const std::size_t size : {std::size_t{1000}, std::size_t{1001}, std::size_t{100'000}})
    ASSERT_EQ(server.link->publish(
                  publication("loa/1/phu-lien/down/node-a/s-" + std::to_string(size), std::string(size, 'x'))),
              PublishResult::kTaken);
  ASSERT_EQ(server.link->publish(publication("loa/1/phu-lien/down/node-a/end", "end")), PublishResult::kTaken);
  ASSERT_TRUE(node.events.wait_for_message("loa/1/phu-lien/down/node-a/end"));
  EXPECT_EQ(node.events.messages().size(), 2U);
  EXPECT_EQ(node.link->counts().received_too_large, 1U);  // the largest does not even leave the broker
}

TEST(MqttLink, EndsInEveryState) {
  TestBroker broker;
  Forwarder line(broker.address(), broker.port());
  MqttOptions options = node_options(broker, "node-a");
  options.longest_pause = options.shortest_pause = seconds{3600};
  { const Station at_once(options); }
  {
    Station up(options);
    ASSERT_TRUE(up.events.wait_for_ups(1));
  }
  line.fall_silent();
  MqttOptions silent = options;
  silent.port = line.port();
  silent.connect_timeout = seconds{3};
  { const Station connecting(silent); }
  {
    Station given_up(silent);
    ASSERT_TRUE(given_up.events.wait_for_downs(1));
    EXPECT_EQ(given_up.events.downs().front().reason, "no answer from the broker");
  }
  line.speak_again();
  {
    Station stuck(silent);
    ASSERT_TRUE(stuck.events.wait_for_ups(1));
    line.fall_silent();
    ASSERT_EQ(stuck.link->publish(publication("loa/1/phu-lien/up/node-a/x", "x")), PublishResult::kTaken);
  }
  broker.stop();
  Station pausing(options);
  ASSERT_TRUE(pausing.events.wait_for_downs(1));
}

}  // namespace
}  // namespace loa::link
