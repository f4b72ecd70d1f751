#include "tests/unit/server/core_fixture.h"

namespace loa::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// --- commands

TEST_F(ServerCoreTest, AreasAreAddedOrRefused) {
  const auto made = ask<Area>(CreateArea{{AreaId{"to-3"}, AreaId{"phu-lien"}, "  Tổ 3 "}, {}});
  EXPECT_EQ(made.refusal, "");
  EXPECT_EQ(made.result.value().name, "Tổ 3");
  EXPECT_EQ(ask<Area>(CreateArea{{AreaId{"to-3"}, std::nullopt, "Tổ"}, {}}).refusal, "area.exists");
  EXPECT_EQ(ask<Area>(CreateArea{{AreaId{"Tổ 3"}, std::nullopt, "Tổ"}, {}}).refusal, "field.not_an_id");
  EXPECT_EQ(ask<Area>(CreateArea{{AreaId{"to-4"}, std::nullopt, " \t"}, {}}).refusal, "field.missing");
  EXPECT_EQ(ask<Area>(CreateArea{{AreaId{"to-4"}, std::nullopt, std::string(201, 'x')}, {}}).refusal, "field.too_long");
  EXPECT_EQ(ask<Area>(CreateArea{{AreaId{"to-4"}, AreaId{"nowhere"}, "Tổ"}, {}}).refusal, "area.unknown");
  EXPECT_THAT(store_.load_areas(), SizeIs(4));
}

TEST_F(ServerCoreTest, ANewNodeWaitsForItsCodeAndThenHasAPlanAtOnce) {
  const NodeId id{"n-3"};
  const auto made = ask<NewCode>(CreateNode{id, AreaId{"to-1"}, " Loa 3 ", {}});
  EXPECT_EQ(made.refusal, "");
  EXPECT_EQ(made.result.value().until, now_.wall + hours{24});
  EXPECT_EQ(store_.load_node(id)->name, "Loa 3");
  EXPECT_THAT(link_.sent(), IsEmpty());
  on(Tick{});
  EXPECT_FALSE(store_.load_plan(id).has_value()) << "nothing is promised of a node that is not there";
  link_.clear();

  const test::Candidate candidate;
  const auto answered = ask<std::string>(EnrolNode{candidate.sealed(made.result->code), {}});
  EXPECT_EQ(answered.refusal, "");
  ASSERT_THAT(link_.sent(), SizeIs(1));
  EXPECT_EQ(link_.sent().at(0).topic.node, id);
  EXPECT_TRUE(link_.sent().at(0).publication.retain);
  EXPECT_THAT(link_.bodies<wire::Plan>().at(0).plays, IsEmpty());
  EXPECT_EQ(store_.load_plan(id)->envelope, std::string{view_text(link_.sent().at(0).publication.payload)});
  EXPECT_EQ(store_.load_node(id)->public_key, candidate.key.public_key());
}

TEST_F(ServerCoreTest, NodesAreRefusedWithNothingStored) {
  EXPECT_EQ(ask<NewCode>(CreateNode{kNode, AreaId{"to-1"}, "Loa", {}}).refusal, "node.exists");
  EXPECT_EQ(ask<NewCode>(CreateNode{NodeId{"server"}, AreaId{"to-1"}, "Loa", {}}).refusal, "node.reserved");
  EXPECT_EQ(ask<NewCode>(CreateNode{NodeId{"-"}, AreaId{"to-1"}, "Loa", {}}).refusal, "field.not_an_id");
  EXPECT_EQ(ask<NewCode>(CreateNode{NodeId{"n-3"}, AreaId{"nowhere"}, "Loa", {}}).refusal, "area.unknown");
  EXPECT_EQ(ask<NewCode>(CreateNode{NodeId{"n-3"}, AreaId{"to-1"}, "", {}}).refusal, "field.missing");
  EXPECT_THAT(store_.load_nodes(), SizeIs(2));
  EXPECT_THAT(link_.sent(), IsEmpty());
}

TEST_F(ServerCoreTest, AnAreaIsCalledAnewAndItsResidentsCounted) {
  by_ = {PersonId{"hoa"}, "session"};
  const auto changed = ask<Area>(ChangeArea{{AreaId{"to-1"}, std::nullopt, " Tổ Một ", 640}, {}});
  ASSERT_EQ(changed.refusal, "");
  EXPECT_EQ(changed.result->parent, AreaId{"phu-lien"}) << "where it lies stays";
  const auto areas = store_.load_areas();
  const auto stored = std::ranges::find(areas, AreaId{"to-1"}, &Area::id);
  EXPECT_EQ(stored->name, "Tổ Một");
  EXPECT_EQ(stored->residents, 640);
  const AuditRow row = store_.load_audit({}).front();
  EXPECT_EQ(row.entry.action, "change_area");
  EXPECT_EQ(row.entry.subject, "to-1");
  EXPECT_THAT(row.entry.before, testing::HasSubstr(R"("residents":null)"));
  EXPECT_THAT(row.entry.after, testing::HasSubstr(R"("residents":640)"));
  EXPECT_EQ(row.by.person, PersonId{"hoa"});
  EXPECT_EQ(ask<Area>(ChangeArea{{AreaId{"to-1"}, std::nullopt, "Tổ", std::nullopt}, {}}).result->residents,
            std::nullopt);
  EXPECT_EQ(ask<Area>(ChangeArea{{AreaId{"to-1"}, std::nullopt, " "}, {}}).refusal, "field.missing");
  EXPECT_EQ(ask<Area>(ChangeArea{{AreaId{"nowhere"}, std::nullopt, "Tổ"}, {}}).refusal, "area.unknown");
}

TEST_F(ServerCoreTest, ANodeInAnotherAreaHasThatOnesPlanAtOnce) {
  ASSERT_EQ(schedule(now_.wall + hours{1}, {AreaId{"to-1"}}).refusal, "");
  link_.clear();
  const auto change = [&](const Node& node) { return ask<ChangeNode::Changed>(ChangeNode{node, {}}); };
  const Node named{kNode, AreaId{"to-1"}, " Loa mới ", std::nullopt, std::nullopt, Position{20.8, 106.6}};
  const auto renamed = change(named);
  ASSERT_EQ(renamed.refusal, "");
  EXPECT_THAT(link_.sent(), IsEmpty()) << "where it stands changes no plan";
  EXPECT_EQ(store_.load_node(kNode)->name, "Loa mới");
  EXPECT_EQ(store_.load_node(kNode)->position->longitude, 106.6);
  EXPECT_EQ(renamed.result->current_plan, store_.load_plan_name(kNode));

  const auto moved = change({kNode, AreaId{"to-2"}, "Loa mới"});
  ASSERT_EQ(moved.refusal, "");
  ASSERT_THAT(link_.bodies<wire::Plan>(), SizeIs(1));
  EXPECT_THAT(link_.bodies<wire::Plan>().at(0).plays, IsEmpty()) << "nothing is scheduled there";
  EXPECT_EQ(moved.result->current_plan, store_.load_plan(kNode)->name);
  EXPECT_TRUE(moved.result->node.public_key.has_value());
  EXPECT_FALSE(store_.load_node(kNode)->position.has_value());
  const AuditRow row = store_.load_audit({}).front();
  EXPECT_EQ(row.entry.action, "change_node");
  EXPECT_THAT(row.entry.before, testing::HasSubstr(R"("area":"to-1")"));
  EXPECT_THAT(row.entry.after, testing::HasSubstr(R"("area":"to-2")"));
  // Nothing that is scheduled for the old area reaches it any more, until it stands there again.
  EXPECT_EQ(schedule(now_.wall + hours{2}, {AreaId{"to-1"}}).refusal, "schedule.no_node");
  link_.clear();
  ASSERT_EQ(change({kNode, AreaId{"to-1"}, "Loa mới"}).refusal, "");
  ASSERT_THAT(link_.bodies<wire::Plan>(), SizeIs(1));
  EXPECT_THAT(link_.bodies<wire::Plan>().at(0).plays, SizeIs(1));
}

TEST_F(ServerCoreTest, ANodesDelayStandsInItsOwnPlanAlone) {
  ASSERT_EQ(schedule(now_.wall + hours{1}, {AreaId{"phu-lien"}}).refusal, "");
  link_.clear();
  const Node node{kNode, AreaId{"to-1"}, "Loa"};
  const auto change = [&](std::optional<milliseconds> delay) {
    return ask<ChangeNode::Changed>(ChangeNode{node, {}, delay});
  };
  const auto changed = change(milliseconds{120});
  ASSERT_EQ(changed.refusal, "");
  EXPECT_EQ(changed.result->node.delay, milliseconds{120});
  ASSERT_THAT(link_.sent(), SizeIs(1)) << "nobody else's plan is signed anew";
  EXPECT_EQ(link_.sent().at(0).topic.node, kNode);
  EXPECT_EQ(link_.bodies<wire::Plan>().at(0).delay, milliseconds{120});
  EXPECT_THAT(link_.bodies<wire::Plan>().at(0).plays, SizeIs(1));
  EXPECT_EQ(store_.load_node(kNode)->delay, milliseconds{120});
  const AuditRow row = store_.load_audit({}).front();
  EXPECT_THAT(row.entry.before, testing::HasSubstr(R"("delay_ms":0)"));
  EXPECT_THAT(row.entry.after, testing::HasSubstr(R"("delay_ms":120)"));

  link_.clear();
  EXPECT_EQ(change(std::nullopt).result->node.delay, milliseconds{120}) << "nobody spoke of it";
  EXPECT_THAT(link_.sent(), IsEmpty());
  EXPECT_EQ(change(milliseconds{0}).result->node.delay, milliseconds{0});
  EXPECT_EQ(link_.bodies<wire::Plan>().at(0).delay, milliseconds{0});
}

TEST_F(ServerCoreTest, AChangeOfANodeIsRefusedWhole) {
  ASSERT_EQ(schedule(now_.wall + hours{1}, {AreaId{"to-1"}}).refusal, "");
  const auto change = [&](const Node& node) { return ask<ChangeNode::Changed>(ChangeNode{node, {}}).refusal; };
  EXPECT_EQ(change({NodeId{"n-9"}, AreaId{"to-1"}, "Loa"}), "node.unknown");
  EXPECT_EQ(change({kNode, AreaId{"nowhere"}, "Loa"}), "area.unknown");
  EXPECT_EQ(change({kNode, AreaId{"to-1"}, " "}), "field.missing");
  lose_signer();
  EXPECT_EQ(change({kNode, AreaId{"to-2"}, "Khác"}), "signer.away");
  EXPECT_EQ(store_.load_node(kNode)->area, AreaId{"to-1"});
  EXPECT_NE(store_.load_node(kNode)->name, "Khác");
}

TEST_F(ServerCoreTest, AnnouncementsAreMadeOrRefused) {
  const auto make = [&](std::string title, std::string transcript, const ClipHash& clip) {
    return ask<Announcement>(
               CreateAnnouncement{std::move(title), std::move(transcript), AnnouncementClass::kPriority, clip, {}})
        .refusal;
  };
  EXPECT_EQ(make("Chúc mừng năm mới", "Kính chào", clip_named("greeting")), "");
  EXPECT_EQ(make("", "Kính chào", clip_named("greeting")), "field.missing");
  EXPECT_EQ(make(std::string(201, 'x'), "", clip_named("greeting")), "field.too_long");
  EXPECT_EQ(make("Tên", std::string(20'001, 'x'), clip_named("greeting")), "field.too_long");
  EXPECT_EQ(make("Tên", "", clip_named("nothing")), "clip.unknown");
  ASSERT_THAT(store_.load_announcements(), SizeIs(2));
}

TEST_F(ServerCoreTest, ASchedulePlansEveryNodeItReachesAndNoOther) {
  EXPECT_EQ(schedule(now_.wall + hours{1}, {AreaId{"to-1"}}).refusal, "");
  ASSERT_THAT(link_.sent(), SizeIs(1));
  EXPECT_EQ(link_.sent().at(0).topic.node, kNode);
  EXPECT_EQ(link_.sent().at(0).message.header.audience, wire::audience_of(kNode));
  const wire::Plan plan = link_.bodies<wire::Plan>().at(0);
  ASSERT_THAT(plan.plays, SizeIs(1));
  EXPECT_EQ(plan.plays[0].start, station_from_wall(now_.wall + hours{1}));
  EXPECT_EQ(plan.plays[0].volume_pct, 60);
  EXPECT_EQ(plan.clips.at(clip_named("greeting")).duration, seconds{30});
  EXPECT_EQ(store_.promised_plays(kNode), std::vector{plan.plays[0].play});
}

TEST_F(ServerCoreTest, SchedulesAreRefusedWithNothingStored) {
  const WallTime start = now_.wall + hours{1};
  const std::vector<AreaId> ward = {AreaId{"phu-lien"}};
  const auto make = [&](const char* announcement, std::vector<AreaId> areas, WallTime at, milliseconds late,
                        int volume) {
    CreateSchedule command = wanted(at, std::move(areas));
    command.wanted.announcement = AnnouncementId{announcement};
    command.wanted.late = late;
    command.wanted.volume_pct = volume;
    return ask<ScheduleMade>(command).refusal;
  };
  EXPECT_EQ(make("a-nothing", ward, start, seconds{1}, 60), "announcement.unknown");
  EXPECT_EQ(make("a-greeting", {}, start, seconds{1}, 60), "schedule.no_area");
  EXPECT_EQ(make("a-greeting", {AreaId{"nowhere"}}, start, seconds{1}, 60), "area.unknown");
  EXPECT_EQ(make("a-greeting", ward, start, seconds{1}, 0), "schedule.bad_volume");
  EXPECT_EQ(make("a-greeting", ward, start, seconds{1}, 101), "schedule.bad_volume");
  EXPECT_EQ(make("a-greeting", ward, start, milliseconds{-1}, 60), "schedule.bad_late");
  EXPECT_EQ(make("a-greeting", ward, start, hours{24} + milliseconds{1}, 60), "schedule.bad_late");
  EXPECT_EQ(make("a-greeting", ward, now_.wall + seconds{8} - microseconds{1}, seconds{1}, 60), "schedule.too_soon");
  store_.add_area({AreaId{"empty"}, std::nullopt, "Khu mới"}, kMorning);
  EXPECT_EQ(make("a-greeting", {AreaId{"empty"}}, start, seconds{1}, 60), "schedule.no_node");
  EXPECT_THAT(store_.load_schedules(), IsEmpty());
  EXPECT_THAT(link_.sent(), IsEmpty());

  EXPECT_EQ(make("a-greeting", ward, now_.wall + seconds{8}, seconds{1}, 60), "") << "the shortest notice is enough";
}

TEST_F(ServerCoreTest, NothingSoundsOverSomethingElse) {
  const WallTime start = now_.wall + hours{1};
  ASSERT_EQ(schedule(start, {AreaId{"to-1"}}).refusal, "");
  const std::size_t sent = link_.sent().size();
  const milliseconds apart{30'000 + 2'000};  // its length, and the gap
  EXPECT_EQ(schedule(start + apart - microseconds{1}).refusal, "schedule.overlaps");
  EXPECT_EQ(schedule(start - apart + microseconds{1}).refusal, "schedule.overlaps");
  EXPECT_THAT(store_.load_schedules(), SizeIs(1));
  EXPECT_EQ(link_.sent().size(), sent);
  EXPECT_EQ(schedule(start + apart).refusal, "") << "one right after the other is no overlap";
  EXPECT_EQ(schedule(start, {AreaId{"to-2"}}).refusal, "") << "another place does not hear it";
}

TEST_F(ServerCoreTest, ACancelledScheduleLeavesThePlanAndIsNotOwed) {
  const auto made = schedule(now_.wall + hours{1});
  link_.clear();
  EXPECT_EQ(ask<schedules::Difference>(CancelSchedule{made.result.value().row.schedule.id, {}}).refusal, "");
  ASSERT_EQ(plans_sent(), 2U);
  EXPECT_THAT(link_.bodies<wire::Plan>().at(0).plays, IsEmpty());
  EXPECT_THAT(store_.promised_plays(kNode), IsEmpty());
  // Twice is harmless and tells nobody anything new.
  EXPECT_EQ(ask<schedules::Difference>(CancelSchedule{made.result.value().row.schedule.id, {}}).refusal, "");
  EXPECT_EQ(plans_sent(), 2U);
  EXPECT_EQ(ask<schedules::Difference>(CancelSchedule{ScheduleId{"s-nothing"}, {}}).refusal, "schedule.unknown");
}

TEST_F(ServerCoreTest, AStopGoesToEveryNodeOnceAndDiesSoon) {
  const auto stopped = ask<std::vector<NodeId>>(StopSound{{AreaId{"phu-lien"}}, {kNode}, std::string(300, 'x'), {}});
  EXPECT_THAT(stopped.result.value(), ElementsAre(NodeId{"n-1"}, NodeId{"n-2"}));
  ASSERT_THAT(link_.sent(), SizeIs(2));
  const auto& sent = link_.sent().at(0);
  EXPECT_EQ(sent.message.header.not_after, now_.wall + seconds{60});
  EXPECT_FALSE(sent.publication.retain) << "a retained stop would silence a node that comes back days later";
  EXPECT_THAT(link_.bodies<wire::StopOrder>().at(0).why, SizeIs(200));
  EXPECT_LT(sent.message.header.seq, link_.sent().at(1).message.header.seq);

  EXPECT_EQ(ask<std::vector<NodeId>>(StopSound{{}, {NodeId{"n-9"}}, "", {}}).refusal, "node.unknown");
  EXPECT_EQ(ask<std::vector<NodeId>>(StopSound{{AreaId{"x"}}, {}, "", {}}).refusal, "area.unknown");
  EXPECT_EQ(ask<std::vector<NodeId>>(StopSound{{}, {}, "", {}}).refusal, "stop.no_node");
  EXPECT_THAT(link_.sent(), SizeIs(2));
}

TEST_F(ServerCoreTest, AStopReachesTheWholeStation) {
  StopSound everywhere{{}, {}, "", {}};
  everywhere.reach = StopSound::Reach::kWholeStation;
  EXPECT_THAT(ask<std::vector<NodeId>>(std::move(everywhere)).result.value(),
              ElementsAre(NodeId{"n-1"}, NodeId{"n-2"}));
  EXPECT_THAT(link_.bodies<wire::StopOrder>(), SizeIs(2));
}

TEST_F(ServerCoreTest, ATestIsOrderedOfANodeThatIsThereAndDiesSoon) {
  const auto test = [&](const std::string& node, int volume_pct) {
    return ask<TestNode::Ordered>(TestNode{NodeId{node}, volume_pct, {}});
  };
  EXPECT_EQ(test("n-9", 50).refusal, "node.unknown");
  EXPECT_EQ(test("n-1", 50).refusal, "test.node_away") << "never heard of";
  say_status("");
  link_.clear();
  EXPECT_EQ(test("n-1", 0).refusal, "schedule.bad_volume");
  EXPECT_EQ(test("n-1", 101).refusal, "schedule.bad_volume");
  EXPECT_EQ(test("n-2", 50).refusal, "test.node_away");
  EXPECT_THAT(link_.sent(), IsEmpty());
  const auto ordered = test("n-1", 40);
  ASSERT_TRUE(ordered.result) << ordered.refusal;
  ASSERT_THAT(link_.sent(), SizeIs(1));
  const auto& sent = link_.sent().at(0);
  EXPECT_EQ(std::get<wire::SelfTestOrder>(sent.message.body), (wire::SelfTestOrder{ordered.result->test, 40}));
  EXPECT_EQ(sent.message.header.audience, "node:n-1");
  EXPECT_EQ(sent.message.header.not_after, now_.wall + seconds{60});
  EXPECT_FALSE(sent.publication.retain);
  EXPECT_NE(test("n-1", 40).result->test, ordered.result->test);
  wire::Status gone;
  gone.presence = wire::Presence::kOffline;
  gone.boot = "n";
  say(gone);
  EXPECT_EQ(test("n-1", 50).refusal, "test.node_away");
}

TEST_F(ServerCoreTest, ANodeThatComesBackIsToldTheStopItMissedWhileItHolds) {
  wire::Status online;
  online.boot = "boot-1";
  wire::Status offline = online;
  offline.presence = wire::Presence::kOffline;
  say(online);
  (void)ask<std::vector<NodeId>>(StopSound{{}, {kNode}, "", {}});
  const auto stops = [&] { return link_.bodies<wire::StopOrder>().size(); };
  say(online);
  EXPECT_EQ(stops(), 1U) << "it was there and has it";
  say(offline);
  EXPECT_EQ(stops(), 1U);
  pass(seconds{30});
  say(online);
  ASSERT_EQ(stops(), 2U);
  online.boot = "boot-2";
  say(online);
  ASSERT_EQ(stops(), 3U) << "restarted without a will";
  std::set<std::int64_t> sequences;
  for (const auto& sent : link_.sent())
    if (std::holds_alternative<wire::StopOrder>(sent.message.body)) sequences.insert(sent.message.header.seq);
  EXPECT_THAT(sequences, SizeIs(1)) << "a new sequence would be carried out twice";
  pass(seconds{31});
  say(offline);
  say(online);
  EXPECT_EQ(stops(), 3U);
}

// The broker is away and a node that did not restart sounds on: what was accepted reaches it when they meet again.
TEST_F(ServerCoreTest, AStopIsRepeatedToANodeThatWasCutOffWithTheServerOrWithoutIt) {
  wire::Status online;
  online.boot = "boot-1";
  say(online);
  on(LinkArrived{link::LinkDown{"broker gone"}, now_});
  (void)ask<std::vector<NodeId>>(StopSound{{}, {kNode}, "", {}});
  link_.clear();
  on(LinkArrived{link::LinkUp{2}, now_});
  const auto stops = [&] { return link_.bodies<wire::StopOrder>().size(); };
  EXPECT_EQ(stops(), 0U);
  say(online);
  EXPECT_EQ(stops(), 1U);
  say(online);
  EXPECT_EQ(stops(), 1U);
}

// A status that the broker kept proves no presence: the node behind it may come only now.
TEST_F(ServerCoreTest, AKeptStatusDoesNotSettleThatANodeHasTheStop) {
  (void)ask<std::vector<NodeId>>(StopSound{{}, {kNode}, "", {}});
  link_.clear();
  wire::Status online;
  online.boot = "boot-1";
  const wire::Header header{kStation, "server", wire::audience_of(kNode), ++node_seq_, now_.wall, now_.wall + hours{1}};
  on(LinkArrived{
      link::LinkMessage{wire::topic_of(wire::MessageType::kStatus, kStation, kNode),
                        bytes_of(wire::encode_message(header, online, node_key_)), true, link::Qos::kAtLeastOnce, 1},
      now_});
  const auto stops = [&] { return link_.bodies<wire::StopOrder>().size(); };
  EXPECT_EQ(stops(), 1U);
  say(online);
  EXPECT_EQ(stops(), 2U);
  say(online);
  EXPECT_EQ(stops(), 2U);
}

// Longer than the order holds, over a restart of the server: the plays that it meant are named, as long as they might
// sound; what began later is not meant.
TEST_F(ServerCoreTest, AnAcceptedStopOutlivesTheOrderAndTheServerWhileItsPlayMightSound) {
  add_announcement(store_, "long", seconds{600});
  const auto scheduled = [&](const char* announcement, nanoseconds ahead) {
    CreateSchedule command = wanted(now_.wall + ahead);
    command.wanted.announcement = AnnouncementId{announcement};
    const auto made = ask<ScheduleMade>(command);
    EXPECT_EQ(made.refusal, "");
    return schedules::play_id(made.result.value().row.schedule.id, now_.wall + ahead);
  };
  const PlayId meant = scheduled("a-long", minutes{5});
  (void)scheduled("a-greeting", minutes{20});
  pass(minutes{6});
  (void)ask<std::vector<NodeId>>(StopSound{{}, {kNode}, "nhầm", {}});
  pass(minutes{3});
  start();
  link_.clear();
  wire::Status online;
  online.boot = "boot-1";
  say(online);
  ASSERT_THAT(link_.bodies<wire::StopOrder>(), SizeIs(1));
  EXPECT_EQ(link_.bodies<wire::StopOrder>()[0], (wire::StopOrder{meant, "nhầm"}));

  // Once the node has said what became of the play, nothing is repeated; nor when it must be over.
  const auto again = [&] {
    link_.clear();
    online.boot += "x";
    say(online);
    return link_.bodies<wire::StopOrder>().size();
  };
  EXPECT_EQ(again(), 1U);
  pass(minutes{7});  // a minute late, ten minutes long
  EXPECT_EQ(again(), 0U);
  now_ = {now_.wall - minutes{7}, now_.mono};
  EXPECT_EQ(again(), 1U);
  wire::Outcome outcome;
  outcome.play = meant;
  outcome.announcement = AnnouncementId{"a-long"};
  outcome.clip = clip_named("long");
  outcome.planned = station_from_wall(kMorning + minutes{5});
  outcome.result = OutcomeResult::kStopped;
  outcome.reason = reason::kStopOrder;
  outcome.started = outcome.planned;
  say(wire::Outcomes{{outcome}});
  EXPECT_EQ(again(), 0U);
}

TEST_F(ServerCoreTest, AStopLeavesAlsoWhenItCannotBeBooked) {
  (void)schedule(now_.wall + minutes{5});
  pass(minutes{5} + seconds{10});
  link_.clear();
  break_table("stopped_plays", "INSERT");
  EXPECT_NE(ask<std::vector<NodeId>>(StopSound{{}, {kNode}, "", {}}).refusal, "");
  EXPECT_THAT(link_.bodies<wire::StopOrder>(), SizeIs(1));
}

// --- recordings

// --- a disk that fails

TEST_F(ServerCoreTest, OnADiskThatFailsAStopIsCarriedOutAndBookedWhenItIsBack) {
  by_ = {PersonId{"operator"}, "session", Role::kOperator};
  {
    const test::NoRoom no_room;
    EXPECT_EQ(ask<std::vector<NodeId>>(StopSound{{}, {kNode}, "nhầm", {}}).refusal, "stop.not_booked");
    EXPECT_EQ(ask<std::vector<NodeId>>(StopSound{{}, {kNode}, "lần nữa", {}}).refusal, "stop.not_booked");
    EXPECT_THAT(link_.bodies<wire::StopOrder>(), SizeIs(2));
    EXPECT_THAT(alarms(), ElementsAre("disk.failing"));
    EXPECT_LE(core_->next_deadline(), now_.mono + seconds{5});
    pass(minutes{1});
    on(Tick{});
    EXPECT_THAT(alarms(), ElementsAre("disk.failing"));
    EXPECT_LE(core_->next_deadline(), now_.mono + seconds{5}) << "it looks again soon";
  }
  by_ = {};
  pass(seconds{5});
  on(Tick{});
  EXPECT_THAT(alarms(), IsEmpty());
  const auto rows = store_.load_audit({});
  ASSERT_GE(rows.size(), 2U);
  EXPECT_EQ(rows[0].entry.action, "stop");
  EXPECT_THAT(rows[0].entry.after, testing::HasSubstr("lần nữa")) << "in their order";
  EXPECT_EQ(rows[1].by.person, PersonId{"operator"});
  pass(seconds{30});
  on(Tick{});
  EXPECT_EQ(store_.load_audit({}).size(), rows.size()) << "once";
}

TEST_F(ServerCoreTest, WhatADiskThatFailsRefusesIsNotDoneAndNotInTheAudit) {
  const auto before = store_.load_audit({}).size();
  {
    const test::NoRoom no_room;
    EXPECT_EQ(ask<Area>(CreateArea{{AreaId{"to-3"}, std::nullopt, "Tổ 3"}, {}}).refusal, "db.io_failed");
  }
  EXPECT_FALSE(store_.has_area(AreaId{"to-3"}));
  EXPECT_EQ(store_.load_audit({}).size(), before);
  EXPECT_EQ(ask<Area>(CreateArea{{AreaId{"to-3"}, std::nullopt, "Tổ 3"}, {}}).refusal, "");
}

TEST_F(ServerCoreTest, ATestThatCannotBeWrittenDownSoundsNowhere) {
  say_status("");
  const test::NoRoom no_room;
  EXPECT_EQ(ask<TestNode::Ordered>(TestNode{kNode, 50, {}}).refusal, "db.io_failed");
  EXPECT_THAT(link_.bodies<wire::SelfTestOrder>(), IsEmpty());
}

TEST_F(ServerCoreTest, AnIngestionThatTheDiskEndedBeginsAgainAndWhatItMadeIsBookedWhenItCanBe) {
  const auto received = ask<Recording>(ReceiveRecording{"/upload/1", "x", 7, {}});
  const RecordingId recording = received.result.value().id;
  on(IntakeEnded{recording, Text{"file.disk_full", {"clips"}}});
  EXPECT_THAT(alarms(), ElementsAre("disk.full"));
  EXPECT_EQ(store_.load_recording(recording)->state, RecordingState::kIngesting) << "it says nothing against it";
  EXPECT_THAT(intake_.discarded, IsEmpty());
  pass(seconds{19});
  on(Tick{});
  EXPECT_THAT(intake_.started, SizeIs(1)) << "not at once";
  pass(seconds{1});
  on(Tick{});
  EXPECT_THAT(intake_.started, ElementsAre(recording, recording));
  {
    const test::NoRoom no_room;
    on(IntakeEnded{recording, clip_of("new", seconds{5})});
  }
  EXPECT_EQ(store_.load_recording(recording)->state, RecordingState::kIngesting);
  pass(minutes{1});
  on(Tick{});
  EXPECT_EQ(store_.load_recording(recording)->state, RecordingState::kReady);
}

TEST_F(ServerCoreTest, TheFileOfARefusedRecordingGoesAfterItsRefusalIsWritten) {
  const auto received = ask<Recording>(ReceiveRecording{"/upload/1", "x", 7, {}});
  {
    const test::NoRoom no_room;
    on(IntakeEnded{received.result.value().id, Text{"intake.not_audio", {}}});
    EXPECT_THAT(intake_.discarded, IsEmpty());
  }
  pass(minutes{1});
  on(Tick{});
  EXPECT_EQ(store_.load_recording(received.result.value().id)->state, RecordingState::kRefused);
  EXPECT_THAT(intake_.discarded, SizeIs(1));
  start();
  EXPECT_THAT(intake_.discarded, SizeIs(2)) << "an end between the two leaves it behind";
}

TEST_F(ServerCoreTest, ARecordingIsKeptWrittenDownAndStarted) {
  const auto received = ask<Recording>(ReceiveRecording{"/upload/1", "  Lời chúc.m4a ", 77, {}});
  ASSERT_EQ(received.refusal, "");
  EXPECT_EQ(received.result.value().name, "Lời chúc.m4a");
  EXPECT_EQ(received.result.value().state, RecordingState::kIngesting);
  EXPECT_THAT(intake_.kept, ElementsAre(received.result.value().id));
  EXPECT_THAT(intake_.started, ElementsAre(received.result.value().id));
  EXPECT_EQ(store_.load_recording(received.result.value().id)->bytes, 77);

  on(IntakeProgressed{received.result.value().id, 30});
  EXPECT_EQ(store_.load_recording(received.result.value().id)->progress_pct, 30);
  on(IntakeEnded{received.result.value().id, clip_of("new", seconds{5})});
  EXPECT_EQ(store_.load_recording(received.result.value().id)->clip, clip_named("new"));
  EXPECT_EQ(store_.load_recording(received.result.value().id)->state, RecordingState::kReady);
}

TEST_F(ServerCoreTest, AnOldUploadIsForgottenWhenItsClipIsMade) {
  const auto ready = ask<Recording>(ReceiveRecording{"/upload/1", "x", 7, {}}).result.value().id;
  on(IntakeEnded{ready, clip_of("new", seconds{5})});
  static_cast<void>(ask<Recording>(ReceiveRecording{"/upload/2", "y", 7, {}}));  // still being made
  on(Tick{});
  pass(std::chrono::days{90});
  on(Tick{});
  EXPECT_THAT(intake_.forgotten, IsEmpty()) << "90 days are not over";
  pass(hours{1});
  intake_.refuse_to_forget = true;
  on(Tick{});
  pass(hours{1});
  intake_.refuse_to_forget = false;
  on(Tick{});
  const std::vector<RecordingId> both = {RecordingId{"r-greeting"}, ready};  // the fixture's own and this one
  EXPECT_EQ(intake_.forgotten, both);
  pass(hours{1});
  on(Tick{});
  EXPECT_EQ(intake_.forgotten, both) << "once";
  EXPECT_TRUE(store_.load_clip(clip_named("new")));
  EXPECT_EQ(store_.load_audit({})[0].entry.action, "forget_recording");
}

TEST_F(ServerCoreTest, WhatAResidentWroteIsForgottenAndNotThatTheyDid) {
  Complaint complaint;
  complaint.heard = now_.wall;
  complaint.kind = ComplaintKind::kTooLoud;
  complaint.text = "Nhà tôi ở số 5";
  const auto id = ask<Complaint>(TakeComplaint{complaint, {}}).result.value().id;
  pass(std::chrono::days{730});
  on(Tick{});
  EXPECT_EQ(store_.load_complaint(id)->text, "Nhà tôi ở số 5");
  pass(hours{1});
  on(Tick{});
  EXPECT_EQ(store_.load_complaint(id)->text, "");
  EXPECT_EQ(store_.load_complaint(id)->kind, ComplaintKind::kTooLoud);
}

TEST_F(ServerCoreTest, ARefusedRecordingSaysWhy) {
  const auto received = ask<Recording>(ReceiveRecording{"/upload/1", "x", 7, {}});
  on(IntakeEnded{received.result.value().id, Text{"intake.not_audio", {}}});
  EXPECT_EQ(store_.load_recording(received.result.value().id)->refusal->code, "intake.not_audio");
}

TEST_F(ServerCoreTest, AnUploadThatCannotBeKeptLeavesNothing) {
  intake_.refuse_to_keep = true;
  EXPECT_EQ(ask<Recording>(ReceiveRecording{"/upload/1", "x", 7, {}}).refusal, "file.cannot_write");
  intake_.refuse_to_keep = false;
  break_table("recordings", "INSERT");
  EXPECT_EQ(ask<Recording>(ReceiveRecording{"/upload/2", "x", 7, {}}).refusal, "db.constraint");
  EXPECT_THAT(intake_.discarded, ElementsAre("/upload/1", "/upload/2"));
  EXPECT_THAT(intake_.started, IsEmpty());
}

// --- text that is read aloud

TEST_F(ServerCoreTest, TextIsReadAloudIngestedAndBecomesAnAnnouncement) {
  const auto taken = ask<Recording>(
      SpeakAnnouncement{{" Họp tổ ", "Họp TDP 5.", "Họp tổ dân phố năm.", AnnouncementClass::kPriority}, {}});
  ASSERT_EQ(taken.refusal, "");
  const RecordingId recording = taken.result.value().id;
  EXPECT_EQ(taken.result.value().name, "Họp tổ");
  EXPECT_EQ(intake_.spoken_texts.at(recording), "Họp tổ dân phố năm.");
  EXPECT_THAT(intake_.started, IsEmpty());
  EXPECT_EQ(store_.load_recording(recording)->announcement, std::nullopt);
  EXPECT_THAT(store_.load_announcements(), SizeIs(1)) << "none before there is sound";

  on(IntakeEnded{recording, clip_of("spoken", seconds{4})});
  const auto id = store_.load_recording(recording)->announcement;
  ASSERT_TRUE(id);
  const Announcement made = store_.load_announcement(*id).value();
  EXPECT_EQ(made.title, "Họp tổ");
  EXPECT_EQ(made.transcript, "Họp TDP 5.");
  EXPECT_EQ(made.announcement_class, AnnouncementClass::kPriority);
  EXPECT_EQ(made.clip, clip_named("spoken"));
  EXPECT_TRUE(made.is_synthetic);
  EXPECT_EQ(made.heard, std::nullopt);
}

TEST_F(ServerCoreTest, TextThatCannotBeTakenLeavesNothing) {
  const auto speak = [&](const std::string& title, const std::string& text, const std::string& spoken) {
    return ask<Recording>(SpeakAnnouncement{{title, text, spoken, AnnouncementClass::kNormal}, {}}).refusal;
  };
  const std::size_t before = store_.load_recordings(std::nullopt).size();
  EXPECT_EQ(speak("", "Họp.", "Họp."), "field.missing");
  EXPECT_EQ(speak("Họp", " ", ""), "field.missing");
  EXPECT_EQ(speak("Họp", "…", ""), "speech.nothing_to_say");
  EXPECT_EQ(speak("Họp", std::string(20'001, 'x'), "x"), "field.too_long");
  break_table("spoken_texts", "INSERT");
  EXPECT_EQ(speak("Họp", "Họp.", "Họp."), "db.constraint");
  EXPECT_EQ(store_.load_recordings(std::nullopt).size(), before);
  EXPECT_TRUE(intake_.spoken_texts.empty());
}

TEST_F(ServerCoreTest, ReadingCutOffByARestartBeginsAgain) {
  const auto taken = ask<Recording>(SpeakAnnouncement{{"Họp", "Họp.", "Họp.", AnnouncementClass::kNormal}, {}});
  intake_.spoken_texts.clear();
  start();
  EXPECT_EQ(intake_.spoken_texts.at(taken.result.value().id), "Họp.");
  on(IntakeEnded{taken.result.value().id, Text{"speech.no_engine", {"espeak-ng", "?"}}});
  EXPECT_EQ(store_.load_recording(taken.result.value().id)->refusal->code, "speech.no_engine");
  EXPECT_THAT(store_.load_announcements(), SizeIs(1)) << "what could not be read is no announcement";
}

TEST_F(ServerCoreTest, WhatAMachineReadsIsHeardByAPersonBeforeItIsScheduled) {
  const auto taken = ask<Recording>(SpeakAnnouncement{{"Họp", "Họp.", "Họp.", AnnouncementClass::kNormal}, {}});
  on(IntakeEnded{taken.result.value().id, clip_of("spoken", seconds{4})});
  const AnnouncementId spoken = store_.load_recording(taken.result.value().id)->announcement.value();
  const auto schedule_it = [&](const AnnouncementId& announcement) {
    CreateSchedule command = wanted(now_.wall + hours{1}, {AreaId{"to-1"}});
    command.wanted.announcement = announcement;
    return ask<ScheduleMade>(command).refusal;
  };
  EXPECT_EQ(schedule_it(spoken), "announcement.not_heard");
  EXPECT_THAT(store_.load_schedules(), IsEmpty());

  // Another announcement of the same sound is no way around it.
  const auto again =
      ask<Announcement>(CreateAnnouncement{"Họp", "Họp.", AnnouncementClass::kNormal, clip_named("spoken"), {}});
  EXPECT_TRUE(again.result.value().is_synthetic);
  EXPECT_EQ(schedule_it(again.result.value().id), "announcement.not_heard");

  EXPECT_EQ(ask<Announcement>(HearAnnouncement{AnnouncementId{"a-nothing"}, {}}).refusal, "announcement.unknown");
  EXPECT_EQ(ask<Announcement>(HearAnnouncement{AnnouncementId{"a-greeting"}, {}}).refusal, "announcement.recorded");
  const auto heard = ask<Announcement>(HearAnnouncement{spoken, {}});
  ASSERT_EQ(heard.refusal, "");
  EXPECT_EQ(heard.result.value().heard, now_.wall);
  pass(minutes{1});
  EXPECT_EQ(ask<Announcement>(HearAnnouncement{spoken, {}}).result.value().heard, heard.result.value().heard)
      << "the first time stands";
  EXPECT_EQ(schedule_it(spoken), "");
}

TEST_F(ServerCoreTest, AnIngestionCutOffByARestartBeginsAgain) {
  const auto received = ask<Recording>(ReceiveRecording{"/upload/1", "x", 7, {}});
  intake_.started.clear();
  start();
  EXPECT_THAT(intake_.started, ElementsAre(received.result.value().id));
  on(IntakeEnded{received.result.value().id, clip_of("new", seconds{5})});
  intake_.started.clear();
  start();
  EXPECT_THAT(intake_.started, IsEmpty());
}

// --- what nodes say

TEST_F(ServerCoreTest, AStatusWithAnotherPlanGetsThePlanAgain) {
  ASSERT_EQ(schedule(now_.wall + hours{1}).refusal, "");
  const std::string envelope = store_.load_plan(kNode)->envelope;
  link_.clear();
  say_status(std::string(64, 'a'));
  ASSERT_EQ(plans_sent(), 1U);
  EXPECT_EQ(std::string{view_text(link_.sent().at(0).publication.payload)}, envelope) << "the same plan, not a new one";
  say_status(store_.load_plan(kNode)->name);
  EXPECT_EQ(plans_sent(), 1U);
  EXPECT_EQ(store_.load_report(kNode)->status.plan, store_.load_plan(kNode)->name);
}

TEST_F(ServerCoreTest, AStatusWithoutAnyPlanMakesOne) {
  say_status(kNoPlan);
  ASSERT_EQ(plans_sent(), 1U);
  EXPECT_TRUE(store_.load_plan(kNode).has_value());
}

TEST_F(ServerCoreTest, AnOfflineNodeIsSentNothing) {
  wire::Status status;
  status.presence = wire::Presence::kOffline;
  say(status);
  EXPECT_THAT(link_.sent(), IsEmpty());
  EXPECT_EQ(store_.load_report(kNode)->status.presence, wire::Presence::kOffline);
}

TEST_F(ServerCoreTest, AnOutcomeIsOnTheDiskBeforeItIsAcknowledged) {
  const auto made = schedule(now_.wall + seconds{10});
  const auto play = play_of(made.result.value().row.schedule);
  int acks = 0;
  link_.set_on_publish([&](const wire::Topic& topic, const wire::Message&) {
    if (topic.type != wire::MessageType::kAck) return;
    ++acks;
    Store reader = Store::make_reader(db::Database::open_reader(folder_ / "server.db"));
    EXPECT_THAT(reader.load_outcomes({}), SizeIs(1)) << "acknowledged before another connection can see it";
  });
  say(wire::Outcomes{{outcome_of(play, OutcomeResult::kPlayed, "")}});
  EXPECT_EQ(acks, 1);
  EXPECT_THAT(link_.bodies<wire::Ack>().at(0).plays, ElementsAre(play.play));
}

TEST_F(ServerCoreTest, ARepeatedOutcomeIsAcknowledgedAndChangesNothing) {
  const auto play = play_of(schedule(now_.wall + seconds{10}).result.value().row.schedule);
  say(wire::Outcomes{{outcome_of(play, OutcomeResult::kPlayed, "")}});
  const auto first = store_.load_outcomes({});
  pass(minutes{5});
  say(wire::Outcomes{{outcome_of(play, OutcomeResult::kMissed, reason::kNodeOff)}});
  EXPECT_THAT(link_.bodies<wire::Ack>(), SizeIs(2));
  ASSERT_THAT(store_.load_outcomes({}), SizeIs(1));
  EXPECT_EQ(store_.load_outcomes({})[0].outcome, first[0].outcome);
  EXPECT_EQ(store_.load_outcomes({})[0].reported, first[0].reported);
}

TEST_F(ServerCoreTest, WhatCannotBeStoredIsNotAcknowledged) {
  const auto play = play_of(schedule(now_.wall + seconds{10}).result.value().row.schedule);
  break_table("outcomes", "INSERT");
  say(wire::Outcomes{{outcome_of(play, OutcomeResult::kPlayed, "")}});
  EXPECT_THAT(link_.bodies<wire::Ack>(), IsEmpty());
  mend_table("outcomes", "INSERT");
  say(wire::Outcomes{{outcome_of(play, OutcomeResult::kPlayed, "")}});
  EXPECT_THAT(link_.bodies<wire::Ack>(), SizeIs(1));
}

TEST_F(ServerCoreTest, AClockReplyIsExactWhateverTheWallClockDoesMeanwhile) {
  const Now arrived = now_;
  const auto handle = [&](Now handled) {
    const wire::Header header{kStation, "server", wire::audience_of(kNode), 1, handled.wall, handled.wall + hours{3}};
    const std::string envelope =
        wire::encode_message(header, wire::ClockRequest{"nonce-0123456789ab", 4711}, node_key_);
    core_->on(LinkArrived{link::LinkMessage{wire::topic_of(wire::MessageType::kClockRequest, kStation, kNode),
                                            bytes_of(envelope), false, link::Qos::kAtMostOnce, 1},
                          arrived},
              handled);
  };
  // The message waited 40 ms for the core, and the wall clock was set back meanwhile.
  handle({arrived.wall - milliseconds{400}, arrived.mono + milliseconds{40}});
  const auto replies = link_.bodies<wire::ClockReply>();
  ASSERT_THAT(replies, SizeIs(1));
  EXPECT_EQ(replies[0].nonce, "nonce-0123456789ab");
  EXPECT_EQ(replies[0].t1_us, 4711);
  EXPECT_EQ(replies[0].t2, station_from_wall(arrived.wall));
  EXPECT_EQ(replies[0].t3, station_from_wall(arrived.wall + milliseconds{40}));
  EXPECT_EQ(link_.sent().at(0).publication.qos, link::Qos::kAtMostOnce);
  handle({arrived.wall - hours{1}, arrived.mono + milliseconds{40}});
  EXPECT_THAT(link_.bodies<wire::ClockReply>(), SizeIs(1)) << "nobody would sign it; the node asks again";
  EXPECT_THAT(alarms_.list(), IsEmpty());
}

TEST_F(ServerCoreTest, WhatANodeMayNotSayIsRefusedAndCounted) {
  const crypto::SecretKey stranger = crypto::SecretKey::make();
  wire::Status status;
  status.boot = "n";
  say(status, stranger);
  EXPECT_EQ(core_->refused().at("key"), 1);
  say(status, node_key_, "server", NodeId{"n-9"});
  EXPECT_EQ(core_->refused().at("key"), 2) << "an unknown node";
  say(status, node_key_, "nodes");
  EXPECT_EQ(core_->refused().at("audience"), 1);
  // n-2 speaks in the place of n-1; both have the same key here, so the sender's name decides.
  say(status, node_key_, "server", NodeId{"n-2"});
  EXPECT_EQ(core_->refused().at("audience"), 2);
  on(LinkArrived{link::LinkMessage{"loa/1/phu-lien/up/n-1/nonsense", bytes_of("x"), false, link::Qos::kAtLeastOnce, 1},
                 now_});
  on(LinkArrived{link::LinkMessage{wire::topic_of(wire::MessageType::kPlan, kStation, kNode), bytes_of("x"), false,
                                   link::Qos::kAtLeastOnce, 1},
                 now_});
  EXPECT_EQ(core_->refused().at("type"), 2);
  EXPECT_FALSE(store_.load_report(kNode).has_value());
  EXPECT_FALSE(store_.load_report(NodeId{"n-2"}).has_value());
  EXPECT_THAT(link_.sent(), IsEmpty());
}

TEST_F(ServerCoreTest, AnExpiredReportIsRefused) {
  const wire::Header header{
      kStation, "server", wire::audience_of(kNode), 1, now_.wall - hours{2}, now_.wall - hours{1}};
  wire::Status status;
  status.boot = "n";
  on(LinkArrived{
      link::LinkMessage{wire::topic_of(wire::MessageType::kStatus, kStation, kNode),
                        bytes_of(wire::encode_message(header, status, node_key_)), true, link::Qos::kAtLeastOnce, 1},
      now_});
  EXPECT_EQ(core_->refused().at("freshness"), 1);
  EXPECT_FALSE(store_.load_report(kNode).has_value());
}

TEST_F(ServerCoreTest, ItsPresenceIsRetainedAndSigned) {
  on(LinkArrived{link::LinkUp{1}, now_});
  ASSERT_THAT(link_.sent(), SizeIs(2));
  EXPECT_THAT(link_.bodies<wire::OnAir>(), SizeIs(1)) << "what the broker may know of the air is said anew";
  EXPECT_TRUE(link_.sent().at(0).publication.retain);
  EXPECT_EQ(link_.bodies<wire::ServerState>().at(0).boot, "boot-1");
  EXPECT_EQ(link_.sent().at(0).message.header.audience, wire::kAudienceNodes);
}

// --- time

TEST_F(ServerCoreTest, APlanIsIssuedAnewWhenOldAndNotBefore) {
  on(Tick{});  // makes the first plans
  ASSERT_EQ(plans_sent(), 2U);
  const std::string first = store_.load_plan(kNode)->name;
  pass(hours{12} - microseconds{1});
  on(Tick{});
  EXPECT_EQ(plans_sent(), 2U);
  pass(microseconds{1});
  on(Tick{});
  EXPECT_EQ(plans_sent(), 4U);
  EXPECT_NE(store_.load_plan(kNode)->name, first);
}

TEST_F(ServerCoreTest, AScheduleElsewhereLeavesAPlanAsItIs) {
  on(Tick{});
  const auto before = store_.load_plan(NodeId{"n-2"});
  ASSERT_EQ(schedule(now_.wall + hours{1}, {AreaId{"to-1"}}).refusal, "");
  EXPECT_EQ(store_.load_plan(NodeId{"n-2"})->seq, before->seq);
  EXPECT_EQ(plans_sent(), 3U);
}

TEST_F(ServerCoreTest, APlayBeyondTheWindowComesWithALaterPlan) {
  ASSERT_EQ(schedule(now_.wall + hours{24 * 7 + 6}).refusal, "");
  on(Tick{});
  for (const wire::Plan& plan : link_.bodies<wire::Plan>()) EXPECT_THAT(plan.plays, IsEmpty());
  link_.clear();
  pass(hours{12});
  on(Tick{});
  ASSERT_EQ(plans_sent(), 2U);
  EXPECT_THAT(link_.bodies<wire::Plan>().at(0).plays, SizeIs(1));
}

TEST_F(ServerCoreTest, SilenceIsReportedTenMinutesAfterThePlayCouldHaveEnded) {
  const auto made = schedule(now_.wall + seconds{10});
  const WallTime due = play_of(made.result.value().row.schedule).due;
  pass(due + minutes{10} - now_.wall);
  on(Tick{});
  EXPECT_THAT(store_.load_outcomes({}), IsEmpty());
  pass(microseconds{1});
  on(Tick{});
  ASSERT_THAT(store_.load_outcomes({}), SizeIs(2));
  for (const OutcomeRow& row : store_.load_outcomes({})) EXPECT_EQ(row.outcome.reason, reason::kNoReport);
  EXPECT_EQ(core_->next_deadline(), now_.mono + seconds{30});
}

// --- why something sounds or does not

TEST_F(ServerCoreTest, AHigherClassTakesThePlaceAndThePlansSaySo) {
  add_clip(store_, "alarm", seconds{30});
  store_.add_announcement({AnnouncementId{"a-alarm"}, "Bão", "", AnnouncementClass::kEmergency, clip_named("alarm")},
                          kMorning);
  const WallTime start = now_.wall + hours{1};
  CreateSchedule patient = wanted(start, {AreaId{"to-1"}});
  patient.wanted.later = minutes{10};
  ASSERT_EQ(ask<ScheduleMade>(patient).refusal, "");
  ASSERT_EQ(schedule(start, {AreaId{"to-2"}}).refusal, "");
  link_.clear();

  CreateSchedule alarm = wanted(start + seconds{10});
  alarm.wanted.announcement = AnnouncementId{"a-alarm"};
  const auto made = ask<ScheduleMade>(alarm);
  ASSERT_EQ(made.refusal, "");
  const schedules::Difference& difference = made.result->difference;
  EXPECT_EQ(difference.added, 1);
  EXPECT_EQ(difference.moved, 1);
  EXPECT_EQ(difference.cancelled, 1);
  ASSERT_EQ(plans_sent(), 2U);
  const wire::Plan first = link_.bodies<wire::Plan>().at(0);
  ASSERT_THAT(first.plays, SizeIs(2));
  EXPECT_EQ(first.plays[0].announcement_class, AnnouncementClass::kEmergency);
  EXPECT_EQ(first.plays[1].start, station_from_wall(start + seconds{42}));  // to a whole second after the gap
  EXPECT_THAT(link_.bodies<wire::Plan>().at(1).plays, SizeIs(1));

  link_.clear();
  const auto cancelled = ask<schedules::Difference>(CancelSchedule{made.result->row.schedule.id, {}});
  EXPECT_EQ(cancelled.result->cancelled, 1);
  EXPECT_EQ(cancelled.result->moved, 1);
  EXPECT_EQ(cancelled.result->added, 1);
  EXPECT_EQ(plans_sent(), 2U) << "what had lost has its place again";
}

TEST_F(ServerCoreTest, WhatCancellingTakesAwayIsToldBefore) {
  const WallTime start = now_.wall + hours{1};
  const auto first = schedule(start);
  CreateSchedule patient = wanted(start);
  patient.wanted.later = minutes{10};
  ASSERT_EQ(ask<ScheduleMade>(patient).refusal, "");
  const auto lost = ask<ScheduleMade>(wanted(start + hours{24}));
  ASSERT_EQ(lost.refusal, "");
  link_.clear();
  const ScheduleId id = first.result->row.schedule.id;
  const auto cancel = [&](EditMode mode) { return ask<schedules::Difference>(CancelSchedule{id, {}, mode}); };
  const auto preview = cancel(EditMode::kPreview);
  ASSERT_EQ(preview.refusal, "");
  EXPECT_EQ(preview.result->cancelled, 1);
  EXPECT_EQ(preview.result->moved, 1) << "what had lost would have its place again";
  EXPECT_THAT(preview.result->changes, SizeIs(2));
  EXPECT_THAT(link_.sent(), IsEmpty());
  EXPECT_FALSE(store_.load_schedule(id)->cancelled.has_value());
  EXPECT_NE(store_.load_audit({}).front().entry.action, "cancel_schedule");
  EXPECT_EQ(cancel(EditMode::kPreview).result->changes.size(), 2U) << "and again";
  const auto cancelled = cancel(EditMode::kSave);
  EXPECT_EQ(cancelled.result->cancelled, 1);
  EXPECT_EQ(cancelled.result->moved, 1);
  EXPECT_EQ(cancelled.result->changes.size(), 2U) << "as the preview said";
  EXPECT_THAT(cancel(EditMode::kPreview).result->changes, IsEmpty());
  EXPECT_EQ(ask<schedules::Difference>(CancelSchedule{ScheduleId{"s-none"}, {}, EditMode::kPreview}).refusal,
            "schedule.unknown");
}

TEST_F(ServerCoreTest, ASoundThatGoesOnIsAmongWhatCancellingWouldTake) {
  const auto made = schedule(now_.wall + hours{1});
  pass(hours{1} + seconds{10});
  on(Tick{});
  const auto cancel = [&](EditMode mode) {
    return ask<schedules::Difference>(CancelSchedule{made.result->row.schedule.id, {}, mode}).result->cancelled;
  };
  EXPECT_EQ(cancel(EditMode::kPreview), 1);
  EXPECT_EQ(cancel(EditMode::kPreview), 1);
  EXPECT_EQ(cancel(EditMode::kSave), 1);
}

// --- single loudspeakers

TEST_F(ServerCoreTest, AScheduleForOneLoudspeakerIsInItsPlanAlone) {
  const WallTime start = now_.wall + hours{1};
  CreateSchedule alone = wanted(start, {});
  alone.wanted.nodes = {kNode};
  const auto made = ask<ScheduleMade>(alone);
  ASSERT_EQ(made.refusal, "");
  ASSERT_THAT(link_.sent(), SizeIs(1));
  EXPECT_EQ(link_.sent().at(0).topic.node, kNode);
  EXPECT_THAT(link_.bodies<wire::Plan>().at(0).plays, SizeIs(1));
  const auto row = store_.load_schedule(made.result->row.schedule.id);
  EXPECT_THAT(row->schedule.areas, IsEmpty());
  EXPECT_THAT(row->schedule.nodes, testing::ElementsAre(kNode));

  // Beside an area: the union of both, each once.
  link_.clear();
  CreateSchedule both = wanted(start + hours{1}, {AreaId{"to-2"}});
  both.wanted.nodes = {kNode, NodeId{"n-2"}, kNode};
  ASSERT_EQ(ask<ScheduleMade>(both).refusal, "");
  ASSERT_THAT(link_.bodies<wire::Plan>(), SizeIs(2));
  EXPECT_EQ(link_.bodies<wire::Plan>().at(0).plays.size() + link_.bodies<wire::Plan>().at(1).plays.size(), 3U);

  // Whom it was taken from is told, too.
  link_.clear();
  auto edit = edit_of(made);
  edit.wanted.rule = schedules::Once{start};
  edit.wanted.nodes = {NodeId{"n-2"}};
  pass(seconds{1});
  ASSERT_EQ(ask<ScheduleMade>(edit).refusal, "");
  ASSERT_THAT(link_.bodies<wire::Plan>(), SizeIs(2));
  EXPECT_THAT(store_.load_former_versions(edit.wanted.id).at(0).nodes, testing::ElementsAre(kNode));

  // The same after a restart, from the books.
  link_.clear();
  start_again_and_tick();
  EXPECT_EQ(plans_sent(), 0U) << "the plans are what they were";
}

TEST_F(ServerCoreTest, SingleLoudspeakersSoundAtTheSameTimeAndTheWardGivesWay) {
  const WallTime start = now_.wall + hours{1};
  CreateSchedule alone = wanted(start, {});
  alone.wanted.nodes = {kNode};
  ASSERT_EQ(ask<ScheduleMade>(alone).refusal, "");
  alone.wanted.id = {};
  alone.wanted.nodes = {NodeId{"n-2"}};
  const auto beside = ask<ScheduleMade>(alone);
  ASSERT_EQ(beside.refusal, "");
  EXPECT_EQ(beside.result->difference.added, 1);
  EXPECT_EQ(schedule(start).refusal, "schedule.overlaps") << "the whole ward comes later than either";
  alone.wanted.id = {};
  EXPECT_EQ(ask<ScheduleMade>(alone).refusal, "schedule.overlaps");
}

TEST_F(ServerCoreTest, ALoudspeakerThatIsNotThereIsNotScheduledFor) {
  CreateSchedule alone = wanted(now_.wall + hours{1}, {});
  EXPECT_EQ(ask<ScheduleMade>(alone).refusal, "schedule.no_area");
  alone.wanted.nodes = {NodeId{"n-9"}};
  EXPECT_EQ(ask<ScheduleMade>(alone).refusal, "node.unknown");
  ASSERT_EQ(ask<NewCode>(CreateNode{NodeId{"n-3"}, AreaId{"to-1"}, "Loa 3", {}}).refusal, "");
  alone.wanted.nodes = {NodeId{"n-3"}};
  EXPECT_EQ(ask<ScheduleMade>(alone).refusal, "schedule.no_node") << "it has not been enrolled";
  ASSERT_EQ(ask<Node>(RevokeNode{kNode, "stolen", {}}).refusal, "");
  alone.wanted.nodes = {NodeId{"n-2"}, kNode};
  EXPECT_EQ(ask<ScheduleMade>(alone).refusal, "schedule.node_revoked");
  EXPECT_THAT(store_.load_schedules(), IsEmpty());
}

TEST_F(ServerCoreTest, WhatIsOfOneLoudspeakerIsExplainedOfItAndOfTheAreaItStandsIn) {
  CreateSchedule alone = wanted(now_.wall + hours{1}, {});
  alone.wanted.nodes = {kNode};
  const auto made = ask<ScheduleMade>(alone);
  ASSERT_EQ(made.refusal, "");
  const civil::Day today{std::chrono::local_days{std::chrono::year{2026} / 11 / 24}};
  const auto told = [&](const char* area, std::optional<NodeId> node = {}) {
    return ask<std::vector<Explain::Told>>(Explain{today, today, AreaId{area}, std::move(node), {}}).result->size();
  };
  const auto told_everywhere = [&] {
    return std::vector{told("to-1"), told("to-2"), told("to-1", kNode), told("to-2", NodeId{"n-2"})};
  };
  EXPECT_EQ(told_everywhere(), (std::vector<std::size_t>{1, 0, 1, 0}));
  EXPECT_EQ(ask<std::vector<Explain::Told>>(Explain{today, today, AreaId{"to-1"}, kNode, {}}).result->at(0).volume_pct,
            60);
  pass(hours{2});
  on(Tick{});
  EXPECT_TRUE(ask<schedules::Difference>(CancelSchedule{made.result->row.schedule.id, {}}).result->changes.empty());
  start();
  EXPECT_EQ(told_everywhere(), (std::vector<std::size_t>{1, 0, 1, 0})) << "also what was, and after a restart";
}

TEST_F(ServerCoreTest, ALoudspeakerTakesItsOwnScheduleAlongAndOthersGiveWayToIt) {
  const WallTime start = now_.wall + hours{1};
  CreateSchedule alone = wanted(start, {});
  alone.wanted.nodes = {kNode};
  ASSERT_EQ(ask<ScheduleMade>(alone).refusal, "");
  ASSERT_EQ(schedule(start, {AreaId{"to-2"}}).refusal, "");
  link_.clear();
  const auto move = [&](const char* area) {
    return ask<ChangeNode::Changed>(ChangeNode{{kNode, AreaId{area}, "Loa"}, {}});
  };
  lose_signer();
  EXPECT_EQ(move("to-2").refusal, "signer.away");
  EXPECT_EQ(store_.load_node(kNode)->area, AreaId{"to-1"});
  find_signer();
  link_.clear();
  ASSERT_EQ(move("to-2").refusal, "");
  EXPECT_EQ(store_.load_node(kNode)->area, AreaId{"to-2"});
  ASSERT_THAT(link_.bodies<wire::Plan>(), SizeIs(1)) << "n-2 gives way, its own schedule came later";
  EXPECT_EQ(link_.sent().at(0).topic.node, NodeId{"n-2"});
  EXPECT_THAT(link_.bodies<wire::Plan>().at(0).plays, IsEmpty());
  const auto plan = wire::decode_body(wire::MessageType::kPlan, store_.load_plan(kNode)->body);
  EXPECT_THAT(std::get<wire::Plan>(std::get<wire::Message>(plan).body).plays, SizeIs(1)) << "it plays on as it did";
}

TEST_F(ServerCoreTest, AnAnnouncementThatIsTakenBackFallsSilentAtItsSingleLoudspeakers) {
  CreateSchedule alone = wanted(now_.wall + hours{1}, {});
  alone.wanted.nodes = {kNode};
  ASSERT_EQ(ask<ScheduleMade>(alone).refusal, "");
  link_.clear();
  ASSERT_EQ(ask<Announcement>(WithdrawAnnouncement{AnnouncementId{"a-greeting"}, "", {}}).refusal, "");
  ASSERT_THAT(link_.bodies<wire::Plan>(), SizeIs(1));
  EXPECT_EQ(link_.sent().at(0).topic.node, kNode);
  EXPECT_THAT(link_.bodies<wire::Plan>().at(0).plays, IsEmpty());
}

TEST_F(ServerCoreTest, APreviewChangesNothing) {
  const WallTime start = now_.wall + hours{1};
  CreateSchedule preview = wanted(start);
  preview.mode = EditMode::kPreview;
  const auto seen = ask<ScheduleMade>(preview);
  EXPECT_EQ(seen.refusal, "");
  EXPECT_EQ(seen.result->difference.added, 1);
  EXPECT_THAT(store_.load_schedules(), IsEmpty());
  EXPECT_THAT(link_.sent(), IsEmpty());
  EXPECT_EQ(schedule(start).refusal, "") << "the preview still holds its place";
}

TEST_F(ServerCoreTest, ARefusedScheduleHoldsNoPlace) {
  const WallTime start = now_.wall + hours{1};
  ASSERT_EQ(schedule(start, {AreaId{"to-1"}}).refusal, "");
  EXPECT_EQ(schedule(start).refusal, "schedule.overlaps");
  EXPECT_EQ(schedule(start, {AreaId{"to-2"}}).refusal, "");
}

TEST_F(ServerCoreTest, TermsAreRefusedWithNothingStored) {
  const WallTime start = now_.wall + hours{1};
  const auto refusal = [&](auto change) {
    CreateSchedule command = wanted(start);
    change(command.wanted);
    return ask<ScheduleMade>(command).refusal;
  };
  using schedules::Schedule;
  EXPECT_EQ(refusal([](Schedule& s) { s.later = milliseconds{-1}; }), "schedule.bad_later");
  EXPECT_EQ(refusal([](Schedule& s) { s.later = hours{24} + milliseconds{1}; }), "schedule.bad_later");
  EXPECT_EQ(refusal([](Schedule& s) { s.shortest = milliseconds{-1}; }), "schedule.bad_shortest");
  EXPECT_EQ(refusal([](Schedule& s) { s.shortest = seconds{31}; }), "schedule.bad_shortest");
  EXPECT_EQ(refusal([](Schedule& s) { s.session = "noon"; }), "schedule.unknown_session");
  EXPECT_EQ(refusal([](Schedule& s) {
              s.exception = schedules::Exception{schedules::ExceptionReason::kRepair, " "};
            }),
            "field.missing");
  EXPECT_THAT(store_.load_schedules(), IsEmpty());
  store_.add_announcement({AnnouncementId{"a-alarm"}, "Bão", "", AnnouncementClass::kEmergency, clip_named("greeting")},
                          kMorning);
  EXPECT_EQ(refusal([](Schedule& s) {
              s.announcement = AnnouncementId{"a-alarm"};
              s.stagger = seconds{1};
            }),
            "schedule.emergency_staggered");
}

TEST_F(ServerCoreTest, TheWardsRulesRefuseAndNameTheClause) {
  schedules::WardRules rules;
  rules.quiet = QuietHours{hours{21}, hours{5}};
  rules.weekdays.reset(2);  // Wednesday; today is Tuesday, 14:00
  rules.sessions = {{"afternoon", hours{16}, hours{18}, minutes{15}}};
  EXPECT_EQ(ask<WardRulesRow>(SetWardRules{" ", rules, {}}).refusal, "field.missing");
  const auto set = ask<WardRulesRow>(SetWardRules{"12/QĐ-UBND", rules, {}});
  EXPECT_EQ(set.refusal, "");
  EXPECT_EQ(set.result->version, 1);
  const WallTime sixteen = now_.wall + hours{2};
  EXPECT_EQ(schedule(sixteen - seconds{1}).refusal, "schedule.rule_outside_sessions");
  EXPECT_EQ(schedule(sixteen + hours{5}).refusal, "schedule.rule_quiet_hours");
  EXPECT_EQ(schedule(sixteen + hours{24}).refusal, "schedule.rule_weekday");
  EXPECT_EQ(schedule(sixteen).refusal, "");
  CreateSchedule excepted = wanted(sixteen + hours{24});
  excepted.wanted.exception = schedules::Exception{schedules::ExceptionReason::kGreatHoliday, "Chủ tịch phường"};
  EXPECT_EQ(ask<ScheduleMade>(excepted).refusal, "");
  EXPECT_EQ(store_.load_schedules().front().schedule.exception->words, "Chủ tịch phường");
}

TEST_F(ServerCoreTest, NewRulesPlanAnewAndKeepTheSessionsInUse) {
  schedules::WardRules rules;
  rules.sessions = {{"afternoon", hours{16}, hours{18}, minutes{15}}};
  ASSERT_EQ(ask<WardRulesRow>(SetWardRules{"1", rules, {}}).refusal, "");
  CreateSchedule packed = wanted(now_.wall + hours{1});
  packed.wanted.session = "afternoon";
  ASSERT_EQ(ask<ScheduleMade>(packed).refusal, "");
  EXPECT_EQ(link_.bodies<wire::Plan>().back().plays.at(0).start, station_from_wall(now_.wall + hours{2}));
  link_.clear();
  EXPECT_EQ(ask<WardRulesRow>(SetWardRules{"2", schedules::WardRules{}, {}}).refusal, "rules.session_in_use");
  EXPECT_THAT(store_.load_ward_rules(), SizeIs(1));
  EXPECT_EQ(plans_sent(), 0U);
  rules.sessions[0].from = hours{17};
  ASSERT_EQ(ask<WardRulesRow>(SetWardRules{"2", rules, {}}).refusal, "");
  ASSERT_EQ(plans_sent(), 2U);
  EXPECT_EQ(link_.bodies<wire::Plan>().back().plays.at(0).start, station_from_wall(now_.wall + hours{3}));
}

// The ward's rules with that announcement as the chime of its class.
SetWardRules chimed(const char* announcement, const char* decision = "1") {
  SetWardRules command{decision, {}, {}};
  command.rules.gap = seconds{6};
  command.rules.chimes[AnnouncementClass::kNormal].announcement = AnnouncementId{announcement};
  return command;
}

TEST_F(ServerCoreTest, WhatAMachineReadsIsNoChimeBeforeAPersonHasHeardIt) {
  const auto taken = ask<Recording>(SpeakAnnouncement{{"Mời nghe", "Mời nghe.", "Mời nghe.", {}}, {}});
  on(IntakeEnded{taken.result.value().id, clip_of("spoken", seconds{2})});
  const AnnouncementId spoken = store_.load_recording(taken.result.value().id)->announcement.value();
  EXPECT_EQ(ask<WardRulesRow>(chimed(spoken.str().c_str())).refusal, "announcement.not_heard");
  ASSERT_EQ(ask<Announcement>(HearAnnouncement{spoken, {}}).refusal, "");
  EXPECT_EQ(ask<WardRulesRow>(chimed(spoken.str().c_str())).refusal, "");
}

TEST_F(ServerCoreTest, AChimeIsLookedUpWhenTheRulesAreSaved) {
  add_announcement(store_, "bells", milliseconds{2'400});
  add_announcement(store_, "longest", seconds{10});
  add_announcement(store_, "too-long", milliseconds{10'001});
  EXPECT_EQ(ask<WardRulesRow>(chimed("a-nothing")).refusal, "announcement.unknown");
  EXPECT_EQ(ask<WardRulesRow>(chimed("a-too-long")).refusal, "rules.chime_too_long");
  EXPECT_THAT(store_.load_ward_rules(), IsEmpty());
  EXPECT_EQ(ask<WardRulesRow>(chimed("a-longest")).refusal, "");
  SetWardRules lying = chimed("a-bells");
  lying.rules.chimes[AnnouncementClass::kNormal].duration = milliseconds{1};
  lying.rules.chimes[AnnouncementClass::kNormal].clip = clip_named("greeting");
  EXPECT_EQ(ask<WardRulesRow>(lying).refusal, "");
  EXPECT_EQ(store_.load_ward_rules().at(0).rules.chimes.at(AnnouncementClass::kNormal),
            (schedules::Chime{AnnouncementId{"a-bells"}, clip_named("bells"), milliseconds{2'400}}));
}

TEST_F(ServerCoreTest, APlanNamesTheChimeAndCountsItEverywhere) {
  add_announcement(store_, "bells", milliseconds{2'400});
  ASSERT_EQ(ask<WardRulesRow>(chimed("a-bells")).refusal, "");
  const WallTime start = now_.wall + hours{1};
  ASSERT_EQ(schedule(start, {AreaId{"to-1"}}).refusal, "");
  const wire::Plan plan = link_.bodies<wire::Plan>().back();
  ASSERT_THAT(plan.plays, SizeIs(1));
  EXPECT_EQ(plan.plays[0].start, station_from_wall(start));
  EXPECT_EQ(plan.plays[0].chime, clip_named("bells"));
  EXPECT_EQ(plan.plays[0].longest, std::nullopt);
  EXPECT_EQ(plan.clips.at(clip_named("bells")).duration, milliseconds{2'400});
  EXPECT_EQ(wire::length_of(plan.plays[0], plan.clips), milliseconds{32'700});

  const milliseconds apart{32'700 + 6'000};
  EXPECT_EQ(schedule(start + apart - microseconds{1}, {AreaId{"to-1"}}).refusal, "schedule.overlaps");
  EXPECT_EQ(schedule(start + apart, {AreaId{"to-1"}}).refusal, "");

  CreateSchedule silent = wanted(start + hours{1}, {AreaId{"to-1"}});
  silent.wanted.chime = schedules::ChimeTerm::kNone;
  ASSERT_EQ(ask<ScheduleMade>(silent).refusal, "");
  EXPECT_EQ(link_.bodies<wire::Plan>().back().plays.at(2).chime, std::nullopt);
}

TEST_F(ServerCoreTest, TheRootKeysPolicyCountsTheChime) {
  add_announcement(store_, "bells", milliseconds{2'400});
  Policy rules = test::open_policy();
  rules.by_default.longest_play = seconds{32};
  set_rules(rules);
  const WallTime start = now_.wall + hours{1};
  ASSERT_EQ(schedule(start).refusal, "");
  ASSERT_EQ(ask<WardRulesRow>(chimed("a-bells")).refusal, "");
  EXPECT_THAT(link_.bodies<wire::Plan>().back().plays, IsEmpty()) << "with its chime it is 32.7 s";
  EXPECT_EQ(schedule(start + hours{1}).refusal, "schedule.policy_longest_play");
}

TEST_F(ServerCoreTest, AChimeChangesWhatIsToComeAndNothingThatHasBegun) {
  add_announcement(store_, "bells", milliseconds{2'400});
  add_announcement(store_, "gong", milliseconds{4'400});
  ASSERT_EQ(ask<WardRulesRow>(chimed("a-bells")).refusal, "");
  const WallTime first = now_.wall + minutes{1};
  ASSERT_EQ(schedule(first, {AreaId{"to-1"}}).refusal, "");
  ASSERT_EQ(schedule(first + minutes{5}, {AreaId{"to-1"}}).refusal, "");
  pass(seconds{55});
  ASSERT_EQ(ask<WardRulesRow>(chimed("a-gong", "2")).refusal, "");
  const auto expect_plan = [&] {
    const auto held = wire::decode_body(wire::MessageType::kPlan, store_.load_plan(kNode)->body);
    const auto& plan = std::get<wire::Plan>(std::get<wire::Message>(held).body);
    ASSERT_THAT(plan.plays, SizeIs(2));
    EXPECT_EQ(plan.plays[0].chime, clip_named("bells"));
    EXPECT_EQ(plan.plays[0].longest, std::nullopt);
    EXPECT_EQ(plan.plays[1].chime, clip_named("gong"));
  };
  expect_plan();
  // And so after a restart, from the books.
  start();
  ASSERT_EQ(ask<ScheduleMade>(wanted(first + hours{1}, {AreaId{"to-2"}})).refusal, "");
  ASSERT_EQ(ask<WardRulesRow>(chimed("a-gong", "3")).refusal, "");
  expect_plan();
}

TEST_F(ServerCoreTest, WhatLackedItsChimeIsBookedAsPlayed) {
  ASSERT_EQ(schedule(now_.wall + hours{1}, {AreaId{"to-1"}}).refusal, "");
  PlannedPlay play = play_of(store_.load_schedules().at(0).schedule);
  pass(hours{2});
  say(wire::Outcomes{{outcome_of(play, OutcomeResult::kPlayed, reason::kChimeMissing)}});
  ASSERT_THAT(store_.load_outcomes({}), SizeIs(1));
  EXPECT_EQ(store_.load_outcomes({}).at(0).outcome.reason, reason::kChimeMissing);
}

TEST_F(ServerCoreTest, NewRulesPutNothingIntoThePast) {
  schedules::WardRules rules;
  rules.sessions = {{"afternoon", hours{16}, hours{18}, minutes{15}}};
  ASSERT_EQ(ask<WardRulesRow>(SetWardRules{"1", rules, {}}).refusal, "");
  CreateSchedule patient = wanted(now_.wall + hours{1});  // 15:00, so put off to the session
  patient.wanted.later = hours{2};
  ASSERT_EQ(ask<ScheduleMade>(patient).refusal, "");
  pass(minutes{90});
  on(Tick{});
  link_.clear();
  ASSERT_EQ(ask<WardRulesRow>(SetWardRules{"2", schedules::WardRules{}, {}}).refusal, "");
  ASSERT_THAT(link_.bodies<wire::Plan>().back().plays, SizeIs(1));
  EXPECT_GE(link_.bodies<wire::Plan>().back().plays[0].start, station_from_wall(now_.wall));
}

TEST_F(ServerCoreTest, ThePolicyOfTheRootKeyIsAskedBeforeAScheduleIsWritten) {
  Policy policy;
  policy.utc_offset = hours{7};
  policy.by_default.ceiling_pct.fill(80);
  policy.by_default.longest_play = seconds{30};
  policy.by_default.most_per_day = minutes{1};
  policy.by_default.starts_per_hour = 1;
  policy.nodes[NodeId{"n-2"}] = policy.by_default;
  policy.nodes[NodeId{"n-2"}].quiet = QuietHours{hours{15}, hours{16}};
  set_rules(policy);
  const auto partly = schedule(now_.wall + hours{1});
  ASSERT_EQ(partly.refusal, "");
  ASSERT_THAT(partly.result->kept, SizeIs(1));
  EXPECT_EQ(partly.result->kept[0].node, NodeId{"n-2"});
  EXPECT_EQ(partly.result->kept[0].clause, schedules::PolicyClause::kQuietHours);
  EXPECT_EQ(schedule(now_.wall + minutes{90}, {AreaId{"to-2"}}).refusal, "schedule.policy_quiet_hours");
  EXPECT_EQ(schedule(now_.wall + minutes{90}, {AreaId{"to-1"}}).refusal, "schedule.policy_starts_per_hour");
  EXPECT_EQ(schedule(now_.wall + hours{3}, {AreaId{"to-1"}}).refusal, "");
  EXPECT_EQ(schedule(now_.wall + hours{5}, {AreaId{"to-1"}}).refusal, "schedule.policy_minutes_per_day");
  EXPECT_THAT(store_.load_schedules(), SizeIs(2));
}

TEST_F(ServerCoreTest, EveryDayCanBeExplainedAndHistoryStays) {
  const civil::Day today{std::chrono::local_days{std::chrono::year{2026} / 11 / 24}};
  const auto explain = [&](std::optional<AreaId> area) {
    return ask<std::vector<Explain::Told>>(Explain{today, today, std::move(area), {}, {}});
  };
  const auto first = schedule(now_.wall + hours{1}, {AreaId{"to-1"}});
  CreateSchedule patient = wanted(now_.wall + hours{1});
  patient.wanted.later = minutes{5};
  const auto second = ask<ScheduleMade>(patient);
  ASSERT_EQ(second.refusal, "");
  auto told = explain(std::nullopt);
  ASSERT_THAT(told.result.value(), SizeIs(2));
  EXPECT_EQ(told.result->at(0).row.fate.verdict, schedules::Verdict::kPlays);
  EXPECT_EQ(told.result->at(0).row.title, "Thông báo");
  EXPECT_EQ(told.result->at(1).row.fate.verdict, schedules::Verdict::kShifted);
  EXPECT_EQ(told.result->at(1).row.winner, first.result->row.schedule.id);
  EXPECT_THAT(explain(AreaId{"to-2"}).result.value(), SizeIs(1));
  EXPECT_THAT(explain(AreaId{"phu-lien"}).result.value(), SizeIs(1)) << "a loudspeaker on the ward's own mast";

  pass(hours{2});
  on(Tick{});
  EXPECT_THAT(store_.load_fates(kMorning, now_.wall), SizeIs(2));
  EXPECT_THAT(ask<schedules::Difference>(CancelSchedule{first.result->row.schedule.id, {}}).result->changes, IsEmpty());
  EXPECT_THAT(explain(AreaId{"to-1"}).result.value(), SizeIs(2)) << "what was is not undone by a cancellation";
  start();
  told = explain(std::nullopt);
  ASSERT_THAT(told.result.value(), SizeIs(2));
  EXPECT_EQ(told.result->at(1).row.fate.verdict, schedules::Verdict::kShifted) << "decided anew after a restart";

  const auto refusal = [&](civil::Day from, civil::Day to) {
    return ask<std::vector<Explain::Told>>(Explain{from, to, std::nullopt, {}, {}}).refusal;
  };
  EXPECT_EQ(refusal(today, today - std::chrono::days{1}), "explain.bad_range");
  EXPECT_EQ(refusal(today, today + std::chrono::days{92}), "explain.bad_range");
  EXPECT_EQ(refusal(today + std::chrono::days{400}, today + std::chrono::days{400}), "explain.too_far");
  EXPECT_EQ(explain(AreaId{"nowhere"}).refusal, "area.unknown");
}

TEST_F(ServerCoreTest, ALoudspeakerIsToldHowLoudItsPlaysWillBeAndWhichItMayNotPlay) {
  Policy policy;
  policy.utc_offset = hours{7};
  policy.by_default.ceiling_pct.fill(50);
  policy.by_default.longest_play = minutes{10};
  policy.by_default.most_per_day = hours{1};
  policy.by_default.starts_per_hour = 1;
  policy.nodes[NodeId{"n-2"}] = policy.by_default;
  policy.nodes[NodeId{"n-2"}].ceiling_pct.fill(80);
  set_rules(policy);
  schedules::WardRules rules;
  rules.classes = {{"school", {AreaId{"to-2"}}, {{hours{15}, hours{16}, 30}}}};
  ASSERT_EQ(ask<WardRulesRow>(SetWardRules{"1", rules, {}}).refusal, "");
  rules.classes[0].areas = {AreaId{"nowhere"}};
  EXPECT_EQ(ask<WardRulesRow>(SetWardRules{"2", rules, {}}).refusal, "area.unknown");
  const auto made = schedule(now_.wall + hours{1});  // 15:00, at 60 %
  ASSERT_EQ(made.refusal, "");
  ASSERT_THAT(made.result->softer, SizeIs(2));
  EXPECT_EQ(made.result->softer[0].volume_pct, 50) << "the root key's ceiling";
  EXPECT_EQ(made.result->softer[1].volume_pct, 30) << "the ward's, by the class of its area";
  const auto plans = link_.bodies<wire::Plan>();
  EXPECT_EQ(plans.at(plans.size() - 2).plays.at(0).volume_pct, 50);
  EXPECT_EQ(plans.back().plays.at(0).volume_pct, 30);

  ASSERT_EQ(ask<ScheduleMade>(wanted(now_.wall + hours{5})).refusal, "");
  const civil::Day today = civil::parse_day("2026-11-24");
  const auto told = ask<std::vector<Explain::Told>>(Explain{today, today, AreaId{"to-2"}, NodeId{"n-2"}, {}});
  ASSERT_THAT(told.result.value(), SizeIs(2));
  EXPECT_EQ(told.result->at(0).volume_pct, 30);
  EXPECT_EQ(told.result->at(1).volume_pct, 60);
  EXPECT_FALSE(told.result->at(0).kept);

  // Written while the policy allowed it.
  policy.nodes[NodeId{"n-2"}].quiet = QuietHours{hours{18}, hours{20}};
  set_rules(policy);
  const auto later = ask<std::vector<Explain::Told>>(Explain{today, today, AreaId{"to-2"}, NodeId{"n-2"}, {}});
  EXPECT_EQ(later.result->at(1).kept, schedules::PolicyClause::kQuietHours);
  EXPECT_FALSE(later.result->at(1).volume_pct);
}

TEST_F(ServerCoreTest, FatesThatCannotBeStoredAreDecidedAgain) {
  ASSERT_EQ(schedule(now_.wall + hours{1}).refusal, "");
  pass(hours{1});
  break_table("fates", "INSERT");
  on(Tick{});
  EXPECT_THAT(store_.load_fates(kMorning, now_.wall + hours{1}), IsEmpty());
  mend_table("fates", "INSERT");
  on(Tick{});
  EXPECT_THAT(store_.load_fates(kMorning, now_.wall + hours{1}), SizeIs(1));
}

// --- editing

TEST_F(ServerCoreTest, AnEditKeepsIdAndAgeAndSaysWhatItChanges) {
  const auto made = schedule(now_.wall + hours{1}, {AreaId{"to-1"}});
  ASSERT_EQ(schedule(now_.wall + hours{2}, {AreaId{"to-1"}}).refusal, "");
  link_.clear();
  pass(minutes{1});
  EditSchedule edit = edit_of(made);
  edit.wanted.rule = schedules::Once{now_.wall + hours{2} - seconds{40}};
  edit.wanted.volume_pct = 30;
  const auto edited = ask<ScheduleMade>(edit);
  ASSERT_EQ(edited.refusal, "");
  EXPECT_EQ(edited.result->row.schedule.id, made.result->row.schedule.id);
  EXPECT_EQ(edited.result->difference.moved, 1);
  EXPECT_EQ(edited.result->difference.cancelled, 1) << "it is the older one";
  ASSERT_EQ(plans_sent(), 1U);
  ASSERT_THAT(link_.bodies<wire::Plan>().at(0).plays, SizeIs(1));
  EXPECT_EQ(link_.bodies<wire::Plan>().at(0).plays[0].volume_pct, 30);
  EXPECT_EQ(store_.load_schedule(made.result->row.schedule.id)->schedule, edited.result->row.schedule);
  EXPECT_THAT(store_.load_former_versions(made.result->row.schedule.id), SizeIs(1));
  start();
  on(Tick{});
  const auto again = ask<ScheduleMade>(edit_of(made));
  EXPECT_EQ(again.refusal, "");
  EXPECT_EQ(again.result->difference.moved, 1);
  EXPECT_EQ(again.result->difference.added, 1) << "as old after a restart, too";
}

TEST_F(ServerCoreTest, AnEditReachesWhomItLeavesAndWhomItOnlyMakesLouder) {
  const auto made = schedule(now_.wall + hours{1}, {AreaId{"to-1"}});
  link_.clear();
  EditSchedule edit = edit_of(made);
  edit.wanted.areas = {AreaId{"to-2"}};
  ASSERT_EQ(ask<ScheduleMade>(edit).refusal, "");
  ASSERT_EQ(plans_sent(), 2U);
  EXPECT_THAT(link_.bodies<wire::Plan>().at(0).plays, IsEmpty());
  EXPECT_THAT(link_.bodies<wire::Plan>().at(1).plays, SizeIs(1));
  EXPECT_THAT(store_.promised_plays(kNode), IsEmpty());
  link_.clear();
  edit.wanted.volume_pct = 90;
  ASSERT_EQ(ask<ScheduleMade>(edit).refusal, "");
  ASSERT_EQ(plans_sent(), 1U);
  EXPECT_EQ(link_.bodies<wire::Plan>().at(0).plays.at(0).volume_pct, 90);
}

TEST_F(ServerCoreTest, APreviewOfAnEditChangesNothing) {
  const auto made = schedule(now_.wall + hours{1});
  const auto before = store_.load_schedules().at(0).schedule;
  link_.clear();
  EditSchedule edit = edit_of(made);
  edit.wanted.rule = schedules::Once{now_.wall + hours{3}};
  edit.mode = EditMode::kPreview;
  EXPECT_EQ(ask<ScheduleMade>(edit).result.value().difference.moved, 1);
  EXPECT_EQ(store_.load_schedules().at(0).schedule, before);
  EXPECT_THAT(store_.load_former_versions(before.id), IsEmpty());
  EXPECT_THAT(link_.sent(), IsEmpty());
  EXPECT_EQ(schedule(now_.wall + hours{1}).refusal, "schedule.overlaps") << "the schedule lost its place";
  EXPECT_EQ(schedule(now_.wall + hours{3}).refusal, "") << "the preview still holds its place";
}

TEST_F(ServerCoreTest, EditsAreRefusedAsNewSchedulesAreAndLeaveItAsItWas) {
  const WallTime start = now_.wall + hours{1};
  const auto made = schedule(start);
  ASSERT_EQ(schedule(start + hours{1}).refusal, "");
  const auto refusal = [&](auto change) {
    EditSchedule edit = edit_of(made);
    change(edit.wanted);
    return ask<ScheduleMade>(edit).refusal;
  };
  using schedules::Schedule;
  add_announcement(store_, "other", seconds{30});
  EXPECT_EQ(refusal([](Schedule& s) { s.announcement = AnnouncementId{"a-other"}; }), "schedule.other_announcement");
  EXPECT_EQ(refusal([](Schedule& s) { s.id = ScheduleId{"s-nothing"}; }), "schedule.unknown");
  EXPECT_EQ(refusal([](Schedule& s) { s.areas = {AreaId{"nowhere"}}; }), "area.unknown");
  EXPECT_EQ(refusal([](Schedule& s) { s.volume_pct = 0; }), "schedule.bad_volume");
  EXPECT_EQ(refusal([](Schedule& s) { s.session = "noon"; }), "schedule.unknown_session");
  EXPECT_EQ(refusal([&](Schedule& s) { s.rule = schedules::Once{now_.wall + seconds{7}}; }), "schedule.too_soon");
  EXPECT_EQ(refusal([](Schedule& s) {
              s.rule = schedules::Recurring{{civil::parse_time("2020-01-01T06:00"),
                                             civil::Zone{"Asia/Ho_Chi_Minh"},
                                             {recurrence::parse_rule("FREQ=DAILY;COUNT=3")},
                                             {},
                                             {},
                                             {},
                                             {}},
                                            {}};
            }),
            "schedule.never");
  EXPECT_EQ(refusal([&](Schedule& s) {
              s.rule = schedules::Once{start + hours{1} + seconds{5}};
              s.rank = 1;
            }),
            "schedule.overlaps");
  EXPECT_EQ(store_.load_schedule(made.result->row.schedule.id)->schedule, made.result->row.schedule);
  EXPECT_THAT(store_.load_former_versions(made.result->row.schedule.id), IsEmpty());
  EXPECT_EQ(schedule(start).refusal, "schedule.overlaps") << "it lost its place by a refusal";

  ASSERT_EQ(ask<schedules::Difference>(CancelSchedule{made.result->row.schedule.id, {}}).refusal, "");
  EXPECT_EQ(refusal([](Schedule&) {}), "schedule.cancelled");
  const auto over = schedule(start);
  pass(hours{1});
  EditSchedule late = edit_of(over);
  late.wanted.rule = schedules::Once{now_.wall + hours{3}};
  EXPECT_EQ(ask<ScheduleMade>(late).refusal, "schedule.over");
}

TEST_F(ServerCoreTest, WhatHasBegunStaysAsItWasDecidedAndIsExplainedSo) {
  const WallTime start = now_.wall + hours{1};
  CreateSchedule daily = wanted(start, {AreaId{"to-1"}});
  const civil::Zone zone{"Asia/Ho_Chi_Minh"};
  const auto every_day_at = [&](WallTime first) {
    return schedules::Recurring{{zone.to_civil(first), zone, {recurrence::parse_rule("FREQ=DAILY")}, {}, {}, {}, {}},
                                {}};
  };
  daily.wanted.rule = every_day_at(start);
  const auto made = ask<ScheduleMade>(daily);
  ASSERT_EQ(made.refusal, "");
  pass(hours{1} + seconds{10});  // it sounds
  link_.clear();
  EditSchedule edit = edit_of(made);
  edit.wanted.rule = every_day_at(start + minutes{30});
  edit.wanted.areas = {AreaId{"to-2"}};
  const auto edited = ask<ScheduleMade>(edit);
  ASSERT_EQ(edited.refusal, "");
  EXPECT_EQ(edited.result->difference.added, 1) << "today for the second time";
  EXPECT_EQ(edited.result->difference.cancelled, 0);
  const auto plays_of = [&](const NodeId& node) {
    std::vector<wire::PlannedPlay> plays;
    for (const auto& sent : link_.sent())
      if (sent.topic.node == node) plays = std::get<wire::Plan>(sent.message.body).plays;
    return plays;
  };
  ASSERT_THAT(plays_of(kNode), SizeIs(1)) << "what sounds goes on, and nothing else is left there";
  EXPECT_EQ(plays_of(kNode)[0].start, station_from_wall(start));
  EXPECT_THAT(plays_of(NodeId{"n-2"}), SizeIs(7));

  const auto explained = [&](const char* area) {
    return ask<std::vector<Explain::Told>>(Explain{std::nullopt, std::nullopt, AreaId{area}, {}, {}}).result.value();
  };
  for (int restart = 0; restart < 2; ++restart) {
    ASSERT_THAT(explained("to-1"), SizeIs(1)) << "by the areas of then";
    EXPECT_EQ(explained("to-1")[0].row.due, start);
    ASSERT_THAT(explained("to-2"), SizeIs(1));
    EXPECT_EQ(explained("to-2")[0].row.due, start + minutes{30});
    start_again_and_tick();
    EXPECT_THAT(store_.load_plan(kNode)->body, testing::HasSubstr(made.result->row.schedule.id.str()))
        << "a restart cut off what sounds";
  }
  pass(hours{24 * 9});
  on(Tick{});
  const civil::Day day = civil::day_of(zone.to_civil(start));
  const auto then = ask<std::vector<Explain::Told>>(Explain{day, day, AreaId{"to-1"}, {}, {}}).result.value();
  ASSERT_THAT(then, SizeIs(1));
  EXPECT_EQ(then[0].row.due, start);
  ASSERT_EQ(ask<schedules::Difference>(CancelSchedule{made.result->row.schedule.id, {}}).refusal, "");
  EXPECT_THAT(ask<std::vector<Explain::Told>>(Explain{day, day, AreaId{"to-1"}, {}, {}}).result.value(), SizeIs(1));
  EXPECT_THAT(ask<std::vector<Explain::Told>>(Explain{day, day, AreaId{"to-2"}, {}, {}}).result.value(), SizeIs(1));
}

TEST_F(ServerCoreTest, AnEditAndItsPlansAreStoredTogetherOrNotAtAll) {
  const auto made = schedule(now_.wall + hours{1});
  link_.clear();
  break_table("plans", "UPDATE");
  EditSchedule edit = edit_of(made);
  edit.wanted.rule = schedules::Once{now_.wall + hours{2}};
  EXPECT_EQ(ask<ScheduleMade>(edit).refusal, "db.constraint");
  EXPECT_EQ(store_.load_schedule(made.result->row.schedule.id)->schedule, made.result->row.schedule);
  EXPECT_THAT(store_.load_former_versions(made.result->row.schedule.id), IsEmpty());
  EXPECT_THAT(link_.sent(), IsEmpty());
  mend_table("plans", "UPDATE");
  EXPECT_EQ(schedule(now_.wall + hours{1}).refusal, "schedule.overlaps") << "the timetable follows an undone edit";
  EXPECT_EQ(ask<ScheduleMade>(edit).refusal, "");
}

// --- campaigns

class Campaigns : public ServerCoreTest {
 protected:
  Campaigns() {
    add_announcement(store_, "fees", seconds{30});
    add_announcement(store_, "hours", seconds{30});
  }

  // Daily at 15:00 of the ward, from today on.
  static CreateCampaign rotation(const char* rule = "FREQ=DAILY;COUNT=10") {
    CreateCampaign command;
    command.campaign.title = "Chính quyền thân thiện";
    command.pool = {AnnouncementId{"a-fees"}, AnnouncementId{"a-hours"}};
    command.terms.areas = {AreaId{"phu-lien"}};
    command.terms.rule = schedules::Recurring{{civil::parse_time("2026-11-24T15:00"),
                                               civil::Zone{"Asia/Ho_Chi_Minh"},
                                               {recurrence::parse_rule(rule)},
                                               {},
                                               {},
                                               {},
                                               {}},
                                              {},
                                              {}};
    command.terms.volume_pct = 60;
    return command;
  }
  static CreateCampaign disclosure(const char* rule = "FREQ=DAILY;COUNT=4") {
    CreateCampaign command = rotation(rule);
    command.campaign.title = "Công khai phí, lệ phí";
    command.campaign.kind = CampaignKind::kDisclosure;
    command.campaign.source = "15/TB-UBND";
    command.terms.later = minutes{5};
    return command;
  }
  std::string refusal(const CreateCampaign& command) { return ask<CampaignMade>(command).refusal; }
  // The nodes report every play that was planned after `since` and has ended.
  void all_is_played(const std::vector<NodeId>& nodes = {NodeId{"n-1"}, NodeId{"n-2"}},
                     WallTime since = WallTime::min()) {
    for (const NodeId& node : nodes) {
      std::vector<wire::Outcome> outcomes;
      for (const wire::Plan& plan : link_.bodies<wire::Plan>())
        for (const wire::PlannedPlay& play : plan.plays) {
          const WallTime start = wall_from_station(play.start);
          if (start < since || start + minutes{1} > now_.wall) continue;
          wire::Outcome outcome;
          outcome.play = play.play;
          outcome.announcement = play.announcement;
          outcome.clip = play.clip;
          outcome.planned = play.start;
          outcome.result = OutcomeResult::kPlayed;
          outcome.heard = seconds{30};
          outcomes.push_back(std::move(outcome));
        }
      store_.book_outcomes(node, outcomes, now_.wall);
    }
  }
  // Whole minutes of the ward's clock at which the messages of the next week sound, as the first node's plan has it.
  std::vector<std::string> planned() {
    std::vector<std::string> told;
    const wire::Plan newest = link_.bodies<wire::Plan>().back();
    for (const wire::PlannedPlay& play : newest.plays)
      told.push_back(play.announcement.str() + " " + format_utc(wall_from_station(play.start) + hours{7}).substr(8, 8));
    return told;
  }
};

TEST_F(Campaigns, MessagesTakeTurnsInThePlans) {
  const auto made = ask<CampaignMade>(rotation());
  ASSERT_EQ(made.refusal, "");
  EXPECT_EQ(made.result->difference.added, 10);
  EXPECT_THAT(made.result->schedules, SizeIs(2));
  EXPECT_THAT(planned(), ElementsAre("a-fees 24T15:00", "a-hours 25T15:00", "a-hours 26T15:00", "a-fees 27T15:00",
                                     "a-fees 28T15:00", "a-hours 29T15:00", "a-hours 30T15:00"));
  EXPECT_THAT(store_.load_campaigns(), SizeIs(1));
  EXPECT_EQ(ask<schedules::Difference>(CancelSchedule{made.result->schedules[0].id, {}}).refusal,
            "schedule.of_campaign");
  // After a restart it is the same campaign.
  start();
  link_.clear();
  on(Tick{});
  pass(hours{13});
  on(Tick{});
  EXPECT_EQ(planned().front(), "a-hours 25T15:00");

  const auto cancelled = ask<schedules::Difference>(CancelCampaign{made.result->campaign.id, {}});
  ASSERT_EQ(cancelled.refusal, "");
  EXPECT_EQ(cancelled.result->cancelled, 9);
  EXPECT_THAT(planned(), IsEmpty());
  EXPECT_TRUE(store_.load_campaigns()[0].cancelled.has_value());
  EXPECT_THAT(store_.load_active_schedules(), IsEmpty());
  EXPECT_EQ(ask<schedules::Difference>(CancelCampaign{made.result->campaign.id, {}}).refusal, "");
  EXPECT_EQ(ask<schedules::Difference>(CancelCampaign{CampaignId{"c-none"}, {}}).refusal, "campaign.unknown");
}

TEST_F(Campaigns, SessionsHaveTheirTurnsAndTheCap) {
  add_announcement(store_, "third", seconds{30});
  schedules::WardRules rules;
  rules.sessions = {{"sáng", hours{6}, hours{7}, minutes{15}}, {"chiều", hours{16}, hours{17}, minutes{15}}};
  ASSERT_EQ(ask<WardRulesRow>(SetWardRules{"1", rules, {}}).refusal, "");
  CreateCampaign command = rotation("FREQ=DAILY;COUNT=3");
  command.pool.push_back(AnnouncementId{"a-third"});
  command.sessions = {"sáng", "chiều"};
  command.per_turn = 2;
  ASSERT_EQ(refusal(command), "");
  // The first session of today is over when the campaign is made, so its two have had their turn in vain.
  EXPECT_THAT(planned(), ElementsAre("a-hours 24T16:00", "a-third 24T16:00",  // of the morning: a-fees, a-hours
                                     "a-fees 25T06:00", "a-third 25T06:00", "a-fees 25T16:00", "a-third 25T16:00",
                                     "a-fees 26T06:00", "a-hours 26T06:00", "a-hours 26T16:00", "a-third 26T16:00"));
  EXPECT_EQ(ask<WardRulesRow>(SetWardRules{"2", schedules::WardRules{}, {}}).refusal, "rules.session_in_use");
}

TEST_F(Campaigns, WhatCannotBeIsRefusedAndNothingIsKept) {
  CreateCampaign command = rotation();
  command.pool.clear();
  EXPECT_EQ(refusal(command), "campaign.bad_pool");
  command.pool = {AnnouncementId{"a-fees"}, AnnouncementId{"a-fees"}};
  EXPECT_EQ(refusal(command), "campaign.bad_pool");
  command.pool.clear();
  for (int i = 0; i < 51; ++i) command.pool.emplace_back("a-" + std::to_string(i));
  EXPECT_EQ(refusal(command), "campaign.bad_pool");
  command.pool = {AnnouncementId{"a-fees"}, AnnouncementId{"a-none"}};
  EXPECT_EQ(refusal(command), "announcement.unknown");
  store_.add_announcement({AnnouncementId{"a-fire"}, "Cháy", "", AnnouncementClass::kEmergency, clip_named("fees")},
                          kMorning);
  command.pool = {AnnouncementId{"a-fees"}, AnnouncementId{"a-fire"}};
  EXPECT_EQ(refusal(command), "campaign.emergency");
  command = rotation();
  command.sessions = {"sáng", "sáng"};
  EXPECT_EQ(refusal(command), "campaign.bad_sessions");
  command.sessions = {"sáng"};
  EXPECT_EQ(refusal(command), "schedule.unknown_session");
  command = rotation();
  command.per_turn = 3;
  EXPECT_EQ(refusal(command), "campaign.bad_per_turn");
  command.per_turn = 2;
  EXPECT_EQ(refusal(command), "campaign.no_room");
  command.terms.later = minutes{5};
  command.mode = EditMode::kPreview;
  EXPECT_EQ(refusal(command), "");
  EXPECT_EQ(refusal(rotation("FREQ=DAILY")), "campaign.too_long");
  EXPECT_EQ(refusal(rotation("FREQ=YEARLY;COUNT=3")), "campaign.too_long");
  command = rotation();
  command.terms.rule = schedules::Once{now_.wall + hours{1}};
  EXPECT_EQ(refusal(command), "campaign.not_recurring");
  command = rotation();
  command.campaign.source = "15/TB-UBND";
  EXPECT_EQ(refusal(command), "campaign.not_a_disclosure");
  command = rotation();
  command.campaign.title = " ";
  EXPECT_EQ(refusal(command), "field.missing");
  command = disclosure();
  command.campaign.source = "";
  EXPECT_EQ(refusal(command), "field.missing");
  command = disclosure();
  command.per_turn = 1;
  EXPECT_EQ(refusal(command), "campaign.whole_pool");
  command = disclosure();
  command.campaign.consecutive_days = 2;
  EXPECT_EQ(refusal(command), "campaign.bad_days");
  EXPECT_THAT(store_.load_campaigns(), IsEmpty());
  EXPECT_THAT(store_.load_schedules(), IsEmpty());
  break_table("schedule_areas", "INSERT");
  EXPECT_EQ(refusal(rotation()), "db.constraint");
  EXPECT_THAT(store_.load_campaigns(), IsEmpty());
  mend_table("schedule_areas", "INSERT");
  EXPECT_EQ(refusal(rotation()), "") << "the timetable still has what was refused";
}

TEST_F(Campaigns, EveryMessageMustSound) {
  // The second message would only ever have the hour that another announcement holds.
  ASSERT_EQ(schedule(*parse_utc("2026-11-25T08:00:00Z")).refusal, "");
  EXPECT_EQ(refusal(rotation("FREQ=DAILY;COUNT=2")), "schedule.overlaps");
  EXPECT_EQ(refusal(rotation("FREQ=DAILY;COUNT=3")), "");
}

TEST_F(Campaigns, ADisclosureNeedsItsDaysInARow) {
  EXPECT_EQ(refusal(disclosure("FREQ=DAILY;COUNT=2")), "campaign.too_few_days");
  EXPECT_EQ(refusal(disclosure("FREQ=DAILY;INTERVAL=2;COUNT=5")), "campaign.too_few_days");
  schedules::WardRules rules;
  rules.weekdays = 0b0011111;
  ASSERT_EQ(ask<WardRulesRow>(SetWardRules{"1", rules, {}}).refusal, "");
  // Today is a Tuesday: Wednesday to Friday are three, Thursday to Sunday two.
  EXPECT_EQ(refusal(disclosure("FREQ=WEEKLY;BYDAY=TH,FR,SA,SU;COUNT=4")), "campaign.too_few_days");
  EXPECT_EQ(refusal(disclosure("FREQ=WEEKLY;BYDAY=WE,TH,FR;COUNT=3")), "");
  CreateCampaign four = disclosure("FREQ=WEEKLY;BYDAY=WE,TH,FR;COUNT=9");
  four.campaign.consecutive_days = 4;
  EXPECT_EQ(refusal(four), "campaign.too_few_days");
}

TEST_F(Campaigns, NoEditTakesTheDaysOfADisclosureButAnEmergency) {
  CreateCampaign command = disclosure("FREQ=DAILY;COUNT=3");
  command.terms.later = minutes{2};
  ASSERT_EQ(refusal(command), "");
  add_clip(store_, "long", minutes{10});
  const auto taking = [&](AnnouncementClass announcement_class) {
    const std::string id = "a-" + std::string{to_string(announcement_class)};
    store_.add_announcement({AnnouncementId{id}, "Dài", "", announcement_class, clip_named("long")}, kMorning);
    CreateSchedule schedule = wanted(*parse_utc("2026-11-25T07:59:00Z"));
    schedule.wanted.announcement = AnnouncementId{id};
    return schedule;
  };
  const auto priority = taking(AnnouncementClass::kPriority);
  EXPECT_EQ(ask<ScheduleMade>(priority).refusal, "campaign.would_break");
  schedules::WardRules rules;
  rules.weekdays = 0b0000010;  // Tuesdays
  EXPECT_EQ(ask<WardRulesRow>(SetWardRules{"1", rules, {}}).refusal, "campaign.would_break");
  EXPECT_THAT(store_.load_ward_rules(), IsEmpty());
  EXPECT_EQ(planned().size(), 6U);
  EXPECT_EQ(ask<ScheduleMade>(taking(AnnouncementClass::kEmergency)).refusal, "");
}

TEST_F(Campaigns, AMissedDayOfADisclosureRaisesTheAlarmOnThatDay) {
  ASSERT_EQ(refusal(disclosure("FREQ=DAILY;COUNT=5")), "");
  on(Tick{});
  pass(hours{1} + minutes{10});  // 15:10: both have sounded, not all reports need be there
  on(Tick{});
  EXPECT_THAT(alarms(), IsEmpty());
  all_is_played({NodeId{"n-1"}});
  pass(minutes{20});
  on(Tick{});
  EXPECT_THAT(alarms(), ElementsAre("campaign.missed"));
  EXPECT_EQ(alarms_.list()[0].args[0], "Công khai phí, lệ phí, 2026-11-24: 1/2");
  const CampaignId id = store_.load_campaigns()[0].id;
  // The other one was only cut off: its reports count when they come.
  all_is_played();
  pass(hours{1});
  on(Tick{});
  EXPECT_THAT(alarms(), IsEmpty());
  ASSERT_THAT(store_.load_campaign_days(id), SizeIs(1));
  EXPECT_TRUE(store_.load_campaign_days(id)[0].is_proved());

  // The second day is missed; three in a row after it make it good.
  pass(hours{24});
  on(Tick{});
  EXPECT_THAT(alarms(), ElementsAre("campaign.missed"));
  start();
  on(Tick{});
  EXPECT_THAT(alarms(), ElementsAre("campaign.missed"));
  const WallTime missed = now_.wall;
  for (int day = 0; day < 3; ++day) {
    pass(hours{24});
    all_is_played({NodeId{"n-1"}, NodeId{"n-2"}}, missed);
    on(Tick{});
    EXPECT_EQ(alarms().empty(), day == 2) << day;
  }
  const auto counts = store_.count_messages(id);
  ASSERT_THAT(counts, SizeIs(2));
  EXPECT_EQ(counts[0].planned, 10);
  EXPECT_EQ(counts[0].played, 8);
}

TEST_F(Campaigns, DaysThatAreApartDoNotMakeUpForAMissedOne) {
  // Tuesday to Thursday, and Saturday to Monday; today's is missed.
  ASSERT_EQ(refusal(disclosure("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,SA,SU;COUNT=6")), "");
  pass(hours{2});
  on(Tick{});
  ASSERT_THAT(alarms(), ElementsAre("campaign.missed"));
  const WallTime missed = now_.wall;
  for (int day = 1; day <= 6; ++day) {
    pass(hours{24});
    all_is_played({NodeId{"n-1"}, NodeId{"n-2"}}, missed);
    on(Tick{});
    EXPECT_EQ(alarms().empty(), day == 6) << day;
  }
}

TEST_F(Campaigns, ADayThatTheCalendarTakesOutIsNotMissed) {
  // Two days, a weekend that is taken out, and three days in a row.
  CreateCampaign command = disclosure("FREQ=WEEKLY;BYDAY=MO,TU,WE,SA,SU;COUNT=7");
  std::get<schedules::Recurring>(command.terms.rule).days.steps = {holidays::SkipOn{holidays::DaySet::kNotWorking}};
  ASSERT_EQ(refusal(command), "");
  pass(hours{2});
  for (int day = 0; day < 6; ++day) {
    all_is_played();
    on(Tick{});
    EXPECT_THAT(alarms(), IsEmpty()) << day;
    pass(hours{24});
  }
}

TEST_F(Campaigns, TheDayBeforeCountsAsPlannedUntilItsReportsAreDue) {
  CreateCampaign command = disclosure("FREQ=DAILY;COUNT=3");
  std::get<schedules::Recurring>(command.terms.rule).set.dtstart = civil::parse_time("2026-11-24T23:50");
  ASSERT_EQ(refusal(command), "");
  pass(hours{10} + minutes{1});  // 00:01
  on(Tick{});
  schedules::WardRules rules;
  rules.weekdays = 0b0000010;  // Tuesdays
  EXPECT_EQ(ask<WardRulesRow>(SetWardRules{"1", rules, {}}).refusal, "campaign.would_break");
}

TEST_F(Campaigns, ADisclosureThatIsCancelledIsNoAlarm) {
  const auto made = ask<CampaignMade>(disclosure("FREQ=DAILY;COUNT=5"));
  pass(hours{26});
  on(Tick{});
  EXPECT_THAT(alarms(), ElementsAre("campaign.missed"));
  ASSERT_EQ(ask<schedules::Difference>(CancelCampaign{made.result->campaign.id, {}}).refusal, "");
  on(Tick{});
  EXPECT_THAT(alarms(), IsEmpty());
}

// --- calendars

TEST_F(ServerCoreTest, AFileBecomesSchedulesAllTogetherOrNone) {
  const auto event = [&](std::size_t line, WallTime start) {
    return ImportSchedules::Event{line, "Họp", wanted(start).wanted};
  };
  const auto import = [&](std::vector<ImportSchedules::Event> events, EditMode mode) {
    return ask<ImportSchedules::Made>(ImportSchedules{std::move(events), {}, mode});
  };
  const WallTime start = now_.wall + hours{1};
  const auto preview = import({event(3, start), event(9, start + hours{1})}, EditMode::kPreview);
  ASSERT_EQ(preview.refusal, "");
  EXPECT_EQ(preview.result->difference.added, 2);
  EXPECT_THAT(store_.load_schedules(), IsEmpty());
  EXPECT_THAT(link_.sent(), IsEmpty());

  EXPECT_EQ(import({event(3, start), event(9, now_.wall - hours{1})}, EditMode::kSave).refusal, "import.event");
  EXPECT_EQ(import({event(3, start), event(9, start + seconds{5})}, EditMode::kSave).refusal, "import.event")
      << "one that gives way to the other would be lost";
  EXPECT_THAT(store_.load_schedules(), IsEmpty());
  break_table("plans", "INSERT");
  EXPECT_EQ(import({event(3, start)}, EditMode::kSave).refusal, "db.constraint");
  EXPECT_THAT(store_.load_schedules(), IsEmpty());
  mend_table("plans", "INSERT");

  const auto made = import({event(3, start), event(9, start + hours{1})}, EditMode::kSave);
  ASSERT_EQ(made.refusal, "");
  EXPECT_THAT(made.result->rows, SizeIs(2));
  EXPECT_THAT(store_.load_schedules(), SizeIs(2));
  ASSERT_EQ(plans_sent(), 2U);
  EXPECT_THAT(link_.bodies<wire::Plan>().at(0).plays, SizeIs(2));
}

TEST_F(ServerCoreTest, AFeedsSecretIsAnsweredOnceAndNotKept) {
  const auto first = ask<CreateFeed::Made>(CreateFeed{" Văn phòng ", AreaId{"to-1"}, {}});
  const auto second = ask<CreateFeed::Made>(CreateFeed{"Tổ", std::nullopt, {}});
  ASSERT_EQ(first.refusal, "");
  EXPECT_EQ(first.result->feed.name, "Văn phòng");
  EXPECT_THAT(first.result->secret, SizeIs(32));
  EXPECT_NE(first.result->secret, second.result->secret);
  const auto hash = [](const std::string& secret) { return crypto::to_hex(crypto::sha256(view_bytes(secret))); };
  EXPECT_EQ(store_.find_feed(hash(first.result->secret))->id, first.result->feed.id);
  EXPECT_FALSE(store_.find_feed(first.result->secret).has_value());
  EXPECT_EQ(ask<CreateFeed::Made>(CreateFeed{" ", std::nullopt, {}}).refusal, "field.missing");
  EXPECT_EQ(ask<CreateFeed::Made>(CreateFeed{"x", AreaId{"nowhere"}, {}}).refusal, "area.unknown");
  EXPECT_EQ(ask<Done>(RemoveFeed{first.result->feed.id, {}}).refusal, "");
  EXPECT_EQ(ask<Done>(RemoveFeed{first.result->feed.id, {}}).refusal, "feed.unknown");
  EXPECT_FALSE(store_.find_feed(hash(first.result->secret)).has_value());
  ASSERT_THAT(store_.load_feeds(), SizeIs(1));
  EXPECT_EQ(store_.load_feeds()[0].id, second.result->feed.id);
  EXPECT_FALSE(store_.load_feeds()[0].area.has_value());
}

// --- failing books

TEST_F(ServerCoreTest, AScheduleAndItsPlansAreStoredTogetherOrNotAtAll) {
  on(Tick{});
  link_.clear();
  break_table("plans", "UPDATE");
  EXPECT_EQ(schedule(now_.wall + hours{1}).refusal, "db.constraint");
  EXPECT_THAT(store_.load_schedules(), IsEmpty()) << "accepted, and no node will ever hear of it";
  EXPECT_THAT(store_.promised_plays(kNode), IsEmpty());
  EXPECT_THAT(link_.sent(), IsEmpty()) << "sent what was not stored";
  mend_table("plans", "UPDATE");
  const auto made = schedule(now_.wall + hours{1});
  EXPECT_EQ(made.refusal, "");
  break_table("plans", "UPDATE");
  EXPECT_EQ(ask<schedules::Difference>(CancelSchedule{made.result.value().row.schedule.id, {}}).refusal,
            "db.constraint");
  EXPECT_FALSE(store_.load_schedule(made.result.value().row.schedule.id)->cancelled.has_value());
}

TEST_F(ServerCoreTest, ANodeThatCannotBeStoredIsNotKnown) {
  break_table("enrolment_codes", "INSERT");
  const NodeId id{"n-3"};
  EXPECT_EQ(ask<NewCode>(CreateNode{id, AreaId{"to-1"}, "Loa 3", {}}).refusal, "db.constraint");
  EXPECT_FALSE(store_.load_node(id).has_value());
  mend_table("enrolment_codes", "INSERT");
  const auto made = ask<NewCode>(CreateNode{id, AreaId{"to-1"}, "Loa 3", {}});
  // Enrolled with its first plan, or not at all.
  break_table("plans", "INSERT");
  const test::Candidate candidate;
  EXPECT_EQ(ask<std::string>(EnrolNode{candidate.sealed(made.result->code), {}}).refusal, "db.constraint");
  EXPECT_FALSE(store_.load_node(id)->public_key.has_value());
  say(wire::Status{}, candidate.key, "server", id);
  EXPECT_EQ(core_->refused().at("key"), 1);
  mend_table("plans", "INSERT");
  EXPECT_EQ(ask<std::string>(EnrolNode{candidate.sealed(made.result->code), {}}).refusal, "");
}

TEST_F(ServerCoreTest, TheFirstWordOfANodeUsesItsCodeUp) {
  const NodeId id{"n-3"};
  const std::string code = ask<NewCode>(CreateNode{id, AreaId{"to-1"}, "Loa 3", {}}).result->code;
  const test::Candidate candidate;
  EXPECT_EQ(ask<std::string>(EnrolNode{candidate.sealed(code), {}}).refusal, "");
  EXPECT_EQ(ask<std::string>(EnrolNode{candidate.sealed(code), {}}).refusal, "") << "the answer may have been lost";
  wire::Status status;
  status.boot = "n";
  const wire::Header header{kStation, "server", wire::audience_of(id), 1, now_.wall, now_.wall + hours{1}};
  on(LinkArrived{link::LinkMessage{wire::topic_of(wire::MessageType::kStatus, kStation, id),
                                   bytes_of(wire::encode_message(header, status, candidate.key)), false,
                                   link::Qos::kAtLeastOnce, 1},
                 now_});
  EXPECT_TRUE(store_.load_report(id).has_value());
  EXPECT_EQ(ask<std::string>(EnrolNode{candidate.sealed(code), {}}).refusal, "enrol.used");
}

TEST_F(ServerCoreTest, ARevokedNodeIsToldToBeSilentAndNotHeardAnyMore) {
  const auto made = schedule(now_.wall + hours{1});
  ASSERT_EQ(made.refusal, "");
  say_status(kNoPlan);
  link_.clear();
  const auto revoked = ask<Node>(RevokeNode{kNode, " stolen ", {}});
  EXPECT_EQ(revoked.refusal, "");
  EXPECT_EQ(revoked.result.value().revoked.value().why, "stolen");
  ASSERT_THAT(link_.bodies<wire::Plan>(), SizeIs(1));
  EXPECT_THAT(link_.bodies<wire::Plan>().at(0).plays, IsEmpty());
  EXPECT_THAT(link_.bodies<wire::StopOrder>(), SizeIs(1));
  EXPECT_THAT(store_.promised_plays(kNode), IsEmpty()) << "what had not begun is not owed";
  ASSERT_THAT(enrolment_.gate.sessions, SizeIs(1));
  EXPECT_EQ(enrolment_.gate.sessions.at(0).node, kNode);
  EXPECT_EQ(store_.load_report(kNode)->status.presence, wire::Presence::kOffline);

  // At once, and after a restart.
  for (int life = 1; life <= 2; ++life) {
    link_.clear();
    say_status(kNoPlan);
    say(wire::ClockRequest{"0123456789abcdef", 5});
    EXPECT_EQ(core_->refused().at("key"), 2);
    EXPECT_THAT(link_.sent(), IsEmpty());
    EXPECT_EQ(store_.load_report(kNode)->status.presence, wire::Presence::kOffline);
    start();
  }
  pass(hours{13});
  on(Tick{});
  for (const auto& sent : link_.sent()) EXPECT_NE(sent.topic.node, kNode) << "no plans any more";
  EXPECT_EQ(schedule(now_.wall + hours{1}, {AreaId{"to-1"}}).refusal, "schedule.no_node");
  EXPECT_EQ(ask<Node>(RevokeNode{kNode, "", {}}).refusal, "node.revoked_already");
  EXPECT_EQ(ask<Node>(RevokeNode{NodeId{"nobody"}, "", {}}).refusal, "node.unknown");
  EXPECT_EQ(ask<Node>(RevokeNode{NodeId{"n-2"}, std::string(201, 'x'), {}}).refusal, "field.too_long");
}

TEST_F(ServerCoreTest, ARevocationThatCannotBeStoredChangesNothing) {
  say_status(kNoPlan);
  link_.clear();
  break_table("revocations", "INSERT");
  EXPECT_EQ(ask<Node>(RevokeNode{kNode, "stolen", {}}).refusal, "db.constraint");
  EXPECT_THAT(link_.sent(), IsEmpty());
  EXPECT_EQ(enrolment_.gate.times, 0);
  say_status(kNoPlan);
  EXPECT_THAT(core_->refused(), IsEmpty());
}

TEST_F(ServerCoreTest, ARevokedSiteIsEnrolledAgainWithAnotherMachine) {
  EXPECT_EQ(ask<NewCode>(MakeCode{kNode, {}}).refusal, "node.enrolled_already");
  EXPECT_EQ(ask<NewCode>(MakeCode{NodeId{"nobody"}, {}}).refusal, "node.unknown");
  EXPECT_EQ(ask<Node>(RevokeNode{kNode, "lightning", {}}).refusal, "");
  const auto made = ask<NewCode>(MakeCode{kNode, {}});
  ASSERT_EQ(made.refusal, "");
  const test::Candidate candidate;
  EXPECT_EQ(ask<std::string>(EnrolNode{candidate.sealed(made.result->code), {}}).refusal, "");
  say(wire::ClockRequest{"0123456789abcdef", 5});
  EXPECT_EQ(core_->refused().at("key"), 1) << "the old machine's key";
  say(wire::ClockRequest{"0123456789abcdef", 5}, candidate.key);
  EXPECT_THAT(link_.bodies<wire::ClockReply>(), SizeIs(1));
  EXPECT_EQ(schedule(now_.wall + hours{1}, {AreaId{"to-1"}}).refusal, "");
}

TEST_F(ServerCoreTest, FailingBooksAreAnsweredAndOutlived) {
  break_table("areas", "INSERT");
  break_table("node_status", "INSERT");
  EXPECT_EQ(ask<Area>(CreateArea{{AreaId{"to-3"}, std::nullopt, "Tổ 3"}, {}}).refusal, "db.constraint");
  say_status(kNoPlan);
  on(IntakeProgressed{RecordingId{"r-unknown"}, 3});
  mend_table("areas", "INSERT");
  mend_table("node_status", "INSERT");
  EXPECT_EQ(ask<Area>(CreateArea{{AreaId{"to-3"}, std::nullopt, "Tổ 3"}, {}}).refusal, "");
  say_status(kNoPlan);
  EXPECT_TRUE(store_.load_report(kNode).has_value());
}

TEST_F(ServerCoreTest, ATickThatFailsIsFollowedByAnother) {
  break_table("plans", "INSERT");
  on(Tick{});
  EXPECT_EQ(core_->next_deadline(), now_.mono + seconds{30}) << "a failing disk must not spin the core";
  EXPECT_THAT(link_.sent(), IsEmpty());
  mend_table("plans", "INSERT");
  pass(seconds{30});
  on(Tick{});
  EXPECT_EQ(plans_sent(), 2U);
}

// --- the signer

TEST_F(ServerCoreTest, WithoutASignerCommandsThatNeedOneAreRefusedWhole) {
  const auto made = schedule(now_.wall + hours{1});
  say_status(kNoPlan);
  link_.clear();
  lose_signer();
  EXPECT_THAT(alarms(), ElementsAre("signer.away"));
  EXPECT_EQ(ask<std::vector<NodeId>>(StopSound{{}, {kNode}, "", {}}).refusal, "signer.away");
  EXPECT_EQ(schedule(now_.wall + hours{2}).refusal, "signer.away");
  EXPECT_THAT(store_.load_schedules(), SizeIs(1));
  EXPECT_EQ(ask<schedules::Difference>(CancelSchedule{made.result.value().row.schedule.id, {}}).refusal, "signer.away");
  EXPECT_FALSE(store_.load_schedules()[0].cancelled);
  EXPECT_THAT(link_.sent(), IsEmpty());
  // What needs none goes on.
  EXPECT_EQ(ask<Area>(CreateArea{{AreaId{"to-3"}, std::nullopt, "Tổ 3"}, {}}).refusal, "");
  pass(hours{13});
  on(Tick{});
  EXPECT_THAT(link_.sent(), IsEmpty());
  EXPECT_EQ(core_->next_deadline(), now_.mono + seconds{30});
}

TEST_F(ServerCoreTest, WithoutASignerReportsAreBookedAndNotAcknowledged) {
  const auto play = play_of(schedule(now_.wall + seconds{10}).result.value().row.schedule);
  lose_signer();
  say(wire::Outcomes{{outcome_of(play, OutcomeResult::kPlayed, "")}});
  EXPECT_THAT(store_.load_outcomes({}), SizeIs(1));
  say_status(kNoPlan);
  EXPECT_TRUE(store_.load_report(kNode).has_value());
  say(wire::ClockRequest{"0123456789abcdef", 5});
  EXPECT_THAT(link_.bodies<wire::Ack>(), IsEmpty());
  EXPECT_THAT(link_.bodies<wire::ClockReply>(), IsEmpty());
}

TEST_F(ServerCoreTest, WhenTheSignerIsBackNodesGetWhatTheyAreOwed) {
  ASSERT_EQ(schedule(now_.wall + hours{9}).refusal, "");
  lose_signer();
  pass(hours{1});
  on(LinkArrived{link::LinkUp{1}, now_});
  EXPECT_THAT(link_.bodies<wire::ServerState>(), IsEmpty());
  link_.clear();
  find_signer();
  EXPECT_THAT(alarms(), IsEmpty());
  EXPECT_THAT(link_.bodies<wire::ServerState>(), SizeIs(1));
  EXPECT_EQ(plans_sent(), 0U) << "what is still true need not be said again";
  lose_signer();
  pass(hours{12});
  on(Tick{});
  EXPECT_EQ(plans_sent(), 0U);
  find_signer();
  EXPECT_EQ(plans_sent(), 2U) << "they were due to be issued anew";
}

TEST_F(ServerCoreTest, ANodeIsRevokedAndShutOutAlsoWithoutASigner) {
  ASSERT_EQ(schedule(now_.wall + hours{1}).refusal, "");
  link_.clear();
  lose_signer();
  EXPECT_EQ(ask<Node>(RevokeNode{kNode, "stolen", {}}).refusal, "");
  EXPECT_TRUE(store_.load_node(kNode)->revoked);
  EXPECT_EQ(enrolment_.gate.times, 1);
  EXPECT_THAT(link_.sent(), IsEmpty());
}

TEST_F(ServerCoreTest, ANodeIsEnrolledWithoutASignerAndGetsItsPlanWithIt) {
  const auto made = ask<NewCode>(CreateNode{NodeId{"n-3"}, AreaId{"to-1"}, "Loa 3", {}});
  lose_signer();
  const test::Candidate candidate;
  EXPECT_EQ(ask<std::string>(EnrolNode{candidate.sealed(made.result->code), {}}).refusal, "");
  EXPECT_FALSE(store_.load_plan(NodeId{"n-3"}));
  find_signer();
  EXPECT_TRUE(store_.load_plan(NodeId{"n-3"}));
}

TEST_F(ServerCoreTest, AStopThatIsCutOffSaysHowFarItCame) {
  signer_.go_away_after(1);
  EXPECT_EQ(ask<std::vector<NodeId>>(StopSound{{AreaId{"phu-lien"}}, {}, "", {}}).refusal, "stop.partly");
  EXPECT_THAT(link_.bodies<wire::StopOrder>(), SizeIs(1)) << "what could be said was said";
}

TEST_F(ServerCoreTest, ARefusalIsAnAlarmAndAnAnswer) {
  // The server was made to believe in a policy of its own.
  Policy strict = test::open_policy();
  strict.nodes[NodeId{"n-2"}] = strict.by_default;
  strict.nodes[NodeId{"n-2"}].ceiling_pct.fill(0);
  signer_.set_policy(strict);
  EXPECT_EQ(schedule(now_.wall + hours{1}, {AreaId{"to-2"}}).refusal, "signer.refused");
  EXPECT_THAT(store_.load_schedules(), IsEmpty());
  EXPECT_THAT(link_.sent(), IsEmpty());
  EXPECT_THAT(alarms(), ElementsAre("signer.refused"));
}

TEST_F(ServerCoreTest, APasswordThatChangedWhileItWasComparedOpensNothing) {
  const PersonId hoa{"hoa"};
  store_.add_person({hoa, "Hoa", Role::kEditor, std::nullopt, false, false, now_.wall});
  store_.save_password(hoa, "new");
  const auto open = [&](const PersonId& person, const std::string& verified) {
    std::string code;
    on(OpenSession{person, verified, "", [&](const std::variant<OpenSession::Opened, Text>& result) {
                     if (const auto* why = std::get_if<Text>(&result)) code = why->code;
                   }});
    return code;
  };
  EXPECT_EQ(open(hoa, "old"), "session.refused");
  EXPECT_EQ(open(PersonId{"nobody"}, ""), "session.refused");
  EXPECT_EQ(open(hoa, "new"), "");
  std::string changed;
  on(ChangePassword{hoa, "old", "newer", [&](const std::variant<Done, Text>& result) {
                      if (const auto* why = std::get_if<Text>(&result)) changed = why->code;
                    }});
  EXPECT_EQ(changed, "session.refused");
  EXPECT_EQ(store_.load_password(hoa), "new");
  store_.close_person(hoa, now_.wall);
  EXPECT_EQ(open(hoa, "new"), "session.refused");
}

// Every command of a person is that person's, and the next message is nobody's again.
TEST_F(ServerCoreTest, WhoAsksIsWrittenDownForThatCommandAlone) {
  const auto ask = [&](ServerMessage message) {
    on(Asked{{PersonId{"an"}, "session", Role::kAdmin}, std::make_shared<Command>(std::move(message))});
  };
  ask(CreateArea{{AreaId{"moi"}, std::nullopt, "Mới"}, [](const auto&) {}});
  EXPECT_EQ(store_.last_audit()->by.person, PersonId{"an"});
  on(CreateArea{{AreaId{"khac"}, std::nullopt, "Khác"}, [](const auto&) {}});
  EXPECT_EQ(store_.last_audit()->by.person, PersonId{});
}

TEST_F(ServerCoreTest, EachHourInWhichSomethingWasDoneHasASignedHead) {
  ASSERT_EQ(schedule(now_.wall + hours{10}).refusal, "");
  on(Tick{});
  const auto heads = link_.bodies<wire::AuditHead>();
  ASSERT_THAT(heads, SizeIs(1));
  EXPECT_EQ(heads.at(0).row, store_.last_audit()->seq);
  EXPECT_EQ(heads.at(0).hash, store_.last_audit()->hash);
  EXPECT_EQ(store_.last_audit_head()->seq, heads.at(0).row);
  ASSERT_EQ(schedule(now_.wall + hours{20}).refusal, "");
  pass(minutes{59});
  on(Tick{});
  EXPECT_THAT(link_.bodies<wire::AuditHead>(), SizeIs(1)) << "within the hour";
  pass(minutes{1});
  on(Tick{});
  ASSERT_THAT(link_.bodies<wire::AuditHead>(), SizeIs(2));
  EXPECT_EQ(link_.bodies<wire::AuditHead>().at(1).row, store_.last_audit()->seq);
  pass(hours{2});
  on(Tick{});
  EXPECT_THAT(link_.bodies<wire::AuditHead>(), SizeIs(2)) << "nobody did anything";
  // A broker that lost it is given the newest again.
  on(LinkArrived{link::LinkUp{2}, now_});
  EXPECT_THAT(link_.bodies<wire::AuditHead>(), SizeIs(3));
}

TEST_F(ServerCoreTest, OneRefusedPlanKeepsNobodyElseFromTheirs) {
  ASSERT_EQ(schedule(now_.wall + hours{20}).refusal, "");
  Policy strict = test::open_policy();
  strict.nodes[kNode] = strict.by_default;
  strict.nodes[kNode].ceiling_pct.fill(0);
  signer_.set_policy(strict);
  link_.clear();
  pass(hours{13});
  on(Tick{});
  std::vector<NodeId> planned;
  for (const auto& sent : link_.sent())
    if (sent.topic.type == wire::MessageType::kPlan) planned.push_back(sent.topic.node);
  EXPECT_THAT(planned, ElementsAre(NodeId{"n-2"}));
  EXPECT_THAT(alarms(), ElementsAre("signer.refused")) << "also after the other plan was signed";
  signer_.set_policy(test::open_policy());
  pass(hours{13});
  on(Tick{});
  EXPECT_THAT(alarms(), IsEmpty()) << "its plan is signed again";
}

TEST_F(ServerCoreTest, AScheduleThatThePolicyForbidsIsRefusedByItsClause) {
  Policy rules = test::open_policy();
  rules.utc_offset = minutes{0};
  rules.by_default.quiet = QuietHours{hours{21}, hours{5}};
  rules.by_default.longest_play = seconds{60};
  rules.by_default.starts_per_hour = 2;
  rules.by_default.most_per_day = minutes{2};
  set_rules(rules);
  const WallTime ten = kMorning + hours{3};
  EXPECT_EQ(schedule(kMorning + hours{14}).refusal, "schedule.policy_quiet_hours");
  EXPECT_EQ(schedule(kMorning + hours{14} - seconds{30}).refusal, "") << "over at nine";
  EXPECT_EQ(schedule(ten).refusal, "");
  EXPECT_EQ(schedule(ten + minutes{10}).refusal, "");
  EXPECT_EQ(schedule(ten + minutes{20}).refusal, "schedule.policy_starts_per_hour");
  EXPECT_EQ(schedule(ten - minutes{20}).refusal, "schedule.policy_starts_per_hour") << "whichever is written last";
  EXPECT_EQ(schedule(ten + hours{3}).refusal, "") << "the fourth half minute";
  EXPECT_EQ(schedule(ten + hours{5}).refusal, "schedule.policy_minutes_per_day");
  add_announcement(store_, "speech", seconds{61});
  CreateSchedule speech = wanted(ten + hours{24});
  speech.wanted.announcement = AnnouncementId{"a-speech"};
  EXPECT_EQ(ask<ScheduleMade>(speech).refusal, "schedule.policy_longest_play");
  EXPECT_THAT(alarms(), IsEmpty());
}

TEST_F(ServerCoreTest, WhatANewPolicyForbidsIsLeftOutOfThePlanAndToldAndTheRestIsNoLouderThanItMay) {
  ASSERT_EQ(schedule(now_.wall + hours{2}).refusal, "");
  ASSERT_EQ(schedule(now_.wall + hours{14}).refusal, "");
  Policy rules = test::open_policy();
  rules.utc_offset = minutes{0};
  rules.by_default.quiet = QuietHours{hours{21}, hours{5}};
  rules.by_default.ceiling_pct.fill(40);
  set_rules(rules);
  link_.clear();
  find_signer();
  ASSERT_EQ(plans_sent(), 2U);
  const std::vector<wire::PlannedPlay> plays = link_.bodies<wire::Plan>().at(0).plays;
  ASSERT_THAT(plays, SizeIs(1));
  EXPECT_EQ(plays[0].start, station_from_wall(now_.wall + hours{2}));
  EXPECT_EQ(plays[0].volume_pct, 40);
  EXPECT_THAT(alarms(), ElementsAre("plan.forbidden"));
  EXPECT_TRUE(is_known_text("plan.forbidden"));

  // It is over for one loudspeaker, and then for the other.
  rules.nodes[NodeId{"n-2"}] = rules.by_default;
  rules.nodes[NodeId{"n-2"}].quiet.reset();
  set_rules(rules);
  find_signer();
  EXPECT_THAT(alarms(), ElementsAre("plan.forbidden"));
  rules.by_default.quiet.reset();
  set_rules(rules);
  find_signer();
  EXPECT_THAT(alarms(), IsEmpty());
}

}  // namespace
}  // namespace loa::server
