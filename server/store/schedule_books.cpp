// Schedules, the ward's rules, and what became of each occurrence.
#include <nlohmann/json.hpp>

#include "server/store/part.h"
#include "server/store/schedule_json.h"
#include "server/store/store.h"

namespace loa::server {
namespace {

using db::Statement;
using nlohmann::json;

const std::string kSelectSchedules =
    "SELECT s.schedule_id, s.announcement_id, s.rule, s.session, s.rank, s.later_ms, s.shortest_ms, s.stagger_ms, "
    "s.exception_reason, s.exception_words, s.late_ms, s.volume_pct, s.created_us, s.cancelled_us, a.class, "
    "a.clip_sha256, c.duration_ms FROM schedules s JOIN announcements a USING (announcement_id) JOIN clips c ON "
    "c.sha256 = a.clip_sha256 ";

std::optional<milliseconds> optional_ms(const std::optional<std::int64_t>& ms) {
  return ms ? std::optional{milliseconds{*ms}} : std::nullopt;
}

ScheduleRow read_schedule(db::Database& db, const Statement& row) {
  ScheduleRow found;
  schedules::Schedule& schedule = found.schedule;
  schedule.id = row.get_id<ScheduleId>(0);
  schedule.announcement = row.get_id<AnnouncementId>(1);
  schedule.rule = read_rule(json::parse(row.get_text(2)), "rule");
  schedule.session = row.get_optional_text(3);
  schedule.rank = static_cast<int>(row.get_int(4));
  schedule.later = milliseconds{row.get_int(5)};
  schedule.shortest = milliseconds{row.get_int(6)};
  schedule.stagger = optional_ms(row.get_optional_int(7));
  if (!row.is_null(8))
    schedule.exception = schedules::Exception{
        word(db, schedules::parse_exception_reason(row.get_text(8)), row.get_text(8)), row.get_text(9)};
  schedule.late = milliseconds{row.get_int(10)};
  schedule.volume_pct = static_cast<int>(row.get_int(11));
  schedule.made = row.get_wall(12);
  found.cancelled = row.get_optional_wall(13);
  schedule.announcement_class = word(db, parse_announcement_class(row.get_text(14)), row.get_text(14));
  schedule.clip = row.get_id<ClipHash>(15);
  schedule.duration = milliseconds{row.get_int(16)};
  Statement areas = db.prepare("SELECT area_id FROM schedule_areas WHERE schedule_id = ?1 ORDER BY position, area_id");
  areas.bind(1, schedule.id);
  while (areas.step()) schedule.areas.push_back(areas.get_id<AreaId>(0));
  return found;
}

}  // namespace

void Store::add_schedule(const schedules::Schedule& schedule, WallTime now) {
  if (!load_announcement(schedule.announcement)) throw Error("announcement.unknown", {schedule.announcement.str()});
  for (const AreaId& area : schedule.areas)
    if (!has_area(area)) throw Error("area.unknown", {area.str()});
  Part transaction(db_);
  std::optional<std::string> reason;
  std::optional<std::string> words;
  if (schedule.exception) {
    reason = std::string{to_string(schedule.exception->reason)};
    words = schedule.exception->words;
  }
  db_.run(
      "INSERT INTO schedules (schedule_id, announcement_id, rule, session, rank, later_ms, shortest_ms, stagger_ms, "
      "exception_reason, exception_words, late_ms, volume_pct, created_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
      "?10, ?11, ?12, ?13)",
      schedule.id, schedule.announcement, rule_json(schedule.rule).dump(), schedule.session, schedule.rank,
      schedule.later.count(), schedule.shortest.count(),
      schedule.stagger ? std::optional{schedule.stagger->count()} : std::nullopt, reason, words, schedule.late.count(),
      schedule.volume_pct, now);
  std::int64_t position = 0;
  for (const AreaId& area : schedule.areas)
    db_.run("INSERT INTO schedule_areas (schedule_id, area_id, position) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            schedule.id, area, position++);
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
  Statement row = db_.prepare(kSelectSchedules + "WHERE s.schedule_id = ?1");
  row.bind(1, id);
  if (!row.step()) return std::nullopt;
  return read_schedule(db_, row);
}

std::vector<schedules::Schedule> Store::load_active_schedules() {
  Statement rows = db_.prepare(kSelectSchedules + "WHERE s.cancelled_us IS NULL ORDER BY s.created_us, s.rowid");
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
      "silence_en) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING");
  for (const schedules::FateOf& each : settled) {
    std::optional<std::string> clause;
    if (const auto* found = std::get_if<schedules::Clause>(&each.fate.why)) clause = std::string{to_string(*found)};
    const auto silence = [&](std::string schedules::Silence::*language) {
      return each.silence ? std::optional{(*each.silence).*language} : std::nullopt;
    };
    insert
        .bind_all(each.schedule, each.due, to_string(each.fate.verdict), each.fate.start, each.fate.length.count(),
                  clause, each.winner, silence(&schedules::Silence::vi), silence(&schedules::Silence::en))
        .run();
  }
  transaction.commit();
}

std::vector<FateRow> Store::load_fates(WallTime due_from, WallTime due_until) {
  Statement rows = db_.prepare(
      "SELECT f.schedule_id, s.announcement_id, a.title, f.due_us, f.verdict, f.start_us, f.length_ms, f.clause, "
      "f.winner_id, "
      "f.silence_vi, f.silence_en FROM fates f JOIN schedules s USING (schedule_id) JOIN announcements a USING "
      "(announcement_id) WHERE f.due_us >= ?1 AND "
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
    found.push_back(std::move(row));
  }
  return found;
}

}  // namespace loa::server
