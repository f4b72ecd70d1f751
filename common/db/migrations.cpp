#include <algorithm>
#include <utility>

#include "common/base/error.h"
#include "common/db/database.h"

namespace loa::db {
namespace {

// SQLite cannot rebuild a table that others refer to while it enforces references, and it does not let the switch be
// moved inside a transaction (sqlite.org/lang_altertable.html#otheralter).
class References {
 public:
  explicit References(Database& database) : database_(database) { database_.execute("PRAGMA foreign_keys=OFF"); }
  ~References() {
    try {
      database_.execute("PRAGMA foreign_keys=ON");
    } catch (const Error&) {  // NOLINT(bugprone-empty-catch)
      // Only when the connection is broken, and then no statement runs on it any more.
    }
  }
  References(const References&) = delete;
  References& operator=(const References&) = delete;

 private:
  Database& database_;
};

std::optional<std::string> find_broken_reference(Database& database) {
  Statement check = database.prepare("SELECT \"table\", \"parent\" FROM pragma_foreign_key_check LIMIT 1");
  if (!check.step()) return std::nullopt;
  return "a row of " + check.get_text(0) + " refers to a missing row of " + check.get_text(1);
}

void require_ok(Database& database, std::string_view pragma) {
  Statement check = database.prepare(pragma);
  if (!check.step() || check.get_text(0) == "ok") return;
  std::string words = check.get_text(0);  // lines
  std::replace(words.begin(), words.end(), '\n', ' ');
  throw Error("db.damaged", {database.name(), std::move(words)});
}

void apply(Database& database, const Migration& migration) {
  const std::string number = std::to_string(migration.number);
  try {
    Transaction transaction(database);
    database.execute(migration.sql);
    if (const auto broken = find_broken_reference(database)) throw Error("db.failed", {database.name(), *broken});
    database.execute("PRAGMA user_version=" + number);
    transaction.commit();
  } catch (const Error& error) {
    throw Error("db.migration_failed", {number, error.what()});
  }
}

}  // namespace

int schema_version(Database& database) {
  Statement statement = database.prepare("PRAGMA user_version");
  if (!statement.step()) throw Error("db.damaged", {database.name(), "no user_version"});
  return static_cast<int>(statement.get_int(0));
}

void migrate(Database& database, std::span<const Migration> migrations) {
  for (std::size_t i = 0; i < migrations.size(); ++i)
    if (migrations[i].number != static_cast<int>(i) + 1)
      throw Error("db.migration_failed", {std::to_string(migrations[i].number), "numbers must be 1, 2, 3 …"});
  const int version = schema_version(database);
  const int last = static_cast<int>(migrations.size());
  if (version < 0) throw Error("db.damaged", {database.name(), "user_version " + std::to_string(version)});
  if (version > last) throw Error("db.newer", {database.name(), std::to_string(version), std::to_string(last)});
  if (version == last) return;
  const References off(database);
  for (const Migration& migration : migrations.subspan(static_cast<std::size_t>(version))) apply(database, migration);
}

void check_pages(Database& database) {
  require_ok(database, "PRAGMA quick_check(1)");
}

void check_integrity(Database& database) {
  require_ok(database, "PRAGMA integrity_check(1)");
  if (const auto broken = find_broken_reference(database)) throw Error("db.damaged", {database.name(), *broken});
}

std::vector<std::string> find_non_strict_tables(Database& database) {
  std::vector<std::string> names;
  Statement tables = database.prepare(
      "SELECT name FROM pragma_table_list WHERE schema='main' AND type='table' AND strict=0 "
      "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name");
  while (tables.step()) names.push_back(tables.get_text(0));
  return names;
}

}  // namespace loa::db
