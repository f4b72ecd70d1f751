// What the office puts on the air beside the plans: docs/live.md.
#include "common/wire/grant.h"
#include "tests/unit/server/core_fixture.h"

namespace loa::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class OnAirTest : public ServerCoreTest {
 protected:
  OnAirTest() {
    store_.add_person({PersonId{"hoa"}, "Hoa", Role::kOperator, {}, false, false, kMorning});
    by_ = {PersonId{"hoa"}, "session"};
    add_clip(store_, "storm", seconds{20});
    Announcement storm{AnnouncementId{"a-storm"}, "Bão", "Bão đến", AnnouncementClass::kEmergency, clip_named("storm")};
    store_.add_announcement(storm, kMorning);
    on(LinkArrived{link::LinkUp{1}, now_});
    link_.clear();
  }
  static StartAir greeting() {
    StartAir command;
    command.announcement = AnnouncementId{"a-greeting"};
    command.areas = {AreaId{"phu-lien"}};
    command.volume_pct = 60;
    return command;
  }
  static StartAir storm() {
    StartAir command = greeting();
    command.kind = AirKind::kEmergency;
    command.announcement = AnnouncementId{"a-storm"};
    command.pause = seconds{5};
    return command;
  }
  static StartAir speech() {
    StartAir command = greeting();
    command.kind = AirKind::kSpeech;
    command.announcement.reset();
    command.title = "Phát biểu";
    return command;
  }
  std::vector<wire::Air> told() { return link_.bodies<wire::OnAir>().back().airs; }
  // The node says that it holds its plan and every clip of it.
  void hold_everything() {
    for (const NodeId& id : {kNode, NodeId{"n-2"}}) {
      wire::Status status;
      status.boot = "n";
      status.plan = store_.load_plan_name(id);
      store_.save_report(id, {now_.wall, status});
    }
  }
  void run_for(nanoseconds time) {
    const MonoTime end = now_.mono + time;
    while (core_->next_deadline() <= end) {
      const MonoTime next = core_->next_deadline();
      pass(next > now_.mono ? next - now_.mono : nanoseconds{1000});
      by_ = {};
      on(Tick{});
    }
    pass(end - now_.mono);
  }
};

TEST_F(OnAirTest, AnAnnouncementIsToldToAllWhoAreMeantInOneMessage) {
  const auto made = ask<AirRow>(greeting());
  ASSERT_EQ(made.refusal, "");
  ASSERT_THAT(link_.sent(), SizeIs(1));
  EXPECT_TRUE(link_.sent()[0].publication.retain);
  EXPECT_EQ(link_.sent()[0].publication.expiry, seconds{60});
  const wire::Air air = told().at(0);
  EXPECT_FALSE(air.nodes) << "everybody: no list of names";
  EXPECT_EQ(*store_.load_air(air.play)->air.nodes, (std::vector{NodeId{"n-1"}, NodeId{"n-2"}}));
  EXPECT_EQ(air.start, station_from_wall(now_.wall + seconds{5}));
  EXPECT_EQ(air.clip->clip, clip_named("greeting"));
  EXPECT_EQ(air.until, air.start + seconds{31});
  EXPECT_EQ(store_.load_air(air.play)->title, "Thông báo");
  EXPECT_EQ(store_.load_audit({}).front().entry.action, "start_air");
}

TEST_F(OnAirTest, OnlyWhoIsNamedIsMeant) {
  StartAir command = greeting();
  command.areas = {AreaId{"to-2"}};
  ASSERT_EQ(ask<AirRow>(command).refusal, "");
  EXPECT_EQ(*told().at(0).nodes, std::vector{NodeId{"n-2"}});
}

TEST_F(OnAirTest, AChannelIsOpenedForThoseWhoDoNotHoldTheClip) {
  ASSERT_EQ(ask<AirRow>(greeting()).refusal, "");
  EXPECT_TRUE(told().at(0).channel);
  ASSERT_THAT(channels_.opened, SizeIs(1));
  EXPECT_EQ(channels_.opened.begin()->second.clip, clip_named("greeting"));
  EXPECT_EQ(channels_.opened.begin()->second.first, told().at(0).start);
}

TEST_F(OnAirTest, NobodyNeedsAChannelForWhatIsPreparedEverywhere) {
  by_ = {};
  on(Tick{});
  EXPECT_TRUE(link_.bodies<wire::Plan>().at(0).clips.contains(clip_named("storm"))) << "every plan has it";
  hold_everything();
  by_ = {PersonId{"hoa"}, "session"};
  ASSERT_EQ(ask<AirRow>(storm()).refusal, "");
  EXPECT_FALSE(told().at(0).channel);
  EXPECT_THAT(channels_.opened, IsEmpty());
  EXPECT_EQ(told().at(0).start, station_from_wall(now_.wall + milliseconds{120}));
  EXPECT_EQ(told().at(0).every, seconds{25});
}

TEST_F(OnAirTest, WhatIsNotFitIsRefusedAndNothingIsSaid) {
  const auto refusal_of = [&](auto change) {
    StartAir command = greeting();
    change(command);
    return ask<AirRow>(command).refusal;
  };
  EXPECT_EQ(refusal_of([](StartAir& a) { a.announcement = AnnouncementId{"a-none"}; }), "announcement.unknown");
  EXPECT_EQ(refusal_of([](StartAir& a) { a.areas.clear(); }), "air.no_node");
  EXPECT_EQ(refusal_of([](StartAir& a) { a.areas = {AreaId{"nowhere"}}; }), "area.unknown");
  EXPECT_EQ(refusal_of([](StartAir& a) { a.nodes = {NodeId{"n-9"}}; }), "node.unknown");
  EXPECT_EQ(refusal_of([](StartAir& a) { a.volume_pct = 0; }), "schedule.bad_volume");
  EXPECT_EQ(refusal_of([](StartAir& a) { a.kind = AirKind::kEmergency; }), "air.not_an_emergency");
  EXPECT_EQ(refusal_of([](StartAir& a) { a.pause = milliseconds{10}; }), "air.bad_pause");
  EXPECT_EQ(refusal_of([](StartAir& a) { a.announcement.reset(); }), "field.missing") << "a speech has a title";
  EXPECT_EQ(refusal_of([](StartAir& a) {
              a.announcement.reset();
              a.title = "Dài";
              a.longest = hours{3};
            }),
            "air.bad_length");
  Announcement draft{AnnouncementId{"a-draft"}, "Nháp", "", AnnouncementClass::kNormal, clip_named("greeting")};
  draft.state = ApprovalState::kDraft;
  store_.add_announcement(draft, kMorning);
  EXPECT_EQ(refusal_of([](StartAir& a) { a.announcement = AnnouncementId{"a-draft"}; }), "announcement.not_approved");
  EXPECT_THAT(link_.sent(), IsEmpty());
  EXPECT_THAT(store_.load_open_airs(), IsEmpty());
  EXPECT_THAT(channels_.opened, IsEmpty());
}

TEST_F(OnAirTest, ThePolicyHoldsWithoutAnEmergencyKey) {
  Policy policy = test::open_policy();
  policy.by_default.ceiling_pct.fill(50);
  set_rules(policy);
  EXPECT_EQ(ask<AirRow>(greeting()).refusal, "air.too_loud");
  policy.by_default.quiet = QuietHours{minutes{0}, minutes{1439}};
  policy.by_default.ceiling_pct.fill(100);
  set_rules(policy);
  EXPECT_EQ(ask<AirRow>(greeting()).refusal, "air.forbidden");
  EXPECT_EQ(ask<AirRow>(storm()).refusal, "air.forbidden");
  EXPECT_THAT(channels_.opened, IsEmpty());
  StartAir granted = storm();
  granted.emergency_key = std::make_shared<const crypto::SecretKey>(crypto::SecretKey::make());
  ASSERT_EQ(ask<AirRow>(granted).refusal, "");
  const wire::Air air = told().at(0);
  const auto refusal = wire::check_grant(air, kStation, now_.wall,
                                         [&](std::string_view) { return &granted.emergency_key->public_key(); });
  EXPECT_EQ(refusal, std::nullopt);
}

TEST_F(OnAirTest, TheWardsQuietHoursHoldExceptOfAnEmergency) {
  schedules::WardRules ward;
  ward.quiet = QuietHours{minutes{0}, minutes{1439}};
  ASSERT_EQ(ask<WardRulesRow>(SetWardRules{"12/QĐ", ward, {}}).refusal, "");
  EXPECT_EQ(ask<AirRow>(greeting()).refusal, "air.forbidden");
  EXPECT_EQ(ask<AirRow>(storm()).refusal, "");
}

TEST_F(OnAirTest, ItIsSaidAgainUntilItIsOver) {
  ASSERT_EQ(ask<AirRow>(storm()).refusal, "");
  link_.clear();
  run_for(seconds{45});
  ASSERT_THAT(link_.bodies<wire::OnAir>(), SizeIs(1)) << "after 40 s, for whoever comes late";
  EXPECT_THAT(told(), SizeIs(1));
  run_for(minutes{30});
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_TRUE(store_.load_open_airs().empty());
  link_.clear();
  run_for(minutes{5});
  EXPECT_THAT(link_.bodies<wire::OnAir>(), IsEmpty()) << "there is nothing to say";
}

TEST_F(OnAirTest, WhoStartedItEndsIt) {
  const PlayId play = ask<AirRow>(storm()).result->air.play;
  const auto ended = ask<AirRow>(EndAir{play, " hết bão ", {}});
  EXPECT_EQ(ended.result->why, "hết bão");
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(store_.load_air(play)->ended, now_.wall);
  EXPECT_EQ(ask<AirRow>(EndAir{play, "", {}}).refusal, "") << "twice is harmless";
  EXPECT_EQ(ask<AirRow>(EndAir{PlayId{"l-none"}, "", {}}).refusal, "air.unknown");
}

TEST_F(OnAirTest, ASpeechIsHeardToItsLastWord) {
  const PlayId play = ask<AirRow>(speech()).result->air.play;
  EXPECT_EQ(channels_.opened.at(play).clip, std::nullopt);
  run_for(seconds{10});
  by_ = {PersonId{"hoa"}, "session"};
  ASSERT_EQ(ask<AirRow>(EndAir{play, "", {}}).refusal, "");
  EXPECT_THAT(channels_.closed, ElementsAre(play));
  EXPECT_THAT(told(), SizeIs(1)) << "what was said last is on its way";
  run_for(seconds{1});
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(OnAirTest, ASpeakerWhoFallsSilentIsTakenOff) {
  const PlayId play = ask<AirRow>(speech()).result->air.play;
  on(SpeakerLost{play});
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(store_.load_air(play)->why, "speaker_lost");
}

TEST_F(OnAirTest, WhatANodeLosesOfAChannelIsPassedOn) {
  const PlayId play = ask<AirRow>(speech()).result->air.play;
  by_ = {};
  wire::Status status;
  status.boot = "n";
  status.live = wire::LiveReport{play, milliseconds{60}, std::nullopt};
  say(status);
  EXPECT_EQ(channels_.lost_at.at({play, kNode}), milliseconds{60});
}

TEST_F(OnAirTest, WhatWasSaidBecomesARecording) {
  const PlayId play = ask<AirRow>(speech()).result->air.play;
  on(SpeechRecorded{play, folder_ / "speech.opus", 1234});
  const auto recording = store_.load_air(play)->recording;
  ASSERT_TRUE(recording);
  EXPECT_EQ(store_.load_recording(*recording)->name, "Phát biểu.opus");
  EXPECT_THAT(intake_.started, ElementsAre(*recording));
}

TEST_F(OnAirTest, AStopTakesItOffWhereItReaches) {
  const PlayId play = ask<AirRow>(storm()).result->air.play;
  StopSound some;
  some.areas = {AreaId{"to-1"}};
  ASSERT_EQ(ask<std::vector<NodeId>>(some).refusal, "");
  EXPECT_EQ(*told().at(0).nodes, std::vector{NodeId{"n-2"}});
  StopSound all;
  all.reach = StopSound::Reach::kWholeStation;
  ASSERT_EQ(ask<std::vector<NodeId>>(all).refusal, "");
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_TRUE(store_.load_air(play)->ended);
}

TEST_F(OnAirTest, AfterARestartAClipGoesOnAndASpeechIsOver) {
  const PlayId clip = ask<AirRow>(storm()).result->air.play;
  const PlayId spoken = ask<AirRow>(speech()).result->air.play;
  by_ = {};
  pass(seconds{1});
  start();
  on(LinkArrived{link::LinkUp{2}, now_});
  on(Tick{});
  ASSERT_THAT(told(), SizeIs(1));
  EXPECT_EQ(told()[0].play, clip);
  EXPECT_EQ(store_.load_air(spoken)->why, "server_restarted");
}

TEST_F(OnAirTest, OutcomesAreBookedAndThoseThatDoNotComeAreMissed) {
  const PlayId play = ask<AirRow>(greeting()).result->air.play;
  by_ = {};
  wire::Outcome heard;
  heard.play = play;
  heard.announcement = AnnouncementId{"a-greeting"};
  heard.planned = told().at(0).start;
  heard.result = OutcomeResult::kPlayed;
  heard.heard = seconds{30};
  heard.lost = milliseconds{40};
  heard.on_air = true;
  pass(seconds{40});
  say(wire::Outcomes{{heard}});
  run_for(minutes{12});
  OutcomeFilter filter;
  filter.play = play;
  const auto rows = store_.load_outcomes(filter);
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0].node, kNode);
  EXPECT_EQ(rows[0].outcome.lost, milliseconds{40});
  EXPECT_FALSE(rows[0].outcome.clip) << "it came by the channel";
  EXPECT_EQ(rows[1].outcome.result, OutcomeResult::kMissed);
  EXPECT_EQ(rows[1].outcome.reason, reason::kNoReport);
}

TEST_F(OnAirTest, ADiskInTroubleDoesNotSilenceAnEmergency) {
  break_table("airs", "INSERT");
  EXPECT_NE(ask<AirRow>(greeting()).refusal, "");
  EXPECT_THAT(told(), IsEmpty()) << "taken back";
  EXPECT_THAT(channels_.opened, IsEmpty());
}

TEST_F(OnAirTest, NoMoreAtOnceThanAMessageHolds) {
  for (std::size_t i = 0; i < wire::kMostAirs; ++i) ASSERT_EQ(ask<AirRow>(speech()).refusal, "");
  EXPECT_EQ(ask<AirRow>(speech()).refusal, "air.too_many");
}

TEST_F(OnAirTest, AnEmergencyKeyIsKeptBehindItsPin) {
  const auto pair = crypto::SecretKey::make().public_key();
  ASSERT_EQ(ask<EmergencyKey>(SaveEmergencyKey{pair, "wrapped", {}}).refusal, "");
  EXPECT_EQ(store_.load_emergency_key(PersonId{"hoa"})->key, pair);
  EXPECT_EQ(store_.load_audit({}).front().entry.action, "save_emergency_key");
}

}  // namespace
}  // namespace loa::server
