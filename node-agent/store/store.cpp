#include "node-agent/store/store.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "common/base/error.h"

namespace loa::node {
namespace {

using db::Statement;

constexpr std::array<db::Migration, 4> kMigrations = {{
    {1, R"sql(
CREATE TABLE plan (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  seq INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;

-- order_seq, proven_us, machine_error_us, run_boot, run_end, last_volume_pct, last_level_millilufs
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
    {2, R"sql(
CREATE TABLE root (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  anchor BLOB NOT NULL,
  public_key BLOB NOT NULL
) STRICT;

CREATE TABLE root_documents (
  type TEXT PRIMARY KEY CHECK (type IN ('trust', 'policy')),
  seq INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- An empty key_id stands for the one station key that there was before keys had names.
CREATE TABLE floors (
  type TEXT NOT NULL CHECK (type IN ('plan', 'order')),
  key_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (type, key_id)
) STRICT, WITHOUT ROWID;
ALTER TABLE plan ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
INSERT INTO floors (type, key_id, seq) SELECT 'plan', '', seq FROM plan;
INSERT INTO floors (type, key_id, seq) SELECT 'order', '', value FROM marks WHERE name = 'order_seq';
DELETE FROM marks WHERE name = 'order_seq';
)sql"},
    {3, R"sql(
CREATE TABLE last_test (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  result TEXT NOT NULL
) STRICT;
)sql"},
    {4, R"sql(
-- What was on the air has a floor too.
CREATE TABLE floors_of_three (
  type TEXT NOT NULL CHECK (type IN ('plan', 'order', 'air')),
  key_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (type, key_id)
) STRICT, WITHOUT ROWID;
INSERT INTO floors_of_three SELECT * FROM floors;
DROP TABLE floors;
ALTER TABLE floors_of_three RENAME TO floors;
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

crypto::PublicKey stored_key(const db::Database& db, const Statement& row, int column) {
  const auto key = crypto::decode_public_key(row.get_blob(column));
  if (!key) throw Error("db.damaged", {db.name(), "root"});
  return *key;
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
  Statement row = db_.prepare("SELECT seq, sha256, body, key_id FROM plan");
  if (!row.step()) return std::nullopt;
  return HeldPlan{row.get_int(0), row.get_text(1), row.get_text(2), row.get_text(3)};
}

void Store::save_plan(const HeldPlan& plan) {
  db::Transaction transaction(db_);
  db_.run(
      "INSERT INTO plan (only, seq, sha256, body, key_id) VALUES (1, ?1, ?2, ?3, ?4) ON CONFLICT (only) DO UPDATE SET "
      "seq = excluded.seq, sha256 = excluded.sha256, body = excluded.body, key_id = excluded.key_id",
      plan.seq, plan.name, plan.body, plan.key_id);
  raise_floor("plan", plan.key_id, plan.seq);
  transaction.commit();
}

std::int64_t Store::floor(std::string_view type) {
  Statement row = db_.prepare("SELECT max(seq) FROM floors WHERE type = ?1");
  row.bind(1, type);
  return row.step() ? row.get_optional_int(0).value_or(0) : 0;
}

void Store::raise_floor(std::string_view type, const std::string& key_id, std::int64_t seq) {
  db_.run(
      "INSERT INTO floors (type, key_id, seq) VALUES (?1, ?2, ?3) ON CONFLICT (type, key_id) DO UPDATE SET "
      "seq = excluded.seq",
      type, key_id, seq);
}

std::int64_t Store::plan_floor() {
  return floor("plan");
}
std::int64_t Store::order_floor() {
  return floor("order");
}
std::int64_t Store::air_floor() {
  return floor("air");
}
void Store::save_air_floor(std::int64_t seq, const std::string& key_id) {
  raise_floor("air", key_id, seq);
}
void Store::save_order_floor(std::int64_t seq, const std::string& key_id) {
  raise_floor("order", key_id, seq);
}

std::optional<HeldRoot> Store::load_root() {
  Statement row = db_.prepare("SELECT anchor, public_key FROM root");
  if (!row.step()) return std::nullopt;
  return HeldRoot{stored_key(db_, row, 0), stored_key(db_, row, 1)};
}

std::vector<trust::RootDocument> Store::load_root_documents() {
  const auto root = load_root();
  if (!root) return {};
  Statement rows = db_.prepare("SELECT type, seq, sha256, body FROM root_documents");
  std::vector<trust::RootDocument> found;
  while (rows.step())
    found.push_back({rows.get_text(0) == "trust" ? wire::MessageType::kTrust : wire::MessageType::kPolicy,
                     rows.get_int(1), rows.get_text(2), rows.get_text(3), root->root});
  return found;
}

void Store::save_root_document(const crypto::PublicKey& anchor, const trust::RootDocument& document) {
  db_.run(
      "INSERT INTO root (only, anchor, public_key) VALUES (1, ?1, ?2) ON CONFLICT (only) DO UPDATE SET "
      "anchor = excluded.anchor, public_key = excluded.public_key",
      ByteView{anchor.bytes}, ByteView{document.root.bytes});
  db_.run(
      "INSERT INTO root_documents (type, seq, sha256, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (type) DO UPDATE SET "
      "seq = excluded.seq, sha256 = excluded.sha256, body = excluded.body",
      wire::rule_of(document.type).payload_type, document.seq, document.name, document.body);
}

void Store::save_trust(const crypto::PublicKey& anchor, const trust::RootDocument& document,
                       const std::vector<std::string>& believed_key_ids) {
  db::Transaction transaction(db_);
  save_root_document(anchor, document);
  std::set<std::string> held;
  Statement rows = db_.prepare("SELECT key_id FROM floors UNION SELECT key_id FROM plan");
  while (rows.step()) held.insert(rows.get_text(0));
  for (const std::string& key_id : held) {
    if (std::ranges::find(believed_key_ids, key_id) != believed_key_ids.end()) continue;
    db_.run("DELETE FROM plan WHERE key_id = ?1", key_id);
    if (!key_id.empty()) db_.run("DELETE FROM floors WHERE key_id = ?1", key_id);
  }
  transaction.commit();
}

void Store::save_policy(const crypto::PublicKey& anchor, const trust::RootDocument& document) {
  db::Transaction transaction(db_);
  save_root_document(anchor, document);
  transaction.commit();
}

void Store::forget_root() {
  db::Transaction transaction(db_);
  db_.execute("DELETE FROM root; DELETE FROM root_documents; DELETE FROM plan; DELETE FROM floors");
  transaction.commit();
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

std::optional<Run> Store::last_run() {
  const auto boot = load_mark(db_, "run_boot");
  const auto end = load_mark(db_, "run_end");
  if (!boot || !end) return std::nullopt;
  return Run{*boot, static_cast<RunEnd>(*end)};
}

void Store::save_run(const Run& run) {
  db::Transaction transaction(db_);
  save_mark(db_, "run_boot", run.machine_boot);
  save_mark(db_, "run_end", static_cast<std::int64_t>(run.end));
  transaction.commit();
}

std::optional<Store::LastPlay> Store::last_play() {
  const auto volume = load_mark(db_, "last_volume_pct");
  if (!volume) return std::nullopt;
  LastPlay play{static_cast<int>(*volume), std::nullopt};
  if (const auto level = load_mark(db_, "last_level_millilufs")) play.level_lufs = static_cast<double>(*level) / 1000.0;
  return play;
}

void Store::save_last_play(const LastPlay& play) {
  db::Transaction transaction(db_);
  save_mark(db_, "last_volume_pct", play.volume_pct);
  if (play.level_lufs)
    save_mark(db_, "last_level_millilufs", std::llround(*play.level_lufs * 1000.0));
  else
    db_.run("DELETE FROM marks WHERE name = 'last_level_millilufs'");
  transaction.commit();
}

void Store::save_begun(const wire::Outcome& so_far) {
  db_.run(
      "INSERT INTO plays (play_id, planned_us, outcome) VALUES (?1, ?2, ?3) ON CONFLICT (play_id) DO UPDATE SET "
      "outcome = excluded.outcome WHERE ended_us IS NULL",
      so_far.play, so_far.planned, wire::encode_outcome(so_far));
}

void Store::save_tested(const wire::Outcome& tone, WallTime now) {
  db_.run("INSERT INTO plays (play_id, planned_us, outcome, ended_us, acknowledged) VALUES (?1, ?2, ?3, ?4, 1)",
          tone.play, tone.planned, wire::encode_outcome(tone), now);
}

std::optional<wire::TestResult> Store::last_test() {
  Statement row = db_.prepare("SELECT result FROM last_test");
  return row.step() ? wire::decode_test_result(row.get_text(0)) : std::nullopt;
}

void Store::save_last_test(const wire::TestResult& result) {
  db_.run(
      "INSERT INTO last_test (only, result) VALUES (1, ?1) ON CONFLICT (only) DO UPDATE SET result = excluded.result",
      wire::encode_test_result(result));
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

std::vector<wire::Outcome> Store::load_sounded(StationTime since) {
  Statement rows = db_.prepare("SELECT outcome, ended_us FROM plays WHERE planned_us >= ?1");
  rows.bind(1, since);
  std::vector<wire::Outcome> found;
  while (rows.step()) {
    wire::Outcome outcome = stored_outcome(db_, rows);
    if (outcome.started || rows.is_null(1)) found.push_back(std::move(outcome));
  }
  return found;
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
