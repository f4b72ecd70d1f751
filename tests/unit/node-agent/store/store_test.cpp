#include "node-agent/store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/support/scratch_folder.h"

namespace loa::node {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const StationTime kPlanned = station_from_us(1'801'872'000'000'000);
const WallTime kEnd = wall_from_station(kPlanned) + 61s;

wire::Outcome outcome(const std::string& play, OutcomeResult result, std::string_view why = "",
                      StationTime planned = kPlanned) {
  wire::Outcome out;
  out.play = PlayId{play};
  out.announcement = AnnouncementId{"a-1"};
  out.clip = ClipHash{std::string(64, 'a')};
  out.planned = planned;
  out.result = result;
  out.reason = why;
  return out;
}
wire::Outcome begun(const std::string& play) {
  return outcome(play, OutcomeResult::kPartial, reason::kNodeRestarted);
}
wire::Outcome played(const std::string& play) {
  return outcome(play, OutcomeResult::kPlayed);
}

std::vector<std::string> owed(Store& store, std::size_t most = 100) {
  std::vector<std::string> plays;
  for (const PlayRecord& record : store.load_outbox(most)) plays.push_back(record.outcome.play.str());
  return plays;
}

// A store in a file that can be closed, damaged and opened again.
class NodeStore : public ::testing::Test {
 protected:
  NodeStore() : store_(Store::open(db::Database::open_writer(file()))) {}

  [[nodiscard]] std::filesystem::path file() const { return folder_ / "node.db"; }
  void reopen() {
    { const Store closed = std::move(store_); }
    store_ = Store::open(db::Database::open_writer(file()));
  }
  void damage(std::string_view sql) { db::Database::open_writer(file()).execute(sql); }

  test::ScratchFolder folder_;
  Store store_;
};

template <class Action>
std::pair<std::string, std::string> failure(Action&& action) {
  try {
    static_cast<void>(action());
  } catch (const Error& error) {
    EXPECT_TRUE(is_known_text(error.code())) << error.code();
    return {error.code(), error.what()};
  }
  return {};
}

TEST_F(NodeStore, IsEmptyAtFirst) {
  EXPECT_EQ(store_.load_plan(), std::nullopt);
  EXPECT_EQ(store_.order_floor(), 0);
  EXPECT_EQ(store_.proven_time(), std::nullopt);
  EXPECT_EQ(store_.load_play(PlayId{"s-1"}), std::nullopt);
  EXPECT_THAT(store_.load_begun(), IsEmpty());
  EXPECT_THAT(owed(store_), IsEmpty());
  EXPECT_EQ(store_.outbox_size(), 0);
}

TEST_F(NodeStore, TablesAreStrict) {
  db::Database database = db::Database::open_reader(file());
  EXPECT_THAT(db::find_non_strict_tables(database), IsEmpty());
}

TEST_F(NodeStore, TheLastPlanReplacesTheOneBefore) {
  store_.save_plan({7, std::string(64, 'a'), R"({"plays":[]})", "key-1"});
  store_.save_plan({8, std::string(64, 'b'), std::string("{\"ễ\":\0}", 9), "key-2"});
  reopen();
  const auto held = store_.load_plan();
  ASSERT_TRUE(held);
  EXPECT_EQ(*held, (HeldPlan{8, std::string(64, 'b'), std::string("{\"ễ\":\0}", 9), "key-2"}));
  EXPECT_EQ(store_.plan_floor(), 8);
}

TEST_F(NodeStore, MarksSurvive) {
  store_.save_order_floor(5, "key-1");
  store_.save_order_floor(9'007'199'254'740'991, "key-1");
  store_.save_proven_time({kPlanned, -1'500ns});
  store_.save_proven_time({kPlanned + 1s, 2ms});
  reopen();
  EXPECT_EQ(store_.order_floor(), 9'007'199'254'740'991);
  ASSERT_TRUE(store_.proven_time());
  EXPECT_EQ(store_.proven_time()->station, kPlanned + 1s);
  EXPECT_EQ(store_.proven_time()->machine_error, 2ms);
}

TEST_F(NodeStore, BegunIsWhatACrashLeaves) {
  store_.save_begun(begun("s-1"));
  wire::Outcome further = begun("s-1");
  further.heard = 5s;
  store_.save_begun(further);
  reopen();
  EXPECT_THAT(store_.load_begun(), ElementsAre(further));
  const auto record = store_.load_play(PlayId{"s-1"});
  ASSERT_TRUE(record);
  EXPECT_EQ(record->outcome, further);
  EXPECT_EQ(record->ended, std::nullopt);
  EXPECT_FALSE(record->acknowledged);
  EXPECT_THAT(owed(store_), IsEmpty());  // not ended: nothing to tell yet
  EXPECT_EQ(store_.outbox_size(), 0);
}

TEST_F(NodeStore, EndedIsOwedUntilAcknowledged) {
  store_.save_begun(begun("s-1"));
  EXPECT_TRUE(store_.save_ended(played("s-1"), kEnd));
  reopen();
  EXPECT_THAT(store_.load_begun(), IsEmpty());
  const auto record = store_.load_play(PlayId{"s-1"});
  ASSERT_TRUE(record);
  EXPECT_EQ(record->outcome, played("s-1"));
  EXPECT_EQ(record->ended, kEnd);
  EXPECT_THAT(owed(store_), ElementsAre("s-1"));
  EXPECT_EQ(store_.outbox_size(), 1);
  store_.acknowledge({PlayId{"s-1"}, PlayId{"s-unknown"}});
  store_.acknowledge({PlayId{"s-1"}});
  store_.acknowledge({});
  reopen();
  EXPECT_THAT(owed(store_), IsEmpty());
  EXPECT_EQ(store_.outbox_size(), 0);
  EXPECT_TRUE(store_.load_play(PlayId{"s-1"})->acknowledged);
}

TEST_F(NodeStore, EndedWithoutHavingBegun) {
  EXPECT_TRUE(store_.save_ended(outcome("s-1", OutcomeResult::kMissed, reason::kClipMissing), kEnd));
  EXPECT_THAT(owed(store_), ElementsAre("s-1"));
}

TEST_F(NodeStore, AnEndIsFinal) {
  ASSERT_TRUE(store_.save_ended(played("s-1"), kEnd));
  EXPECT_FALSE(store_.save_ended(outcome("s-1", OutcomeResult::kMissed, reason::kNodeOff), kEnd + 1h));
  store_.save_begun(begun("s-1"));
  store_.forget(PlayId{"s-1"});
  store_.acknowledge({PlayId{"s-1"}});
  EXPECT_FALSE(store_.save_ended(outcome("s-1", OutcomeResult::kStopped, reason::kStopOrder), kEnd + 2h));
  const auto record = store_.load_play(PlayId{"s-1"});
  ASSERT_TRUE(record);
  EXPECT_EQ(record->outcome, played("s-1"));
  EXPECT_EQ(record->ended, kEnd);
  EXPECT_TRUE(record->acknowledged);
}

TEST_F(NodeStore, ForgetTakesBackWhatHasBegun) {
  store_.save_begun(begun("s-1"));
  store_.save_begun(begun("s-2"));
  store_.forget(PlayId{"s-1"});
  store_.forget(PlayId{"s-unknown"});
  EXPECT_EQ(store_.load_play(PlayId{"s-1"}), std::nullopt);
  EXPECT_THAT(store_.load_begun(), ElementsAre(begun("s-2")));
}

TEST_F(NodeStore, WhatHasOnlyBegunCannotBeAcknowledged) {
  store_.save_begun(begun("s-1"));
  store_.acknowledge({PlayId{"s-1"}});
  ASSERT_TRUE(store_.save_ended(played("s-1"), kEnd));
  EXPECT_THAT(owed(store_), ElementsAre("s-1"));
}

TEST_F(NodeStore, TheOutboxGoesOldestFirstInPieces) {
  store_.save_ended(played("s-3"), kEnd + 3s);
  store_.save_ended(played("s-1"), kEnd + 1s);
  store_.save_ended(played("s-2"), kEnd + 2s);
  EXPECT_THAT(owed(store_, 2), ElementsAre("s-1", "s-2"));
  EXPECT_EQ(store_.outbox_size(), 3);
  store_.acknowledge({PlayId{"s-1"}});
  EXPECT_THAT(owed(store_), ElementsAre("s-2", "s-3"));
}

TEST_F(NodeStore, PruneForgetsOnlyWhatIsAcknowledgedAndOld) {
  const StationTime before = kPlanned - 1us;
  store_.save_ended(outcome("s-old", OutcomeResult::kPlayed, "", before), kEnd);
  store_.save_ended(outcome("s-owed", OutcomeResult::kPlayed, "", before), kEnd);
  store_.save_ended(played("s-new"), kEnd);
  store_.save_begun(outcome("s-begun", OutcomeResult::kPartial, reason::kNodeRestarted, before));
  store_.acknowledge({PlayId{"s-old"}, PlayId{"s-new"}});
  store_.prune(kPlanned);
  EXPECT_EQ(store_.load_play(PlayId{"s-old"}), std::nullopt);
  for (const char* kept : {"s-owed", "s-new", "s-begun"}) EXPECT_TRUE(store_.load_play(PlayId{kept})) << kept;
}

TEST_F(NodeStore, ADamagedOutcomeIsAnErrorThatNamesTheFile) {
  store_.save_begun(begun("s-begun"));
  store_.save_ended(played("s-1"), kEnd);
  damage("UPDATE plays SET outcome = '{}'");
  for (const auto& [code, words] :
       {failure([&] { return store_.load_play(PlayId{"s-1"}); }), failure([&] { return store_.load_begun(); }),
        failure([&] { return store_.load_outbox(9); })}) {
    EXPECT_EQ(code, "db.damaged");
    EXPECT_THAT(words, HasSubstr(file().string()));
    EXPECT_THAT(words, HasSubstr("plays.outcome"));
  }
  EXPECT_EQ(store_.outbox_size(), 1);
}

TEST_F(NodeStore, RefusesADatabaseOfALaterVersion) {
  damage("PRAGMA user_version = 1000");
  EXPECT_EQ(failure([&] { return Store::open(db::Database::open_writer(file())); }).first, "db.newer");
}

TEST_F(NodeStore, TheLastRunAndTheLastPlayAreKept) {
  EXPECT_FALSE(store_.last_run().has_value());
  EXPECT_FALSE(store_.last_play().has_value());
  store_.save_run({77, RunEnd::kNone});
  store_.save_run({78, RunEnd::kWatchdog});
  EXPECT_EQ(store_.last_run()->machine_boot, 78);
  EXPECT_EQ(store_.last_run()->end, RunEnd::kWatchdog);
  store_.save_last_play({60, -20.5});
  EXPECT_EQ(store_.last_play()->volume_pct, 60);
  EXPECT_EQ(store_.last_play()->level_lufs, -20.5);
  store_.save_last_play({30, std::nullopt});
  EXPECT_EQ(store_.last_play()->volume_pct, 30);
  EXPECT_FALSE(store_.last_play()->level_lufs.has_value());
}

}  // namespace
}  // namespace loa::node
