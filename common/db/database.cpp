#include "common/db/database.h"

#include <cerrno>
#include <cstring>

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "common/base/descriptor.h"
#include "common/base/error.h"

namespace loa::db {
namespace {

constexpr int kBusyWaitMs = 5000;

[[noreturn]] void throw_error(int code, const std::string& file, const std::string& words) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      throw Error("db.damaged", {file, words});
    case SQLITE_FULL:
      throw Error("db.disk_full", {file});
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Error("db.busy", {file});
    case SQLITE_CONSTRAINT:
      throw Error("db.constraint", {file, words});
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      throw Error("db.cannot_open", {file, words});
    case SQLITE_IOERR:
      // Room in the log's index is asked for before anything is written.
      if (code == SQLITE_IOERR_SHMSIZE) throw Error("db.disk_full", {file});
      throw Error("db.io_failed", {file, words});
    default:
      throw Error("db.failed", {file, words});
  }
}

// Runs an action of SQLiteCpp; its exceptions leave as ours.
template <class Action>
auto translate(const std::string& file, Action&& action) {
  try {
    return action();
  } catch (const SQLite::Exception& exception) {
    const int extended = exception.getExtendedErrorCode();  // negative where there is none
    throw_error(extended < 0 ? exception.getErrorCode() : extended, file, exception.what());
  }
}

std::string type_name(int type) {
  switch (type) {
    case SQLITE_INTEGER:
      return "INTEGER";
    case SQLITE_FLOAT:
      return "REAL";
    case SQLITE_TEXT:
      return "TEXT";
    case SQLITE_BLOB:
      return "BLOB";
    default:
      return "NULL";
  }
}

}  // namespace

struct Database::State {
  State(std::string name, int flags) : file(std::move(name)), connection(file, flags, kBusyWaitMs) {}

  std::string file;  // as named in errors
  SQLite::Database connection;
};

struct Statement::State {
  // Holding the connection open: SQLite must not close it before its statements.
  std::shared_ptr<Database::State> database;
  SQLite::Statement prepared;
  std::vector<bool> is_bound;

  // What the caller forgets to bind would be NULL in silence.
  void check_bound() const {
    for (std::size_t i = 0; i < is_bound.size(); ++i)
      if (!is_bound[i])
        throw Error("db.failed",
                    {database->file, "parameter " + std::to_string(i + 1) + " not bound in " + prepared.getQuery()});
  }
  void mark_bound(int parameter) { is_bound.at(static_cast<std::size_t>(parameter) - 1) = true; }

  [[nodiscard]] SQLite::Column column(int index, int type) {
    return translate(database->file, [&] {
      SQLite::Column found = prepared.getColumn(index);
      if (found.getType() != type)
        throw Error("db.wrong_type",
                    {prepared.getQuery(), std::to_string(index), type_name(found.getType()), type_name(type)});
      return found;
    });
  }
};

Statement::Statement(std::unique_ptr<State> state) : state_(std::move(state)) {}
Statement::~Statement() = default;
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;

Statement& Statement::bind(int parameter, std::int64_t value) {
  translate(state_->database->file, [&] { state_->prepared.bind(parameter, value); });
  state_->mark_bound(parameter);
  return *this;
}

Statement& Statement::bind(int parameter, double value) {
  translate(state_->database->file, [&] { state_->prepared.bind(parameter, value); });
  state_->mark_bound(parameter);
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view value) {
  translate(state_->database->file, [&] { state_->prepared.bind(parameter, std::string{value}); });
  state_->mark_bound(parameter);
  return *this;
}

Statement& Statement::bind(int parameter, ByteView value) {
  // A null pointer would bind NULL, not the empty BLOB.
  const void* begin = value.empty() ? "" : static_cast<const void*>(value.data());
  translate(state_->database->file, [&] { state_->prepared.bind(parameter, begin, static_cast<int>(value.size())); });
  state_->mark_bound(parameter);
  return *this;
}

Statement& Statement::bind(int parameter, Null /*value*/) {
  translate(state_->database->file, [&] { state_->prepared.bind(parameter); });
  state_->mark_bound(parameter);
  return *this;
}

bool Statement::step() {
  state_->check_bound();
  return translate(state_->database->file, [&] { return state_->prepared.executeStep(); });
}

int Statement::run() {
  state_->check_bound();
  const int changed = translate(state_->database->file, [&] { return state_->prepared.exec(); });
  reset();
  return changed;
}

void Statement::reset() {
  // The result repeats the error of the last step, which has been thrown already.
  static_cast<void>(state_->prepared.tryReset());
  state_->prepared.clearBindings();
  state_->is_bound.assign(state_->is_bound.size(), false);
}

bool Statement::is_null(int column) const {
  return translate(state_->database->file, [&] { return state_->prepared.getColumn(column).isNull(); });
}

std::int64_t Statement::get_int(int column) const {
  return state_->column(column, SQLITE_INTEGER).getInt64();
}

double Statement::get_real(int column) const {
  return state_->column(column, SQLITE_FLOAT).getDouble();
}

std::string Statement::get_text(int column) const {
  return state_->column(column, SQLITE_TEXT).getString();
}

std::string_view Statement::get_view(int column) const {
  const SQLite::Column found = state_->column(column, SQLITE_TEXT);
  const char* const text = found.getText();
  return {text, static_cast<std::size_t>(found.getBytes())};
}

Bytes Statement::get_blob(int column) const {
  const SQLite::Column found = state_->column(column, SQLITE_BLOB);
  const auto* begin = static_cast<const std::uint8_t*>(found.getBlob());
  if (begin == nullptr) return {};
  return {begin, begin + found.getBytes()};
}

std::optional<std::int64_t> Statement::get_optional_int(int column) const {
  if (is_null(column)) return std::nullopt;
  return get_int(column);
}

std::optional<double> Statement::get_optional_real(int column) const {
  if (is_null(column)) return std::nullopt;
  return get_real(column);
}

std::optional<std::string> Statement::get_optional_text(int column) const {
  if (is_null(column)) return std::nullopt;
  return get_text(column);
}

std::optional<WallTime> Statement::get_optional_wall(int column) const {
  if (is_null(column)) return std::nullopt;
  return get_wall(column);
}

Database::Database(std::shared_ptr<State> state) : state_(std::move(state)) {}
Database::~Database() = default;
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;

Database Database::open_writer(const std::filesystem::path& file) {
  // SQLite would make the file readable by everyone; -wal and -shm take over its mode.
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) throw Error("db.cannot_open", {file.string(), std::strerror(errno)});
  ::close(descriptor);
  return translate(file.string(), [&] {
    auto state = std::make_shared<State>(file.string(), SQLite::OPEN_READWRITE);
    state->connection.exec("PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;");
    const std::string mode = state->connection.execAndGet("PRAGMA journal_mode=WAL").getString();
    if (mode != "wal") throw Error("db.cannot_open", {file.string(), "journal_mode=" + mode});
    // After a burst the log shrinks to this instead of keeping its largest size.
    state->connection.exec("PRAGMA synchronous=FULL; PRAGMA journal_size_limit=16777216;");
    return Database(std::move(state));
  });
}

Database Database::open_reader(const std::filesystem::path& file) {
  return translate(file.string(), [&] {
    auto state = std::make_shared<State>(file.string(), SQLite::OPEN_READONLY);
    state->connection.exec("PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA query_only=ON;");
    // The first read: a file that is no database is refused here, not in the middle of the work.
    state->connection.exec("SELECT count(*) FROM sqlite_schema");
    return Database(std::move(state));
  });
}

Database Database::open_in_memory() {
  return translate(":memory:", [&] {
    auto state = std::make_shared<State>(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    state->connection.exec("PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;");
    return Database(std::move(state));
  });
}

Statement Database::prepare(std::string_view sql) {
  return translate(state_->file, [&] {
    SQLite::Statement prepared(state_->connection, std::string{sql});
    std::vector<bool> is_bound(static_cast<std::size_t>(prepared.getBindParameterCount()), false);
    return Statement(std::make_unique<Statement::State>(
        Statement::State{.database = state_, .prepared = std::move(prepared), .is_bound = std::move(is_bound)}));
  });
}

void Database::execute(std::string_view sql) {
  translate(state_->file, [&] { state_->connection.exec(std::string{sql}); });
}

std::int64_t Database::last_insert_rowid() const {
  return state_->connection.getLastInsertRowid();
}

const std::string& Database::name() const {
  return state_->file;
}

bool Database::is_in_transaction() const {
  return sqlite3_get_autocommit(state_->connection.getHandle()) == 0;
}

void copy_to(Database& database, const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) throw cannot_write(file, errno);
  ::close(descriptor);
  translate(file.string(), [&] {
    SQLite::Database copy(file.string(), SQLite::OPEN_READWRITE, kBusyWaitMs);
    copy.exec("PRAGMA synchronous=FULL");
    SQLite::Backup backup(copy, database.state_->connection);
    // All in one step: one reader's view. In WAL mode nobody waits for it.
    if (backup.executeStep() != SQLITE_DONE) throw Error("db.busy", {database.name()});
  });
  // The copy says WAL as its original does, and then could not be read without a log beside it.
  translate(file.string(), [&] {
    SQLite::Database copy(file.string(), SQLite::OPEN_READWRITE, kBusyWaitMs);
    const std::string mode = copy.execAndGet("PRAGMA journal_mode=DELETE").getString();
    if (mode != "delete") throw Error("db.failed", {file.string(), "journal_mode=" + mode});
  });
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  // After some errors (disk full, failed write) SQLite has rolled back by itself.
  if (stage_ == Stage::kClosed || !database_.is_in_transaction()) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch)
    // The error that led here is on its way already; closing the connection rolls back too.
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
  stage_ = Stage::kClosed;
}

}  // namespace loa::db
