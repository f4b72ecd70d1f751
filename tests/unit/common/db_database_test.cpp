#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "common/base/error.h"
#include "common/db/database.h"
#include "tests/support/child.h"
#include "tests/support/error_code.h"
#include "tests/support/no_room.h"
#include "tests/support/scratch_folder.h"

namespace loa::db {
namespace {

using test::code_of;
using test::ScratchFolder;
using ::testing::ElementsAre;

std::string pragma(Database& database, const std::string& name) {
  Statement statement = database.prepare("SELECT CAST(" + name + " AS TEXT) FROM pragma_" + name);
  return statement.step() ? statement.get_text(0) : "";
}

Database with_table() {
  Database database = Database::open_in_memory();
  database.execute("CREATE TABLE t (i INTEGER, r REAL, s TEXT, b BLOB) STRICT");
  return database;
}

TEST(Database, WriterKeepsWhatItCommits) {
  const ScratchFolder folder;
  Database database = Database::open_writer(folder / "loa.db");
  EXPECT_EQ(pragma(database, "journal_mode"), "wal");
  EXPECT_EQ(pragma(database, "synchronous"), "2");
  EXPECT_EQ(pragma(database, "foreign_keys"), "1");
  EXPECT_EQ(pragma(database, "trusted_schema"), "0");
  database.execute("CREATE TABLE t (i INTEGER) STRICT");
  struct stat status {};
  for (const char* name : {"loa.db", "loa.db-wal", "loa.db-shm"}) {
    ASSERT_EQ(::stat((folder / name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 07777U, 0600U) << name;
  }
}

TEST(Database, ReaderSeesWhatIsCommittedAndChangesNothing) {
  const ScratchFolder folder;
  EXPECT_EQ(code_of([&] { static_cast<void>(Database::open_reader(folder / "none.db")); }), "db.cannot_open");
  Database writer = Database::open_writer(folder / "loa.db");
  writer.execute("CREATE TABLE t (i INTEGER) STRICT");
  Database reader = Database::open_reader(folder / "loa.db");
  {
    Transaction transaction(writer);
    writer.run("INSERT INTO t VALUES (?1)", 1);
    Statement count = reader.prepare("SELECT count(*) FROM t");
    ASSERT_TRUE(count.step());
    EXPECT_EQ(count.get_int(0), 0);
    transaction.commit();
  }
  Statement count = reader.prepare("SELECT count(*) FROM t");
  ASSERT_TRUE(count.step());
  EXPECT_EQ(count.get_int(0), 1);
  EXPECT_EQ(code_of([&] { reader.execute("INSERT INTO t VALUES (2)"); }), "db.cannot_open");
}

TEST(Database, EveryTypeComesBack) {
  Database database = with_table();
  const Bytes octets{0, 255, 0};
  const std::string text = std::string{"Phù Liễn\0x", 13};
  EXPECT_EQ(database.run("INSERT INTO t VALUES (?1, ?2, ?3, ?4)", std::int64_t{-9'000'000'000}, 0.1, text, octets), 1);
  EXPECT_EQ(database.last_insert_rowid(), 1);
  Statement row = database.prepare("SELECT i, r, s, b FROM t");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.get_int(0), -9'000'000'000);
  EXPECT_EQ(row.get_real(1), 0.1);
  EXPECT_EQ(row.get_text(2), text);
  EXPECT_EQ(row.get_blob(3), octets);
  EXPECT_FALSE(row.step());
}

TEST(Database, EmptyIsNotNull) {
  Database database = with_table();
  database.run("INSERT INTO t VALUES (?1, ?2, ?3, ?4)", Null{}, std::optional<double>{}, std::string_view{}, Bytes{});
  Statement row = database.prepare("SELECT i, r, s, b FROM t");
  ASSERT_TRUE(row.step());
  EXPECT_TRUE(row.is_null(0));
  EXPECT_EQ(row.get_optional_int(0), std::nullopt);
  EXPECT_EQ(row.get_optional_real(1), std::nullopt);
  EXPECT_EQ(row.get_optional_text(2), "");
  EXPECT_EQ(row.get_blob(3), Bytes{});
}

TEST(Database, InstantsAndIdsHaveTheirForm) {
  Database database = with_table();
  const WallTime t = parse_utc("2027-02-06T00:00:00.000Z").value();
  database.run("INSERT INTO t(i, s) VALUES (?1, ?2)", t, NodeId{"node-1"});
  database.run("INSERT INTO t(i, s) VALUES (?1, ?2)", std::optional<WallTime>{}, "x");
  Statement row = database.prepare("SELECT i, s FROM t ORDER BY rowid");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.get_wall(0), t);
  EXPECT_EQ(row.get_station(0), station_from_wall(t));
  EXPECT_EQ(row.get_optional_wall(0), t);
  EXPECT_EQ(row.get_id<NodeId>(1), NodeId{"node-1"});
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.get_optional_wall(0), std::nullopt);
}

TEST(Database, AnotherTypeIsAnError) {
  Database database = with_table();
  database.run("INSERT INTO t VALUES (1, 0.5, 'x', x'00')");
  Statement row = database.prepare("SELECT i, r, s, b, NULL FROM t");
  ASSERT_TRUE(row.step());
  const auto wrong = [&](auto get) { return code_of([&] { static_cast<void>(get()); }); };
  EXPECT_EQ(wrong([&] { return row.get_text(0); }), "db.wrong_type");
  EXPECT_EQ(wrong([&] { return row.get_int(1); }), "db.wrong_type");
  EXPECT_EQ(wrong([&] { return row.get_int(2); }), "db.wrong_type");
  EXPECT_EQ(wrong([&] { return row.get_text(3); }), "db.wrong_type");
  EXPECT_EQ(wrong([&] { return row.get_real(0); }), "db.wrong_type");
  EXPECT_EQ(wrong([&] { return row.get_blob(2); }), "db.wrong_type");
  for (const auto& action : std::vector<std::function<void()>>{[&] { static_cast<void>(row.get_int(4)); },
                                                               [&] { static_cast<void>(row.get_text(4)); }})
    EXPECT_EQ(code_of(action), "db.wrong_type");
  EXPECT_EQ(wrong([&] { return row.get_int(5); }), "db.failed");
  EXPECT_EQ(wrong([&] { return row.is_null(9); }), "db.failed");
}

TEST(Database, ForgottenParametersAreAnError) {
  Database database = with_table();
  Statement insert = database.prepare("INSERT INTO t(i, s) VALUES (?1, ?2)");
  insert.bind(1, 5);
  EXPECT_EQ(code_of([&] { insert.run(); }), "db.failed");
  insert.bind(2, "x");
  EXPECT_EQ(insert.run(), 1);
  EXPECT_EQ(code_of([&] { insert.run(); }), "db.failed");  // bindings do not outlive a run
  EXPECT_EQ(code_of([&] { insert.bind(3, 5); }), "db.failed");
}

TEST(Database, RulesOfTheSchemaHold) {
  Database database = Database::open_in_memory();
  database.execute(
      "CREATE TABLE a (id TEXT PRIMARY KEY) STRICT;"
      "CREATE TABLE b (a TEXT NOT NULL REFERENCES a(id)) STRICT;");
  database.run("INSERT INTO a VALUES (?1)", "x");
  EXPECT_EQ(code_of([&] { database.run("INSERT INTO a VALUES (?1)", "x"); }), "db.constraint");
  EXPECT_EQ(code_of([&] { database.run("INSERT INTO b VALUES (?1)", "y"); }), "db.constraint");
  EXPECT_EQ(code_of([&] { database.run("INSERT INTO b VALUES (?1)", Null{}); }), "db.constraint");
  EXPECT_EQ(code_of([&] { database.execute("NONSENSE"); }), "db.failed");
  EXPECT_EQ(code_of([&] { static_cast<void>(database.prepare("SELECT nothing FROM a")); }), "db.failed");
}

TEST(Database, AStatementOutlivesItsDatabaseObject) {
  std::optional<Statement> row;
  {
    Database database = with_table();
    database.run("INSERT INTO t(i) VALUES (7)");
    row.emplace(database.prepare("SELECT i FROM t"));
  }
  ASSERT_TRUE(row->step());
  EXPECT_EQ(row->get_int(0), 7);
}

TEST(Transaction, IsAllOrNothing) {
  Database database = with_table();
  const auto rows = [&] {
    Statement count = database.prepare("SELECT count(*) FROM t");
    return count.step() ? count.get_int(0) : -1;
  };
  {
    Transaction transaction(database);
    database.run("INSERT INTO t(i) VALUES (1)");
    EXPECT_TRUE(database.is_in_transaction());
  }
  EXPECT_EQ(rows(), 0);
  {
    Transaction transaction(database);
    database.run("INSERT INTO t(i) VALUES (1)");
    transaction.commit();
    EXPECT_EQ(code_of([&] { transaction.commit(); }), "db.failed");
  }
  EXPECT_EQ(rows(), 1);
  EXPECT_EQ(code_of([&] {
              Transaction transaction(database);
              database.run("INSERT INTO t(i) VALUES (2)");
              const Transaction nested(database);
            }),
            "db.failed");
  EXPECT_EQ(rows(), 1);
  EXPECT_FALSE(database.is_in_transaction());
}

TEST(Database, DamageIsNamedWithItsCure) {
  const ScratchFolder folder;
  std::ofstream(folder / "loa.db") << std::string(8192, 'x');
  EXPECT_EQ(code_of([&] { static_cast<void>(Database::open_writer(folder / "loa.db")); }), "db.damaged");
  EXPECT_EQ(code_of([&] { static_cast<void>(Database::open_reader(folder / "loa.db")); }), "db.damaged");
  EXPECT_EQ(code_of([&] { static_cast<void>(Database::open_writer(folder / "no" / "loa.db")); }), "db.cannot_open");
  EXPECT_EQ(code_of([&] { static_cast<void>(Database::open_writer(folder.path())); }), "db.cannot_open");
}

TEST(Database, IntegrityCheckFindsDamagedPagesAndReferences) {
  const ScratchFolder folder;
  {
    Database database = Database::open_writer(folder / "loa.db");
    database.execute("CREATE TABLE t (i INTEGER PRIMARY KEY, s TEXT) STRICT; CREATE INDEX x ON t(s)");
    for (int i = 0; i < 500; ++i) database.run("INSERT INTO t VALUES (?1, ?2)", i, std::string(50, 'a'));
    check_integrity(database);
  }
  {
    std::fstream file(folder / "loa.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096 * 3 + 200);
    file << std::string(2000, '\x7f');
  }
  Database damaged = Database::open_writer(folder / "loa.db");
  EXPECT_EQ(code_of([&] { check_integrity(damaged); }), "db.damaged");
  EXPECT_EQ(code_of([&] { check_pages(damaged); }), "db.damaged");

  Database dangling = Database::open_in_memory();
  dangling.execute(
      "CREATE TABLE a (id TEXT PRIMARY KEY) STRICT; CREATE TABLE b (a TEXT REFERENCES a(id)) STRICT;"
      "PRAGMA foreign_keys=OFF; INSERT INTO b VALUES ('gone'); PRAGMA foreign_keys=ON;");
  EXPECT_EQ(code_of([&] { check_integrity(dangling); }), "db.damaged");
}

TEST(Database, ADiskThatFailsIsNamedAndLeavesTheDatabaseAsItWas) {
  const ScratchFolder folder;
  Database database = Database::open_writer(folder / "loa.db");
  database.execute("CREATE TABLE t (i INTEGER) STRICT; INSERT INTO t VALUES (1)");
  {
    const test::NoRoom no_room;
    EXPECT_EQ(code_of([&] { database.execute("INSERT INTO t VALUES (2)"); }), "db.io_failed");
  }
  database.execute("INSERT INTO t VALUES (3)");
  Statement sum = database.prepare("SELECT sum(i) FROM t");
  ASSERT_TRUE(sum.step());
  EXPECT_EQ(sum.get_int(0), 4);
}

TEST(Database, ACopyIsOneCommittedStateAndStandsByItself) {
  const ScratchFolder folder;
  Database writer = Database::open_writer(folder / "loa.db");
  writer.execute("CREATE TABLE t (i INTEGER) STRICT; PRAGMA user_version=3; INSERT INTO t VALUES (1)");
  Database reader = Database::open_reader(folder / "loa.db");
  writer.execute("INSERT INTO t VALUES (2)");
  {
    Transaction open(writer);
    writer.execute("INSERT INTO t VALUES (3)");
    copy_to(reader, folder / "copy.db");
    open.commit();
  }
  struct stat status {};
  ASSERT_EQ(::stat((folder / "copy.db").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  EXPECT_FALSE(std::filesystem::exists(folder / "copy.db-wal"));
  Database copy = Database::open_reader(folder / "copy.db");
  check_integrity(copy);
  EXPECT_EQ(schema_version(copy), 3);
  EXPECT_EQ(pragma(copy, "journal_mode"), "delete");
  Statement sum = copy.prepare("SELECT sum(i) FROM t");
  ASSERT_TRUE(sum.step());
  EXPECT_EQ(sum.get_int(0), 3);
  EXPECT_EQ(code_of([&] { copy_to(reader, folder / "copy.db"); }), "file.cannot_write");
}

TEST(Database, AFullDiskIsNamed) {
  Database database = with_table();
  database.execute("PRAGMA max_page_count=3");
  EXPECT_EQ(code_of([&] { database.run("INSERT INTO t(b) VALUES (?1)", Bytes(100'000)); }), "db.disk_full");
}

TEST(Database, FindsTablesThatAreNotStrict) {
  Database database = with_table();
  EXPECT_TRUE(find_non_strict_tables(database).empty());
  database.execute("CREATE TABLE loose (i INTEGER PRIMARY KEY AUTOINCREMENT); CREATE TABLE sqlitex (i); ANALYZE");
  EXPECT_THAT(find_non_strict_tables(database), ElementsAre("loose", "sqlitex"));
}

}  // namespace
}  // namespace loa::db
