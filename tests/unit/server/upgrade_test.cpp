// Books that an earlier version of the program has written are brought up to date with nothing lost.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/db/database.h"
#include "server/store/migrations.h"
#include "server/store/store.h"
#include "tests/support/scratch_folder.h"

namespace loa::server {
namespace {

namespace fs = std::filesystem;
using testing::IsEmpty;
using testing::SizeIs;

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// How many rows each table has.
std::map<std::string, std::int64_t> count_rows(db::Database& database) {
  std::vector<std::string> tables;
  auto names = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
  while (names.step()) tables.push_back(names.get_text(0));
  std::map<std::string, std::int64_t> counts;
  for (const std::string& table : tables) {
    auto count = database.prepare("SELECT count(*) FROM " + table);
    (void)count.step();
    counts[table] = count.get_int(0);
  }
  return counts;
}

class Upgrade : public testing::TestWithParam<int> {
 protected:
  Upgrade() {
    auto database = db::Database::open_writer(file_);
    database.execute(
        text_of(fs::path{LOA_SOURCE_DIR} / "tests/data/golden" / ("server-" + std::to_string(GetParam()) + ".sql")));
  }
  const test::ScratchFolder folder_;
  const fs::path file_ = folder_ / "server.db";
};

TEST_P(Upgrade, LosesNoRow) {
  std::map<std::string, std::int64_t> before;
  {
    auto database = db::Database::open_writer(file_);
    ASSERT_EQ(db::schema_version(database), GetParam());
    before = count_rows(database);
  }
  { const Store store = Store::make_writer(db::Database::open_writer(file_)); }
  auto database = db::Database::open_writer(file_);
  EXPECT_EQ(db::schema_version(database), static_cast<int>(migrations().size()));
  const auto after = count_rows(database);
  for (const auto& [table, rows] : before) EXPECT_EQ(after.at(table), rows) << table;
  db::check_integrity(database);
  EXPECT_THAT(db::find_non_strict_tables(database), IsEmpty());
}

TEST_P(Upgrade, EverythingIsReadAndAirsAsBefore) {
  Store store = Store::make_writer(db::Database::open_writer(file_));
  EXPECT_THAT(store.load_areas(), SizeIs(4));
  EXPECT_THAT(store.load_nodes(), SizeIs(3));
  for (const Node& node : store.load_nodes()) {
    EXPECT_TRUE(node.public_key);
    EXPECT_TRUE(store.load_report(node.id));
    EXPECT_TRUE(store.load_plan(node.id));
  }
  EXPECT_THAT(store.load_recordings(std::nullopt), SizeIs(4));
  EXPECT_THAT(store.load_clips(), SizeIs(3));
  // Nobody signed in then: what was heard yesterday is not silenced by the upgrade.
  EXPECT_THAT(store.load_announcements(), SizeIs(4));
  for (const Announcement& announcement : store.load_announcements())
    EXPECT_EQ(announcement.state, ApprovalState::kApproved) << announcement.title;
  EXPECT_THAT(store.load_active_schedules(), SizeIs(4));
  for (const schedules::Schedule& schedule : store.load_active_schedules())
    EXPECT_EQ(schedule.approval, schedules::Schedule::Approval::kGiven);
  EXPECT_THAT(store.load_former_versions(WallTime{}), SizeIs(1));
  EXPECT_THAT(store.load_campaigns(), SizeIs(1));
  EXPECT_THAT(store.load_feeds(), SizeIs(1));
  EXPECT_THAT(store.load_ward_rules(), SizeIs(1));
  EXPECT_THAT(store.load_outcomes({}), SizeIs(6));
  EXPECT_THAT(store.load_people(), IsEmpty());
  EXPECT_FALSE(store.last_audit());
}

INSTANTIATE_TEST_SUITE_P(Schema, Upgrade, testing::Values(11));

}  // namespace
}  // namespace loa::server
