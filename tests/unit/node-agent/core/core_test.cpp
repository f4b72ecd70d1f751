// What the simulation (tests/sim) does not ask by itself: the order of effects, the exact boundaries, the floors.
#include "tests/unit/node-agent/core/core_fixture.h"

namespace loa::node {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// --- chimes

class ChimedNode : public NodeCoreTest {
 protected:
  static constexpr milliseconds kChimeDuration{2'400};
  static constexpr milliseconds kClipAt = kChimeDuration + milliseconds{300};

  // One play, p-1, with a chime before it.
  WallTime synchronise_and_plan_chimed(std::optional<milliseconds> longest = std::nullopt) {
    synchronise();
    const WallTime start = now_.wall + minutes{5};
    wire::Plan plan;
    plan.from = station_from_wall(kMorning);
    plan.until = station_from_wall(kMorning + hours{24});
    plan.clips[kClip] = {1000, kDuration};
    plan.clips[kChime] = {200, kChimeDuration};
    plan.plays = {play("p-1", start)};
    plan.plays[0].chime = kChime;
    plan.plays[0].longest = longest;
    say(plan);
    return start;
  }
  void fetched(const ClipHash& clip) {
    cache_.held.insert(clip);
    on(ClipFetched{clip, 200});
  }

  static inline const ClipHash kChime{crypto::to_hex(crypto::sha256(view_bytes("chime")))};
};

TEST_F(ChimedNode, BothClipsAreFetchedPinnedAndCounted) {
  cache_.held.clear();
  synchronise_and_plan_chimed();
  EXPECT_THAT(cache_.pinned, testing::UnorderedElementsAre(kClip, kChime));
  ASSERT_THAT(cache_.fetched, ElementsAre(testing::Pair(kClip, 1000))) << "the announcement first";
  fetched(kClip);
  ASSERT_THAT(cache_.fetched, ElementsAre(testing::Pair(kClip, 1000), testing::Pair(kChime, 200)));
  pass(seconds{2});
  on(Tick{});
  wire::Status status = link_.bodies<wire::Status>().back();
  EXPECT_EQ(status.clips_wanted, 2);
  EXPECT_EQ(status.clips_ready, 1);
  EXPECT_EQ(status.health->plays_missing, 1);
  fetched(kChime);
  pass(seconds{2});
  on(Tick{});
  status = link_.bodies<wire::Status>().back();
  EXPECT_EQ(status.clips_ready, 2);
  EXPECT_EQ(status.health->plays_missing, 0);
}

TEST_F(ChimedNode, TheChimeIsVerifiedAndSoundsFirst) {
  cache_.held.insert(kChime);
  const WallTime start = synchronise_and_plan_chimed();
  doings_.clear();
  run_until(start - kLeadAndPrepare + milliseconds{100});
  EXPECT_THAT(doings_, ElementsAre("verify", "verify", "arm p-1"));
  const playout::PlayRequest& armed = player_.armed.at(0);
  EXPECT_EQ(armed.start, station_from_wall(start));
  EXPECT_EQ(armed.chime, kChime.str() + ".opus");
  EXPECT_EQ(armed.clip_at, kClipAt);
  EXPECT_EQ(armed.longest, kClipAt + kDuration + seconds{1});

  run_until(start);
  say_started("p-1", station_from_wall(start));
  run_until(start + kClipAt + kDuration);
  say_ended("p-1", playout::PlayEnd::kCompleted, kClipAt + kDuration);
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kPlayed);
  EXPECT_EQ(outcome("p-1")->reason, "");
  EXPECT_EQ(outcome("p-1")->heard, kClipAt + kDuration) << "the whole sound";
}

TEST_F(ChimedNode, WithoutTheEndOfItsAnnouncementItIsNotWhole) {
  cache_.held.insert(kChime);
  const WallTime start = synchronise_and_plan_chimed();
  run_until(start);
  say_started("p-1", station_from_wall(start));
  run_until(start + kDuration);
  say_ended("p-1", playout::PlayEnd::kCompleted, kDuration);
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kPartial);
}

TEST_F(ChimedNode, AMissingChimeIsWaitedForUntilTheLeadInBegins) {
  const WallTime start = synchronise_and_plan_chimed();
  run_until(start - milliseconds{4000} - milliseconds{100});
  EXPECT_FALSE(is_armed("p-1"));
  fetched(kChime);
  ASSERT_TRUE(is_armed("p-1"));
  EXPECT_TRUE(player_.armed[0].chime);
}

TEST_F(ChimedNode, WithoutItsChimeTheAnnouncementSoundsAloneAtItsOwnPlace) {
  const WallTime start = synchronise_and_plan_chimed();
  run_until(start - milliseconds{4000} + milliseconds{100});
  ASSERT_TRUE(is_armed("p-1"));
  const playout::PlayRequest& armed = player_.armed[0];
  EXPECT_FALSE(armed.chime);
  EXPECT_EQ(armed.clip_at, milliseconds{0});
  EXPECT_EQ(armed.start, station_from_wall(start) + kClipAt);
  EXPECT_EQ(armed.longest, kDuration + seconds{1});

  run_until(start + kClipAt);
  say_started("p-1", station_from_wall(start) + kClipAt);
  run_until(start + kClipAt + kDuration);
  say_ended("p-1", playout::PlayEnd::kCompleted, kDuration);
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kPlayed);
  EXPECT_EQ(outcome("p-1")->reason, reason::kChimeMissing);
  EXPECT_EQ(outcome("p-1")->heard, kDuration);
  EXPECT_EQ(outcome("p-1")->planned, station_from_wall(start));
  EXPECT_EQ(outcome("p-1")->started, station_from_wall(start) + kClipAt);
}

TEST_F(ChimedNode, ACutAnnouncementEndsWhereItsNeighboursDo) {
  const WallTime start = synchronise_and_plan_chimed(seconds{10});
  run_until(start - milliseconds{4000} + milliseconds{100});
  ASSERT_TRUE(is_armed("p-1"));
  EXPECT_EQ(player_.armed[0].start + player_.armed[0].longest, station_from_wall(start) + seconds{10});
}

TEST_F(ChimedNode, ADamagedChimeIsFetchedAnewAndCostsNothing) {
  cache_.held.insert(kChime);
  cache_.damaged.insert(kChime);
  const WallTime start = synchronise_and_plan_chimed();
  run_until(start - kLeadAndPrepare + milliseconds{100});
  EXPECT_FALSE(is_armed("p-1"));
  EXPECT_THAT(cache_.fetched, ElementsAre(testing::Pair(kChime, 200)));
  run_until(start - milliseconds{4000} + milliseconds{100});
  ASSERT_TRUE(is_armed("p-1"));
  EXPECT_FALSE(player_.armed[0].chime);
}

// The second one is so near that its preparation begins while the first still waits.
TEST_F(ChimedNode, WhatComesLaterWaitsBehindOneThatWaitsForItsChime) {
  synchronise();
  const WallTime start = now_.wall + minutes{5};
  wire::Plan plan;
  plan.from = station_from_wall(kMorning);
  plan.until = station_from_wall(kMorning + hours{24});
  plan.clips[kClip] = {1000, milliseconds{1'000}};
  plan.clips[kChime] = {200, milliseconds{100}};
  plan.plays = {play("p-1", start, milliseconds{0}), play("p-2", start + seconds{2}, milliseconds{0})};
  plan.plays[0].chime = kChime;
  say(plan);
  run_until(start - seconds{3});
  ASSERT_THAT(player_.armed, SizeIs(2));
  EXPECT_EQ(player_.armed[0].play, PlayId{"p-1"});
  EXPECT_EQ(player_.armed[1].play, PlayId{"p-2"});
}

TEST_F(ChimedNode, WhatFollowsOneThatLacksItsChimeWaitsForItsWholeEnd) {
  const WallTime start = synchronise_and_plan_chimed();
  run_until(start + seconds{10});
  ASSERT_TRUE(is_armed("p-1"));
  say_started("p-1", station_from_wall(start) + kClipAt);
  // Another plan has cut the first one; what sounds goes on as it was armed.
  wire::PlannedPlay cut = play("p-1", start);
  cut.longest = kDuration - seconds{10};
  say_plan({cut, play("p-2", start + kDuration + seconds{1})});
  run_until(start + kDuration + seconds{2});
  EXPECT_FALSE(is_armed("p-2"));
  say_ended("p-1", playout::PlayEnd::kCompleted, kDuration);
  EXPECT_TRUE(is_armed("p-2"));
}

TEST_F(ChimedNode, AMissingAnnouncementIsMissedWhateverItsChime) {
  cache_.held = {kChime};
  const WallTime start = synchronise_and_plan_chimed();
  run_until(start + minutes{3});
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kMissed);
  EXPECT_EQ(outcome("p-1")->reason, reason::kClipMissing);
}

// --- clock and starts

TEST_F(NodeCoreTest, NothingIsArmedWhileTheTimeIsUnknown) {
  is_server_answering_ = false;
  connect();
  say_plan({play("p-1", kMorning + minutes{5})});
  run_until(kMorning + minutes{20});
  EXPECT_THAT(player_.armed, IsEmpty());
  EXPECT_FALSE(outcome("p-1").has_value()) << "whether it was missed cannot be known yet";
  is_server_answering_ = true;
  run_until(kMorning + minutes{21});
  ASSERT_TRUE(outcome("p-1").has_value());
  EXPECT_EQ(outcome("p-1")->reason, reason::kClockUnknown);
  EXPECT_THAT(player_.armed, IsEmpty());
}

TEST_F(NodeCoreTest, ItPlaysByTheServersTimeNotItsOwn) {
  server_ahead_ = hours{2};
  synchronise();
  const WallTime start = now_.wall + server_ahead_ + minutes{5};
  say_plan({play("p-1", start)});
  run_until(start - server_ahead_ - kLeadAndPrepare - milliseconds{100});
  EXPECT_THAT(player_.armed, IsEmpty());
  run_until(start - server_ahead_ - kLeadAndPrepare + milliseconds{100});
  ASSERT_TRUE(is_armed("p-1"));
  EXPECT_EQ(player_.armed[0].start, station_from_wall(start));
  EXPECT_DOUBLE_EQ(player_.armed[0].volume, 0.6);
}

TEST_F(NodeCoreTest, HoldoverBeyondThirtySecondsStartsNothingNew) {
  synchronise();
  is_server_answering_ = false;
  // The bound grows by at least 20 ppm: beyond 30 s after 17 days.
  const WallTime limit = now_.wall + hours{24 * 20};
  const WallTime soon = now_.wall + hours{10};
  say_plan({play("p-1", soon), play("p-2", limit)});
  on(LinkArrived{link::LinkDown{"gone"}, now_});
  play_whole("p-1", soon);
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kPlayed);
  EXPECT_EQ(outcome("p-1")->clock_state, ClockState::kHoldover);
  run_until(limit + minutes{30});
  EXPECT_FALSE(is_armed("p-2"));
}

TEST_F(NodeCoreTest, OneFalseReplyHoldsStartsForSecondsAndMovesNothing) {
  const WallTime start = synchronise_and_plan(minutes{10});
  run_until(start - kLeadAndPrepare - seconds{17});
  server_ahead_ = hours{1};
  const std::size_t asked = answered_;
  while (answered_ == asked) run_until(now_.wall + seconds{1});
  server_ahead_ = hours{0};
  run_until(now_.wall + seconds{1});
  EXPECT_EQ(link_.bodies<wire::Status>().back().clock_state, ClockState::kDoubt);
  EXPECT_THAT(player_.armed, IsEmpty());
  run_until(start);
  ASSERT_TRUE(is_armed("p-1"));
  EXPECT_EQ(link_.bodies<wire::Status>().back().clock_state, ClockState::kSynced);
  EXPECT_LT(std::chrono::abs(clock_->at(now_.mono) - station_from_wall(now_.wall)), milliseconds{2});
}

TEST_F(NodeCoreTest, NothingBeginsInDoubt) {
  const WallTime start = synchronise_and_plan(minutes{10});
  run_until(start - kLeadAndPrepare - seconds{17});
  server_ahead_ = hours{1};
  const std::size_t asked = answered_;
  while (answered_ == asked) run_until(now_.wall + seconds{1});
  // The server falls silent: whose word is right is decided after a minute.
  is_server_answering_ = false;
  run_until(now_.wall + seconds{55});
  EXPECT_THAT(player_.armed, IsEmpty());
  EXPECT_FALSE(outcome("p-1"));
}

TEST_F(NodeCoreTest, ABlurredClockIsSharpenedBeforeAPlay) {
  half_trips_ = {milliseconds{30}, milliseconds{80}, milliseconds{50}};
  const WallTime start = synchronise_and_plan(minutes{10});
  run_until(start - minutes{4});
  const std::size_t before = answered_;
  run_until(start - minutes{2});
  EXPECT_LE(answered_ - before, 9U);
  run_until(start);
  EXPECT_GE(answered_ - before, 25U);
}

TEST_F(NodeCoreTest, ASharpClockIsLeftAlone) {
  const WallTime start = synchronise_and_plan(minutes{10});
  run_until(start - minutes{2});
  const std::size_t before = answered_;
  run_until(start);
  EXPECT_LE(answered_ - before, 9U);
}

TEST_F(NodeCoreTest, AnOutputThatBreaksAfterTheLastSampleHasPlayed) {
  const WallTime start = synchronise_and_plan(minutes{10});
  run_until(start);
  say_started("p-1", station_from_wall(start));
  run_until(start + kDuration + seconds{5});
  say_ended("p-1", playout::PlayEnd::kFailed, kDuration);
  ASSERT_TRUE(outcome("p-1"));
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kPlayed);
  EXPECT_EQ(outcome("p-1")->reason, "");
}

TEST_F(NodeCoreTest, WhatIsArmedWaitsForTheEndOfDoubt) {
  const WallTime start = synchronise_and_plan(minutes{10});
  run_until(start - kLeadAndPrepare + milliseconds{1});
  ASSERT_TRUE(is_armed("p-1"));
  now_.asleep += milliseconds{200};
  now_.wall += milliseconds{200};
  is_server_answering_ = false;
  run_until(start + seconds{20});
  EXPECT_THAT(player_.released, IsEmpty());
  is_server_answering_ = true;
  run_until(start + seconds{25});
  EXPECT_THAT(player_.released, ElementsAre(PlayId{"p-1"}));
}

TEST_F(NodeCoreTest, WhatIsArmedWhenTheStationIsSetIsTakenBack) {
  const WallTime start = synchronise_and_plan(minutes{10});
  run_until(start - kLeadAndPrepare + milliseconds{1});
  ASSERT_TRUE(is_armed("p-1"));
  server_ahead_ = hours{1};
  now_.asleep += milliseconds{200};  // makes it ask
  for (int i = 0; i < 6; ++i) run_until(now_.wall + seconds{1});
  ASSERT_THAT(doings_, testing::Contains("stop p-1"));
  say_ended("p-1", playout::PlayEnd::kStopped, milliseconds{0});
  run_until(now_.wall + seconds{1});
  EXPECT_THAT(player_.released, IsEmpty());
  ASSERT_TRUE(outcome("p-1"));
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kMissed);
  EXPECT_EQ(outcome("p-1")->reason, reason::kClockUnknown);
}

TEST_F(NodeCoreTest, AStationSetForwardReleasesNoBurst) {
  synchronise();
  const WallTime start = now_.wall + minutes{10};
  say_plan({play("p-1", start), play("p-2", start + minutes{5}), play("p-3", start + hours{3})});
  server_ahead_ = hours{2};
  run_until(now_.wall + seconds{60});
  EXPECT_THAT(player_.armed, IsEmpty());
  for (const char* name : {"p-1", "p-2"}) {
    ASSERT_TRUE(outcome(name)) << name;
    EXPECT_EQ(outcome(name)->result, OutcomeResult::kMissed);
    EXPECT_EQ(outcome(name)->reason, reason::kClockUnknown);
  }
  run_until(start + hours{1});
  EXPECT_TRUE(is_armed("p-3"));
}

TEST_F(NodeCoreTest, AStationSetBackRepeatsNothing) {
  const WallTime start = synchronise_and_plan(minutes{10});
  play_whole("p-1", start);
  EXPECT_THAT(player_.armed, SizeIs(1));
  server_ahead_ = -hours{1};
  run_until(now_.wall + hours{2});
  EXPECT_THAT(player_.armed, SizeIs(1));
  EXPECT_LT(std::chrono::abs(clock_->at(now_.mono) - station_from_wall(now_.wall + server_ahead_)), milliseconds{2});
}

// Suspended, the monotonic clock stands still and every deadline comes late.
TEST_F(NodeCoreTest, SleepMovesTheClockAndWhatWasDueIsMissed) {
  synchronise();
  const WallTime start = now_.wall + minutes{30};
  say_plan({play("p-1", start), play("p-2", start + hours{1})});
  run_until(now_.wall + minutes{1});
  now_.wall += hours{1};
  now_.asleep += hours{1};
  run_until(now_.wall + seconds{30});
  EXPECT_THAT(player_.armed, IsEmpty());
  ASSERT_TRUE(outcome("p-1"));
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kMissed);
  run_until(start + hours{1});
  EXPECT_TRUE(is_armed("p-2"));
  EXPECT_LT(std::chrono::abs(clock_->at(now_.mono) - station_from_wall(now_.wall)), milliseconds{2});
}

// NTP may be absent or lie: the wall clock means nothing once the station is known.
TEST_F(NodeCoreTest, StepsOfTheWallClockMoveNothing) {
  synchronise();
  is_server_answering_ = false;
  const WallTime start = now_.wall + minutes{10};
  say_plan({play("p-1", start)});
  on(LinkArrived{link::LinkDown{"gone"}, now_});
  for (const auto step : {hours{-48}, hours{96}}) {
    now_.wall += step;
    on(Tick{});
    now_.wall -= step;
    EXPECT_LT(std::chrono::abs(clock_->at(now_.mono) - station_from_wall(now_.wall)), milliseconds{2});
  }
  run_until(start);
  EXPECT_TRUE(is_armed("p-1"));
}

TEST_F(NodeCoreTest, WhileAPlaySoundsTheClockIsSlewedNeverStepped) {
  const WallTime start = synchronise_and_plan(minutes{5});
  run_until(start);
  ASSERT_TRUE(is_armed("p-1"));
  // A better exchange says that all was 200 ms off.
  server_ahead_ = milliseconds{200};
  const MonoTime before = now_.mono;
  const StationTime shown = clock_->at(before);
  run_until(start + seconds{17});
  const nanoseconds drifted = (clock_->at(now_.mono) - shown) - (now_.mono - before);
  EXPECT_GT(drifted, nanoseconds{0});
  EXPECT_LT(drifted, milliseconds{9}) << "over 500 ppm is heard";
  EXPECT_LE(std::abs(clock_->calibration().rate_ppb), 500'000);
  say_ended("p-1", playout::PlayEnd::kCompleted, kDuration);
}

// --- guards

TEST_F(NodeCoreTest, NoPlayIsLouderThanTheCeiling) {
  ceiling_pct_ = 45;
  power_on();
  synchronise();
  const WallTime start = now_.wall + minutes{5};
  auto quiet = play("p-2", start + minutes{5});
  quiet.volume_pct = 30;
  say_plan({play("p-1", start), quiet});
  play_whole("p-1", start);
  run_until(start + minutes{5});
  ASSERT_THAT(player_.armed, SizeIs(2));
  EXPECT_DOUBLE_EQ(player_.armed[0].volume, 0.45);
  EXPECT_DOUBLE_EQ(player_.armed[1].volume, 0.30);
}

TEST_F(NodeCoreTest, ALoudspeakerThatIsLateIsSentItsSoundEarlier) {
  for (const milliseconds delay : {milliseconds{250}, milliseconds{-1000}}) {
    SCOPED_TRACE(delay.count());
    delay_ = delay;
    player_.armed.clear();
    player_.released.clear();
    power_on();
    synchronise();
    const WallTime start = now_.wall + minutes{5};
    const std::string name = "p-" + std::to_string(delay.count() + 2000);
    say_plan({play(name, start)});
    run_until(start - delay - kLeadAndPrepare - milliseconds{50});
    EXPECT_THAT(player_.armed, IsEmpty());
    run_until(start - delay - kLeadAndPrepare + milliseconds{50});
    ASSERT_THAT(player_.armed, SizeIs(1));
    EXPECT_EQ(player_.armed[0].start, station_from_wall(start - delay));
    run_until(start - delay - milliseconds{1050});
    EXPECT_THAT(player_.released, IsEmpty());
    run_until(start - delay - milliseconds{950});
    EXPECT_THAT(player_.released, SizeIs(1));
    run_until(start);
    say_started(name, station_from_wall(start - delay));
    say_ended(name, playout::PlayEnd::kCompleted, kDuration);
    EXPECT_EQ(outcome(name)->started, station_from_wall(start)) << "when it was heard, not when it was sent";
  }
}

TEST_F(NodeCoreTest, TheOfficesDelayMovesEveryPlayFromTheNextOneOn) {
  delay_ = milliseconds{250};  // of the cabinet: sent earlier by as much, whatever the office says
  power_on();
  synchronise();
  const WallTime start = now_.wall + minutes{5};
  const milliseconds away = minutes{5};
  const std::vector<wire::PlannedPlay> plays = {play("p-1", start), play("p-2", start + away),
                                                play("p-3", start + 2 * away)};
  say_plan(plays, std::nullopt, milliseconds{120});
  run_until(start - milliseconds{130} - kLeadAndPrepare - milliseconds{50});
  EXPECT_THAT(player_.armed, IsEmpty());
  run_until(start - milliseconds{130} - kLeadAndPrepare + milliseconds{50});
  ASSERT_THAT(player_.armed, SizeIs(1));
  EXPECT_EQ(player_.armed[0].start, station_from_wall(start - milliseconds{130}));
  // Armed is armed: what is a moment away is not torn down for this.
  say_plan(plays, std::nullopt, milliseconds{-500});
  EXPECT_THAT(doings_, Not(Contains("stop p-1")));
  run_until(start - milliseconds{130} - milliseconds{950});
  EXPECT_THAT(player_.released, ElementsAre(PlayId{"p-1"}));
  run_until(start);
  say_started("p-1", station_from_wall(start - milliseconds{130}));
  say_ended("p-1", playout::PlayEnd::kCompleted, kDuration);
  EXPECT_EQ(outcome("p-1")->started, station_from_wall(start + milliseconds{120})) << "when it was heard";
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kPlayed);

  run_until(start + away);
  ASSERT_THAT(player_.armed, SizeIs(2));
  EXPECT_EQ(player_.armed[1].start, station_from_wall(start + away - milliseconds{750}));
  say_ended("p-2", playout::PlayEnd::kCompleted, kDuration);
  restart();
  run_until(start + 2 * away);
  ASSERT_THAT(player_.armed, SizeIs(3));
  EXPECT_EQ(player_.armed[2].start, station_from_wall(start + 2 * away - milliseconds{750})) << "the plan is kept";
}

TEST_F(NodeCoreTest, ADelayedPlayIsNotTooLateForThat) {
  delay_ = milliseconds{-1000};
  power_on();
  synchronise();
  const WallTime start = now_.wall + minutes{5};
  say_plan({play("p-1", start, milliseconds{0})}, std::nullopt, milliseconds{500});
  run_until(start + milliseconds{1400});
  EXPECT_THAT(player_.released, ElementsAre(PlayId{"p-1"}));
}

TEST_F(NodeCoreTest, WhatFollowsBeginsBehindWhatSoundsLater) {
  synchronise();
  const WallTime start = now_.wall + minutes{5};
  const std::vector<wire::PlannedPlay> plays = {play("p-1", start), play("p-2", start + kDuration, seconds{5})};
  say_plan(plays, std::nullopt, milliseconds{500});
  run_until(start - seconds{5});
  ASSERT_TRUE(is_armed("p-1"));
  say_plan(plays, std::nullopt, milliseconds{-500});
  run_until(start + kDuration - milliseconds{600});
  EXPECT_FALSE(is_armed("p-2")) << "it would begin while p-1 still sounds";
  say_ended("p-1", playout::PlayEnd::kCompleted, kDuration);
  run_until(start + kDuration + seconds{1});
  EXPECT_TRUE(is_armed("p-2"));
}

TEST_F(NodeCoreTest, ThePolicyIsAskedWhenADelayedPlayIsHeard) {
  Policy policy = test::open_policy();
  policy.by_default.quiet = QuietHours{hours{15}, hours{16}};
  say_root(root_.sign(policy));
  synchronise();
  const WallTime quiet = kMorning + hours{1};
  const wire::PlannedPlay last = play("p-1", quiet - kDuration - milliseconds{200});
  say_plan({last}, std::nullopt, milliseconds{300});
  run_until(quiet);
  EXPECT_EQ(outcome("p-1")->reason, reason::kPolicyQuietHours);
}

TEST_F(NodeCoreTest, TheTestToneIsDelayedLikeAPlay) {
  synchronise();
  say_plan({}, std::nullopt, milliseconds{300});
  say(wire::SelfTestOrder{PlayId{"t-1"}, 50});
  ASSERT_THAT(player_.armed, SizeIs(1));
  EXPECT_EQ(player_.armed[0].start, ear_.listened.at(0).second + milliseconds{300});
}

// --- floors

TEST_F(NodeCoreTest, APlanOlderThanTheOneHeldIsRefused) {
  synchronise();
  const WallTime start = now_.wall + minutes{5};
  say_plan({play("p-2", start)}, 200);
  say_plan({play("p-1", start)}, 199);
  say_plan({play("p-1", start)}, 200);
  EXPECT_EQ(core_->refused().at("sequence"), 2);
  EXPECT_EQ(store_.load_plan()->seq, 200);
  power_on();
  say_plan({play("p-1", start)}, 200);
  EXPECT_EQ(core_->refused().at("sequence"), 1) << "the floor is on the disk";
}

TEST_F(NodeCoreTest, AnOrderIsCarriedOutOnceAlsoAfterARestart) {
  const WallTime start = synchronise_and_plan(minutes{5});
  run_until(start);
  say(wire::StopOrder{std::nullopt, "enough"}, 5000);
  EXPECT_EQ(doings_.back(), "stop p-1");
  EXPECT_EQ(store_.order_floor(), 5000);
  say_ended("p-1", playout::PlayEnd::kStopped, milliseconds{10});
  EXPECT_EQ(outcome("p-1")->reason, reason::kStopOrder);

  // Recorded and played back later, it stops nothing.
  const WallTime second = now_.wall + minutes{5};
  say_plan({play("p-2", second)});
  run_until(second);
  doings_.clear();
  say(wire::StopOrder{std::nullopt, "replay"}, 5000);
  EXPECT_THAT(doings_, IsEmpty());
  power_on();
  say(wire::StopOrder{std::nullopt, "replay"}, 5000);
  EXPECT_EQ(core_->refused().at("sequence"), 1);
}

TEST_F(NodeCoreTest, AStopOfAPlayThatHasNotBegunEndsItForGood) {
  synchronise();
  const WallTime start = now_.wall + minutes{5};
  say_plan({play("p-1", start), play("p-2", start + minutes{5})});
  say(wire::StopOrder{PlayId{"p-1"}, "wrong text"});
  ASSERT_TRUE(outcome("p-1").has_value());
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kStopped);
  run_until(start + minutes{5});
  EXPECT_FALSE(is_armed("p-1"));
  EXPECT_TRUE(is_armed("p-2"));
}

TEST_F(NodeCoreTest, AForgedOrOverheardMessageDoesNothing) {
  synchronise();
  const crypto::SecretKey forger = crypto::SecretKey::make();
  const wire::Header header{kStation,  wire::audience_of(kNode), std::string{wire::kServer}, 9'000'000,
                            now_.wall, now_.wall + hours{1}};
  const auto deliver = [&](const wire::Header& head, const crypto::SecretKey& key, const NodeId& topic_node) {
    on(LinkArrived{link::LinkMessage{wire::topic_of(wire::MessageType::kOrder, kStation, topic_node),
                                     bytes_of(wire::encode_message(head, wire::StopOrder{std::nullopt, "x"}, key)),
                                     false, link::Qos::kAtLeastOnce, 1},
                   now_});
  };
  deliver(header, forger, kNode);
  EXPECT_EQ(core_->refused().at("key"), 1);
  deliver(header, station_key_, NodeId{"n-2"});
  EXPECT_EQ(core_->refused().at("type"), 1);
  wire::Header other = header;
  other.audience = wire::audience_of(NodeId{"n-2"});
  deliver(other, station_key_, kNode);
  EXPECT_EQ(core_->refused().at("audience"), 1);
  wire::Header expired = header;
  expired.issued = now_.wall - hours{2};
  expired.not_after = now_.wall - hours{1};
  deliver(expired, station_key_, kNode);
  EXPECT_EQ(core_->refused().at("freshness"), 1);
  EXPECT_EQ(store_.order_floor(), 0);
}

// --- clips

TEST_F(NodeCoreTest, AClipIsVerifiedImmediatelyBeforeItIsArmed) {
  const WallTime start = synchronise_and_plan(minutes{5});
  run_until(start - minutes{1});
  EXPECT_THAT(doings_, IsEmpty());
  run_until(start);
  EXPECT_THAT(doings_, ElementsAre("verify", "arm p-1"));
}

TEST_F(NodeCoreTest, ADamagedClipIsNeverArmedButFetchedAnew) {
  const WallTime start = synchronise_and_plan(minutes{5});
  cache_.damaged = {kClip};
  run_until(start);
  EXPECT_THAT(doings_, ElementsAre("verify", "discard", "fetch"));
  cache_.held = {kClip};
  on(ClipFetched{kClip});
  EXPECT_THAT(doings_, ElementsAre("verify", "discard", "fetch", "verify", "verify", "arm p-1"));
}

TEST_F(NodeCoreTest, AClipThatComesDamagedIsNamedInTheOutcome) {
  cache_.held.clear();
  synchronise();
  const WallTime start = now_.wall + minutes{5};
  say_plan({play("p-1", start, seconds{0})});
  ASSERT_THAT(cache_.fetched, SizeIs(1));
  EXPECT_EQ(cache_.fetched[0].second, 1000);
  cache_.held = {kClip};
  cache_.damaged = {kClip};
  on(ClipFetched{kClip});
  EXPECT_TRUE(cache_.held.empty());
  run_until(start + seconds{1});
  EXPECT_EQ(outcome("p-1")->reason, reason::kClipDamaged);
  EXPECT_THAT(player_.armed, IsEmpty());
}

TEST_F(NodeCoreTest, AFailedFetchIsTriedAgainEverSlowerAtMostEachMinute) {
  cache_.held.clear();
  synchronise();
  say_plan({play("p-1", now_.wall + hours{5})});
  const WallTime begin = now_.wall;
  std::size_t tries = cache_.fetched.size();
  while (now_.wall < begin + hours{1}) {
    on(ClipFailed{kClip, {"fetch.failed", {"test"}}});
    const WallTime before = now_.wall;
    while (cache_.fetched.size() == tries) run_until(now_.wall + milliseconds{100});
    EXPECT_LE(now_.wall - before, minutes{1} + seconds{1});
    tries = cache_.fetched.size();
  }
  EXPECT_LT(tries, 75U);
  EXPECT_GT(tries, 55U);
}

TEST_F(NodeCoreTest, ATryThatBroughtSomethingIsFollowedSoon) {
  cache_.held.clear();
  synchronise();
  say_plan({play("p-1", now_.wall + hours{5})});
  const auto pause_after = [&](std::int64_t received) {
    const std::size_t tries = cache_.fetched.size();
    on(ClipFailed{kClip, {"fetch.failed", {"test"}}, received});
    const WallTime before = now_.wall;
    while (cache_.fetched.size() == tries) run_until(now_.wall + milliseconds{100});
    return now_.wall - before;
  };
  for (int i = 0; i < 8; ++i) (void)pause_after(0);
  EXPECT_GT(pause_after(0), seconds{50});
  EXPECT_LT(pause_after(1), seconds{2});
  EXPECT_LT(pause_after(500), seconds{2});
}

TEST_F(NodeCoreTest, TheClipsOfThePlanArePinned) {
  synchronise();
  EXPECT_THAT(cache_.pinned, IsEmpty());
  say_plan({play("p-1", now_.wall + hours{5})});
  EXPECT_THAT(cache_.pinned, ElementsAre(kClip));
  cache_.pinned.clear();
  power_on();
  EXPECT_THAT(cache_.pinned, ElementsAre(kClip)) << "from the plan on the disk";
}

// --- plays and their outcomes

TEST_F(NodeCoreTest, ThatAPlayBeginsIsOnTheDiskBeforeItCanSound) {
  const WallTime start = synchronise_and_plan(minutes{5});
  int begun_at_arming = -1;
  int begun_at_release = -1;
  player_.on_arm = [&] { begun_at_arming = static_cast<int>(store_.load_begun().size()); };
  player_.on_release = [&] { begun_at_release = static_cast<int>(store_.load_begun().size()); };
  run_until(start - milliseconds{1010});
  EXPECT_EQ(begun_at_arming, 0) << "a restart during the lead-in could not tell that nothing has sounded";
  EXPECT_THAT(player_.released, IsEmpty());
  run_until(start - milliseconds{990});
  EXPECT_EQ(begun_at_release, 1);
  EXPECT_THAT(player_.released, ElementsAre(PlayId{"p-1"}));
}

TEST_F(NodeCoreTest, WhatFollowsIsArmedWhileTheFirstSoundsAndReleasedInItsOwnTime) {
  synchronise();
  const WallTime first = now_.wall + minutes{5};
  const WallTime second = first + kDuration;
  say_plan({play("p-1", first), play("p-2", second), play("p-3", second + kDuration)});
  sound_for("p-1", first, kDuration - seconds{2});
  EXPECT_THAT(doings_, Contains("arm p-1"));
  EXPECT_THAT(doings_, Contains("follow p-2"));
  EXPECT_THAT(player_.released, ElementsAre(PlayId{"p-1"}));
  run_until(second - milliseconds{900});
  EXPECT_THAT(player_.released, ElementsAre(PlayId{"p-1"}, PlayId{"p-2"}));
  run_until(second + milliseconds{200});
  say_ended("p-1", playout::PlayEnd::kCompleted, kDuration);
  say_started("p-2", station_from_wall(second));
  run_until(second + kDuration);
  say_ended("p-2", playout::PlayEnd::kCompleted, kDuration);
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kPlayed);
  EXPECT_EQ(outcome("p-2")->result, OutcomeResult::kPlayed);
  EXPECT_TRUE(is_armed("p-3")) << "it has taken the place behind the one that sounds";
}

TEST_F(NodeCoreTest, NoMoreThanOneIsArmedBehindTheOneThatSounds) {
  synchronise();
  const WallTime first = now_.wall + minutes{5};
  std::vector<wire::PlannedPlay> plays;
  for (int i = 0; i < 3; ++i) {
    plays.push_back(play("p-" + std::to_string(i + 1), first + i * seconds{2}));
    plays.back().longest = seconds{2};
  }
  say_plan(plays);
  run_until(first);
  EXPECT_TRUE(is_armed("p-2"));
  EXPECT_FALSE(is_armed("p-3"));
  say_started("p-1", station_from_wall(first));
  run_until(first + milliseconds{2'200});
  say_ended("p-1", playout::PlayEnd::kCompleted, seconds{2});
  EXPECT_TRUE(is_armed("p-3"));
}

TEST_F(NodeCoreTest, APolicyThatComesStopsWhatIsTooMuchAndNothingBeforeIt) {
  synchronise();
  const WallTime first = now_.wall + minutes{5};
  say_plan({play("p-0", first - minutes{2}), play("p-1", first), play("p-2", first + kDuration)});
  play_whole("p-0", first - minutes{2});
  sound_for("p-1", first, kDuration - seconds{2});
  ASSERT_TRUE(is_armed("p-2"));
  Policy policy = test::open_policy();
  policy.by_default.most_per_day = minutes{1};
  say_root(root_.sign(policy));
  EXPECT_THAT(doings_, Contains("stop p-2"));
  EXPECT_THAT(doings_, Not(Contains("stop p-1")));
}

TEST_F(NodeCoreTest, WhatWouldBeginBeforeTheOneThatSoundsIsOverWaitsForItsEnd) {
  synchronise();
  const WallTime first = now_.wall + minutes{5};
  say_plan({play("p-1", first)});
  sound_for("p-1", first, seconds{5});
  wire::PlannedPlay cut = play("p-1", first);
  cut.longest = kDuration - seconds{10};
  say_plan({cut, play("p-2", first + kDuration - seconds{5})});
  run_until(first + kDuration);
  EXPECT_FALSE(is_armed("p-2"));
  say_ended("p-1", playout::PlayEnd::kCompleted, kDuration);
  EXPECT_THAT(doings_, Contains("arm p-2"));
}

TEST_F(NodeCoreTest, AStopEndsWhatSoundsAndWhatFollowsAndOneOfThemAloneWhereItIsNamed) {
  for (const bool is_named : {false, true}) {
    SCOPED_TRACE(is_named ? "named" : "all");
    const std::string one = is_named ? "n-1" : "a-1";
    const std::string two = is_named ? "n-2" : "a-2";
    if (!is_named) synchronise();
    const WallTime first = now_.wall + minutes{5};
    say_plan({play(one, first), play(two, first + kDuration)});
    sound_for(one, first, kDuration - seconds{3});
    ASSERT_TRUE(is_armed(two));
    say(wire::StopOrder{is_named ? std::optional{PlayId{one}} : std::nullopt, "test"});
    EXPECT_THAT(doings_, Contains("stop " + one));
    EXPECT_EQ(std::ranges::count(doings_, "stop " + two), is_named ? 0 : 1);
    say_ended(one, playout::PlayEnd::kStopped, kDuration - seconds{3});
    EXPECT_EQ(outcome(one)->reason, reason::kStopOrder);
    if (!is_named) {
      say_ended(two, playout::PlayEnd::kStopped, milliseconds{0});
      EXPECT_EQ(outcome(two)->reason, reason::kStopOrder);
    }
  }
}

TEST_F(NodeCoreTest, APlanWithoutWhatFollowsTakesThatAlone) {
  synchronise();
  const WallTime first = now_.wall + minutes{5};
  say_plan({play("p-1", first), play("p-2", first + kDuration)});
  sound_for("p-1", first, kDuration - seconds{5});
  say_plan({play("p-1", first)});
  EXPECT_THAT(doings_, Contains("stop p-2"));
  EXPECT_THAT(doings_, Not(Contains("stop p-1")));
  say_ended("p-2", playout::PlayEnd::kStopped, milliseconds{0});
  EXPECT_EQ(outcome("p-2")->reason, reason::kCancelled);
  run_until(first + kDuration);
  say_ended("p-1", playout::PlayEnd::kCompleted, kDuration);
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kPlayed) << "it went on when the other one ended";
}

TEST_F(NodeCoreTest, WhatIsArmedAndPlannedOtherwiseIsArmedAnew) {
  const WallTime start = synchronise_and_plan(minutes{5});
  run_until(start - seconds{9});
  ASSERT_TRUE(is_armed("p-1"));
  // An edit makes room for another one and says how loud.
  wire::PlannedPlay shorter = play("p-1", start);
  shorter.longest = seconds{10};
  shorter.volume_pct = 30;
  const wire::PlannedPlay next = play("p-2", start + seconds{12}, seconds{0});
  say_plan({shorter, next});
  ASSERT_THAT(doings_, Contains("stop p-1"));
  say_ended("p-1", playout::PlayEnd::kStopped, seconds{0});
  EXPECT_FALSE(outcome("p-1"));
  EXPECT_EQ(player_.armed.back().longest, seconds{10});
  EXPECT_DOUBLE_EQ(player_.armed.back().volume, 0.3);
  sound_for("p-1", start, seconds{5});
  EXPECT_THAT(doings_, Contains("follow p-2"));
  // What sounds goes on as it began.
  shorter.volume_pct = 20;
  doings_.clear();
  say_plan({shorter, next});
  EXPECT_THAT(doings_, Not(Contains("stop p-1")));
  EXPECT_THAT(doings_, Not(Contains("stop p-2")));
}

TEST_F(NodeCoreTest, WhatIsArmedBehindAPlayThatIsArmedAnewComesBehindItAgain) {
  synchronise();
  const WallTime start = now_.wall + minutes{5};
  std::vector<wire::PlannedPlay> plays = {play("p-1", start), play("p-2", start + seconds{2})};
  plays[0].longest = seconds{2};
  say_plan(plays);
  run_until(start - seconds{8});
  ASSERT_TRUE(is_armed("p-2"));
  plays[0].longest = seconds{1};
  say_plan(plays);
  say_ended("p-1", playout::PlayEnd::kStopped, seconds{0});
  say_ended("p-2", playout::PlayEnd::kStopped, seconds{0});
  ASSERT_THAT(player_.armed, SizeIs(4));
  EXPECT_EQ(player_.armed[2].play, PlayId{"p-1"});
  EXPECT_EQ(player_.armed[2].longest, seconds{1});
  EXPECT_EQ(player_.armed[3].play, PlayId{"p-2"});
}

TEST_F(NodeCoreTest, WhatIsArmedCountsWholeInTheMinutesOfTheDay) {
  Policy policy = test::open_policy();
  policy.by_default.most_per_day = minutes{1};
  say_root(root_.sign(policy));
  synchronise();
  const WallTime first = now_.wall + minutes{5};
  say_plan({play("p-1", first), play("p-2", first + kDuration), play("p-3", first + 2 * kDuration)});
  sound_for("p-1", first, kDuration - seconds{2});
  EXPECT_TRUE(is_armed("p-2"));
  say_ended("p-1", playout::PlayEnd::kCompleted, kDuration);
  run_until(first + 2 * kDuration - seconds{2});
  EXPECT_FALSE(is_armed("p-3"));
  EXPECT_EQ(outcome("p-3")->reason, reason::kPolicyMinutesPerDay);
}

TEST_F(NodeCoreTest, WhatCannotBeWrittenDownDoesNotSound) {
  const WallTime start = synchronise_and_plan(minutes{5});
  break_table("plays", "INSERT");
  run_until(start + seconds{3});
  EXPECT_TRUE(is_armed("p-1"));
  EXPECT_THAT(player_.released, IsEmpty());
  mend_table("plays");
  run_until(start + seconds{5});
  EXPECT_THAT(player_.released, ElementsAre(PlayId{"p-1"}));
}

TEST_F(NodeCoreTest, AnOutcomeIsOnTheDiskBeforeItIsSent) {
  const WallTime start = synchronise_and_plan(minutes{5});
  int stored = -1;
  link_.set_on_publish([&](const wire::Topic& topic, const wire::Message&) {
    if (topic.type == wire::MessageType::kOutcome) stored = static_cast<int>(store_.outbox_size());
  });
  play_whole("p-1", start);
  EXPECT_EQ(stored, 1);
  ASSERT_THAT(link_.bodies<wire::Outcomes>(), SizeIs(1));
  EXPECT_EQ(link_.bodies<wire::Outcomes>()[0].outcomes[0].result, OutcomeResult::kPlayed);
}

TEST_F(NodeCoreTest, AnOutcomeIsSentUntilItIsAcknowledged) {
  const WallTime start = synchronise_and_plan(minutes{5});
  play_whole("p-1", start);
  run_until(now_.wall + seconds{25});
  EXPECT_THAT(link_.bodies<wire::Outcomes>(), SizeIs(3));
  restart();
  EXPECT_GE(link_.bodies<wire::Outcomes>().size(), 4U) << "a restart forgot what is owed";
  say(wire::Ack{{PlayId{"p-1"}}});
  EXPECT_EQ(store_.outbox_size(), 0);
  link_.clear();
  answered_ = 0;
  run_until(now_.wall + minutes{1});
  EXPECT_THAT(link_.bodies<wire::Outcomes>(), IsEmpty());
}

TEST_F(NodeCoreTest, AnOutcomeThatTheDiskRefusesIsKeptAndThePlayNotRepeated) {
  const WallTime start = synchronise_and_plan(minutes{5}, minutes{10});
  run_until(start);
  say_started("p-1", station_from_wall(start));
  run_until(start + kDuration);
  break_table("plays", "UPDATE");
  say_ended("p-1", playout::PlayEnd::kCompleted, kDuration);
  run_until(now_.wall + seconds{20});
  say_plan({play("p-1", start, minutes{10}), play("p-2", start + hours{1})});
  run_until(now_.wall + seconds{20});
  EXPECT_THAT(player_.armed, SizeIs(1)) << "sounded twice because its end could not be written";
  mend_table("plays");
  run_until(now_.wall + seconds{5});
  ASSERT_TRUE(outcome("p-1").has_value());
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kPlayed);
}

TEST_F(NodeCoreTest, APlayMayBeginAsLateAsItsPlanSaysAndNoLater) {
  cache_.held.clear();
  synchronise();
  const WallTime start = now_.wall + minutes{5};
  say_plan({play("p-1", start, seconds{10}), play("p-2", start + minutes{5}, seconds{10})});
  run_until(start + seconds{10} - milliseconds{2});
  cache_.held = {kClip};
  on(ClipFetched{kClip});
  EXPECT_TRUE(is_armed("p-1"));
  say_ended("p-1", playout::PlayEnd::kCompleted, milliseconds{0});
  cache_.damaged = {kClip};
  run_until(start + minutes{5} + seconds{10} + milliseconds{2});
  cache_.held = {kClip};
  cache_.damaged.clear();
  on(ClipFetched{kClip});
  EXPECT_FALSE(is_armed("p-2"));
  EXPECT_EQ(outcome("p-2")->result, OutcomeResult::kMissed);
}

TEST_F(NodeCoreTest, AClipThatIsOverIsNotJoined) {
  cache_.held.clear();
  synchronise();
  const WallTime start = now_.wall + minutes{5};
  say_plan({play("p-1", start, hours{1})});
  run_until(start + kDuration + milliseconds{2});
  EXPECT_EQ(outcome("p-1")->reason, reason::kClipMissing);
}

TEST_F(NodeCoreTest, JoinedLateIsLateAndBrokenOffIsPartial) {
  synchronise();
  const WallTime start = now_.wall + minutes{5};
  say_plan({play("p-1", start), play("p-2", start + minutes{5}), play("p-3", start + minutes{10})});
  run_until(start);
  say_started("p-1", station_from_wall(start + seconds{3}), seconds{3});
  say_ended("p-1", playout::PlayEnd::kCompleted, kDuration - seconds{3});
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kLate);
  run_until(start + minutes{5});
  say_started("p-2", station_from_wall(start + minutes{5}));
  say_ended("p-2", playout::PlayEnd::kCompleted, kDuration - milliseconds{251});
  EXPECT_EQ(outcome("p-2")->result, OutcomeResult::kPartial);
  run_until(start + minutes{10});
  say_started("p-3", station_from_wall(start + minutes{10}));
  say_ended("p-3", playout::PlayEnd::kFailed, seconds{4});
  EXPECT_EQ(outcome("p-3")->result, OutcomeResult::kPartial);
  EXPECT_EQ(outcome("p-3")->reason, reason::kOutputFailed);
}

TEST_F(NodeCoreTest, AnOutputThatFailsBeforeAnySoundIsTriedAgain) {
  synchronise();
  const WallTime start = now_.wall + minutes{5};
  say_plan({play("p-1", start, seconds{20})});
  run_until(start);
  say_ended("p-1", playout::PlayEnd::kFailed, milliseconds{0});
  EXPECT_THAT(store_.load_begun(), IsEmpty());
  run_until(start + seconds{3});
  EXPECT_THAT(player_.armed, SizeIs(2));
  say_ended("p-1", playout::PlayEnd::kFailed, milliseconds{0});
  run_until(start + seconds{5});
  say_ended("p-1", playout::PlayEnd::kFailed, milliseconds{0});
  run_until(start + seconds{19});
  say_ended("p-1", playout::PlayEnd::kFailed, milliseconds{0});
  run_until(start + seconds{21});
  ASSERT_TRUE(outcome("p-1").has_value());
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kMissed);
}

TEST_F(NodeCoreTest, WhatWasCutOffAfterItsLatestBeginIsPartial) {
  synchronise();
  const WallTime start = now_.wall + minutes{5};
  say_plan({play("p-1", start, seconds{10})});
  sound_for("p-1", start, seconds{12});
  restart();
  run_until(now_.wall + minutes{1});
  EXPECT_THAT(player_.armed, SizeIs(1));
  ASSERT_TRUE(outcome("p-1").has_value());
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kPartial);
  EXPECT_EQ(outcome("p-1")->reason, reason::kNodeRestarted);
  EXPECT_EQ(outcome("p-1")->heard, seconds{12});
}

TEST_F(NodeCoreTest, WhatWasCutOffEarlyIsTakenUpAgainAndTheTwoPartsAreOneOutcome) {
  const WallTime start = synchronise_and_plan(minutes{5}, minutes{10});
  sound_for("p-1", start, seconds{12});
  restart();
  ASSERT_THAT(player_.armed, SizeIs(2));
  EXPECT_EQ(player_.armed[1].start, station_from_wall(start)) << "in step, not from its beginning";
  EXPECT_THAT(player_.released, ElementsAre(PlayId{"p-1"}, PlayId{"p-1"}));
  EXPECT_FALSE(outcome("p-1").has_value());
  say_started("p-1", station_from_wall(start + seconds{15}), seconds{15});
  on(PlayerSaid{playout::PlayProgress{PlayId{"p-1"}, seconds{6}}});
  EXPECT_EQ(store_.load_begun().at(0).heard, seconds{18}) << "a second crash must know of both parts";
  say_ended("p-1", playout::PlayEnd::kCompleted, seconds{15});
  ASSERT_TRUE(outcome("p-1").has_value());
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kLate);
  EXPECT_EQ(outcome("p-1")->reason, reason::kNodeRestarted);
  EXPECT_EQ(outcome("p-1")->heard, seconds{27});
  EXPECT_EQ(outcome("p-1")->started, station_from_wall(start)) << "when it was first heard";
}

TEST_F(NodeCoreTest, WhatWasCutOffIsNotTakenUpAgainAtItsVeryEnd) {
  synchronise();
  const WallTime start = now_.wall + minutes{5};
  wire::PlannedPlay emergency = play("p-1", start);
  emergency.announcement_class = AnnouncementClass::kEmergency;
  say_plan({emergency});
  sound_for("p-1", start, seconds{10});
  pass(start + kDuration - now_.wall);
  power_on();
  EXPECT_THAT(player_.armed, SizeIs(1));
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kPartial);
  EXPECT_EQ(outcome("p-1")->reason, reason::kNodeRestarted);
}

TEST_F(NodeCoreTest, WhatIsTakenUpAgainSurvivesAnOutputThatIsNotBackYet) {
  synchronise();
  const WallTime start = now_.wall + minutes{5};
  say_plan({play("p-1", start, seconds{20})});
  sound_for("p-1", start, seconds{5});
  restart();
  say_ended("p-1", playout::PlayEnd::kFailed, milliseconds{0});
  EXPECT_THAT(store_.load_begun(), SizeIs(1)) << "forgotten, though it has sounded";
  run_until(start + seconds{12});
  EXPECT_THAT(player_.armed, SizeIs(3));
  say_ended("p-1", playout::PlayEnd::kFailed, milliseconds{0});
  cache_.damaged = {kClip};
  run_until(start + seconds{21});
  ASSERT_TRUE(outcome("p-1").has_value());
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kPartial);
  EXPECT_EQ(outcome("p-1")->reason, reason::kNodeRestarted);
  EXPECT_EQ(outcome("p-1")->heard, seconds{5});
}

TEST_F(NodeCoreTest, WhatWasCutOffAndIsNoLongerPlannedIsPartial) {
  cache_.held.clear();
  synchronise();
  const WallTime start = now_.wall + minutes{5};
  cache_.held = {kClip};
  say_plan({play("p-1", start, minutes{10})});
  sound_for("p-1", start, seconds{5});
  cache_.held.clear();  // so that it has to wait
  restart();
  EXPECT_FALSE(outcome("p-1").has_value());
  say_plan({});
  ASSERT_TRUE(outcome("p-1").has_value());
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kPartial);
  EXPECT_EQ(outcome("p-1")->heard, seconds{5});
}

TEST_F(NodeCoreTest, AStopWhileTheTimeIsUnknownHoldsForWhatWasCutOff) {
  const WallTime start = synchronise_and_plan(minutes{5}, minutes{10});
  sound_for("p-1", start, seconds{5});
  is_server_answering_ = false;
  now_.wall -= hours{1};  // the machine has no battery: its clock means nothing
  server_ahead_ = hours{1};
  power_on();
  connect();
  say(wire::StopOrder{std::nullopt, "enough"});
  is_server_answering_ = true;
  answer_clock();
  run_until(now_.wall + seconds{10});
  EXPECT_THAT(player_.armed, SizeIs(1));
  ASSERT_TRUE(outcome("p-1").has_value());
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kStopped);
  EXPECT_EQ(outcome("p-1")->heard, seconds{5});
}

TEST_F(NodeCoreTest, AStopThatACrashOvertookStillHolds) {
  const WallTime start = synchronise_and_plan(minutes{5}, minutes{10});
  sound_for("p-1", start, seconds{5});
  say(wire::StopOrder{std::nullopt, "enough"});
  restart();  // before the player could say that it has ended
  run_until(now_.wall + seconds{10});
  EXPECT_THAT(player_.armed, SizeIs(1));
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kStopped);
  EXPECT_EQ(outcome("p-1")->reason, reason::kStopOrder);
}

TEST_F(NodeCoreTest, AStopReachesAPlayThatStillWaitsForItsClip) {
  cache_.held.clear();
  synchronise();
  const WallTime start = now_.wall + minutes{5};
  say_plan({play("p-1", start), play("p-2", start + minutes{5})});
  run_until(start + seconds{5});
  say(wire::StopOrder{std::nullopt, "enough"});
  cache_.held = {kClip};
  on(ClipFetched{kClip});
  EXPECT_THAT(player_.armed, IsEmpty());
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kStopped);
  run_until(start + minutes{5});
  EXPECT_TRUE(is_armed("p-2")) << "what is not yet about to sound is not meant";
}

TEST_F(NodeCoreTest, AStopThatComesLateDoesNotReachWhatWasNotYetMeant) {
  const WallTime start = synchronise_and_plan(minutes{5});
  const wire::Header header{kStation,  wire::audience_of(kNode), std::string{wire::kServer}, ++seq_,
                            now_.wall, start + minutes{1}};
  run_until(start - seconds{5});
  ASSERT_TRUE(is_armed("p-1"));
  const auto deliver = [&] {
    on(LinkArrived{link::LinkMessage{wire::topic_of(wire::MessageType::kOrder, kStation, kNode),
                                     bytes_of(wire::encode_message(header, wire::StopOrder{}, station_key_)), false,
                                     link::Qos::kAtLeastOnce, 1},
                   now_});
  };
  deliver();
  EXPECT_EQ(doings_.back(), "arm p-1");
  run_until(start + seconds{5});
  EXPECT_THAT(player_.released, SizeIs(1));
}

TEST_F(NodeCoreTest, AStopIsCarriedOutAlsoWhenTheDiskFails) {
  const WallTime start = synchronise_and_plan(minutes{5});
  run_until(start);
  break_table("marks", "INSERT");
  break_table("plays", "UPDATE");
  say(wire::StopOrder{std::nullopt, "enough"});
  EXPECT_EQ(doings_.back(), "stop p-1");
}

TEST_F(NodeCoreTest, WhatWasOnlyArmedWhenItCrashedIsPlayed) {
  const WallTime start = synchronise_and_plan(minutes{5});
  run_until(start - seconds{3});
  ASSERT_TRUE(is_armed("p-1"));
  restart();
  run_until(start);
  EXPECT_THAT(player_.armed, SizeIs(2));
}

TEST_F(NodeCoreTest, APlayThatLeavesThePlanFallsSilent) {
  const WallTime start = synchronise_and_plan(minutes{5});
  run_until(start);
  say_plan({});
  EXPECT_EQ(doings_.back(), "stop p-1");
  say_ended("p-1", playout::PlayEnd::kStopped, milliseconds{40});
  EXPECT_EQ(outcome("p-1")->reason, reason::kCancelled);
}

TEST_F(NodeCoreTest, WhatWasPlayedIsRememberedUnderAWrongClock) {
  synchronise();
  const WallTime start = now_.wall + minutes{5};
  say_plan({play("p-1", start, hours{3})});
  play_whole("p-1", start);
  say(wire::Ack{{PlayId{"p-1"}}});
  // The battery is dead: the machine wakes years ahead and knows nothing.
  now_.wall += hours{24 * 365 * 3};
  server_ahead_ = -hours{24 * 365 * 3};
  power_on();
  say_plan({play("p-1", start, hours{3}), play("p-2", start + hours{2})});
  EXPECT_TRUE(store_.load_play(PlayId{"p-1"}).has_value());
}

// --- reports

TEST_F(NodeCoreTest, ANewServerLifeIsToldEverythingAtOnce) {
  synchronise();
  say(wire::ServerState{wire::Presence::kOnline, "server-1"});
  link_.clear();
  say(wire::ServerState{wire::Presence::kOnline, "server-1"});
  EXPECT_THAT(link_.bodies<wire::Status>(), IsEmpty());
  say(wire::ServerState{wire::Presence::kOnline, "server-2"});
  EXPECT_THAT(link_.bodies<wire::Status>(), SizeIs(1));
}

TEST_F(NodeCoreTest, TheStatusSaysHowTheNodeIs) {
  synchronise();
  const WallTime start = now_.wall + minutes{5};
  say_plan({play("p-1", start), play("p-2", start + hours{1})});
  on(MachineRead{{12'000, 41.5, 88, "battery"}});
  on(AmplifierSwitched{Text{"amplifier.failed", {"relay", "1"}}});
  wire::Health health = *link_.bodies<wire::Status>().back().health;
  EXPECT_THAT(health.alarms, ElementsAre("amplifier.failed")) << "at once, not with the next status";
  EXPECT_EQ(health.disk_free_mb, 12'000);
  EXPECT_EQ(health.temperature_c, 41.5);
  EXPECT_EQ(health.battery_pct, 88);
  EXPECT_EQ(health.supply, "battery");
  EXPECT_EQ(health.next_play, station_from_wall(start));
  EXPECT_EQ(health.plays_missing, 0);
  EXPECT_FALSE(health.volume_pct.has_value());
  EXPECT_GT(health.received_bytes, 500);
  EXPECT_GT(health.sent_bytes, 500);
  EXPECT_EQ(health.reconnects, 0);

  on(AmplifierSwitched{});
  play_whole("p-1", start);
  connect();
  health = *link_.bodies<wire::Status>().back().health;
  EXPECT_THAT(health.alarms, IsEmpty());
  EXPECT_EQ(health.volume_pct, 60);
  EXPECT_EQ(health.level_lufs, -20.0);
  EXPECT_EQ(health.next_play, station_from_wall(start + hours{1}));
  EXPECT_EQ(health.reconnects, 1);
  restart();
  health = *link_.bodies<wire::Status>().back().health;
  EXPECT_EQ(health.volume_pct, 60) << "the last volume that was good is known after a restart";
  EXPECT_EQ(health.level_lufs, -20.0);
}

TEST_F(NodeCoreTest, ACacheThatIsFullIsAnAlarmUntilAClipComes) {
  cache_.held.clear();
  synchronise();
  say_plan({play("p-1", now_.wall + hours{1})});
  EXPECT_EQ(link_.bodies<wire::Status>().back().health->plays_missing, 1);
  on(ClipFailed{kClip, {"fetch.failed", {"test"}}});
  on(Tick{});
  EXPECT_THAT(link_.bodies<wire::Status>().back().health->alarms, IsEmpty());
  on(ClipFailed{kClip, {"cache.disk_full", {"3"}}});
  EXPECT_THAT(link_.bodies<wire::Status>().back().health->alarms, ElementsAre("cache.disk_full"));
  on(ClipFailed{kClip, {"cache.full", {"16"}}});
  EXPECT_THAT(link_.bodies<wire::Status>().back().health->alarms, ElementsAre("cache.full"));
  cache_.held = {kClip};
  on(ClipFetched{kClip, 1000});
  EXPECT_THAT(link_.bodies<wire::Status>().back().health->alarms, IsEmpty());
}

TEST_F(NodeCoreTest, TheLinksLifeIsWhatCameFromTheBroker) {
  EXPECT_FALSE(core_->link_life().is_up);
  connect();
  EXPECT_TRUE(core_->link_life().is_up);
  EXPECT_EQ(core_->link_life().last, now_.mono);
  pass(minutes{1});
  on(Tick{});
  EXPECT_LT(core_->link_life().last, now_.mono);
  say(wire::ServerState{wire::Presence::kOnline, "server-1"});
  EXPECT_EQ(core_->link_life().last, now_.mono);
  EXPECT_TRUE(core_->link_life().is_server_present);
  say(wire::ServerState{wire::Presence::kOffline, "server-1"});
  EXPECT_FALSE(core_->link_life().is_server_present);
}

TEST_F(NodeCoreTest, TheStatusSaysWhatIsHeld) {
  synchronise();
  cache_.held.clear();
  say_plan({play("p-1", now_.wall + hours{1})});
  wire::Status status = link_.bodies<wire::Status>().back();
  EXPECT_EQ(status.plan, store_.load_plan()->name);
  EXPECT_EQ(status.clips_wanted, 1);
  EXPECT_EQ(status.clips_ready, 0);
  cache_.held = {kClip};
  on(ClipFetched{kClip});
  run_until(now_.wall + seconds{2});
  EXPECT_EQ(link_.bodies<wire::Status>().back().clips_ready, 1);
}

// --- the root's policy, which stands above the server

TEST_F(NodeCoreTest, ANewAnchorForgetsTheOldWardAndWithoutAPolicyNothingPlays) {
  test::RootKey other(kStation);
  anchor_ = other.public_key();
  restart();
  const WallTime start = now_.wall + minutes{10};
  say_plan({play("p-1", start)});
  EXPECT_GE(core_->refused().at("key"), 1) << "the old root's station key is nobody's";
  EXPECT_THAT(link_.bodies<wire::Status>().back().health->alarms,
              ElementsAre(std::string{alarm::kTrustMissing}, std::string{alarm::kPolicyMissing}));
  say_root(other.sign_trust({test::station_key(station_key_.public_key())}));
  answer_clock();
  run_until(now_.wall + seconds{20});
  say_plan({play("p-1", start)});
  run_until(start + minutes{2});
  EXPECT_THAT(player_.armed, IsEmpty());
  ASSERT_TRUE(outcome("p-1"));
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kMissed);
  EXPECT_EQ(outcome("p-1")->reason, reason::kPolicyMissing);
}

TEST_F(NodeCoreTest, TheVolumeIsCutToTheCeilingOfTheHour) {
  Policy policy = test::open_policy();
  policy.by_default.ceiling_pct[14] = 25;  // kMorning is 14:00 in the ward
  say_root(root_.sign(policy));
  const WallTime start = synchronise_and_plan(minutes{10});
  run_until(start);
  ASSERT_THAT(player_.armed, SizeIs(1));
  EXPECT_DOUBLE_EQ(player_.armed[0].volume, 0.25);
}

TEST_F(NodeCoreTest, WhatThePolicyForbidsIsMissedWithItsClause) {
  const auto quiet = [](Policy& p) { p.by_default.quiet = QuietHours{hours{14}, hours{15}}; };
  const auto length = [](Policy& p) { p.by_default.longest_play = seconds{29}; };
  const auto starts = [](Policy& p) { p.by_default.starts_per_hour = 0; };
  const auto minutes_a_day = [](Policy& p) { p.by_default.most_per_day = minutes{0}; };
  const std::vector<std::pair<std::function<void(Policy&)>, std::string_view>> cases = {
      {quiet, reason::kPolicyQuietHours},
      {length, reason::kPolicyLongestPlay},
      {starts, reason::kPolicyStartsPerHour},
      {minutes_a_day, reason::kPolicyMinutesPerDay}};
  synchronise();
  int i = 0;
  for (const auto& [forbid, clause] : cases) {
    Policy policy = test::open_policy();
    forbid(policy);
    say_root(root_.sign(policy));
    const std::string name = "p-" + std::to_string(++i);
    const WallTime start = now_.wall + minutes{2};
    say_plan({play(name, start)});
    run_until(start + seconds{1});
    EXPECT_THAT(player_.armed, IsEmpty()) << clause;
    ASSERT_TRUE(outcome(name)) << clause;
    EXPECT_EQ(outcome(name)->result, OutcomeResult::kMissed);
    EXPECT_EQ(outcome(name)->reason, clause);
  }
}

TEST_F(NodeCoreTest, WhatWasHeardCountsAgainstThePolicyAlsoAfterARestart) {
  Policy policy = test::open_policy();
  policy.by_default.starts_per_hour = 1;
  say_root(root_.sign(policy));
  synchronise();
  const WallTime start = now_.wall + minutes{10};
  say_plan({play("p-1", start), play("p-2", start + minutes{30}), play("p-3", start + minutes{61})});
  play_whole("p-1", start);
  restart();
  run_until(start + minutes{32});
  EXPECT_FALSE(is_armed("p-2"));
  ASSERT_TRUE(outcome("p-2"));
  EXPECT_EQ(outcome("p-2")->reason, reason::kPolicyStartsPerHour);
  run_until(start + minutes{61});
  EXPECT_TRUE(is_armed("p-3"));
}

TEST_F(NodeCoreTest, ANewPolicyEndsWhatItForbids) {
  const WallTime start = synchronise_and_plan(minutes{10});
  run_until(start);
  say_started("p-1", station_from_wall(start));
  run_until(start + seconds{5});
  Policy policy = test::open_policy();
  policy.by_default.quiet = QuietHours{hours{14}, hours{15}};
  say_root(root_.sign(policy));
  EXPECT_THAT(doings_, testing::Contains("stop p-1"));
  say_ended("p-1", playout::PlayEnd::kStopped, seconds{5});
  ASSERT_TRUE(outcome("p-1"));
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kStopped);
  EXPECT_EQ(outcome("p-1")->reason, reason::kPolicyQuietHours);
}

// Quiet from 15:00: a play that ends half a second before is for a clock that is surer than that.
TEST_F(NodeCoreTest, AnUnsureClockKeepsFurtherFromTheQuietHours) {
  Policy policy = test::open_policy();
  policy.by_default.quiet = QuietHours{hours{15}, hours{16}};
  say_root(root_.sign(policy));
  const WallTime start = kMorning + hours{1} - kDuration - milliseconds{500};
  synchronise();
  say_plan({play("p-1", start)});
  run_until(start);
  EXPECT_TRUE(is_armed("p-1"));
  say_ended("p-1", playout::PlayEnd::kFailed, milliseconds{0});

  store_.forget(PlayId{"p-1"});
  player_.armed.clear();
  now_ = {kMorning, MonoTime{hours{100}}};
  half_trips_ = {milliseconds{900}};
  restart();
  run_until(start + seconds{1});
  EXPECT_FALSE(is_armed("p-1"));
  ASSERT_TRUE(outcome("p-1"));
  EXPECT_EQ(outcome("p-1")->reason, reason::kPolicyQuietHours);
}

// --- self-test

TEST_F(NodeCoreTest, ASelfTestGoesThroughThePlayerAtAPlaysVolumeAndSaysWhatWasCommandedRenderedAndHeard) {
  synchronise();
  ceiling_pct_ = 50;
  restart();
  say(wire::SelfTestOrder{PlayId{"t-1"}, 80});
  ASSERT_THAT(player_.armed, SizeIs(1));
  const playout::PlayRequest& request = player_.armed[0];
  EXPECT_EQ(request.play, PlayId{"t-1"});
  EXPECT_EQ(request.clip, "self_test.opus");
  EXPECT_DOUBLE_EQ(request.volume, 0.5);
  EXPECT_EQ(request.lead_in, milliseconds{4000});
  EXPECT_GT(request.longest, kToneDuration);
  EXPECT_LT(request.longest, kToneDuration + seconds{2});
  EXPECT_THAT(player_.released, ElementsAre(PlayId{"t-1"}));
  EXPECT_EQ(request.start, clock_->at(now_.mono) + kLeadAndPrepare);
  EXPECT_THAT(ear_.listened, ElementsAre(std::pair{PlayId{"t-1"}, request.start}));
  say_tone_ended("t-1");
  EXPECT_FALSE(told_test()) << "the ear is still to be heard";
  say_tone_heard("t-1", 5, 33.0);
  const auto told = told_test();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->test, PlayId{"t-1"});
  EXPECT_EQ(told->at, request.start);
  EXPECT_EQ(told->verdict, TestVerdict::kOk);
  EXPECT_EQ(told->reason, "");
  EXPECT_EQ(told->volume_pct, 50);
  EXPECT_NEAR(*told->commanded_dbfs, -20.0, 0.01);
  EXPECT_EQ(told->rendered_dbfs, -20.2);
  EXPECT_EQ(told->heard_dbfs, -41.0);
  EXPECT_EQ(told->snr_db, 33.0);
  EXPECT_EQ(told->delay, milliseconds{85});
  EXPECT_EQ(store_.outbox_size(), 0) << "a test is no announcement: no outcome is owed";
  restart();
  EXPECT_EQ(told_test(), told) << "kept over a restart";
}

TEST_F(NodeCoreTest, WhatTheEarHeardDecidesTheVerdict) {
  synchronise();
  ceiling_pct_ = 50;
  restart();
  struct Case {
    int steps;
    double snr_db;
    TestVerdict verdict;
  };
  int number = 0;
  for (const Case& one : {Case{5, 25, TestVerdict::kOk}, Case{4, 20, TestVerdict::kOk}, Case{5, 19, TestVerdict::kWeak},
                          Case{3, 40, TestVerdict::kWeak}, Case{2, 40, TestVerdict::kNotHeard}}) {
    const std::string test = "t-" + std::to_string(++number);
    say(wire::SelfTestOrder{PlayId{test}, 50});
    say_tone_heard(test, one.steps, one.snr_db);
    say_tone_ended(test);
    ASSERT_TRUE(told_test());
    EXPECT_EQ(told_test()->test, PlayId{test});
    EXPECT_EQ(told_test()->verdict, one.verdict) << number;
    EXPECT_EQ(told_test()->delay.has_value(), one.verdict != TestVerdict::kNotHeard);
  }
}

TEST_F(NodeCoreTest, ASelfTestWithoutAnEarSaysThatNobodyListened) {
  synchronise();
  ear_.listening = Ear::Listening::kNoMonitor;
  say(wire::SelfTestOrder{PlayId{"t-1"}, 50});
  say_tone_ended("t-1");
  EXPECT_EQ(told_test()->verdict, TestVerdict::kNoMonitor);
  EXPECT_EQ(told_test()->reason, "");
  EXPECT_EQ(told_test()->rendered_dbfs, -20.2);
  ear_.listening = Ear::Listening::kYes;
  say(wire::SelfTestOrder{PlayId{"t-2"}, 50});
  on(ToneHeard{PlayId{"t-2"}, Text{"monitor.failed", {"pulse:x", "gone"}}});
  say_tone_ended("t-2");
  EXPECT_EQ(told_test()->verdict, TestVerdict::kNoMonitor);
  EXPECT_EQ(told_test()->reason, reason::kMonitorFailed);
}

TEST_F(NodeCoreTest, AToneThatDidNotGoOutIsNotRenderedWhateverTheEarHeard) {
  synchronise();
  const auto not_rendered = [&](const std::string& test, playout::PlayEnd end, milliseconds heard, double peak) {
    say(wire::SelfTestOrder{PlayId{test}, 50});
    say_tone_heard(test, 5, 40);
    on(PlayerSaid{playout::PlayEnded{PlayId{test}, end, heard, -22.0, peak, ""}});
    EXPECT_EQ(told_test()->test, PlayId{test});
    EXPECT_EQ(told_test()->verdict, TestVerdict::kNotRendered);
    EXPECT_EQ(told_test()->reason, reason::kOutputFailed);
  };
  not_rendered("t-1", playout::PlayEnd::kFailed, milliseconds{0}, -200);
  not_rendered("t-2", playout::PlayEnd::kCompleted, kToneDuration / 2, -20);
  not_rendered("t-3", playout::PlayEnd::kCompleted, kToneDuration, -27);
}

TEST_F(NodeCoreTest, ASelfTestIsRefusedBesideAPlay) {
  const WallTime start = synchronise_and_plan(minutes{2});
  const auto refused_as_busy = [&](const std::string& test) {
    const std::size_t armed = player_.armed.size();
    say(wire::SelfTestOrder{PlayId{test}, 50});
    EXPECT_EQ(player_.armed.size(), armed) << test;
    ASSERT_TRUE(told_test()) << test;
    EXPECT_EQ(told_test()->test, PlayId{test});
    EXPECT_EQ(told_test()->verdict, TestVerdict::kRefused) << test;
    EXPECT_EQ(told_test()->reason, reason::kBusy) << test;
  };
  // The tone would not be over when the play is prepared.
  const WallTime prepared = start - kLeadAndPrepare;
  run_until(prepared - kLeadAndPrepare - kToneDuration - seconds{1});
  refused_as_busy("t-1");
  run_until(start - seconds{3});  // armed, silent
  refused_as_busy("t-2");
  say_started("p-1", station_from_wall(start));
  run_until(start + seconds{5});
  refused_as_busy("t-3");
  run_until(start + kDuration);
  say_ended("p-1", playout::PlayEnd::kCompleted, kDuration);
  say(wire::SelfTestOrder{PlayId{"t-4"}, 50});
  EXPECT_TRUE(is_armed("t-4"));
  refused_as_busy("t-5");  // beside another
}

TEST_F(NodeCoreTest, ASelfTestWellBeforeAPlayDoesNotTouchIt) {
  const WallTime start = synchronise_and_plan(minutes{2});
  run_until(start - 2 * kLeadAndPrepare - kToneDuration - seconds{5});
  say(wire::SelfTestOrder{PlayId{"t-1"}, 50});
  ASSERT_TRUE(is_armed("t-1"));
  pass(kLeadAndPrepare + kToneDuration);
  say_tone_ended("t-1");
  say_tone_heard("t-1", 5, 40);
  play_whole("p-1", start);
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kPlayed);
}

TEST_F(NodeCoreTest, APlayThatIsPlannedDuringATestComesFirst) {
  synchronise();
  say(wire::SelfTestOrder{PlayId{"t-1"}, 50});
  const WallTime start = now_.wall + seconds{11};
  say_plan({play("p-1", start)});
  run_until(start - seconds{9});
  ASSERT_TRUE(is_armed("p-1"));
  on(PlayerSaid{playout::PlayEnded{PlayId{"t-1"}, playout::PlayEnd::kStopped, milliseconds{0}}});
  EXPECT_EQ(told_test()->verdict, TestVerdict::kNotRendered);
  EXPECT_EQ(told_test()->reason, reason::kOutputBusy);
  play_whole("p-1", start);
  EXPECT_EQ(outcome("p-1")->result, OutcomeResult::kPlayed);
}

TEST_F(NodeCoreTest, ThePolicyHoldsForASelfTest) {
  synchronise();
  Policy policy = test::open_policy();
  policy.by_default.quiet = QuietHours{hours{14}, hours{15}};
  say_root(root_.sign(policy));
  say(wire::SelfTestOrder{PlayId{"t-1"}, 50});
  EXPECT_THAT(player_.armed, IsEmpty());
  EXPECT_EQ(told_test()->verdict, TestVerdict::kRefused);
  EXPECT_EQ(told_test()->reason, reason::kPolicyQuietHours);
  policy = test::open_policy();
  policy.by_default.ceiling_pct.fill(30);
  policy.by_default.starts_per_hour = 1;
  say_root(root_.sign(policy));
  say(wire::SelfTestOrder{PlayId{"t-2"}, 50});
  ASSERT_THAT(player_.armed, SizeIs(1));
  EXPECT_DOUBLE_EQ(player_.armed[0].volume, 0.3);
  say_tone_heard("t-2", 5, 40);
  say_tone_ended("t-2", -24.4);
  EXPECT_EQ(told_test()->verdict, TestVerdict::kOk);
  // It counts: neither the server nor a restart makes a siren of it.
  restart();
  say(wire::SelfTestOrder{PlayId{"t-3"}, 50});
  EXPECT_THAT(player_.armed, SizeIs(1));
  EXPECT_EQ(told_test()->reason, reason::kPolicyStartsPerHour);
}

TEST_F(NodeCoreTest, ASelfTestIsEndedByAStopAndByANewPolicy) {
  synchronise();
  say(wire::SelfTestOrder{PlayId{"t-1"}, 50});
  say(wire::StopOrder{std::nullopt, "enough"});
  EXPECT_THAT(doings_, testing::Contains("stop t-1"));
  on(PlayerSaid{playout::PlayEnded{PlayId{"t-1"}, playout::PlayEnd::kStopped, milliseconds{200}, {}, -20.0}});
  EXPECT_EQ(told_test()->verdict, TestVerdict::kNotRendered);
  EXPECT_EQ(told_test()->reason, reason::kStopOrder);
  say(wire::SelfTestOrder{PlayId{"t-2"}, 50});
  say(wire::StopOrder{PlayId{"t-1"}, "another"});
  EXPECT_THAT(doings_, testing::Not(testing::Contains("stop t-2")));
  Policy policy = test::open_policy();
  policy.by_default.quiet = QuietHours{hours{14}, hours{15}};
  say_root(root_.sign(policy));
  EXPECT_THAT(doings_, testing::Contains("stop t-2"));
  on(PlayerSaid{playout::PlayEnded{PlayId{"t-2"}, playout::PlayEnd::kStopped, milliseconds{0}}});
  EXPECT_EQ(told_test()->reason, reason::kPolicyQuietHours);
}

TEST_F(NodeCoreTest, ASelfTestWithoutAKnownClockIsRefused) {
  connect();
  is_server_answering_ = false;
  say(wire::SelfTestOrder{PlayId{"t-1"}, 50});
  EXPECT_THAT(player_.armed, IsEmpty());
  EXPECT_EQ(told_test()->verdict, TestVerdict::kRefused);
  EXPECT_EQ(told_test()->reason, reason::kClockUnknown);
  EXPECT_FALSE(told_test()->at);
}

TEST_F(NodeCoreTest, ASelfTestIsCarriedOutOnceAndNeverUnderAPlaysName) {
  synchronise_and_plan(minutes{120});
  say(wire::SelfTestOrder{PlayId{"p-1"}, 50});
  EXPECT_THAT(player_.armed, IsEmpty());
  EXPECT_EQ(core_->refused().at("body"), 1);
  EXPECT_FALSE(told_test());
  const std::int64_t seq = ++seq_;
  say(wire::SelfTestOrder{PlayId{"t-1"}, 50}, seq);
  ASSERT_THAT(player_.armed, SizeIs(1));
  say_tone_heard("t-1", 5, 40);
  say_tone_ended("t-1");
  restart();
  say(wire::SelfTestOrder{PlayId{"t-1"}, 50}, seq);
  EXPECT_THAT(player_.armed, SizeIs(1));
  EXPECT_EQ(core_->refused().at("sequence"), 1);
  say(wire::SelfTestOrder{PlayId{"t-1"}, 50});
  EXPECT_THAT(player_.armed, SizeIs(1)) << "nor twice under one name";
}

TEST_F(NodeCoreTest, ASelfTestThatNobodySpeaksOfEndsByItself) {
  synchronise();
  say(wire::SelfTestOrder{PlayId{"t-1"}, 50});
  say_tone_ended("t-1");
  run_until(now_.wall + minutes{1});
  EXPECT_EQ(told_test()->verdict, TestVerdict::kNoMonitor);
  EXPECT_EQ(told_test()->reason, reason::kMonitorFailed);
  say(wire::SelfTestOrder{PlayId{"t-2"}, 50});
  run_until(now_.wall + minutes{1});
  EXPECT_THAT(doings_, testing::Contains("stop t-2"));
  EXPECT_EQ(told_test()->verdict, TestVerdict::kNotRendered);
  EXPECT_EQ(told_test()->reason, reason::kOutputFailed);
}

}  // namespace
}  // namespace loa::node
