#include "server/store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/store/migrations.h"
#include "tests/support/scratch_folder.h"
#include "tests/unit/server/books.h"

namespace loa::server {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::IsEmpty;

const NodeId kNode{"n-1"};

template <class Call>
std::string refusal_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  return "";
}

class StoreTest : public testing::Test {
 protected:
  StoreTest() { add_ward(store_, key_); }

  PlannedPlay promise(const std::string& name, WallTime start) {
    const auto schedule = schedule_of(name, "greeting", start);
    store_.add_schedule(schedule, kMorning);
    return play_of(schedule);
  }
  void save_plan(const std::vector<PlannedPlay>& plays, WallTime now) {
    store_.save_plan(kNode, {++seq_, "name-" + std::to_string(seq_), now, "{}", "envelope"}, plays, now);
  }
  std::vector<OutcomeRow> outcomes() { return store_.load_outcomes({}); }

  const crypto::PublicKey key_ = crypto::SecretKey::make().public_key();
  Store store_ = Store::make_writer(db::Database::open_in_memory());
  std::int64_t seq_ = 0;
};

TEST(StoreSchema, EveryTableIsStrict) {
  db::Database database = db::Database::open_in_memory();
  db::migrate(database, migrations());
  EXPECT_THAT(db::find_non_strict_tables(database), IsEmpty());
  EXPECT_NO_THROW(db::check_integrity(database));
}

TEST(StoreSchema, NodesOfTheFirstVersionKeepTheirKeys) {
  const test::ScratchFolder folder;
  const auto key = crypto::SecretKey::make().public_key();
  {
    db::Database database = db::Database::open_writer(folder / "server.db");
    db::migrate(database, migrations().first(1));
    database.run("INSERT INTO areas (area_id, name, created_us) VALUES ('to-1', 'Tổ 1', 0)");
    database.run(
        "INSERT INTO nodes (node_id, area_id, name, public_key, created_us) VALUES ('n-1', 'to-1', 'Loa', ?1, 0)",
        ByteView{key.bytes});
    database.run(
        "INSERT INTO plans (node_id, seq, sha256, issued_us, body, envelope) VALUES ('n-1', 1, 'x', 0, '', '')");
  }
  Store store = Store::make_writer(db::Database::open_writer(folder / "server.db"));
  EXPECT_EQ(store.load_node(kNode)->public_key, key);
  EXPECT_FALSE(store.load_node(kNode)->revoked.has_value());
  EXPECT_TRUE(store.load_plan(kNode).has_value());
}

TEST(StoreSchema, SchedulesFromBeforeTheyCouldBeEditedAreAsTheyWereMade) {
  const test::ScratchFolder folder;
  {
    db::Database database = db::Database::open_writer(folder / "server.db");
    db::migrate(database, migrations().first(5));
    database.execute(R"sql(
INSERT INTO areas (area_id, name, created_us) VALUES ('to-1', 'Tổ 1', 0);
INSERT INTO clips VALUES (printf('%064d', 1), 1, 30000, 0, 0, 0, 0, 0);
INSERT INTO announcements VALUES ('a-1', 'Chào', '', 'normal', printf('%064d', 1), 0);
INSERT INTO schedules (schedule_id, announcement_id, rule, late_ms, volume_pct, created_us)
  VALUES ('s-1', 'a-1', '{"kind":"once","start":"2026-11-24T07:00:00Z"}', 0, 60, 1700000000000000);
INSERT INTO schedule_areas (schedule_id, area_id) VALUES ('s-1', 'to-1'))sql");
  }
  Store store = Store::make_writer(db::Database::open_writer(folder / "server.db"));
  ASSERT_EQ(store.load_active_schedules().size(), 1U);
  EXPECT_EQ(store.load_active_schedules()[0].made, WallTime{seconds{1'700'000'000}});
  EXPECT_THAT(store.load_former_versions(WallTime{}), IsEmpty());
}

TEST(CampaignKinds, AreReadAsTheyAreWritten) {
  for (const auto kind : {CampaignKind::kRotation, CampaignKind::kDisclosure})
    EXPECT_EQ(parse_campaign_kind(to_string(kind)), kind);
  EXPECT_FALSE(parse_campaign_kind("advertising"));
}

// A loudspeaker has proved a day when it played each message whole at least once; a play that was cancelled in time
// proves and spoils nothing.
TEST_F(StoreTest, ADayIsProvedByEveryMessageAtEachLoudspeaker) {
  for (const char* name : {"fees", "hours"}) add_announcement(store_, name, seconds{30});
  const CampaignId campaign{"c-1"};
  store_.add_campaign({campaign, "Công khai", CampaignKind::kDisclosure, "15/TB-UBND", 3, kMorning});
  const civil::Day day = civil::parse_day("2026-11-24");
  const auto proof = [&] { return store_.count_proof(campaign, day, kMorning, kMorning + hours{10}); };
  std::vector<PlannedPlay> plays;
  for (const char* name : {"fees", "hours"}) {
    auto part = schedule_of(name, name, kMorning + hours{1});
    part.campaign = campaign;
    store_.add_schedule(part, kMorning);
    plays.push_back(play_of(part));
  }
  EXPECT_EQ(store_.load_schedule(ScheduleId{"s-fees"})->schedule.campaign, campaign);
  EXPECT_EQ(store_.load_schedules_of(campaign).size(), 2U);
  EXPECT_FALSE(proof().is_proved()) << "nothing was planned";
  for (const char* node : {"n-1", "n-2"})
    store_.save_plan(NodeId{node}, {++seq_, node, kMorning, "{}", "envelope"}, plays, kMorning);
  EXPECT_EQ(proof().nodes, 2);
  EXPECT_EQ(proof().proved, 0);
  const auto book = [&](const char* node, std::size_t play, OutcomeResult result) {
    store_.book_outcomes(NodeId{node},
                         {outcome_of(plays[play], result, result == OutcomeResult::kPlayed ? "" : "stopped")},
                         kMorning + hours{2});
  };
  book("n-1", 0, OutcomeResult::kPlayed);
  EXPECT_EQ(proof().proved, 0) << "half of the pool";
  book("n-1", 1, OutcomeResult::kPlayed);
  EXPECT_EQ(proof().proved, 1);
  book("n-2", 0, OutcomeResult::kPlayed);
  book("n-2", 1, OutcomeResult::kPartial);
  EXPECT_EQ(proof().proved, 1) << "not whole";
  EXPECT_EQ(store_.count_proof(campaign, day, kMorning + hours{2}, kMorning + hours{10}).nodes, 0);
  const auto counts = store_.count_messages(campaign);
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts[1].planned, 2);
  EXPECT_EQ(counts[1].played, 1);
  store_.save_campaign_day(campaign, proof());
  store_.save_campaign_day(campaign, {day, 2, 2});
  ASSERT_EQ(store_.load_campaign_days(campaign).size(), 1U);
  EXPECT_TRUE(store_.load_campaign_days(campaign)[0].is_proved());
  store_.cancel_campaign(campaign, kMorning + hours{3});
  EXPECT_TRUE(store_.load_campaign(campaign)->cancelled);
  EXPECT_TRUE(store_.load_active_schedules().empty());
  EXPECT_THROW(store_.cancel_campaign(CampaignId{"c-2"}, kMorning), Error);
}

TEST(StoreSchema, WhatIsWrittenIsThereAfterReopening) {
  const test::ScratchFolder folder;
  const auto key = crypto::SecretKey::make().public_key();
  const auto schedule = schedule_of("one", "greeting", kMorning + hours{1});
  {
    Store store = Store::make_writer(db::Database::open_writer(folder / "server.db"));
    add_ward(store, key);
    add_announcement(store, "greeting", seconds{30});
    store.add_schedule(schedule, kMorning);
    store.save_plan(kNode, {7, "name", kMorning, "body", "envelope"}, {play_of(schedule)}, kMorning);
    store.book_outcomes(kNode, {outcome_of(play_of(schedule), OutcomeResult::kPlayed, "")}, kMorning + hours{2});
  }
  Store store = Store::make_writer(db::Database::open_writer(folder / "server.db"));
  Store reader = Store::make_reader(db::Database::open_reader(folder / "server.db"));
  for (Store* each : {&store, &reader}) {
    ASSERT_EQ(each->load_nodes().size(), 2U);
    EXPECT_EQ(each->load_node(kNode)->public_key, key);
    EXPECT_EQ(each->load_plan(kNode)->envelope, "envelope");
    ASSERT_EQ(each->load_outcomes({}).size(), 1U);
    EXPECT_EQ(each->load_outcomes({})[0].outcome, outcome_of(play_of(schedule), OutcomeResult::kPlayed, ""));
    EXPECT_EQ(each->load_outcomes({})[0].reported, kMorning + hours{2});
    EXPECT_EQ(each->count_outcomes(kMorning + hours{1}),
              (std::map<OutcomeResult, std::int64_t>{{OutcomeResult::kPlayed, 1}}));
    EXPECT_TRUE(each->count_outcomes(kMorning + hours{1} + seconds{1}).empty());
  }
}

TEST(StoreSchema, AReaderCannotWrite) {
  const test::ScratchFolder folder;
  Store writer = Store::make_writer(db::Database::open_writer(folder / "server.db"));
  Store reader = Store::make_reader(db::Database::open_reader(folder / "server.db"));
  EXPECT_NE(refusal_of([&] { reader.add_area({AreaId{"a"}, std::nullopt, "A"}, kMorning); }), "");
  EXPECT_THAT(writer.load_areas(), IsEmpty());
}

TEST_F(StoreTest, NamesAreTakenOnceAndParentsMustExist) {
  EXPECT_EQ(refusal_of([&] { store_.add_area({AreaId{"to-1"}, std::nullopt, "Khác"}, kMorning); }), "area.exists");
  EXPECT_EQ(refusal_of([&] { store_.add_area({AreaId{"x"}, AreaId{"nowhere"}, "X"}, kMorning); }), "area.unknown");
  EXPECT_EQ(refusal_of([&] { store_.add_node({kNode, AreaId{"to-2"}, "Khác", key_}, kMorning); }), "node.exists");
  EXPECT_EQ(refusal_of([&] {
              store_.add_node({NodeId{"n-9"}, AreaId{"nowhere"}, "X", key_}, kMorning);
            }),
            "area.unknown");
  EXPECT_EQ(store_.load_areas().size(), 3U);
  EXPECT_EQ(store_.load_node(kNode)->name, "Loa 1");
  EXPECT_FALSE(store_.load_node(NodeId{"n-9"}).has_value());
}

TEST_F(StoreTest, ConstraintsHoldWhereTheCodeForgets) {
  EXPECT_EQ(refusal_of([&] { store_.add_area({AreaId{"x"}, std::nullopt, ""}, kMorning); }), "db.constraint");
  EXPECT_EQ(refusal_of([&] { store_.add_node({NodeId{"x"}, AreaId{"to-1"}, "", key_}, kMorning); }), "db.constraint");
  add_announcement(store_, "greeting", seconds{30});
  auto schedule = schedule_of("one", "greeting", kMorning + hours{1});
  schedule.volume_pct = 101;
  EXPECT_EQ(refusal_of([&] { store_.add_schedule(schedule, kMorning); }), "db.constraint");
  schedule.volume_pct = 60;
  schedule.late = milliseconds{-1};
  EXPECT_EQ(refusal_of([&] { store_.add_schedule(schedule, kMorning); }), "db.constraint");
  EXPECT_THAT(store_.load_schedules(), IsEmpty());
  // A result with the wrong reason says two things at once.
  const PlannedPlay play = play_of(schedule);
  EXPECT_EQ(refusal_of([&] {
              store_.book_outcomes(kNode, {outcome_of(play, OutcomeResult::kPlayed, reason::kStopOrder)}, kMorning);
            }),
            "db.constraint");
  EXPECT_EQ(refusal_of([&] { store_.book_outcomes(kNode, {outcome_of(play, OutcomeResult::kMissed, "")}, kMorning); }),
            "db.constraint");
  EXPECT_THAT(outcomes(), IsEmpty());
}

TEST_F(StoreTest, AScheduleNeedsItsAnnouncementAndAreas) {
  EXPECT_EQ(refusal_of([&] { store_.add_schedule(schedule_of("one", "nothing", kMorning), kMorning); }),
            "announcement.unknown");
  add_announcement(store_, "greeting", seconds{30});
  auto schedule = schedule_of("one", "greeting", kMorning + hours{1});
  schedule.areas = {AreaId{"to-1"}, AreaId{"nowhere"}};
  EXPECT_EQ(refusal_of([&] { store_.add_schedule(schedule, kMorning); }), "area.unknown");
  EXPECT_THAT(store_.load_schedules(), IsEmpty());
  EXPECT_EQ(refusal_of([&] { store_.cancel_schedule(schedule.id, kMorning); }), "schedule.unknown");
  EXPECT_EQ(refusal_of([&] {
              store_.add_announcement(
                  {AnnouncementId{"a-x"}, "Tên", "", AnnouncementClass::kNormal, clip_named("nothing")}, kMorning);
            }),
            "clip.unknown");
}

TEST_F(StoreTest, AreasReachEverythingBelowThem) {
  EXPECT_THAT(store_.nodes_below({AreaId{"phu-lien"}}), ElementsAre(NodeId{"n-1"}, NodeId{"n-2"}));
  EXPECT_THAT(store_.nodes_below({AreaId{"to-2"}}), ElementsAre(NodeId{"n-2"}));
  EXPECT_THAT(store_.nodes_below({AreaId{"to-2"}, AreaId{"phu-lien"}}), ElementsAre(NodeId{"n-1"}, NodeId{"n-2"}));
  EXPECT_THAT(store_.nodes_below({}), IsEmpty());
}

TEST_F(StoreTest, AScheduleComesBackAsItWasMadeAndIsActiveUntilItIsCancelled) {
  add_announcement(store_, "greeting", seconds{30});
  auto schedule = schedule_of("one", "greeting", kMorning + hours{1});
  schedule.areas = {AreaId{"to-2"}, AreaId{"to-1"}};
  schedule.session = "morning";
  schedule.rank = -3;
  schedule.later = minutes{5};
  schedule.shortest = seconds{10};
  schedule.stagger = seconds{7};
  schedule.exception = schedules::Exception{schedules::ExceptionReason::kPoliticalEvent, "Đại hội"};
  schedule.chime = schedules::ChimeTerm::kNone;
  schedule.made = kMorning;
  store_.add_schedule(schedule_of("older", "greeting", kMorning + hours{3}), kMorning - hours{1});
  store_.add_schedule(schedule, kMorning);
  const auto active = store_.load_active_schedules();
  ASSERT_EQ(active.size(), 2U);
  EXPECT_EQ(active[0].id, ScheduleId{"s-older"});
  EXPECT_EQ(active[1], schedule);
  EXPECT_EQ(store_.load_schedules().at(0).schedule.id, schedule.id);
  store_.cancel_schedule(schedule.id, kMorning + minutes{1});
  store_.cancel_schedule(schedule.id, kMorning + minutes{2});
  EXPECT_EQ(store_.load_schedule(schedule.id)->cancelled, kMorning + minutes{1});
  EXPECT_THAT(store_.load_active_schedules(), testing::SizeIs(1));
}

TEST_F(StoreTest, AnEditedScheduleKeepsItsAgeAndItsFormerVersions) {
  add_announcement(store_, "greeting", seconds{30});
  auto first = schedule_of("one", "greeting", kMorning + hours{1});
  first.areas = {AreaId{"to-2"}, AreaId{"to-1"}};
  first.nodes = {NodeId{"n-2"}, NodeId{"n-1"}};
  first.made = kMorning;
  first.exception = schedules::Exception{schedules::ExceptionReason::kRepair, "Thử"};
  first.form = "greeting";
  first.event = "gio-to";
  store_.add_schedule(first, kMorning);
  store_.add_schedule(schedule_of("two", "greeting", kMorning + hours{3}), kMorning + minutes{1});
  auto second = first;
  second.rule = schedules::Once{kMorning + hours{2}};
  second.areas = {};
  second.nodes = {NodeId{"n-1"}};
  second.volume_pct = 30;
  second.stagger = seconds{9};
  second.exception.reset();
  second.event.reset();
  second.chime = schedules::ChimeTerm::kNone;
  second.made = kMorning + minutes{5};
  EXPECT_THAT(store_.load_greetings(), ElementsAre(first));
  store_.replace_schedule(second);
  EXPECT_THAT(store_.load_greetings(), IsEmpty());
  auto third = second;
  third.areas = {AreaId{"phu-lien"}};
  third.nodes = {};
  third.rank = 4;
  third.made = kMorning + minutes{9};
  store_.replace_schedule(third);

  EXPECT_EQ(store_.load_schedule(first.id)->schedule, third);
  EXPECT_EQ(store_.load_active_schedules().at(0).id, first.id) << "an edit makes it no younger";
  EXPECT_THAT(store_.load_former_versions(first.id), ElementsAre(first, second));
  EXPECT_THAT(store_.load_former_versions(ScheduleId{"s-two"}), IsEmpty());
  EXPECT_THAT(store_.load_former_versions(kMorning + minutes{5}),
              ElementsAre(testing::Pair(first.id, ElementsAre(second))));
  EXPECT_THAT(store_.load_former_versions(kMorning + minutes{9}), IsEmpty());

  third.made = kMorning + minutes{10};
  third.areas = {AreaId{"nowhere"}};
  EXPECT_EQ(refusal_of([&] { store_.replace_schedule(third); }), "area.unknown");
  third.areas = second.areas;
  third.nodes = {NodeId{"n-9"}};
  EXPECT_EQ(refusal_of([&] { store_.replace_schedule(third); }), "node.unknown");
  third.nodes = second.nodes;
  third.volume_pct = 101;
  EXPECT_EQ(refusal_of([&] { store_.replace_schedule(third); }), "db.constraint");
  third.id = ScheduleId{"s-nothing"};
  EXPECT_EQ(refusal_of([&] { store_.replace_schedule(third); }), "schedule.unknown");
  EXPECT_EQ(store_.load_former_versions(first.id).size(), 2U) << "half an edit";
}

TEST_F(StoreTest, AFeedHasASecretOfItsOwn) {
  const std::string hash(64, 'a');
  store_.add_feed({"c-1", "Văn phòng", AreaId{"to-1"}, kMorning}, hash);
  EXPECT_EQ(refusal_of([&] { store_.add_feed({"c-2", "Khác", std::nullopt, kMorning}, hash); }), "db.constraint");
  EXPECT_EQ(refusal_of([&] {
              store_.add_feed({"c-2", "Khác", AreaId{"x"}, kMorning}, std::string(64, 'b'));
            }),
            "area.unknown");
  EXPECT_EQ(refusal_of([&] { store_.add_feed({"c-2", "Khác", std::nullopt, kMorning}, "short"); }), "db.constraint");
  EXPECT_EQ(store_.find_feed(hash)->area, AreaId{"to-1"});
  EXPECT_EQ(store_.load_feed("c-1")->made, kMorning);
  EXPECT_EQ(refusal_of([&] { store_.remove_feed("c-2"); }), "feed.unknown");
}

TEST_F(StoreTest, ARecordingEndsOnce) {
  const RecordingId recording{"r-1"};
  store_.add_recording({recording, "Lời chúc.m4a", 5, kMorning, RecordingState::kIngesting, 0, {}, {}});
  store_.save_progress(recording, 40);
  EXPECT_EQ(store_.load_recording(recording)->progress_pct, 40);
  store_.save_refusal(recording, {"intake.too_long", {"60"}});
  store_.save_progress(recording, 90);
  store_.save_clip_of(recording, clip_of("late", seconds{1}), kMorning);
  const auto found = store_.load_recording(recording);
  EXPECT_EQ(found->state, RecordingState::kRefused);
  EXPECT_EQ(found->progress_pct, 40);
  ASSERT_TRUE(found->refusal.has_value());
  EXPECT_EQ(found->refusal->code, "intake.too_long");
  EXPECT_THAT(found->refusal->args, ElementsAre("60"));
  EXPECT_FALSE(found->clip.has_value());
  EXPECT_THAT(store_.load_recordings(RecordingState::kIngesting), IsEmpty());
}

TEST_F(StoreTest, TheSameSoundTwiceIsOneClip) {
  add_clip(store_, "same", seconds{3});
  const RecordingId again{"r-again"};
  store_.add_recording({again, "again", 5, kMorning, RecordingState::kIngesting, 0, {}, {}});
  store_.save_clip_of(again, clip_of("same", seconds{3}), kMorning + hours{1});
  EXPECT_EQ(store_.load_clips().size(), 1U);
  EXPECT_EQ(store_.load_recording(again)->clip, clip_named("same"));
}

class BooksTest : public StoreTest {
 protected:
  BooksTest() { add_announcement(store_, "greeting", seconds{30}); }
  const WallTime start_ = kMorning + hours{1};
};

TEST_F(BooksTest, TheFirstWordStands) {
  const PlannedPlay play = promise("one", start_);
  save_plan({play}, kMorning);
  store_.book_outcomes(kNode, {outcome_of(play, OutcomeResult::kPlayed, "")}, start_ + minutes{1});
  store_.book_outcomes(kNode, {outcome_of(play, OutcomeResult::kMissed, reason::kNodeOff)}, start_ + minutes{2});
  ASSERT_EQ(outcomes().size(), 1U);
  EXPECT_EQ(outcomes()[0].outcome, outcome_of(play, OutcomeResult::kPlayed, ""));
  EXPECT_EQ(outcomes()[0].reported, start_ + minutes{1});
  EXPECT_EQ(outcomes()[0].committed, start_ + minutes{1});
}

TEST_F(BooksTest, OnlyTheTimersWordGivesWay) {
  const PlannedPlay play = promise("one", start_);
  save_plan({play}, kMorning);
  EXPECT_EQ(store_.book_missing_reports(start_ + hours{1}, start_ + hours{1}), 1);
  ASSERT_EQ(outcomes().size(), 1U);
  EXPECT_EQ(outcomes()[0].outcome.reason, reason::kNoReport);
  EXPECT_EQ(outcomes()[0].outcome.result, OutcomeResult::kMissed);
  EXPECT_FALSE(outcomes()[0].reported.has_value());
  store_.book_outcomes(kNode, {outcome_of(play, OutcomeResult::kPlayed, "")}, start_ + hours{2});
  store_.book_outcomes(kNode, {outcome_of(play, OutcomeResult::kMissed, reason::kNodeOff)}, start_ + hours{3});
  ASSERT_EQ(outcomes().size(), 1U);
  EXPECT_EQ(outcomes()[0].outcome.result, OutcomeResult::kPlayed);
  EXPECT_EQ(outcomes()[0].reported, start_ + hours{2});
}

TEST_F(BooksTest, TheTimerSpeaksOnceAndOnlyOfOpenPlays) {
  const PlannedPlay reported = promise("one", start_);
  const PlannedPlay silent = promise("two", start_ + minutes{10});
  save_plan({reported, silent}, kMorning);
  EXPECT_EQ(store_.next_due(), reported.due);
  store_.book_outcomes(kNode, {outcome_of(reported, OutcomeResult::kPlayed, "")}, reported.due);
  EXPECT_EQ(store_.next_due(), silent.due);
  // Due exactly then is not yet overdue.
  EXPECT_EQ(store_.book_missing_reports(silent.due, silent.due), 0);
  EXPECT_EQ(store_.book_missing_reports(silent.due + microseconds{1}, silent.due + microseconds{1}), 1);
  EXPECT_EQ(store_.book_missing_reports(silent.due + hours{1}, silent.due + hours{1}), 0);
  EXPECT_FALSE(store_.next_due().has_value());
}

TEST_F(BooksTest, WhatLeavesThePlanBeforeItBeginsIsNotOwed) {
  const PlannedPlay cancelled = promise("one", start_);
  const PlannedPlay kept = promise("two", start_ + minutes{10});
  save_plan({cancelled, kept}, kMorning);
  EXPECT_THAT(store_.promised_plays(kNode), ElementsAre(cancelled.play, kept.play));
  save_plan({kept}, start_ - seconds{1});
  EXPECT_THAT(store_.promised_plays(kNode), ElementsAre(kept.play));
  EXPECT_EQ(store_.book_missing_reports(start_ + hours{9}, start_ + hours{9}), 1);
  EXPECT_EQ(outcomes()[0].outcome.play, kept.play);
}

TEST_F(BooksTest, WhatComesBackIntoThePlanIsOwedAgain) {
  // As when a plan is full: earlier plays push a later one out, which returns with the next plan.
  const PlannedPlay play = promise("one", start_);
  save_plan({play}, kMorning);
  save_plan({}, kMorning + minutes{1});
  EXPECT_THAT(store_.promised_plays(kNode), IsEmpty());
  save_plan({play}, kMorning + minutes{2});
  EXPECT_THAT(store_.promised_plays(kNode), ElementsAre(play.play));
  EXPECT_EQ(store_.book_missing_reports(start_ + hours{9}, start_ + hours{9}), 1);
}

TEST_F(BooksTest, APlayIsNewUntilItIsPromisedAndAgainWhenItWasTakenBack) {
  const PlannedPlay one = promise("one", start_);
  const PlannedPlay two = promise("two", start_ + minutes{10});
  EXPECT_TRUE(store_.has_new_play(kNode, {one}));
  save_plan({one, two}, kMorning);
  EXPECT_FALSE(store_.has_new_play(kNode, {one, two}));
  EXPECT_FALSE(store_.has_new_play(kNode, {one})) << "one less is nothing new";
  save_plan({one}, kMorning + minutes{1});
  EXPECT_TRUE(store_.has_new_play(kNode, {one, two}));
  store_.book_outcomes(kNode, {outcome_of(one, OutcomeResult::kPlayed, "")}, start_);
  EXPECT_FALSE(store_.has_new_play(kNode, {one})) << "it has ended, and was promised";
}

TEST_F(BooksTest, WhatHasBegunIsOwedAlthoughItLeftThePlan) {
  const PlannedPlay begun = promise("one", start_);
  save_plan({begun}, kMorning);
  save_plan({}, start_);  // at its very start: no longer in time
  EXPECT_THAT(store_.promised_plays(kNode), ElementsAre(begun.play));
  EXPECT_EQ(store_.book_missing_reports(start_ + hours{9}, start_ + hours{9}), 1);
}

TEST_F(BooksTest, ARePlanKeepsTheFirstPromise) {
  const PlannedPlay play = promise("one", start_);
  save_plan({play}, kMorning);
  store_.book_outcomes(kNode, {outcome_of(play, OutcomeResult::kPlayed, "")}, start_);
  save_plan({play}, start_);
  EXPECT_FALSE(store_.next_due().has_value()) << "a play with an outcome was opened again";
}

TEST_F(BooksTest, APlanIsStoredWithAllItsPlaysOrNotAtAll) {
  const PlannedPlay good = promise("one", start_);
  PlannedPlay bad = good;
  bad.play = PlayId{"other"};
  bad.schedule = ScheduleId{"s-unknown"};
  EXPECT_NE(refusal_of([&] { save_plan({good, bad}, kMorning); }), "");
  EXPECT_FALSE(store_.load_plan(kNode).has_value());
  EXPECT_THAT(store_.promised_plays(kNode), IsEmpty());
}

TEST_F(BooksTest, OutcomesAreBookedTogetherOrNotAtAll) {
  const PlannedPlay one = promise("one", start_);
  const PlannedPlay two = promise("two", start_ + minutes{10});
  save_plan({one, two}, kMorning);
  EXPECT_NE(refusal_of([&] {
              store_.book_outcomes(kNode,
                                   {outcome_of(one, OutcomeResult::kPlayed, ""),
                                    outcome_of(two, OutcomeResult::kPlayed, "not a reason")},
                                   start_);
            }),
            "");
  EXPECT_THAT(outcomes(), IsEmpty());
  EXPECT_EQ(store_.next_due(), one.due);
}

TEST_F(BooksTest, TogetherIsOneTransaction) {
  const auto schedule = schedule_of("one", "greeting", start_);
  EXPECT_EQ(refusal_of([&] {
              store_.together([&] {
                store_.add_schedule(schedule, kMorning);
                save_plan({play_of(schedule)}, kMorning);
                throw Error("schedule.no_node");
              });
            }),
            "schedule.no_node");
  EXPECT_THAT(store_.load_schedules(), IsEmpty());
  EXPECT_FALSE(store_.load_plan(kNode).has_value());
  store_.together([&] { store_.add_schedule(schedule, kMorning); });
  EXPECT_EQ(store_.load_schedules().size(), 1U);
}

TEST_F(BooksTest, OutcomesAreFoundByWhatIsAsked) {
  const PlannedPlay one = promise("one", start_);
  const PlannedPlay two = promise("two", start_ + minutes{10});
  save_plan({one, two}, kMorning);
  store_.save_plan(NodeId{"n-2"}, {99, "n", kMorning, "{}", "e"}, {two}, kMorning);
  store_.book_outcomes(
      kNode, {outcome_of(one, OutcomeResult::kPlayed, ""), outcome_of(two, OutcomeResult::kPlayed, "")}, start_);
  store_.book_outcomes(NodeId{"n-2"}, {outcome_of(two, OutcomeResult::kPlayed, "")}, start_);
  OutcomeFilter filter;
  filter.schedule = two.schedule;
  EXPECT_EQ(store_.load_outcomes(filter).size(), 2U);
  filter.node = kNode;
  EXPECT_EQ(store_.load_outcomes(filter).size(), 1U);
  filter = {};
  filter.from = two.start;
  EXPECT_EQ(store_.load_outcomes(filter).size(), 2U);
  filter.from.reset();
  filter.until = two.start;
  EXPECT_EQ(store_.load_outcomes(filter).size(), 1U);
  filter = {};
  filter.limit = 1;
  EXPECT_EQ(store_.load_outcomes(filter).size(), 1U);
}

TEST_F(StoreTest, AReportIsReadAsItWasSaid) {
  wire::Status status;
  status.boot = "b1";
  status.version = "0.1.0";
  status.plan = "abc";
  status.clips_wanted = 3;
  status.clips_ready = 2;
  status.clock_state = ClockState::kHoldover;
  status.clock_error = microseconds{1234};
  status.playing = PlayId{"p-1"};
  status.outbox = 4;
  status.refused = {{"signature", 2}};
  wire::Health health;
  health.restart = "power";
  health.temperature_c = 41.5;
  health.alarms = {"cache.full"};
  status.health = health;
  store_.save_report(kNode, {kMorning, {}});
  store_.save_report(kNode, {kMorning + minutes{1}, status});
  const auto found = store_.load_report(kNode);
  EXPECT_EQ(found->seen, kMorning + minutes{1});
  EXPECT_EQ(found->status, status);
  // The will knows nothing of it and takes nothing of it away.
  store_.save_report(kNode, {kMorning + minutes{2}, {}});
  EXPECT_EQ(store_.load_report(kNode)->status.health, health);
  EXPECT_FALSE(store_.load_report(NodeId{"n-2"}).has_value());
}

// --- enrolment

TEST_F(StoreTest, ARevokedNodeIsKeptWithWhenAndWhy) {
  const NodeCertificate certificate{"0a0b", "PEM", kMorning, kMorning + hours{24 * 700}};
  store_.add_certificate(kNode, certificate);
  EXPECT_EQ(store_.find_certified("0a0b"), kNode);
  store_.revoke_node(kNode, "stolen", kMorning + hours{1});
  const auto node = store_.load_node(kNode);
  EXPECT_FALSE(node->public_key.has_value());
  EXPECT_EQ(node->revoked->when, kMorning + hours{1});
  EXPECT_EQ(node->revoked->why, "stolen");
  EXPECT_FALSE(store_.find_certified("0a0b").has_value());
  EXPECT_FALSE(store_.load_certificate(kNode).has_value());
  ASSERT_EQ(store_.struck_certificates(kMorning).size(), 1U);
  EXPECT_TRUE(store_.struck_certificates(certificate.until).empty());
  EXPECT_EQ(refusal_of([&] { store_.revoke_node(kNode, "", kMorning); }), "node.revoked_already");
  EXPECT_EQ(refusal_of([&] { store_.revoke_node(NodeId{"x"}, "", kMorning); }), "node.unknown");
  EXPECT_EQ(store_.load_node(kNode)->revoked->why, "stolen");
}

TEST_F(StoreTest, OnlyEnrolledNodesAreReached) {
  store_.add_node({NodeId{"n-3"}, AreaId{"to-1"}, "Loa 3"}, kMorning);
  EXPECT_THAT(store_.nodes_below({AreaId{"to-1"}}), ElementsAre(kNode));
  store_.revoke_node(kNode, "", kMorning);
  EXPECT_THAT(store_.nodes_below({AreaId{"to-1"}}), IsEmpty());
}

// --- fates and rules

TEST_F(StoreTest, FatesAreSettledOnceAndKeepTheirReason) {
  add_announcement(store_, "greeting", seconds{30});
  store_.add_schedule(schedule_of("one", "greeting", kMorning), kMorning);
  store_.add_schedule(schedule_of("two", "greeting", kMorning), kMorning);
  const ScheduleId one{"s-one"};
  const ScheduleId two{"s-two"};
  const schedules::Fate whole{schedules::Verdict::kPlays, kMorning, seconds{30}, {}};
  const schedules::Fate moved{schedules::Verdict::kShifted, kMorning + hours{1}, seconds{30}, schedules::LostTo{}};
  const schedules::Fate quiet{schedules::Verdict::kCancelled, kMorning + hours{2}, seconds{0},
                              schedules::Clause::kQuietHours};
  const schedules::Fate silent{schedules::Verdict::kCancelled, kMorning + hours{3}, seconds{0}, {}};
  store_.save_fates({{two, kMorning + hours{3}, silent, std::nullopt, schedules::Silence{"nghỉ lễ", "a day off"}},
                     {two, kMorning + hours{2}, quiet, std::nullopt, std::nullopt},
                     {two, kMorning, moved, one, std::nullopt},
                     {one, kMorning, whole, std::nullopt, std::nullopt}});
  store_.save_fates({{one, kMorning, quiet, std::nullopt, std::nullopt}});
  const auto rows = store_.load_fates(kMorning, kMorning + hours{4});
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].schedule, one);
  EXPECT_EQ(rows[0].fate, whole);
  EXPECT_EQ(rows[0].title, "Thông báo");
  EXPECT_EQ(rows[1].fate, moved);
  EXPECT_EQ(rows[1].winner, one);
  EXPECT_EQ(rows[2].fate, quiet);
  EXPECT_EQ(rows[3].fate, silent);
  EXPECT_EQ(rows[3].silence, (schedules::Silence{"nghỉ lễ", "a day off"}));
  EXPECT_EQ(store_.load_fates(kMorning + microseconds{1}, kMorning + hours{2}).size(), 0U);
  EXPECT_EQ(refusal_of([&] { store_.save_fates({{ScheduleId{"s-x"}, kMorning, whole, {}, {}}}); }), "db.constraint");
}

TEST_F(StoreTest, TheNewestRulesComeFirstAndNoneAreLost) {
  EXPECT_THAT(store_.load_ward_rules(), IsEmpty());
  schedules::WardRules rules;
  rules.quiet = QuietHours{hours{21}, hours{5} + minutes{30}};
  rules.weekdays.reset(5);
  rules.sessions = {{"sáng", hours{6}, hours{7}, minutes{15}}, {"chiều", hours{16}, hours{24}, minutes{15}}};
  rules.gap = seconds{12};
  EXPECT_EQ(store_.add_ward_rules("1/QĐ", schedules::WardRules{}, kMorning), 1);
  EXPECT_EQ(store_.add_ward_rules("2/QĐ", rules, kMorning + hours{1}), 2);
  const auto versions = store_.load_ward_rules();
  ASSERT_EQ(versions.size(), 2U);
  EXPECT_EQ(versions[0].version, 2);
  EXPECT_EQ(versions[0].decision, "2/QĐ");
  EXPECT_EQ(versions[0].made, kMorning + hours{1});
  EXPECT_EQ(versions[0].rules, rules);
  EXPECT_EQ(versions[1].rules, schedules::WardRules{});
}

}  // namespace
}  // namespace loa::server
