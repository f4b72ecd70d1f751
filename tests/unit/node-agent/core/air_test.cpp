// What is on the air beside the plan: docs/protocol.md §3 `air` and §6.
#include "common/wire/grant.h"
#include "common/wire/live.h"
#include "tests/unit/node-agent/core/core_fixture.h"

namespace loa::node {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class NodeOnAir : public NodeCoreTest {
 protected:
  wire::Air air(const std::string& name, WallTime start, milliseconds length = minutes{5}) {
    wire::Air made;
    made.play = PlayId{name};
    made.announcement = AnnouncementId{"a"};
    made.start = station_from_wall(start);
    made.until = made.start + length;
    made.volume_pct = 60;
    made.clip = wire::AirClip{kClip, {1000, kDuration}};
    return made;
  }
  wire::Air emergency(const std::string& name, WallTime start, milliseconds length = minutes{5}) {
    wire::Air made = air(name, start, length);
    made.announcement_class = AnnouncementClass::kEmergency;
    made.every = kDuration + seconds{2};
    return made;
  }
  wire::Air speech(const std::string& name, WallTime start) {
    wire::Air made = air(name, start);
    made.clip.reset();
    made.channel = channel_.public_key();
    return made;
  }
  void say_air(std::vector<wire::Air> airs) { say(wire::OnAir{std::move(airs)}); }
  void say_frames(const std::string& play, std::uint32_t first, int count, const crypto::SecretKey& key) {
    const std::vector<Bytes> frames(static_cast<std::size_t>(count), Bytes{1, 2, 3});
    on(LinkArrived{link::LinkMessage{wire::live_topic(kStation, PlayId{play}), wire::seal_bundle(first, frames, key),
                                     false, link::Qos::kAtMostOnce, 1},
                   now_});
  }
  const playout::PlayRequest& last_request() { return player_.armed.back(); }
  // The policy of a night at this hour.
  void forbid_now() {
    Policy policy = test::open_policy();
    policy.by_default.longest_play = seconds{1};
    say_root(root_.sign(policy));
  }
  std::string grant_by(const crypto::SecretKey& key, const wire::Air& to) {
    return wire::encode_grant(kStation, 1, now_.wall, {to.play, wire::sound_of(to), to.until}, key);
  }
  void believe_emergency_key() {
    wire::TrustedKey key{emergency_key_.public_key(), wire::KeyRole::kEmergency,  "chủ tịch",
                         kMorning - hours{1},         kMorning + hours{24 * 365}, wire::KeyState::kTrusted};
    say_root(root_.sign_trust({test::station_key(station_key_.public_key()), key}));
  }

  const crypto::SecretKey channel_ = crypto::SecretKey::make();
  const crypto::SecretKey emergency_key_ = crypto::SecretKey::make();
};

TEST_F(NodeOnAir, AnAnnouncementIsPlayedFromTheDiskAtTheCommonInstant) {
  synchronise();
  const WallTime start = now_.wall + seconds{5};
  say_air({air("l-1", start, kDuration + seconds{1})});
  ASSERT_TRUE(is_armed("l-1"));
  EXPECT_EQ(last_request().start, station_from_wall(start));
  EXPECT_EQ(last_request().clip, kClip.str() + ".opus");
  EXPECT_EQ(last_request().feed, nullptr);
  EXPECT_FALSE(last_request().is_urgent);
  EXPECT_DOUBLE_EQ(last_request().volume, 0.6);
  EXPECT_THAT(link_.subscribed(), IsEmpty()) << "it needs no channel";
  play_whole("l-1", start);
  const auto heard = outcome("l-1");
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->result, OutcomeResult::kPlayed);
  EXPECT_TRUE(heard->on_air);
  EXPECT_EQ(heard->clip, kClip);
}

TEST_F(NodeOnAir, OneThatIsMeantForOthersIsLeft) {
  synchronise();
  wire::Air others = air("l-1", now_.wall + seconds{5});
  others.nodes = {NodeId{"n-2"}};
  wire::Air ours = air("l-2", now_.wall + seconds{5});
  ours.nodes = {NodeId{"n-2"}, kNode};
  say_air({others, ours});
  EXPECT_FALSE(is_armed("l-1"));
  EXPECT_TRUE(is_armed("l-2"));
}

TEST_F(NodeOnAir, TheSameWordAgainChangesNothingAndAnOlderOneIsNotBelieved) {
  synchronise();
  const WallTime start = now_.wall + seconds{5};
  say_air({air("l-1", start)});
  const std::int64_t newest = seq_;
  say(wire::OnAir{}, newest - 1);
  say(wire::OnAir{{air("l-1", start)}}, newest);
  EXPECT_THAT(doings_, Not(Contains("stop l-1")));
  EXPECT_EQ(std::ranges::count(doings_, "arm l-1"), 1);
  restart();
  say(wire::OnAir{{air("l-2", now_.wall + seconds{5})}}, newest);
  EXPECT_FALSE(is_armed("l-2")) << "the floor is on the disk";
}

TEST_F(NodeOnAir, WhatIsTakenOffTheAirBeforeItsEndIsStopped) {
  synchronise();
  const WallTime start = now_.wall + seconds{5};
  say_air({air("l-1", start)});
  sound_for("l-1", start, seconds{10});
  say_air({});
  EXPECT_THAT(doings_, Contains("stop l-1"));
  say_ended("l-1", playout::PlayEnd::kStopped, seconds{10});
  EXPECT_EQ(outcome("l-1")->result, OutcomeResult::kStopped);
  EXPECT_EQ(outcome("l-1")->reason, reason::kCancelled);
}

TEST_F(NodeOnAir, AnEmergencyIsRepeatedUntilItIsOverWithoutALeadIn) {
  synchronise();
  const WallTime start = now_.wall + milliseconds{100};
  say_air({emergency("l-1", start)});
  ASSERT_TRUE(is_armed("l-1"));
  EXPECT_TRUE(last_request().is_urgent);
  EXPECT_EQ(last_request().lead_in, milliseconds{0});
  EXPECT_EQ(last_request().every, kDuration + seconds{2});
  EXPECT_EQ(last_request().longest, minutes{5});
  EXPECT_THAT(player_.released, ElementsAre(PlayId{"l-1"})) << "nothing is waited for";
  say_started("l-1", station_from_wall(start));
  run_until(start + seconds{70});
  say_air({});
  say_ended("l-1", playout::PlayEnd::kStopped, seconds{70});
  EXPECT_EQ(outcome("l-1")->result, OutcomeResult::kPlayed) << "it has no end of its own";
}

TEST_F(NodeOnAir, AHigherClassEndsWhatSoundsAndALowerOneWaits) {
  const WallTime start = synchronise_and_plan(minutes{2});
  sound_for("p-1", start, seconds{5});
  say_air({air("l-0", now_.wall)});
  EXPECT_FALSE(is_armed("l-0")) << "no higher than what sounds";
  say_air({air("l-0", now_.wall), emergency("l-1", now_.wall)});
  EXPECT_THAT(doings_, Contains("stop p-1"));
  EXPECT_THAT(doings_, Contains("follow l-1")) << "through the open output";
  say_ended("p-1", playout::PlayEnd::kStopped, seconds{5});
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kPartial);
  EXPECT_EQ(outcome("p-1")->reason, reason::kPreempted);
  EXPECT_EQ(outcome("p-1")->heard, seconds{5});
  EXPECT_FALSE(is_armed("l-0"));
  say_air({air("l-0", now_.wall)});
  say_started("l-1", station_from_wall(now_.wall));
  say_ended("l-1", playout::PlayEnd::kStopped, seconds{1});
  EXPECT_TRUE(is_armed("l-0")) << "its turn has come";
}

TEST_F(NodeOnAir, APlanWaitsForWhatIsOnTheAir) {
  const WallTime start = synchronise_and_plan(minutes{2}, seconds{20});
  say_air({emergency("l-1", now_.wall, minutes{10})});
  run_until(start + minutes{1});
  EXPECT_FALSE(is_armed("p-1"));
  EXPECT_EQ(outcome("p-1")->reason, reason::kOutputBusy);
}

TEST_F(NodeOnAir, AStopOrderEndsItForGood) {
  synchronise();
  say_air({emergency("l-1", now_.wall)});
  say_started("l-1", station_from_wall(now_.wall));
  say(wire::StopOrder{std::nullopt, "đủ rồi"});
  EXPECT_THAT(doings_, Contains("stop l-1"));
  say_ended("l-1", playout::PlayEnd::kStopped, seconds{1});
  EXPECT_EQ(outcome("l-1")->reason, reason::kStopOrder);
  run_until(now_.wall + seconds{30});
  EXPECT_EQ(std::ranges::count(doings_, "arm l-1"), 1) << "though the server has it on the air still";
}

TEST_F(NodeOnAir, AStopOrderEndsWhatWaitsForItsChannelToo) {
  cache_.held.clear();
  synchronise();
  say_air({air("l-1", now_.wall)});
  ASSERT_FALSE(is_armed("l-1"));
  say(wire::StopOrder{std::nullopt, ""});
  EXPECT_EQ(outcome("l-1")->result, OutcomeResult::kStopped);
}

// --- what may sound

TEST_F(NodeOnAir, ThePolicyJudgesItLikeAnyPlay) {
  synchronise();
  forbid_now();
  say_air({emergency("l-1", now_.wall)});
  EXPECT_FALSE(is_armed("l-1"));
  EXPECT_EQ(outcome("l-1")->reason, reason::kPolicyLongestPlay);
}

TEST_F(NodeOnAir, AGrantLetsItSoundOutsideThePolicy) {
  synchronise();
  believe_emergency_key();
  forbid_now();
  wire::Air granted = emergency("l-1", now_.wall);
  granted.grant = grant_by(emergency_key_, granted);
  say_air({granted});
  EXPECT_TRUE(is_armed("l-1"));
}

TEST_F(NodeOnAir, AGrantIsGoodForItsOwnPlayBySomebodyWhoMayGiveOne) {
  synchronise();
  believe_emergency_key();
  forbid_now();
  const wire::Air wanted = emergency("l-1", now_.wall);
  int number = 0;
  const auto try_with = [&](const std::string& what, const std::string& grant, auto change) {
    wire::Air changed = wanted;
    changed.play = PlayId{"l-" + std::to_string(++number)};
    changed.grant = grant.empty() ? grant_by(emergency_key_, changed) : grant;
    change(changed);
    say_air({changed});
    EXPECT_FALSE(is_armed(changed.play.str())) << what;
    EXPECT_EQ(outcome(changed.play.str())->reason, reason::kGrantRefused) << what;
  };
  const auto nothing = [](wire::Air&) {};
  try_with("of another play", grant_by(emergency_key_, air("l-x", now_.wall)), nothing);
  try_with("of another clip", "", [](wire::Air& a) { a.clip->clip = ClipHash{std::string(64, 'e')}; });
  try_with("longer", "", [](wire::Air& a) { a.until += seconds{1}; });
  try_with("by the station's key", grant_by(station_key_, wanted), nothing);
  try_with("no envelope", "hello", nothing);
  wire::TrustedKey revoked{emergency_key_.public_key(), wire::KeyRole::kEmergency, "", kMorning,
                           kMorning + hours{1},         wire::KeyState::kRevoked};
  say_root(root_.sign_trust({test::station_key(station_key_.public_key()), revoked}));
  try_with("by a revoked key", "", nothing);
}

TEST_F(NodeOnAir, TheNodesOwnCeilingHoldsEvenForAGrant) {
  ceiling_pct_ = 40;
  power_on();
  synchronise();
  believe_emergency_key();
  wire::Air granted = emergency("l-1", now_.wall);
  granted.volume_pct = 100;
  granted.grant = grant_by(emergency_key_, granted);
  say_air({granted});
  EXPECT_DOUBLE_EQ(last_request().volume, 0.4);
}

// --- a node that knows no time

TEST_F(NodeOnAir, AColdNodeAsksForTheTimeAndJudgesByTheAnswer) {
  is_server_answering_ = false;
  connect();
  const std::size_t asked = link_.bodies<wire::ClockRequest>().size();
  say_air({emergency("l-1", now_.wall)});
  EXPECT_FALSE(is_armed("l-1"));
  ASSERT_GE(link_.bodies<wire::ClockRequest>().size(), std::max<std::size_t>(asked, 1));
  is_server_answering_ = true;
  answer_clock();
  EXPECT_TRUE(is_armed("l-1"));
}

TEST_F(NodeOnAir, AColdNodeIsNotFooledByAnOldWord) {
  is_server_answering_ = false;
  connect();
  say_air({emergency("l-1", now_.wall, hours{2})});  // good for ten minutes
  now_ = {now_.wall + minutes{11}, now_.mono + seconds{1}, now_.asleep};
  is_server_answering_ = true;
  answered_ = 0;
  run_until(now_.wall + seconds{5});
  EXPECT_FALSE(is_armed("l-1"));
  EXPECT_EQ(core_->refused().at("freshness"), 1);
}

// --- by a channel

TEST_F(NodeOnAir, SpeechIsSubscribedToAndPutIntoThePlayersHands) {
  synchronise();
  const WallTime start = now_.wall + seconds{5};
  say_air({speech("l-1", start)});
  EXPECT_THAT(link_.subscribed(), ElementsAre("loa/1/phu-lien/live/l-1"));
  ASSERT_TRUE(is_armed("l-1"));
  ASSERT_NE(last_request().feed, nullptr);
  say_frames("l-1", 0, 5, channel_);
  EXPECT_EQ(last_request().feed->counts().least_ahead, 0);
  say_frames("l-1", 5, 5, crypto::SecretKey::make());
  EXPECT_EQ(core_->refused().at("signature"), 1);
  run_until(start);
  say_frames("l-1", 10, 5, channel_);
  say_started("l-1", station_from_wall(start));
  run_until(start + seconds{3});
  say_air({});
  say_ended("l-1", playout::PlayEnd::kStopped, seconds{3});
  EXPECT_EQ(outcome("l-1")->result, OutcomeResult::kPlayed);
  EXPECT_FALSE(outcome("l-1")->clip);
  EXPECT_THAT(link_.subscribed(), IsEmpty());
}

TEST_F(NodeOnAir, WhileAChannelSoundsTheServerHearsHowItArrives) {
  synchronise();
  const WallTime start = now_.wall + seconds{5};
  say_air({speech("l-1", start)});
  run_until(start);
  say_frames("l-1", 3, 5, channel_);
  link_.clear();
  answered_ = 0;
  run_until(start + seconds{4});
  say_frames("l-1", 8, 5, channel_);
  run_until(start + seconds{8});
  const auto statuses = link_.bodies<wire::Status>();
  ASSERT_GE(statuses.size(), 1U);
  ASSERT_TRUE(statuses.front().live);
  EXPECT_EQ(statuses.front().live->play, PlayId{"l-1"});
  EXPECT_EQ(statuses.front().live->lost, milliseconds{0}) << "nobody has asked the feed for anything here";
}

TEST_F(NodeOnAir, AChannelThatFallsSilentEndsInFiveSeconds) {
  synchronise();
  const WallTime start = now_.wall + seconds{5};
  say_air({speech("l-1", start)});
  run_until(start);
  say_frames("l-1", 0, 5, channel_);
  say_started("l-1", station_from_wall(start));
  run_until(start + milliseconds{4900});
  EXPECT_THAT(doings_, Not(Contains("stop l-1")));
  run_until(start + milliseconds{5100});
  EXPECT_THAT(doings_, Contains("stop l-1"));
  say_ended("l-1", playout::PlayEnd::kStopped, milliseconds{5000});
  EXPECT_EQ(outcome("l-1")->result, OutcomeResult::kPartial);
  EXPECT_EQ(outcome("l-1")->reason, reason::kChannelLost);
}

TEST_F(NodeOnAir, WhatIsNotOnTheDiskIsTakenFromTheChannel) {
  cache_.held.clear();
  synchronise();
  wire::Air both = air("l-1", now_.wall + seconds{5});
  both.channel = channel_.public_key();
  say_air({both});
  ASSERT_TRUE(is_armed("l-1"));
  EXPECT_NE(last_request().feed, nullptr);
  EXPECT_EQ(last_request().clip, "");
}

TEST_F(NodeOnAir, AChannelIsSubscribedToAnewAfterTheLinkWasLost) {
  synchronise();
  say_air({speech("l-1", now_.wall + seconds{5})});
  on(LinkArrived{link::LinkDown{"gone"}, now_});
  link_.unsubscribe("loa/1/phu-lien/live/l-1");
  connect();
  EXPECT_THAT(link_.subscribed(), SizeIs(1));
}

// --- over a restart

TEST_F(NodeOnAir, ARestartTakesUpWhatIsStillOnTheAir) {
  synchronise();
  const wire::Air going = emergency("l-1", now_.wall, minutes{30});
  say_air({going});
  say_started("l-1", going.start);
  on(PlayerSaid{playout::PlayProgress{PlayId{"l-1"}, seconds{20}}});
  player_.armed.clear();
  restart();
  EXPECT_FALSE(outcome("l-1")) << "the server says whether it goes on";
  say_air({going});
  ASSERT_TRUE(is_armed("l-1"));
  say_started("l-1", going.start + minutes{1}, minutes{1});
  say_air({});
  say_ended("l-1", playout::PlayEnd::kStopped, seconds{10});
  EXPECT_EQ(outcome("l-1")->result, OutcomeResult::kLate);
  EXPECT_EQ(outcome("l-1")->reason, reason::kNodeRestarted);
  EXPECT_EQ(outcome("l-1")->heard, seconds{30});
}

TEST_F(NodeOnAir, ARestartEndsWhatIsNotOnTheAirAnyMore) {
  synchronise();
  say_air({emergency("l-1", now_.wall)});
  say_started("l-1", station_from_wall(now_.wall));
  restart();
  run_until(now_.wall + seconds{20});
  ASSERT_TRUE(outcome("l-1"));
  EXPECT_EQ(outcome("l-1")->result, OutcomeResult::kPartial);
  EXPECT_EQ(outcome("l-1")->reason, reason::kNodeRestarted);
}

// --- prepared

TEST_F(NodeOnAir, ClipsThatNoPlayNamesAreFetchedLast) {
  cache_.held.clear();
  synchronise();
  const ClipHash prepared{std::string(64, 'd')};
  wire::Plan plan;
  plan.from = station_from_wall(kMorning);
  plan.until = station_from_wall(kMorning + hours{24});
  plan.clips[kClip] = {1000, kDuration};
  plan.clips[prepared] = {500, kDuration};
  plan.plays = {play("p-1", now_.wall + minutes{5})};
  say(plan);
  ASSERT_THAT(cache_.fetched, ElementsAre(testing::Pair(kClip, 1000)));
  cache_.held.insert(kClip);
  on(ClipFetched{kClip, 1000});
  EXPECT_THAT(cache_.fetched, Contains(testing::Pair(prepared, 500)));
}

}  // namespace
}  // namespace loa::node
