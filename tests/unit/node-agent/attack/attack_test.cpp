// Whoever holds the broker, another node, or an old key tries to make this loudspeaker sound. Each attack is delivered
// to a node that is cold, one that is synchronised, and one that has restarted; each must be refused by the check that
// is named, be counted, and leave nothing behind. At the end of each the time of the play passes in silence.
#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/crypto/encoding.h"
#include "common/crypto/sha256.h"
#include "common/wire/succession.h"
#include "node-agent/core/node_core.h"
#include "tests/support/recorded_link.h"
#include "tests/support/root_key.h"

namespace loa::node {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using wire::MessageType;

const StationId kStation{"phu-lien"};
const NodeId kNode{"n-1"};
const WallTime kMorning = *parse_utc("2026-11-24T01:00:00Z");
const WallTime kAirs = kMorning + minutes{30};
const ClipHash kClip{std::string(64, 'a')};

class CountingPlayer final : public playout::Player {
 public:
  void arm(playout::PlayRequest) override { ++armed; }
  void follow(playout::PlayRequest) override { ++armed; }
  void release(const PlayId&) override {}
  void stop(const PlayId&) override { ++stopped; }
  void set_on_event(std::function<void(playout::PlayerEvent)>) override {}
  int armed = 0;
  int stopped = 0;
};

// Holds every clip there is.
class FullCache final : public ClipCache {
 public:
  bool has(const ClipHash&, std::int64_t) override { return true; }
  bool verify(const ClipHash&) override { return true; }
  void pin(std::set<ClipHash>) override {}
  void discard(const ClipHash&) override {}
  std::filesystem::path path(const ClipHash& clip) const override { return clip.str(); }
  void fetch(const ClipHash&, std::int64_t) override {}
};

enum class Condition { kCold, kSynced, kRestarted };

// One loudspeaker with its own disk, and the server that it believes.
class Victim {
 public:
  explicit Victim(Condition condition, NodeId node = kNode, Policy policy = test::open_policy())
      : node_(std::move(node)), policy_(std::move(policy)) {
    emergency_key.role = wire::KeyRole::kEmergency;
    revoked_key.state = wire::KeyState::kRevoked;
    power_on();
    deliver(MessageType::kTrust,
            root.sign_trust({test::station_key(station.public_key()), emergency_key, revoked_key}));
    deliver(MessageType::kPolicy, root.sign(policy_));
    if (condition == Condition::kCold) return;
    synchronise();
    if (condition == Condition::kSynced) return;
    power_on();
    synchronise();
  }

  void power_on() {
    core.reset();
    NodeSettings settings;
    settings.station = kStation;
    settings.node = node_;
    settings.root = root.public_key();
    settings.boot = "boot";
    settings.version = "test";
    clock_ =
        std::make_unique<playout::StationClock>(playout::ClockCalibration{now.mono, station_from_wall(now.wall), 0});
    core = std::make_unique<NodeCore>(
        settings, store, link, player, *clock_, cache_, ear_, key,
        [this] { return "id-" + std::to_string(10'000 + ++ids_); }, now);
  }

  void synchronise() {
    core->on(LinkArrived{link::LinkUp{1}, now}, now);
    for (int i = 0; i < 10; ++i) {
      answer_clock();
      pass(seconds{1});
    }
  }

  void pass(nanoseconds time) {
    now = {now.wall + time, now.mono + time};
    core->on(Tick{}, now);
  }
  // The play's time comes and goes.
  void pass_the_play() {
    while (now.wall < kAirs + minutes{5}) {
      pass(seconds{5});
      if (is_synchronised_) answer_clock();
    }
  }

  void deliver_on(const std::string& topic, const std::string& payload) {
    core->on(LinkArrived{link::LinkMessage{topic, bytes_of(payload), false, link::Qos::kAtLeastOnce, 1}, now}, now);
  }
  void deliver(MessageType type, const std::string& payload) { deliver_on(topic(type), payload); }
  [[nodiscard]] std::string topic(MessageType type) const { return wire::topic_of(type, kStation, addressee(type)); }

  [[nodiscard]] NodeId addressee(MessageType type) const {
    return wire::rule_of(type).direction == wire::Direction::kAll ? NodeId{} : node_;
  }
  [[nodiscard]] wire::Header header(MessageType type) const {
    if (wire::rule_of(type).signer == wire::Signer::kRoot) return root.header(1'000'000);
    const bool to_all = wire::rule_of(type).direction == wire::Direction::kAll;
    return {kStation,
            to_all ? std::string{wire::kAudienceNodes} : wire::audience_of(node_),
            std::string{wire::kServer},
            1'000'000,
            now.wall,
            now.wall + minutes{60}};
  }
  [[nodiscard]] const crypto::SecretKey& owner_of(MessageType type) const {
    return wire::rule_of(type).signer == wire::Signer::kRoot ? root.secret() : station;
  }

  [[nodiscard]] std::map<std::string, std::int64_t> refused() const { return core->refused(); }
  // What a message can leave behind.
  [[nodiscard]] std::string traces() {
    const auto plan = store.load_plan();
    std::string all = plan ? plan->name : "no plan";
    all += " " + std::to_string(store.plan_floor()) + " " + std::to_string(store.order_floor()) + " " +
           std::to_string(store.outbox_size()) + " " + std::to_string(player.armed) + " " +
           std::to_string(player.stopped) + " " + crypto::key_id(store.load_root()->root);
    for (const auto& document : store.load_root_documents()) all += " " + document.name;
    return all;
  }

  test::RootKey root{kStation};
  const crypto::SecretKey station = crypto::SecretKey::make();
  const crypto::SecretKey emergency = crypto::SecretKey::make();
  const crypto::SecretKey revoked = crypto::SecretKey::make();
  const crypto::SecretKey key = crypto::SecretKey::make();
  wire::TrustedKey emergency_key = test::station_key(emergency.public_key());
  wire::TrustedKey revoked_key = test::station_key(revoked.public_key());
  Store store = Store::open(db::Database::open_in_memory());
  CountingPlayer player;
  Now now{kMorning, MonoTime{std::chrono::hours{1}}};
  test::RecordedLink link{key.public_key()};
  std::unique_ptr<NodeCore> core;

 private:
  void answer_clock() {
    const auto requests = link.bodies<wire::ClockRequest>();
    if (requests.size() == answered_) return;
    answered_ = requests.size();
    is_synchronised_ = true;
    const StationTime station_now = station_from_wall(now.wall);
    wire::Header head = header(MessageType::kClockReply);
    deliver(
        MessageType::kClockReply,
        wire::encode_message(
            head, wire::ClockReply{requests.back().nonce, requests.back().t1_us, station_now, station_now}, station));
  }

  const NodeId node_;
  const Policy policy_;
  FullCache cache_;
  NoEar ear_;
  std::unique_ptr<playout::StationClock> clock_;
  std::size_t answered_ = 0;
  bool is_synchronised_ = false;
  int ids_ = 0;
};

wire::Plan plan_to_sound() {
  wire::Plan plan;
  plan.from = station_from_wall(kMorning);
  plan.until = station_from_wall(kMorning + std::chrono::hours{24});
  plan.clips[kClip] = {1000, seconds{30}};
  plan.plays = {{PlayId{"p-1"}, AnnouncementId{"a"}, AnnouncementClass::kEmergency, station_from_wall(kAirs),
                 milliseconds{60'000}, 100, kClip}};
  return plan;
}

// What an attacker would have the node take, by type.
wire::Body wanted(MessageType type, const Victim& victim) {
  switch (type) {
    case MessageType::kPlan:
      return plan_to_sound();
    case MessageType::kOrder:
      return wire::StopOrder{std::nullopt, "x"};
    case MessageType::kAck:
      return wire::Ack{{PlayId{"p-1"}}};
    case MessageType::kClockReply:
      return wire::ClockReply{"0123456789abcdef", 1, station_from_wall(kAirs), station_from_wall(kAirs)};
    case MessageType::kAudit:
      return wire::AuditHead{1, std::string(64, 'a')};
    case MessageType::kTrust:
      return wire::Trust{{test::station_key(victim.revoked.public_key())}};
    case MessageType::kPolicy:
      return test::open_policy();
    default:
      return wire::ServerState{wire::Presence::kOnline, "forged"};
  }
}

constexpr std::array kDownward = {MessageType::kPlan,       MessageType::kOrder,  MessageType::kAck,
                                  MessageType::kClockReply, MessageType::kServer, MessageType::kAudit,
                                  MessageType::kTrust,      MessageType::kPolicy};

class Attack : public testing::TestWithParam<Condition> {
 protected:
  // Refused once, by that check, and without a trace.
  void expect_refused(const std::string& check, const std::string& topic, const std::string& payload) {
    const auto before = victim_.refused();
    const std::string traces = victim_.traces();
    victim_.deliver_on(topic, payload);
    auto expected = before;
    ++expected[check];
    EXPECT_EQ(victim_.refused(), expected) << topic;
    EXPECT_EQ(victim_.traces(), traces) << topic;
  }
  void expect_refused(const std::string& check, MessageType type, const std::string& payload) {
    expect_refused(check, victim_.topic(type), payload);
  }
  // Whichever check it is: refused once.
  void expect_refused_somehow(MessageType type, const std::string& payload) {
    const auto count = [this] {
      std::int64_t all = 0;
      for (const auto& [check, times] : victim_.refused()) all += times;
      return all;
    };
    const std::int64_t before = count();
    const std::string traces = victim_.traces();
    victim_.deliver(type, payload);
    EXPECT_EQ(count(), before + 1) << payload;
    EXPECT_EQ(victim_.traces(), traces) << payload;
  }
  std::string honest(MessageType type) {
    return wire::encode_message(victim_.header(type), wanted(type, victim_), victim_.owner_of(type));
  }
  template <class Change>
  std::string changed(MessageType type, Change&& change) {
    wire::Header header = victim_.header(type);
    change(header);
    return wire::encode_message(header, wanted(type, victim_), victim_.owner_of(type));
  }
  void TearDown() override {
    victim_.pass_the_play();
    EXPECT_EQ(victim_.player.armed, 0);
  }

  Victim victim_{GetParam()};
};

TEST_P(Attack, EveryOctetFlipped) {
  for (const MessageType type : kDownward) {
    const std::string envelope = honest(type);
    for (std::size_t i = 0; i < envelope.size(); ++i) {
      std::string broken = envelope;
      broken[i] = static_cast<char>(broken[i] ^ 1);
      expect_refused_somehow(type, broken);
      if (HasFailure()) return;
    }
  }
}

TEST_P(Attack, EveryFieldOfTheBodyChangedOrRemovedUnderTheOldSignature) {
  for (const MessageType type : kDownward) {
    json envelope = json::parse(honest(type));
    const json body = json::parse(view_text(*crypto::decode_base64(envelope["payload"].get<std::string>())));
    const auto offer = [&](const json& other) {
      if (other == body) return;
      envelope["payload"] = crypto::encode_base64(view_bytes(other.dump()));
      expect_refused("signature", type, envelope.dump());
    };
    const json leaves = body.flatten();
    for (const auto& [pointer, value] : leaves.items()) {
      const json::json_pointer at(pointer);
      json without = body;
      if (without[at.parent_pointer()].is_object()) without[at.parent_pointer()].erase(at.back());
      offer(without);
      json other = body;
      other[at] = value.is_number() ? json(value.get<std::int64_t>() + 1) : json("forged");
      offer(other);
    }
  }
}

TEST_P(Attack, EveryRequiredFieldMissingUnderAGoodSignature) {
  for (const MessageType type : kDownward) {
    const json body = json::parse(wire::encode_body(victim_.header(type), wanted(type, victim_)));
    for (const auto& [field, value] : body.items()) {
      if (type == MessageType::kOrder && field == "reason") continue;  // may be absent
      json without = body;
      without.erase(field);
      expect_refused("body", type, wire::seal(wire::payload_type_of(type), without.dump(), victim_.owner_of(type)));
    }
  }
}

TEST_P(Attack, KeysThatMayNotSign) {
  const crypto::SecretKey stranger = crypto::SecretKey::make();
  for (const MessageType type : kDownward) {
    const bool is_roots = wire::rule_of(type).signer == wire::Signer::kRoot;
    for (const crypto::SecretKey* key : {&stranger, &victim_.emergency, &victim_.revoked, &victim_.key,
                                         is_roots ? &victim_.station : &victim_.root.secret()})
      expect_refused("key", type, wire::encode_message(victim_.header(type), wanted(type, victim_), *key));
    // By the name of a good key.
    json forged = json::parse(wire::encode_message(victim_.header(type), wanted(type, victim_), stranger));
    forged["signatures"][0]["keyid"] = crypto::key_id(victim_.owner_of(type).public_key());
    expect_refused("signature", type, forged.dump());
  }
}

TEST_P(Attack, AMessageOfOneTypeOnTheTopicOfAnother) {
  for (const MessageType type : kDownward)
    for (const MessageType other : kDownward)
      if (type != other) expect_refused("type", other, honest(type));
}

TEST_P(Attack, TopicsThatAreNotOurs) {
  const std::string plan = honest(MessageType::kPlan);
  for (const std::string& topic :
       {wire::topic_of(MessageType::kPlan, kStation, NodeId{"n-2"}),
        wire::topic_of(MessageType::kPlan, StationId{"other"}, kNode),
        wire::topic_of(MessageType::kStatus, kStation, kNode), std::string{"loa/1/phu-lien/down/n-1/plan/x"},
        std::string{"loa/2/phu-lien/down/n-1/plan"}, std::string{}})
    expect_refused("type", topic, plan);
}

TEST_P(Attack, OfAnotherStationToAnotherByAnother) {
  for (const MessageType type : kDownward) {
    expect_refused("station", type, changed(type, [](wire::Header& h) { h.station = StationId{"other"}; }));
    for (const char* audience : {"node:n-2", "server", "", "all", "node:"})
      expect_refused("audience", type, changed(type, [&](wire::Header& h) { h.audience = audience; }));
    expect_refused("audience", type, changed(type, [](wire::Header& h) { h.sender = "node:n-1"; }));
    const bool is_roots = wire::rule_of(type).signer == wire::Signer::kRoot;
    expect_refused("audience", type,
                   changed(type, [&](wire::Header& h) { h.sender = is_roots ? wire::kServer : wire::kRoot; }));
  }
}

TEST_P(Attack, Oversized) {
  for (const MessageType type : kDownward) {
    expect_refused("length", type, std::string(wire::kLongestEnvelope + 1, ' '));
    const std::string body(wire::kLongestBody + 1, ' ');
    expect_refused("length", type, wire::seal(wire::payload_type_of(type), body, victim_.owner_of(type)));
    expect_refused("length", type, "");
  }
}

TEST_P(Attack, KeysTwice) {
  for (const MessageType type : kDownward) {
    std::string envelope = honest(type);
    expect_refused("envelope", type, envelope.insert(1, R"("payload":"",)"));
    std::string body = wire::encode_body(victim_.header(type), wanted(type, victim_));
    body.insert(1, R"("seq":5,)");
    expect_refused("body", type, wire::seal(wire::payload_type_of(type), body, victim_.owner_of(type)));
    body = wire::encode_body(victim_.header(type), wanted(type, victim_));
    body.insert(1, R"("crit":["later"],)");
    expect_refused("body", type, wire::seal(wire::payload_type_of(type), body, victim_.owner_of(type)));
  }
}

TEST_P(Attack, ARootThatNobodyHandedOverTo) {
  test::RootKey thief{kStation};
  for (const MessageType type : {MessageType::kTrust, MessageType::kPolicy}) {
    const std::string body = wire::encode_body(thief.header(2'000'000), wanted(type, victim_));
    for (const std::string& statement :
         {wire::encode_succession(kStation, 1, kMorning, thief.public_key(), thief.secret()),
          wire::encode_succession(kStation, 1, kMorning, thief.public_key(), victim_.station),
          wire::encode_succession(StationId{"other"}, 1, kMorning, thief.public_key(), victim_.root.secret()),
          std::string{"{}"}}) {
      const std::vector<std::string> succession{statement};
      expect_refused("key", type, wire::seal(wire::payload_type_of(type), body, thief.secret(), succession));
    }
  }
}

TEST_P(Attack, OldRootDocuments) {
  for (const MessageType type : {MessageType::kTrust, MessageType::kPolicy})
    for (const std::int64_t seq : {std::int64_t{1}, victim_.core ? victim_.root.last_seq() - 1 : 0})
      expect_refused("sequence", type,
                     wire::encode_message(victim_.root.header(seq), wanted(type, victim_), victim_.root.secret()));
}

std::string name_of(const testing::TestParamInfo<Condition>& condition) {
  switch (condition.param) {
    case Condition::kCold:
      return "Cold";
    case Condition::kSynced:
      return "Synced";
    case Condition::kRestarted:
      return "Restarted";
  }
  return "";
}

INSTANTIATE_TEST_SUITE_P(Everywhere, Attack,
                         testing::Values(Condition::kCold, Condition::kSynced, Condition::kRestarted), name_of);

// --- replay and age: what was honest once

std::string plan_for(const Victim& victim, WallTime not_after) {
  wire::Header header = victim.header(MessageType::kPlan);
  header.not_after = not_after;
  return wire::encode_message(header, plan_to_sound(), victim.station);
}

TEST(Replay, ThePlanWouldSoundWereItNotForTheGuards) {
  Victim victim(Condition::kSynced);
  victim.deliver(MessageType::kPlan, plan_for(victim, kAirs + minutes{60}));
  victim.pass_the_play();
  EXPECT_EQ(victim.player.armed, 1);
  EXPECT_TRUE(victim.refused().empty());
}

TEST(Replay, ToTheSameNodeAndAfterARestartItSoundsOnceAltogether) {
  Victim victim(Condition::kSynced);
  const std::string plan = plan_for(victim, kAirs + minutes{60});
  victim.deliver(MessageType::kPlan, plan);
  victim.deliver(MessageType::kPlan, plan);
  victim.pass_the_play();
  const int armed = victim.player.armed;
  EXPECT_EQ(armed, 1);
  victim.power_on();
  victim.synchronise();
  victim.deliver(MessageType::kPlan, plan);
  victim.pass(seconds{30});
  EXPECT_EQ(victim.player.armed, armed);
}

TEST(Replay, AnExpiredPlanIsRefused) {
  Victim victim(Condition::kSynced);
  victim.deliver(MessageType::kPlan, plan_for(victim, victim.now.wall));
  EXPECT_EQ(victim.refused().at("freshness"), 1);
  victim.pass_the_play();
  EXPECT_EQ(victim.player.armed, 0);
}

TEST(Replay, AColdNodeTakesAPlanAndStaysSilentWithIt) {
  Victim victim(Condition::kCold);
  victim.deliver(MessageType::kPlan, plan_for(victim, kMorning));
  victim.pass_the_play();
  EXPECT_EQ(victim.player.armed, 0);
}

TEST(Replay, ToAnotherNodeOfTheStation) {
  Victim first(Condition::kSynced);
  Victim second(Condition::kSynced, NodeId{"n-2"});
  // The two believe one server: the same root and station key.
  second.deliver_on(wire::topic_of(MessageType::kPlan, kStation, NodeId{"n-2"}), plan_for(first, kAirs + minutes{60}));
  EXPECT_EQ(second.refused().at("key"), 1) << "of another root's station key";
  wire::Header header = second.header(MessageType::kPlan);
  header.audience = wire::audience_of(kNode);
  second.deliver(MessageType::kPlan, wire::encode_message(header, plan_to_sound(), second.station));
  EXPECT_EQ(second.refused().at("audience"), 1);
  second.pass_the_play();
  EXPECT_EQ(second.player.armed, 0);
}

TEST(Replay, AnOldClockReplySetsNothing) {
  Victim victim(Condition::kCold);
  const wire::ClockReply reply{"0123456789abcdef", 1, station_from_wall(kAirs), station_from_wall(kAirs)};
  victim.deliver(MessageType::kClockReply,
                 wire::encode_message(victim.header(MessageType::kClockReply), reply, victim.station));
  victim.deliver(MessageType::kPlan, plan_for(victim, kAirs + minutes{60}));
  victim.pass_the_play();
  EXPECT_EQ(victim.player.armed, 0);
}

// --- a stolen server: its key is good, the policy and the root stand above it

TEST(StolenServer, DoesNotSoundInQuietHours) {
  Policy policy = test::open_policy();
  // 08:30 in Vietnam is when the play airs.
  policy.by_default.quiet = QuietHours{std::chrono::hours{8}, std::chrono::hours{9}};
  Victim victim(Condition::kSynced, kNode, policy);
  victim.deliver(MessageType::kPlan, plan_for(victim, kAirs + minutes{60}));
  victim.pass_the_play();
  EXPECT_EQ(victim.player.armed, 0);
  ASSERT_TRUE(victim.store.load_play(PlayId{"p-1"}).has_value());
  EXPECT_EQ(victim.store.load_play(PlayId{"p-1"})->outcome.reason, reason::kPolicyQuietHours);
}

TEST(StolenServer, CannotSpeakAfterItsKeyWasRevokedNorLockTheNodeForItsSuccessor) {
  Victim victim(Condition::kSynced);
  wire::Header highest = victim.header(MessageType::kPlan);
  highest.seq = 9'007'199'254'740'991;
  victim.deliver(MessageType::kPlan, wire::encode_message(highest, plan_to_sound(), victim.station));
  highest.audience = wire::audience_of(kNode);
  victim.deliver(MessageType::kOrder,
                 wire::encode_message(highest, wire::StopOrder{std::nullopt, "x"}, victim.station));
  ASSERT_TRUE(victim.store.load_plan().has_value());

  const crypto::SecretKey next = crypto::SecretKey::make();
  wire::TrustedKey stolen = test::station_key(victim.station.public_key());
  stolen.state = wire::KeyState::kRevoked;
  victim.deliver(MessageType::kTrust, victim.root.sign_trust({stolen, test::station_key(next.public_key())}));
  EXPECT_FALSE(victim.store.load_plan().has_value()) << "the thief's plan is dropped";
  victim.deliver(MessageType::kPlan, plan_for(victim, kAirs + minutes{60}));
  EXPECT_EQ(victim.refused().at("key"), 1);

  const wire::Header header = victim.header(MessageType::kPlan);
  victim.deliver(MessageType::kPlan, wire::encode_message(header, plan_to_sound(), next));
  EXPECT_TRUE(victim.store.load_plan().has_value()) << "the successor begins below the thief's numbers";
  victim.power_on();
  EXPECT_TRUE(victim.store.load_plan().has_value());
}

}  // namespace
}  // namespace loa::node
