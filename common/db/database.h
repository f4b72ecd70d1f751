// SQLite with our rules built in (through SQLiteCpp): one writer connection per process, read-only ones beside it.
//
// Every connection: foreign_keys=ON, trusted_schema=OFF, busy wait of at most 5 s. The writer: WAL with
// synchronous=FULL, so a committed transaction survives a power cut, provided the disk keeps its promises
// (sqlite.org/wal.html, sqlite.org/pragma.html#pragma_synchronous).
//
// Threads: one Database and its statements belong to one thread.
// Failure: everything throws Error and leaves the database as before the call: db.cannot_open, db.damaged (with what to
// do), db.newer, db.disk_full, db.io_failed (the disk's fault), db.busy, db.constraint, db.failed (SQLite's words: our
// mistake). A transaction open at that moment is rolled back when it leaves its scope.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/ids.h"
#include "common/base/time.h"

namespace loa::db {

struct Null {};

class Database;

// A prepared statement. Bind every parameter, then step. Strict: reading a column as another type than it holds, or
// NULL where a value is expected, throws db.wrong_type instead of giving 0 or "".
class Statement {
 public:
  ~Statement();
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;

  // Parameters count from 1 (`?1`).
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, double value);
  Statement& bind(int parameter, std::string_view value);
  Statement& bind(int parameter, ByteView value);  // BLOB
  Statement& bind(int parameter, Null);
  template <class T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool> &&
           !std::is_same_v<T, std::int64_t>) Statement& bind(int parameter, T value) {
    static_assert(sizeof(T) < sizeof(std::int64_t), "SQLite integers are signed 64 bit");
    return bind(parameter, static_cast<std::int64_t>(value));
  }
  Statement& bind(int parameter, const char* value) { return bind(parameter, std::string_view{value}); }
  Statement& bind(int parameter, const std::string& value) { return bind(parameter, std::string_view{value}); }
  Statement& bind(int parameter, const Bytes& value) { return bind(parameter, ByteView{value}); }
  template <class Tag>
  Statement& bind(int parameter, const Id<Tag>& id) {
    return bind(parameter, std::string_view{id.str()});
  }
  // Instants are microseconds since 1970 in columns named `*_us`.
  Statement& bind(int parameter, WallTime t) { return bind(parameter, to_us(t)); }
  Statement& bind(int parameter, StationTime t) { return bind(parameter, to_us(t)); }
  template <class T>
  Statement& bind(int parameter, const std::optional<T>& value) {
    return value ? bind(parameter, *value) : bind(parameter, Null{});
  }
  template <class... Values>
  Statement& bind_all(const Values&... values) {
    int parameter = 0;
    (bind(++parameter, values), ...);
    return *this;
  }

  // True while there is a row to read.
  [[nodiscard]] bool step();
  // Runs a statement that gives no rows; returns the number of rows it changed. Ready to be bound again.
  int run();
  // Ready to be run again; bindings are cleared.
  void reset();

  // Columns count from 0.
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t get_int(int column) const;
  [[nodiscard]] double get_real(int column) const;
  [[nodiscard]] std::string get_text(int column) const;
  // Its bytes until the next step, for statements of very many rows.
  [[nodiscard]] std::string_view get_view(int column) const;
  [[nodiscard]] Bytes get_blob(int column) const;
  [[nodiscard]] WallTime get_wall(int column) const { return wall_from_us(get_int(column)); }
  [[nodiscard]] StationTime get_station(int column) const { return station_from_us(get_int(column)); }
  template <class IdType>
  [[nodiscard]] IdType get_id(int column) const {
    return IdType{get_text(column)};
  }
  [[nodiscard]] std::optional<std::int64_t> get_optional_int(int column) const;
  [[nodiscard]] std::optional<double> get_optional_real(int column) const;
  [[nodiscard]] std::optional<std::string> get_optional_text(int column) const;
  [[nodiscard]] std::optional<WallTime> get_optional_wall(int column) const;

 private:
  friend class Database;
  struct State;
  explicit Statement(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class Database {
 public:
  // Makes the file (0600) when it is missing; its folder must exist.
  [[nodiscard]] static Database open_writer(const std::filesystem::path& file);
  // Throws db.cannot_open when the file is missing.
  [[nodiscard]] static Database open_reader(const std::filesystem::path& file);
  // Lives in memory, for the simulation and unit tests.
  [[nodiscard]] static Database open_in_memory();

  ~Database();
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;

  [[nodiscard]] Statement prepare(std::string_view sql);
  // One or more statements without parameters or rows.
  void execute(std::string_view sql);
  [[nodiscard]] std::int64_t last_insert_rowid() const;
  // The file's path, or `:memory:`, as errors name it.
  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] bool is_in_transaction() const;
  // Prepares, binds in order, runs; rows changed.
  template <class... Values>
  int run(std::string_view sql, const Values&... values) {
    Statement statement = prepare(sql);
    statement.bind_all(values...);
    return statement.run();
  }

 private:
  friend class Statement;
  friend void copy_to(Database& database, const std::filesystem::path& file);
  struct State;
  explicit Database(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;  // shared with its statements
};

// BEGIN IMMEDIATE … COMMIT; rolls back when it leaves its scope without commit(). They do not nest.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // When it throws, nothing has been stored.
  void commit();

 private:
  enum class Stage { kOpen, kClosed };
  Database& database_;
  Stage stage_ = Stage::kOpen;
};

struct Migration {
  int number = 0;  // 1, 2, 3 … without gaps
  std::string_view sql;
};

// Brings the database to the last migration, each in a transaction of its own together with `PRAGMA user_version` and a
// foreign key check, so that a crash between leaves a whole version. Throws db.newer, and changes nothing, when the
// file was written by a later version of the program; db.migration_failed names the migration that could not run.
void migrate(Database& database, std::span<const Migration> migrations);

[[nodiscard]] int schema_version(Database& database);

// Whether every page can be read and is what it should be, without the indexes: about as long as reading the file.
// Throws db.damaged.
void check_pages(Database& database);

// Full check of pages, indexes and foreign keys; takes time proportional to the file. Throws db.damaged.
void check_integrity(Database& database);

// One committed state of the database, the newest, in a new file (0600) that needs no other file beside it and is on
// the disk when this returns. Others read and write the database meanwhile. Throws file.cannot_write (also when there
// is such a file), db.*; then there is no file, or one to be removed.
void copy_to(Database& database, const std::filesystem::path& file);

// Names of tables made without STRICT, for the tests of every store: SQLite would let text stand in INTEGER columns.
[[nodiscard]] std::vector<std::string> find_non_strict_tables(Database& database);

}  // namespace loa::db
