#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "common/db/database.h"
#include "tests/support/scratch_folder.h"

namespace loa::db {
namespace {

using test::ScratchFolder;
using ::testing::HasSubstr;

constexpr std::array kTwo = {
    Migration{1, "CREATE TABLE a (id TEXT PRIMARY KEY) STRICT; INSERT INTO a VALUES ('x');"},
    Migration{2, "CREATE TABLE b (a TEXT NOT NULL REFERENCES a(id)) STRICT; INSERT INTO b VALUES ('x');"},
};

std::string code_of(const std::function<void()>& action, std::string* words = nullptr) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_TRUE(is_known_text(error.code())) << error.code();
    if (words != nullptr) *words = error.what();
    return error.code();
  }
  return "";
}

std::int64_t count_tables(Database& database) {
  Statement count = database.prepare("SELECT count(*) FROM sqlite_schema WHERE type='table'");
  return count.step() ? count.get_int(0) : -1;
}

TEST(Migrations, RunOnceAndInOrder) {
  const ScratchFolder folder;
  {
    Database database = Database::open_writer(folder / "loa.db");
    EXPECT_EQ(schema_version(database), 0);
    migrate(database, std::span{kTwo}.first(1));
    EXPECT_EQ(schema_version(database), 1);
  }
  Database database = Database::open_writer(folder / "loa.db");
  migrate(database, kTwo);
  migrate(database, kTwo);
  EXPECT_EQ(schema_version(database), 2);
  EXPECT_EQ(count_tables(database), 2);
}

TEST(Migrations, RefuseANewerDatabaseUnchanged) {
  Database database = Database::open_in_memory();
  migrate(database, kTwo);
  std::string words;
  EXPECT_EQ(code_of([&] { migrate(database, std::span{kTwo}.first(1)); }, &words), "db.newer");
  EXPECT_THAT(words, HasSubstr("version 2"));
  EXPECT_EQ(schema_version(database), 2);
  database.execute("PRAGMA user_version=-1");
  EXPECT_EQ(code_of([&] { migrate(database, kTwo); }), "db.damaged");
}

TEST(Migrations, AFailureLeavesTheVersionBefore) {
  Database database = Database::open_in_memory();
  const std::array broken = {kTwo[0], Migration{2, "CREATE TABLE c (i INTEGER) STRICT; CREATE TABLE c (i INTEGER);"}};
  std::string words;
  EXPECT_EQ(code_of([&] { migrate(database, broken); }, &words), "db.migration_failed");
  EXPECT_THAT(words, HasSubstr("version 2"));
  EXPECT_EQ(schema_version(database), 1);
  EXPECT_EQ(count_tables(database), 1);
  EXPECT_FALSE(database.is_in_transaction());
  migrate(database, kTwo);  // repaired by the next program
  EXPECT_EQ(schema_version(database), 2);
}

TEST(Migrations, MayRebuildATableButNotBreakReferences) {
  Database database = Database::open_in_memory();
  migrate(database, kTwo);
  const std::array rebuild = {
      kTwo[0], kTwo[1],
      Migration{3,
                "CREATE TABLE a2 (id TEXT PRIMARY KEY, name TEXT NOT NULL DEFAULT '') STRICT;"
                "INSERT INTO a2(id) SELECT id FROM a; DROP TABLE a; ALTER TABLE a2 RENAME TO a;"}};
  migrate(database, rebuild);
  EXPECT_EQ(schema_version(database), 3);
  // Enforced again afterwards.
  EXPECT_EQ(code_of([&] { database.run("INSERT INTO b VALUES (?1)", "nobody"); }), "db.constraint");

  const std::array careless = {rebuild[0], rebuild[1], rebuild[2], Migration{4, "DELETE FROM a"}};
  EXPECT_EQ(code_of([&] { migrate(database, careless); }), "db.migration_failed");
  EXPECT_EQ(schema_version(database), 3);
  check_integrity(database);
  EXPECT_EQ(code_of([&] { database.run("INSERT INTO b VALUES (?1)", "nobody"); }), "db.constraint");
}

TEST(Migrations, NumbersHaveNoGap) {
  Database database = Database::open_in_memory();
  for (const auto& list : {std::vector{kTwo[1]}, std::vector{kTwo[0], Migration{3, ""}}, std::vector{kTwo[0], kTwo[0]}})
    EXPECT_EQ(code_of([&] { migrate(database, list); }), "db.migration_failed");
  EXPECT_EQ(schema_version(database), 0);
}

}  // namespace
}  // namespace loa::db
