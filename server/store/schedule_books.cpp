// Schedules, the ward's rules, and what became of each occurrence.
#include <nlohmann/json.hpp>

#include "server/store/part.h"
#include "server/store/schedule_json.h"
#include "server/store/store.h"

namespace loa::server {
namespace {

using db::Statement;
using nlohmann::json;

// What one version of a schedule says, in the columns that both tables have.
const std::string kTerms =
    "rule, session, rank, later_ms, shortest_ms, stagger_ms, exception_reason, exception_words, late_ms, volume_pct, "
    "made_us, template, event, chime, approved";
const std::string kSelectSchedules = "SELECT " + kTerms +
                                     ", schedule_id, announcement_id, class, clip_sha256, duration_ms, campaign_id, "
                                     "cancelled_us FROM schedules s JOIN announcements "
                                     "USING (announcement_id) JOIN clips ON sha256 = clip_sha256 ";
const std::string kSelectVersions =
    "SELECT " + kTerms +
    ", schedule_id, announcement_id, class, clip_sha256, duration_ms, campaign_id, areas, nodes FROM schedule_versions "
    "v JOIN "
    "(SELECT schedule_id, announcement_id, campaign_id FROM schedules) USING (schedule_id) JOIN announcements USING "
    "(announcement_id) JOIN "
    "clips ON sha256 = clip_sha256 ";

std::optional<milliseconds> optional_ms(const std::optional<std::int64_t>& ms) {
  return ms ? std::optional{milliseconds{*ms}} : std::nullopt;
}

schedules::Schedule read_version(const db::Database& db, const Statement& row) {
  schedules::Schedule schedule;
  schedule.rule = read_rule(json::parse(row.get_text(0)), "rule");
  schedule.session = row.get_optional_text(1);
  schedule.rank = static_cast<int>(row.get_int(2));
  schedule.later = milliseconds{row.get_int(3)};
  schedule.shortest = milliseconds{row.get_int(4)};
  schedule.stagger = optional_ms(row.get_optional_int(5));
  if (!row.is_null(6))
    schedule.exception = schedules::Exception{
        word(db, schedules::parse_exception_reason(row.get_text(6)), row.get_text(6)), row.get_text(7)};
  schedule.late = milliseconds{row.get_int(8)};
  schedule.volume_pct = static_cast<int>(row.get_int(9));
  schedule.made = row.get_wall(10);
  schedule.form = row.get_optional_text(11);
  schedule.event = row.get_optional_text(12);
  if (!row.is_null(13)) schedule.chime = word(db, schedules::parse_chime_term(row.get_text(13)), row.get_text(13));
  schedule.approval =
      row.get_int(14) != 0 ? schedules::Schedule::Approval::kGiven : schedules::Schedule::Approval::kWanting;
  schedule.id = row.get_id<ScheduleId>(15);
  schedule.announcement = row.get_id<AnnouncementId>(16);
  schedule.announcement_class = word(db, parse_announcement_class(row.get_text(17)), row.get_text(17));
  schedule.clip = row.get_id<ClipHash>(18);
  schedule.duration = milliseconds{row.get_int(19)};
  if (!row.is_null(20)) schedule.campaign = row.get_id<CampaignId>(20);
  return schedule;
}

ScheduleRow read_schedule(db::Database& db, const Statement& row) {
  ScheduleRow found{read_version(db, row), row.get_optional_wall(21)};
  Statement places = db.prepare(
      "SELECT area_id, NULL AS node_id, position FROM schedule_areas WHERE schedule_id = ?1 UNION ALL "
      "SELECT NULL, node_id, position FROM schedule_nodes WHERE schedule_id = ?1 ORDER BY position, area_id, node_id");
  places.bind(1, found.schedule.id);
  while (places.step()) {
    if (places.is_null(1))
      found.schedule.areas.push_back(places.get_id<AreaId>(0));
    else
      found.schedule.nodes.push_back(places.get_id<NodeId>(1));
  }
  return found;
}

schedules::Schedule read_former(const db::Database& db, const Statement& row) {
  schedules::Schedule schedule = read_version(db, row);
  for (const json& area : json::parse(row.get_text(21))) schedule.areas.emplace_back(area.get<std::string>());
  for (const json& node : json::parse(row.get_text(22))) schedule.nodes.emplace_back(node.get<std::string>());
  return schedule;
}

// Sets kTerms of one row: ?1 to ?15 of a statement, and its id as ?16.
template <class Run>
void with_terms(const schedules::Schedule& schedule, Run run) {
  std::optional<std::string> reason;
  std::optional<std::string> words;
  if (schedule.exception) {
    reason = std::string{to_string(schedule.exception->reason)};
    words = schedule.exception->words;
  }
  run(rule_json(schedule.rule).dump(), schedule.session, schedule.rank, schedule.later.count(),
      schedule.shortest.count(), schedule.stagger ? std::optional{schedule.stagger->count()} : std::nullopt, reason,
      words, schedule.late.count(), schedule.volume_pct, schedule.made, schedule.form, schedule.event,
      schedules::to_string(schedule.chime), schedule.approval == schedules::Schedule::Approval::kGiven ? 1 : 0,
      schedule.id);
}

void add_places(db::Database& db, const schedules::Schedule& schedule) {
  std::int64_t position = 0;
  for (const AreaId& area : schedule.areas)
    db.run("INSERT INTO schedule_areas (schedule_id, area_id, position) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
           schedule.id, area, position++);
  for (const NodeId& node : schedule.nodes)
    db.run("INSERT INTO schedule_nodes (schedule_id, node_id, position) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
           schedule.id, node, position++);
}

}  // namespace

void Store::add_schedule(const schedules::Schedule& schedule, WallTime now) {
  if (!load_announcement(schedule.announcement)) throw Error("announcement.unknown", {schedule.announcement.str()});
  for (const AreaId& area : schedule.areas)
    if (!has_area(area)) throw Error("area.unknown", {area.str()});
  for (const NodeId& node : schedule.nodes)
    if (!load_node(node)) throw Error("node.unknown", {node.str()});
  Part transaction(db_);
  std::optional<std::string> campaign;
  if (schedule.campaign) campaign = schedule.campaign->str();
  with_terms(schedule, [&](const auto&... terms) {
    db_.run("INSERT INTO schedules (" + kTerms +
                ", schedule_id, announcement_id, created_us, campaign_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
                "?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
            terms..., schedule.announcement, now, campaign);
  });
  add_places(db_, schedule);
  transaction.commit();
}

void Store::replace_schedule(const schedules::Schedule& schedule) {
  if (!load_schedule(schedule.id)) throw Error("schedule.unknown", {schedule.id.str()});
  for (const AreaId& area : schedule.areas)
    if (!has_area(area)) throw Error("area.unknown", {area.str()});
  for (const NodeId& node : schedule.nodes)
    if (!load_node(node)) throw Error("node.unknown", {node.str()});
  Part transaction(db_);
  db_.run("INSERT INTO schedule_versions (schedule_id, until_us, areas, nodes, " + kTerms +
              ") SELECT schedule_id, ?2, (SELECT json_group_array(area_id) FROM (SELECT area_id FROM schedule_areas "
              "WHERE schedule_id = ?1 ORDER BY position, area_id)), (SELECT json_group_array(node_id) FROM (SELECT "
              "node_id FROM schedule_nodes WHERE schedule_id = ?1 ORDER BY position, node_id)), " +
              kTerms + " FROM schedules WHERE schedule_id = ?1",
          schedule.id, schedule.made);
  with_terms(schedule, [&](const auto&... terms) {
    db_.run("UPDATE schedules SET (" + kTerms +
                ") = (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) WHERE "
                "schedule_id = ?16",
            terms...);
  });
  db_.run("DELETE FROM schedule_areas WHERE schedule_id = ?1", schedule.id);
  db_.run("DELETE FROM schedule_nodes WHERE schedule_id = ?1", schedule.id);
  add_places(db_, schedule);
  transaction.commit();
}

void Store::cancel_schedule(const ScheduleId& schedule, WallTime now) {
  if (!load_schedule(schedule)) throw Error("schedule.unknown", {schedule.str()});
  db_.run("UPDATE schedules SET cancelled_us = ?2 WHERE schedule_id = ?1 AND cancelled_us IS NULL", schedule, now);
}

std::vector<ScheduleRow> Store::load_schedules() {
  Statement rows = db_.prepare(kSelectSchedules + "ORDER BY s.created_us DESC, s.rowid DESC");
  std::vector<ScheduleRow> found;
  while (rows.step()) found.push_back(read_schedule(db_, rows));
  return found;
}

std::optional<ScheduleRow> Store::load_schedule(const ScheduleId& id) {
  Statement row = db_.prepare(kSelectSchedules + "WHERE schedule_id = ?1");
  row.bind(1, id);
  if (!row.step()) return std::nullopt;
  return read_schedule(db_, row);
}

std::vector<schedules::Schedule> Store::load_active_schedules() {
  Statement rows = db_.prepare(kSelectSchedules + "WHERE cancelled_us IS NULL ORDER BY s.created_us, s.rowid");
  std::vector<schedules::Schedule> found;
  while (rows.step()) found.push_back(read_schedule(db_, rows).schedule);
  return found;
}

std::vector<schedules::Schedule> Store::load_active_schedules(const AnnouncementId& announcement) {
  Statement rows = db_.prepare(
      kSelectSchedules + "WHERE s.cancelled_us IS NULL AND s.announcement_id = ?1 ORDER BY s.created_us, s.rowid");
  rows.bind(1, announcement);
  std::vector<schedules::Schedule> found;
  while (rows.step()) found.push_back(read_schedule(db_, rows).schedule);
  return found;
}

std::vector<schedules::Schedule> Store::load_greetings() {
  Statement rows = db_.prepare(kSelectSchedules +
                               "WHERE s.cancelled_us IS NULL AND s.event IS NOT NULL ORDER BY s.created_us, s.rowid");
  std::vector<schedules::Schedule> found;
  while (rows.step()) found.push_back(read_schedule(db_, rows).schedule);
  return found;
}

std::vector<schedules::Schedule> Store::load_former_versions(const ScheduleId& schedule) {
  Statement rows = db_.prepare(kSelectVersions + "WHERE schedule_id = ?1 ORDER BY made_us");
  rows.bind(1, schedule);
  std::vector<schedules::Schedule> found;
  while (rows.step()) found.push_back(read_former(db_, rows));
  return found;
}

std::map<ScheduleId, std::vector<schedules::Schedule>> Store::load_former_versions(WallTime since) {
  Statement rows = db_.prepare(kSelectVersions + "WHERE until_us > ?1 ORDER BY made_us");
  rows.bind(1, since);
  std::map<ScheduleId, std::vector<schedules::Schedule>> found;
  while (rows.step()) {
    schedules::Schedule version = read_former(db_, rows);
    found[version.id].push_back(std::move(version));
  }
  return found;
}

std::vector<schedules::Schedule> Store::load_schedules_of(const CampaignId& campaign) {
  Statement rows = db_.prepare(kSelectSchedules + "WHERE s.campaign_id = ?1 ORDER BY s.rowid");
  rows.bind(1, campaign);
  std::vector<schedules::Schedule> found;
  while (rows.step()) found.push_back(read_schedule(db_, rows).schedule);
  return found;
}

std::int64_t Store::add_ward_rules(const std::string& decision, const schedules::WardRules& rules, WallTime now) {
  db_.run("INSERT INTO ward_rules (decision, made_us, rules) VALUES (?1, ?2, ?3)", decision, now,
          ward_rules_json(rules).dump());
  return db_.last_insert_rowid();
}

std::vector<WardRulesRow> Store::load_ward_rules() {
  Statement rows = db_.prepare("SELECT version, decision, made_us, rules FROM ward_rules ORDER BY version DESC");
  std::vector<WardRulesRow> found;
  while (rows.step())
    found.push_back(
        {rows.get_int(0), rows.get_text(1), rows.get_wall(2), read_ward_rules(json::parse(rows.get_text(3)), "rules")});
  return found;
}

void Store::save_fates(const std::vector<schedules::FateOf>& settled) {
  Part transaction(db_);
  Statement insert = db_.prepare(
      "INSERT INTO fates (schedule_id, due_us, verdict, start_us, length_ms, clause, winner_id, silence_vi, "
      "silence_en, chime_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING");
  for (const schedules::FateOf& each : settled) {
    std::optional<std::string> clause;
    if (const auto* found = std::get_if<schedules::Clause>(&each.fate.why)) clause = std::string{to_string(*found)};
    const auto silence = [&](std::string schedules::Silence::*language) {
      return each.silence ? std::optional{(*each.silence).*language} : std::nullopt;
    };
    insert
        .bind_all(each.schedule, each.due, to_string(each.fate.verdict), each.fate.start, each.fate.length.count(),
                  clause, each.winner, silence(&schedules::Silence::vi), silence(&schedules::Silence::en),
                  each.chime ? std::optional{each.chime->announcement} : std::nullopt)
        .run();
  }
  transaction.commit();
}

std::vector<FateRow> Store::load_fates(WallTime due_from, WallTime due_until) {
  Statement rows = db_.prepare(
      "SELECT f.schedule_id, s.announcement_id, a.title, f.due_us, f.verdict, f.start_us, f.length_ms, f.clause, "
      "f.winner_id, "
      "f.silence_vi, f.silence_en, f.chime_id, c.sha256, c.duration_ms FROM fates f JOIN schedules s USING "
      "(schedule_id) JOIN announcements a USING (announcement_id) LEFT JOIN announcements b ON b.announcement_id = "
      "f.chime_id LEFT JOIN clips c ON c.sha256 = b.clip_sha256 WHERE f.due_us >= ?1 AND "
      "f.due_us < ?2 ORDER BY f.due_us, s.created_us, s.rowid");
  rows.bind_all(due_from, due_until);
  std::vector<FateRow> found;
  while (rows.step()) {
    FateRow row;
    row.schedule = rows.get_id<ScheduleId>(0);
    row.announcement = rows.get_id<AnnouncementId>(1);
    row.title = rows.get_text(2);
    row.due = rows.get_wall(3);
    row.fate.verdict = word(db_, schedules::parse_verdict(rows.get_text(4)), rows.get_text(4));
    row.fate.start = rows.get_wall(5);
    row.fate.length = milliseconds{rows.get_int(6)};
    if (!rows.is_null(7)) row.fate.why = word(db_, schedules::parse_clause(rows.get_text(7)), rows.get_text(7));
    if (!rows.is_null(8)) {
      row.winner = rows.get_id<ScheduleId>(8);
      row.fate.why = schedules::LostTo{};
    }
    if (!rows.is_null(9)) row.silence = schedules::Silence{rows.get_text(9), rows.get_text(10)};
    if (!rows.is_null(11))
      row.chime =
          schedules::Chime{rows.get_id<AnnouncementId>(11), rows.get_id<ClipHash>(12), milliseconds{rows.get_int(13)}};
    found.push_back(std::move(row));
  }
  return found;
}

}  // namespace loa::server
