#include "server/store/store.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "server/store/migrations.h"
#include "server/store/part.h"

namespace loa::server {
namespace {

using db::Null;
using db::Statement;
using db::Transaction;

constexpr std::string_view kClipColumns =
    "sha256, bytes, duration_ms, input_lufs, output_lufs, output_true_peak_dbtp, bitrate";
constexpr std::string_view kRecordingColumns =
    "recording_id, name, bytes, received_us, state, progress_pct, refusal_code, refusal_args, clip_sha256, "
    "announcement_id FROM recordings LEFT JOIN spoken_texts USING (recording_id) ";
constexpr std::string_view kAnnouncementColumns =
    "announcement_id, title, transcript, class, clip_sha256, synthetic, heard_us, category, source, names_citizen, "
    "consent, author, state FROM announcements ";

std::string sql(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

RecordingState recording_state(const db::Database& db, const std::string& text) {
  for (const RecordingState state : {RecordingState::kIngesting, RecordingState::kReady, RecordingState::kRefused})
    if (text == to_string(state)) return state;
  throw Error("db.damaged", {db.name(), text});
}

std::optional<std::int64_t> optional_us(const std::optional<nanoseconds>& d) {
  if (!d) return std::nullopt;
  return std::chrono::round<microseconds>(*d).count();
}

std::optional<nanoseconds> from_optional_us(const std::optional<std::int64_t>& us) {
  if (!us) return std::nullopt;
  return microseconds{*us};
}

Clip read_clip(const Statement& row) {
  return {row.get_id<ClipHash>(0), row.get_int(1), milliseconds{row.get_int(2)}, row.get_real(3), row.get_real(4),
          row.get_real(5),         row.get_int(6)};
}

Recording read_recording(const db::Database& db, const Statement& row) {
  Recording recording{row.get_id<RecordingId>(0),
                      row.get_text(1),
                      row.get_int(2),
                      row.get_wall(3),
                      recording_state(db, row.get_text(4)),
                      static_cast<int>(row.get_int(5)),
                      std::nullopt,
                      std::nullopt};
  if (!row.is_null(6))
    recording.refusal = Text{row.get_text(6), nlohmann::json::parse(row.get_text(7)).get<std::vector<std::string>>()};
  if (!row.is_null(8)) recording.clip = row.get_id<ClipHash>(8);
  if (!row.is_null(9)) recording.announcement = row.get_id<AnnouncementId>(9);
  return recording;
}

Announcement read_announcement(const db::Database& db, const Statement& row) {
  Announcement announcement{row.get_id<AnnouncementId>(0),
                            row.get_text(1),
                            row.get_text(2),
                            word(db, parse_announcement_class(row.get_text(3)), row.get_text(3)),
                            row.get_id<ClipHash>(4),
                            row.get_int(5) != 0};
  if (!row.is_null(6)) announcement.heard = row.get_wall(6);
  announcement.category = word(db, parse_category(row.get_text(7)), row.get_text(7));
  announcement.source = row.get_text(8);
  announcement.names_citizen = row.get_int(9) != 0;
  announcement.consent = row.get_text(10);
  if (!row.is_null(11)) announcement.author = row.get_id<PersonId>(11);
  announcement.state = word(db, parse_approval_state(row.get_text(12)), row.get_text(12));
  return announcement;
}

Node read_node(const db::Database& db, const Statement& row) {
  Node node{row.get_id<NodeId>(0), row.get_id<AreaId>(1), row.get_text(2)};
  if (!row.is_null(3)) {
    node.public_key = crypto::decode_public_key(row.get_blob(3));
    if (!node.public_key) throw Error("db.damaged", {db.name(), "nodes.public_key"});
  }
  if (!row.is_null(4)) node.revoked = Revocation{row.get_wall(4), row.get_text(5)};
  if (!row.is_null(6)) node.position = Position{row.get_real(6), row.get_real(7)};
  node.delay = milliseconds{row.get_int(8)};
  return node;
}

constexpr std::string_view kNodeColumns =
    "node_id, area_id, name, public_key, revoked_us, revoked_why, latitude, longitude, delay_ms FROM nodes ";

constexpr std::string_view kAreasBelow =
    "WITH RECURSIVE below(area_id) AS (SELECT value FROM json_each(?1) UNION "
    "SELECT areas.area_id FROM areas JOIN below ON areas.parent_id = below.area_id) ";

}  // namespace

std::string_view to_string(RecordingState state) {
  switch (state) {
    case RecordingState::kIngesting:
      return "ingesting";
    case RecordingState::kReady:
      return "ready";
    case RecordingState::kRefused:
      return "refused";
  }
  std::abort();
}

Store Store::make_writer(db::Database database) {
  db::migrate(database, migrations());
  return Store(std::move(database));
}

Store Store::make_reader(db::Database database) {
  return Store(std::move(database));
}

void Store::together(const std::function<void()>& work) {
  Transaction transaction(db_);
  work();
  transaction.commit();
}

void Store::prove_writable() {
  db_.execute("PRAGMA user_version=" + std::to_string(db::schema_version(db_)));
}

// --- areas and nodes

void Store::add_area(const Area& area, WallTime now) {
  if (has_area(area.id)) throw Error("area.exists", {area.id.str()});
  if (area.parent && !has_area(*area.parent)) throw Error("area.unknown", {area.parent->str()});
  db_.run("INSERT INTO areas (area_id, parent_id, name, created_us) VALUES (?1, ?2, ?3, ?4)", area.id, area.parent,
          area.name, now);
}

void Store::save_area(const Area& area) {
  if (!has_area(area.id)) throw Error("area.unknown", {area.id.str()});
  db_.run("UPDATE areas SET name = ?2, residents = ?3 WHERE area_id = ?1", area.id, area.name, area.residents);
}

std::vector<Area> Store::load_areas() {
  std::vector<Area> areas;
  Statement rows = db_.prepare("SELECT area_id, parent_id, name, residents FROM areas ORDER BY area_id");
  while (rows.step()) {
    Area area{rows.get_id<AreaId>(0), std::nullopt, rows.get_text(2)};
    if (!rows.is_null(1)) area.parent = rows.get_id<AreaId>(1);
    if (!rows.is_null(3)) area.residents = rows.get_int(3);
    areas.push_back(std::move(area));
  }
  return areas;
}

bool Store::has_area(const AreaId& area) {
  return db_.prepare("SELECT 1 FROM areas WHERE area_id = ?1").bind(1, area).step();
}

void Store::add_node(const Node& node, WallTime now) {
  if (load_node(node.id)) throw Error("node.exists", {node.id.str()});
  if (!has_area(node.area)) throw Error("area.unknown", {node.area.str()});
  std::optional<Bytes> key;
  if (node.public_key) key.emplace(node.public_key->bytes.begin(), node.public_key->bytes.end());
  db_.run("INSERT INTO nodes (node_id, area_id, name, public_key, created_us) VALUES (?1, ?2, ?3, ?4, ?5)", node.id,
          node.area, node.name, key, now);
}

void Store::save_node(const Node& node) {
  if (!load_node(node.id)) throw Error("node.unknown", {node.id.str()});
  if (!has_area(node.area)) throw Error("area.unknown", {node.area.str()});
  std::optional<double> latitude;
  std::optional<double> longitude;
  if (node.position) {
    latitude = node.position->latitude;
    longitude = node.position->longitude;
  }
  db_.run("UPDATE nodes SET area_id = ?2, name = ?3, latitude = ?4, longitude = ?5, delay_ms = ?6 WHERE node_id = ?1",
          node.id, node.area, node.name, latitude, longitude, node.delay.count());
}

std::vector<Node> Store::load_nodes() {
  std::vector<Node> nodes;
  Statement rows = db_.prepare(sql({"SELECT ", kNodeColumns, "ORDER BY node_id"}));
  while (rows.step()) nodes.push_back(read_node(db_, rows));
  return nodes;
}

std::optional<Node> Store::load_node(const NodeId& node) {
  Statement row = db_.prepare(sql({"SELECT ", kNodeColumns, "WHERE node_id = ?1"}));
  row.bind(1, node);
  if (!row.step()) return std::nullopt;
  return read_node(db_, row);
}

void Store::save_report(const NodeId& node, const NodeReport& report) {
  const wire::Status& status = report.status;
  Part transaction(db_);
  note_presence(node, report.seen, status.presence == wire::Presence::kOnline);
  db_.run(
      "INSERT INTO node_status (node_id, seen_us, presence, boot, version, plan_sha256, clips_wanted, clips_ready, "
      "clock_state, clock_error_us, playing, outbox, refused, health) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
      "?10, ?11, ?12, ?13, ?14) ON CONFLICT (node_id) DO UPDATE SET seen_us = excluded.seen_us, presence = "
      "excluded.presence, "
      "boot = excluded.boot, version = excluded.version, plan_sha256 = excluded.plan_sha256, "
      "clips_wanted = excluded.clips_wanted, clips_ready = excluded.clips_ready, clock_state = excluded.clock_state, "
      "clock_error_us = excluded.clock_error_us, playing = excluded.playing, outbox = excluded.outbox, "
      "refused = excluded.refused, health = coalesce(excluded.health, health)",
      node, report.seen, status.presence == wire::Presence::kOnline ? "online" : "offline", status.boot, status.version,
      status.plan, status.clips_wanted, status.clips_ready, to_string(status.clock_state),
      optional_us(status.clock_error), status.playing ? status.playing->str() : std::string{}, status.outbox,
      nlohmann::json(status.refused).dump(),
      status.health ? std::optional<std::string>(wire::encode_health(*status.health)) : std::nullopt);
  transaction.commit();
}

std::optional<NodeReport> Store::load_report(const NodeId& node) {
  Statement row = db_.prepare(
      "SELECT seen_us, presence, boot, version, plan_sha256, clips_wanted, clips_ready, clock_state, clock_error_us, "
      "playing, outbox, refused, health FROM node_status WHERE node_id = ?1");
  row.bind(1, node);
  if (!row.step()) return std::nullopt;
  NodeReport report{row.get_wall(0), {}};
  wire::Status& status = report.status;
  status.presence = row.get_text(1) == "online" ? wire::Presence::kOnline : wire::Presence::kOffline;
  status.boot = row.get_text(2);
  status.version = row.get_text(3);
  status.plan = row.get_text(4);
  status.clips_wanted = row.get_int(5);
  status.clips_ready = row.get_int(6);
  status.clock_state = word(db_, parse_clock_state(row.get_text(7)), row.get_text(7));
  status.clock_error = from_optional_us(row.get_optional_int(8));
  if (const std::string playing = row.get_text(9); !playing.empty()) status.playing = PlayId{playing};
  status.outbox = row.get_int(10);
  status.refused = nlohmann::json::parse(row.get_text(11)).get<std::map<std::string, std::int64_t>>();
  if (!row.is_null(12)) {
    status.health = wire::decode_health(row.get_text(12));
    if (!status.health) throw Error("db.damaged", {db_.name(), "node_status.health"});
  }
  return report;
}

std::set<AreaId> Store::areas_below(const AreaId& area) {
  Statement rows = db_.prepare(sql({kAreasBelow, "SELECT area_id FROM below"}));
  rows.bind(1, nlohmann::json::array({area.str()}).dump());
  std::set<AreaId> areas;
  while (rows.step()) areas.insert(rows.get_id<AreaId>(0));
  return areas;
}

std::optional<std::string> Store::list_below(const std::optional<AreaId>& area) {
  if (!area) return std::nullopt;
  nlohmann::json names = nlohmann::json::array();
  for (const AreaId& each : areas_below(*area)) names.push_back(each.str());
  return names.dump();
}

std::set<AreaId> Store::areas_above(const AreaId& area) {
  Statement rows = db_.prepare(
      "WITH RECURSIVE above(area_id) AS (SELECT ?1 UNION SELECT a.parent_id FROM areas AS a JOIN above USING (area_id) "
      "WHERE a.parent_id IS NOT NULL) SELECT area_id FROM above");
  rows.bind(1, area);
  std::set<AreaId> areas;
  while (rows.step()) areas.insert(rows.get_id<AreaId>(0));
  return areas;
}

std::vector<NodeId> Store::nodes_below(const std::vector<AreaId>& areas, const std::vector<NodeId>& nodes) {
  nlohmann::json names = nlohmann::json::array();
  for (const AreaId& area : areas) names.push_back(area.str());
  nlohmann::json single = nlohmann::json::array();
  for (const NodeId& node : nodes) single.push_back(node.str());
  Statement rows = db_.prepare(
      sql({kAreasBelow,
           "SELECT node_id FROM nodes WHERE (area_id IN (SELECT area_id FROM below) OR node_id IN (SELECT value FROM "
           "json_each(?2))) AND public_key IS NOT NULL ORDER BY node_id"}));
  rows.bind_all(names.dump(), single.dump());
  std::vector<NodeId> found;
  while (rows.step()) found.push_back(rows.get_id<NodeId>(0));
  return found;
}

// --- recordings and clips

void Store::add_recording(const Recording& recording) {
  db_.run("INSERT INTO recordings (recording_id, name, bytes, received_us, state) VALUES (?1, ?2, ?3, ?4, 'ingesting')",
          recording.id, recording.name, recording.bytes, recording.received);
}

void Store::save_progress(const RecordingId& recording, int progress_pct) {
  db_.run("UPDATE recordings SET progress_pct = ?2 WHERE recording_id = ?1 AND state = 'ingesting'", recording,
          progress_pct);
}

void Store::save_refusal(const RecordingId& recording, const Text& why) {
  db_.run(
      "UPDATE recordings SET state = 'refused', refusal_code = ?2, refusal_args = ?3 WHERE recording_id = ?1 AND "
      "state = 'ingesting'",
      recording, why.code, nlohmann::json(why.args).dump());
}

void Store::save_clip_of(const RecordingId& recording, const Clip& clip, WallTime now) {
  Part transaction(db_);
  db_.run(sql({"INSERT INTO clips (", kClipColumns,
               ", created_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING"}),
          clip.hash, clip.bytes, clip.duration.count(), clip.input_lufs, clip.output_lufs, clip.output_true_peak_dbtp,
          clip.bitrate, now);
  db_.run(
      "UPDATE recordings SET state = 'ready', progress_pct = 100, clip_sha256 = ?2 WHERE recording_id = ?1 AND "
      "state = 'ingesting'",
      recording, clip.hash);
  transaction.commit();
}

std::vector<Recording> Store::load_recordings(std::optional<RecordingState> state) {
  Statement rows =
      db_.prepare(sql({"SELECT ", kRecordingColumns, "WHERE ?1 IS NULL OR state = ?1 ORDER BY received_us DESC"}));
  if (state)
    rows.bind(1, to_string(*state));
  else
    rows.bind(1, Null{});
  std::vector<Recording> recordings;
  while (rows.step()) recordings.push_back(read_recording(db_, rows));
  return recordings;
}

std::optional<Recording> Store::load_recording(const RecordingId& recording) {
  Statement row = db_.prepare(sql({"SELECT ", kRecordingColumns, "WHERE recording_id = ?1"}));
  row.bind(1, recording);
  if (!row.step()) return std::nullopt;
  return read_recording(db_, row);
}

std::vector<RecordingId> Store::old_recordings(WallTime before) {
  Statement rows = db_.prepare(
      "SELECT recording_id FROM recordings WHERE forgotten_us IS NULL AND state = 'ready' AND received_us < ?1 ORDER "
      "BY "
      "received_us");
  rows.bind(1, before);
  std::vector<RecordingId> found;
  while (rows.step()) found.push_back(rows.get_id<RecordingId>(0));
  return found;
}

void Store::forget_recording(const RecordingId& recording, WallTime now) {
  db_.run("UPDATE recordings SET forgotten_us = ?2 WHERE recording_id = ?1", recording, now);
}

std::vector<Clip> Store::load_clips() {
  Statement rows = db_.prepare(sql({"SELECT ", kClipColumns, " FROM clips ORDER BY created_us DESC"}));
  std::vector<Clip> clips;
  while (rows.step()) clips.push_back(read_clip(rows));
  return clips;
}

std::optional<Clip> Store::load_clip(const ClipHash& hash) {
  Statement row = db_.prepare(sql({"SELECT ", kClipColumns, " FROM clips WHERE sha256 = ?1"}));
  row.bind(1, hash);
  if (!row.step()) return std::nullopt;
  return read_clip(row);
}

// --- text that is read aloud

void Store::add_spoken_text(const RecordingId& recording, const SpokenText& text) {
  db_.run(
      "INSERT INTO spoken_texts (recording_id, title, transcript, spoken, class, author) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
      recording, text.title, text.transcript, text.spoken, to_string(text.announcement_class), text.author);
}

std::optional<SpokenText> Store::load_spoken_text(const RecordingId& recording) {
  Statement row =
      db_.prepare("SELECT title, transcript, spoken, class, author FROM spoken_texts WHERE recording_id = ?1");
  row.bind(1, recording);
  if (!row.step()) return std::nullopt;
  SpokenText text{row.get_text(0), row.get_text(1), row.get_text(2),
                  word(db_, parse_announcement_class(row.get_text(3)), row.get_text(3))};
  if (!row.is_null(4)) text.author = row.get_id<PersonId>(4);
  return text;
}

void Store::link_spoken_text(const RecordingId& recording, const AnnouncementId& announcement) {
  db_.run("UPDATE spoken_texts SET announcement_id = ?2 WHERE recording_id = ?1", recording, announcement);
}

// --- announcements and schedules

void Store::add_announcement(const Announcement& announcement, WallTime now) {
  if (!load_clip(announcement.clip)) throw Error("clip.unknown", {announcement.clip.str()});
  db_.run(
      "INSERT INTO announcements (announcement_id, title, transcript, class, clip_sha256, created_us, category, "
      "source, "
      "names_citizen, consent, author, state, synthetic) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
      "EXISTS (SELECT 1 FROM recordings JOIN spoken_texts USING (recording_id) WHERE clip_sha256 = ?5))",
      announcement.id, announcement.title, announcement.transcript, to_string(announcement.announcement_class),
      announcement.clip, now, to_string(announcement.category), announcement.source, announcement.names_citizen ? 1 : 0,
      announcement.consent, announcement.author, to_string(announcement.state));
}

void Store::save_announcement(const Announcement& announcement) {
  if (!load_clip(announcement.clip)) throw Error("clip.unknown", {announcement.clip.str()});
  if (db_.run("UPDATE announcements SET title = ?2, transcript = ?3, class = ?4, clip_sha256 = ?5, category = ?6, "
              "source = ?7, names_citizen = ?8, consent = ?9, state = ?10 WHERE announcement_id = ?1",
              announcement.id, announcement.title, announcement.transcript, to_string(announcement.announcement_class),
              announcement.clip, to_string(announcement.category), announcement.source,
              announcement.names_citizen ? 1 : 0, announcement.consent, to_string(announcement.state)) == 0)
    throw Error("announcement.unknown", {announcement.id.str()});
}

void Store::save_heard(const AnnouncementId& announcement, WallTime now) {
  db_.run("UPDATE announcements SET heard_us = ?2 WHERE announcement_id = ?1 AND heard_us IS NULL", announcement, now);
}

std::vector<Announcement> Store::load_announcements() {
  Statement rows = db_.prepare(sql({"SELECT ", kAnnouncementColumns, "ORDER BY created_us DESC"}));
  std::vector<Announcement> announcements;
  while (rows.step()) announcements.push_back(read_announcement(db_, rows));
  return announcements;
}

std::optional<Announcement> Store::load_announcement(const AnnouncementId& id) {
  Statement row = db_.prepare(sql({"SELECT ", kAnnouncementColumns, "WHERE announcement_id = ?1"}));
  row.bind(1, id);
  if (!row.step()) return std::nullopt;
  return read_announcement(db_, row);
}

// --- plans and outcomes

void Store::save_plan(const NodeId& node, const IssuedPlan& plan, const std::vector<PlannedPlay>& plays, WallTime now) {
  Part transaction(db_);
  db_.run(
      "INSERT INTO plans (node_id, seq, sha256, issued_us, body, envelope) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT "
      "(node_id) DO UPDATE SET seq = excluded.seq, sha256 = excluded.sha256, issued_us = excluded.issued_us, "
      "body = excluded.body, envelope = excluded.envelope",
      node, plan.seq, plan.name, plan.issued, plan.body, plan.envelope);
  std::set<PlayId> left = open_plays(node);
  Statement insert = db_.prepare(
      "INSERT INTO planned_plays (node_id, play_id, schedule_id, announcement_id, clip_sha256, start_us, due_us) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (node_id, play_id) DO UPDATE SET cancelled_us = NULL, open = "
      "NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.node_id = excluded.node_id AND o.play_id = excluded.play_id) "
      "WHERE planned_plays.cancelled_us IS NOT NULL");
  for (const PlannedPlay& play : plays)
    if (left.erase(play.play) == 0)
      insert.bind_all(node, play.play, play.schedule, play.announcement, play.clip, play.start, play.due).run();
  Statement cancel = db_.prepare(
      "UPDATE planned_plays SET cancelled_us = ?3, open = 0 WHERE node_id = ?1 AND play_id = ?2 AND start_us > ?3");
  for (const PlayId& play : left) cancel.bind_all(node, play, now).run();
  transaction.commit();
}

std::set<PlayId> Store::open_plays(const NodeId& node) {
  Statement rows = db_.prepare("SELECT play_id FROM planned_plays WHERE node_id = ?1 AND open = 1");
  rows.bind(1, node);
  std::set<PlayId> plays;
  while (rows.step()) plays.insert(rows.get_id<PlayId>(0));
  return plays;
}

bool Store::has_new_play(const NodeId& node, const std::vector<PlannedPlay>& plays) {
  const std::set<PlayId> open = open_plays(node);
  Statement row =
      db_.prepare("SELECT 1 FROM planned_plays WHERE node_id = ?1 AND play_id = ?2 AND cancelled_us IS NULL");
  return std::ranges::any_of(plays, [&](const PlannedPlay& play) {
    if (open.contains(play.play)) return false;
    row.reset();
    return !row.bind_all(node, play.play).step();
  });
}

std::optional<IssuedPlan> Store::load_plan(const NodeId& node) {
  Statement row = db_.prepare("SELECT seq, sha256, issued_us, body, envelope FROM plans WHERE node_id = ?1");
  row.bind(1, node);
  if (!row.step()) return std::nullopt;
  return IssuedPlan{row.get_int(0), row.get_text(1), row.get_wall(2), row.get_text(3), row.get_text(4)};
}

std::string Store::load_plan_name(const NodeId& node) {
  Statement row = db_.prepare("SELECT sha256 FROM plans WHERE node_id = ?1");
  row.bind(1, node);
  return row.step() ? row.get_text(0) : std::string{};
}

std::vector<PlayId> Store::promised_plays(const NodeId& node) {
  Statement rows = db_.prepare(
      "SELECT play_id FROM planned_plays WHERE node_id = ?1 AND cancelled_us IS NULL ORDER BY start_us, play_id");
  rows.bind(1, node);
  std::vector<PlayId> plays;
  while (rows.step()) plays.push_back(rows.get_id<PlayId>(0));
  return plays;
}

void Store::book_outcomes(const NodeId& node, const std::vector<wire::Outcome>& outcomes, WallTime now) {
  Part transaction(db_);
  Statement upsert = db_.prepare(
      "INSERT INTO outcomes (node_id, play_id, announcement_id, clip_sha256, planned_us, result, reason, started_us, "
      "start_error_us, heard_ms, loudness_lufs, peak_dbfs, clock_state, clock_error_us, historical, reported_us, "
      "committed_us, lost_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?16, ?17) "
      "ON CONFLICT "
      "(node_id, play_id) DO UPDATE SET result = excluded.result, reason = excluded.reason, "
      "started_us = excluded.started_us, start_error_us = excluded.start_error_us, heard_ms = excluded.heard_ms, "
      "loudness_lufs = excluded.loudness_lufs, peak_dbfs = excluded.peak_dbfs, clock_state = excluded.clock_state, "
      "clock_error_us = excluded.clock_error_us, historical = excluded.historical, reported_us = excluded.reported_us, "
      "committed_us = excluded.committed_us, lost_ms = excluded.lost_ms WHERE outcomes.reported_us IS NULL");
  Statement close = db_.prepare("UPDATE planned_plays SET open = 0 WHERE node_id = ?1 AND play_id = ?2");
  Statement close_air = db_.prepare("UPDATE air_nodes SET open = 0 WHERE node_id = ?1 AND play_id = ?2");
  Statement forget = db_.prepare("DELETE FROM stopped_plays WHERE node_id = ?1 AND play_id = ?2");
  for (const wire::Outcome& outcome : outcomes) {
    close.bind_all(node, outcome.play).run();
    if (outcome.on_air) close_air.bind_all(node, outcome.play).run();
    forget.bind_all(node, outcome.play).run();
    upsert
        .bind_all(node, outcome.play, outcome.announcement, outcome.clip.value_or(ClipHash{}), outcome.planned,
                  to_string(outcome.result), outcome.reason, outcome.started, optional_us(outcome.start_error),
                  outcome.heard.count(), outcome.loudness_lufs, outcome.peak_dbfs, to_string(outcome.clock_state),
                  optional_us(outcome.clock_error), outcome.historical ? 1 : 0, now, outcome.lost.count())
        .run();
  }
  transaction.commit();
}

int Store::book_missing_reports(WallTime before, WallTime now) {
  Part transaction(db_);
  const int booked = db_.run(
      "INSERT INTO outcomes (node_id, play_id, announcement_id, clip_sha256, planned_us, result, reason, heard_ms, "
      "historical, committed_us) SELECT node_id, play_id, announcement_id, clip_sha256, start_us, 'missed', ?3, 0, 0, "
      "?2 FROM planned_plays WHERE open = 1 AND due_us < ?1",
      before, now, reason::kNoReport);
  db_.run("UPDATE planned_plays SET open = 0 WHERE open = 1 AND due_us < ?1", before);
  const int of_airs = book_missing_air_reports(before, now);
  transaction.commit();
  return booked + of_airs;
}

void Store::book_stop(const NodeId& node, WallTime begun, WallTime now, const std::string& why) {
  // Begun in step a play ends with its clip, and it may begin while its lateness and its clip last.
  db_.run(
      "INSERT INTO stopped_plays (node_id, play_id, until_us, why) SELECT node_id, play_id, ends_us, ?4 FROM (SELECT "
      "p.node_id, p.play_id, min(p.due_us, p.start_us + 2000 * c.duration_ms) AS ends_us FROM planned_plays p JOIN "
      "clips c ON c.sha256 = p.clip_sha256 WHERE p.node_id = ?1 AND p.open = 1 AND p.cancelled_us IS NULL AND "
      "p.start_us <= ?2) WHERE ends_us > ?3 ON CONFLICT (node_id, play_id) DO UPDATE SET why = excluded.why",
      node, begun, now, why);
}

std::vector<Store::StoppedPlay> Store::stopped_plays(const NodeId& node, WallTime now) {
  Statement rows = db_.prepare("SELECT play_id, why FROM stopped_plays WHERE node_id = ?1 AND until_us > ?2");
  rows.bind(1, node);
  rows.bind(2, now);
  std::vector<StoppedPlay> plays;
  while (rows.step()) plays.push_back({rows.get_id<PlayId>(0), rows.get_text(1)});
  return plays;
}

void Store::forget_stops(WallTime now) {
  db_.run("DELETE FROM stopped_plays WHERE until_us <= ?1", now);
}

std::optional<WallTime> Store::next_due() {
  Statement row = db_.prepare("SELECT min(due_us) FROM planned_plays WHERE open = 1");
  if (!row.step()) return std::nullopt;
  return row.get_optional_wall(0);
}

std::vector<OutcomeRow> Store::load_outcomes(const OutcomeFilter& filter) {
  Statement rows = db_.prepare(
      "SELECT o.node_id, o.play_id, o.announcement_id, o.clip_sha256, o.planned_us, o.result, o.reason, o.started_us, "
      "o.start_error_us, o.heard_ms, o.loudness_lufs, o.peak_dbfs, o.clock_state, o.clock_error_us, o.historical, "
      "o.reported_us, o.committed_us, o.lost_ms FROM outcomes o WHERE (?1 IS NULL OR o.node_id = ?1) AND (?2 IS NULL "
      "OR EXISTS "
      "(SELECT 1 FROM planned_plays p WHERE p.node_id = o.node_id AND p.play_id = o.play_id AND p.schedule_id = ?2)) "
      "AND (?3 IS NULL OR o.planned_us >= ?3) AND (?4 IS NULL OR o.planned_us < ?4) AND (?5 IS NULL OR o.node_id IN "
      "(SELECT node_id FROM nodes WHERE area_id IN (SELECT value FROM json_each(?5)))) AND (?7 IS NULL OR o.play_id = "
      "?7) ORDER BY o.planned_us DESC, o.node_id LIMIT ?6");
  rows.bind_all(filter.node, filter.schedule, filter.from, filter.until, list_below(filter.area), filter.limit,
                filter.play);
  std::vector<OutcomeRow> found;
  while (rows.step()) {
    OutcomeRow row{rows.get_id<NodeId>(0), {}, rows.get_optional_wall(15), rows.get_wall(16)};
    wire::Outcome& outcome = row.outcome;
    outcome.play = rows.get_id<PlayId>(1);
    outcome.announcement = rows.get_id<AnnouncementId>(2);
    if (ClipHash clip = rows.get_id<ClipHash>(3); !clip.empty()) outcome.clip = std::move(clip);
    outcome.planned = rows.get_station(4);
    outcome.result = word(db_, parse_outcome_result(rows.get_text(5)), rows.get_text(5));
    outcome.reason = rows.get_text(6);
    if (!rows.is_null(7)) outcome.started = rows.get_station(7);
    outcome.start_error = from_optional_us(rows.get_optional_int(8));
    outcome.heard = milliseconds{rows.get_int(9)};
    outcome.loudness_lufs = rows.get_optional_real(10);
    outcome.peak_dbfs = rows.get_optional_real(11);
    if (!rows.is_null(12)) outcome.clock_state = word(db_, parse_clock_state(rows.get_text(12)), rows.get_text(12));
    outcome.clock_error = from_optional_us(rows.get_optional_int(13));
    outcome.historical = rows.get_int(14) == 1;
    outcome.lost = milliseconds{rows.get_int(17)};
    found.push_back(std::move(row));
  }
  return found;
}

std::map<OutcomeResult, std::int64_t> Store::count_outcomes(WallTime from) {
  Statement rows = db_.prepare("SELECT result, COUNT(*) FROM outcomes WHERE planned_us >= ?1 GROUP BY result");
  rows.bind_all(from);
  std::map<OutcomeResult, std::int64_t> counts;
  while (rows.step()) counts[word(db_, parse_outcome_result(rows.get_text(0)), rows.get_text(0))] = rows.get_int(1);
  return counts;
}

}  // namespace loa::server
