// What was on the air beside the plans.
#include <array>
#include <utility>

#include "server/store/part.h"
#include "server/store/store.h"

namespace loa::server {
namespace {

using db::Statement;

constexpr std::array<std::pair<AirKind, std::string_view>, 3> kKinds = {
    {{AirKind::kAnnouncement, "announcement"}, {AirKind::kSpeech, "speech"}, {AirKind::kEmergency, "emergency"}}};

const std::string kSelectAirs =
    "SELECT kind, title, exercise, person, body, made_us, ended_us, why, recording_id FROM airs ";

AirRow read_air(const db::Database& db, const Statement& row) {
  AirRow found;
  found.air = word(db, wire::decode_air(row.get_text(4)), row.get_text(4));
  found.kind = word(db, parse_air_kind(row.get_text(0)), row.get_text(0));
  found.title = row.get_text(1);
  found.is_exercise = row.get_int(2) == 1;
  found.by = PersonId{row.get_text(3)};
  found.made = row.get_wall(5);
  found.ended = row.get_optional_wall(6);
  if (!row.is_null(7)) found.why = row.get_text(7);
  if (!row.is_null(8)) found.recording = row.get_id<RecordingId>(8);
  return found;
}

}  // namespace

std::string_view to_string(AirKind kind) {
  for (const auto& [value, text] : kKinds)
    if (value == kind) return text;
  return "";
}

std::optional<AirKind> parse_air_kind(std::string_view text) {
  for (const auto& [value, name] : kKinds)
    if (name == text) return value;
  return std::nullopt;
}

void Store::add_air(const AirRow& row) {
  Part transaction(db_);
  db_.run(
      "INSERT INTO airs (play_id, kind, title, exercise, person, body, made_us, until_us) VALUES (?1, ?2, ?3, ?4, ?5, "
      "?6, ?7, ?8)",
      row.air.play, to_string(row.kind), row.title, row.is_exercise ? 1 : 0, row.by, wire::encode_air(row.air),
      row.made, wall_from_station(row.air.until));
  Statement node = db_.prepare("INSERT INTO air_nodes (play_id, node_id) VALUES (?1, ?2)");
  for (const NodeId& each : *row.air.nodes) node.bind_all(row.air.play, each).run();
  transaction.commit();
}

void Store::end_air(const PlayId& play, WallTime ended, const std::string& why) {
  db_.run("UPDATE airs SET ended_us = ?2, why = ?3 WHERE play_id = ?1 AND ended_us IS NULL", play, ended, why);
}

void Store::save_air_recording(const PlayId& play, const RecordingId& recording) {
  db_.run("UPDATE airs SET recording_id = ?2 WHERE play_id = ?1", play, recording);
}

std::optional<AirRow> Store::load_air(const PlayId& play) {
  Statement row = db_.prepare(kSelectAirs + "WHERE play_id = ?1");
  row.bind(1, play);
  if (!row.step()) return std::nullopt;
  return read_air(db_, row);
}

std::vector<AirRow> Store::load_open_airs() {
  Statement rows = db_.prepare(kSelectAirs + "WHERE ended_us IS NULL ORDER BY made_us, play_id");
  std::vector<AirRow> found;
  while (rows.step()) found.push_back(read_air(db_, rows));
  return found;
}

std::vector<ClipHash> Store::load_prepared_clips(std::size_t most) {
  Statement rows = db_.prepare(
      "SELECT DISTINCT clip_sha256 FROM announcements WHERE class = 'emergency' AND state = 'approved' ORDER BY rowid "
      "DESC LIMIT ?1");
  rows.bind(1, static_cast<std::int64_t>(most));
  std::vector<ClipHash> found;
  while (rows.step()) found.push_back(rows.get_id<ClipHash>(0));
  return found;
}

std::vector<AirRow> Store::load_airs(std::size_t most) {
  Statement rows = db_.prepare(kSelectAirs + "ORDER BY made_us DESC, play_id LIMIT ?1");
  rows.bind(1, static_cast<std::int64_t>(most));
  std::vector<AirRow> found;
  while (rows.step()) found.push_back(read_air(db_, rows));
  return found;
}

void Store::save_emergency_key(const EmergencyKey& key) {
  if (!load_person(key.person)) throw Error("person.unknown", {key.person.str()});
  db_.run(
      "INSERT INTO emergency_keys (person_id, public_key, wrapped, made_us) VALUES (?1, ?2, ?3, ?4) ON CONFLICT "
      "(person_id) DO UPDATE SET public_key = excluded.public_key, wrapped = excluded.wrapped, made_us = "
      "excluded.made_us",
      key.person, ByteView{key.key.bytes}, key.wrapped, key.made);
}

std::optional<EmergencyKey> Store::load_emergency_key(const PersonId& person) {
  for (EmergencyKey& key : load_emergency_keys())
    if (key.person == person) return std::move(key);
  return std::nullopt;
}

std::vector<EmergencyKey> Store::load_emergency_keys() {
  Statement rows = db_.prepare("SELECT person_id, public_key, wrapped, made_us FROM emergency_keys ORDER BY person_id");
  std::vector<EmergencyKey> found;
  while (rows.step()) {
    EmergencyKey key;
    key.person = rows.get_id<PersonId>(0);
    const auto octets = crypto::decode_public_key(rows.get_blob(1));
    if (!octets) throw Error("db.damaged", {db_.name(), "emergency_keys"});
    key.key = *octets;
    key.wrapped = rows.get_text(2);
    key.made = rows.get_wall(3);
    found.push_back(std::move(key));
  }
  return found;
}

int Store::book_missing_air_reports(WallTime before, WallTime now) {
  const int booked = db_.run(
      "INSERT INTO outcomes (node_id, play_id, announcement_id, clip_sha256, planned_us, result, reason, heard_ms, "
      "historical, committed_us) SELECT n.node_id, n.play_id, json_extract(a.body, '$.announcement'), "
      "coalesce(json_extract(a.body, '$.clip.clip'), ''), json_extract(a.body, '$.start_us'), 'missed', ?3, 0, 0, ?2 "
      "FROM air_nodes n JOIN airs a USING (play_id) WHERE n.open = 1 AND coalesce(a.ended_us, a.until_us) < ?1 ON "
      "CONFLICT (node_id, play_id) DO NOTHING",
      before, now, reason::kNoReport);
  db_.run(
      "UPDATE air_nodes SET open = 0 WHERE open = 1 AND play_id IN (SELECT play_id FROM airs WHERE coalesce(ended_us, "
      "until_us) < ?1)",
      before);
  return booked;
}

}  // namespace loa::server
