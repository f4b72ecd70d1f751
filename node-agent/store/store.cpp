#include "node-agent/store/store.h"

#include <array>

#include "common/base/error.h"

namespace loa::node {
namespace {

using db::Statement;

constexpr std::array<db::Migration, 1> kMigrations = {{
    {1, R"sql(
CREATE TABLE plan (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  seq INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;

-- order_seq, proven_us, machine_error_us
CREATE TABLE marks (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE plays (
  play_id TEXT PRIMARY KEY,
  planned_us INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  ended_us INTEGER,
  acknowledged INTEGER NOT NULL DEFAULT 0 CHECK (acknowledged IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX plays_owed ON plays(ended_us) WHERE acknowledged = 0;
)sql"},
}};

std::optional<std::int64_t> load_mark(db::Database& db, std::string_view name) {
  Statement row = db.prepare("SELECT value FROM marks WHERE name = ?1");
  row.bind(1, name);
  if (!row.step()) return std::nullopt;
  return row.get_int(0);
}

void save_mark(db::Database& db, std::string_view name, std::int64_t value) {
  db.run("INSERT INTO marks (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
         name, value);
}

wire::Outcome stored_outcome(const db::Database& db, const Statement& row) {
  auto outcome = wire::decode_outcome(row.get_text(0));
  if (!outcome) throw Error("db.damaged", {db.name(), "plays.outcome"});
  return *std::move(outcome);
}

PlayRecord read_play(const db::Database& db, const Statement& row) {
  return {stored_outcome(db, row), row.get_optional_wall(1), row.get_int(2) == 1};
}

}  // namespace

Store Store::open(db::Database database) {
  db::migrate(database, kMigrations);
  return Store(std::move(database));
}

std::optional<HeldPlan> Store::load_plan() {
  Statement row = db_.prepare("SELECT seq, sha256, body FROM plan");
  if (!row.step()) return std::nullopt;
  return HeldPlan{row.get_int(0), row.get_text(1), row.get_text(2)};
}

void Store::save_plan(const HeldPlan& plan) {
  db_.run(
      "INSERT INTO plan (only, seq, sha256, body) VALUES (1, ?1, ?2, ?3) ON CONFLICT (only) DO UPDATE SET "
      "seq = excluded.seq, sha256 = excluded.sha256, body = excluded.body",
      plan.seq, plan.name, plan.body);
}

std::int64_t Store::order_floor() {
  return load_mark(db_, "order_seq").value_or(0);
}
void Store::save_order_floor(std::int64_t seq) {
  save_mark(db_, "order_seq", seq);
}

std::optional<ProvenTime> Store::proven_time() {
  const auto station = load_mark(db_, "proven_us");
  const auto error = load_mark(db_, "machine_error_us");
  if (!station || !error) return std::nullopt;
  return ProvenTime{station_from_us(*station), microseconds{*error}};
}

void Store::save_proven_time(const ProvenTime& proven) {
  db::Transaction transaction(db_);
  save_mark(db_, "proven_us", to_us(proven.station));
  save_mark(db_, "machine_error_us", std::chrono::floor<microseconds>(proven.machine_error).count());
  transaction.commit();
}

void Store::save_begun(const wire::Outcome& so_far) {
  db_.run(
      "INSERT INTO plays (play_id, planned_us, outcome) VALUES (?1, ?2, ?3) ON CONFLICT (play_id) DO UPDATE SET "
      "outcome = excluded.outcome WHERE ended_us IS NULL",
      so_far.play, so_far.planned, wire::encode_outcome(so_far));
}

void Store::forget(const PlayId& play) {
  db_.run("DELETE FROM plays WHERE play_id = ?1 AND ended_us IS NULL", play);
}

bool Store::save_ended(const wire::Outcome& outcome, WallTime now) {
  return db_.run(
             "INSERT INTO plays (play_id, planned_us, outcome, ended_us) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (play_id) "
             "DO UPDATE SET outcome = excluded.outcome, ended_us = excluded.ended_us WHERE plays.ended_us IS NULL",
             outcome.play, outcome.planned, wire::encode_outcome(outcome), now) == 1;
}

std::optional<PlayRecord> Store::load_play(const PlayId& play) {
  Statement row = db_.prepare("SELECT outcome, ended_us, acknowledged FROM plays WHERE play_id = ?1");
  row.bind(1, play);
  if (!row.step()) return std::nullopt;
  return read_play(db_, row);
}

std::vector<wire::Outcome> Store::load_begun() {
  Statement rows = db_.prepare("SELECT outcome FROM plays WHERE ended_us IS NULL");
  std::vector<wire::Outcome> found;
  while (rows.step()) found.push_back(stored_outcome(db_, rows));
  return found;
}

std::vector<PlayRecord> Store::load_outbox(std::size_t most) {
  Statement rows = db_.prepare(
      "SELECT outcome, ended_us, acknowledged FROM plays WHERE ended_us IS NOT NULL AND acknowledged = 0 ORDER BY "
      "ended_us LIMIT ?1");
  rows.bind(1, static_cast<std::int64_t>(most));
  std::vector<PlayRecord> found;
  while (rows.step()) found.push_back(read_play(db_, rows));
  return found;
}

std::int64_t Store::outbox_size() {
  Statement row = db_.prepare("SELECT count(*) FROM plays WHERE ended_us IS NOT NULL AND acknowledged = 0");
  return row.step() ? row.get_int(0) : 0;
}

void Store::acknowledge(const std::vector<PlayId>& plays) {
  db::Transaction transaction(db_);
  Statement update = db_.prepare("UPDATE plays SET acknowledged = 1 WHERE play_id = ?1 AND ended_us IS NOT NULL");
  for (const PlayId& play : plays) update.bind_all(play).run();
  transaction.commit();
}

void Store::prune(StationTime planned) {
  db_.run("DELETE FROM plays WHERE acknowledged = 1 AND planned_us < ?1", planned);
}

}  // namespace loa::node
