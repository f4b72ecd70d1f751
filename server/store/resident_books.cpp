// What residents say, and what they may read of what was aired.
#include <cstdlib>

#include "server/store/part.h"
#include "server/store/residents.h"
#include "server/store/store.h"

namespace loa::server {
namespace {

using db::Statement;

// Complaints are about what began so long before: nobody writes while it still sounds.
constexpr std::chrono::hours kRemembered{1};

const std::string kSelectComplaints =
    "SELECT complaint_id, made_us, heard_us, node_id, area_id, kind, text, play_id, settled_us, settled_by, settlement "
    "FROM complaints ";

Complaint read_complaint(const db::Database& db, const Statement& row) {
  Complaint complaint;
  complaint.id = row.get_id<ComplaintId>(0);
  complaint.made = row.get_wall(1);
  complaint.heard = row.get_wall(2);
  if (!row.is_null(3)) complaint.node = row.get_id<NodeId>(3);
  if (!row.is_null(4)) complaint.area = row.get_id<AreaId>(4);
  complaint.kind = word(db, parse_complaint_kind(row.get_text(5)), row.get_text(5));
  complaint.text = row.get_text(6);
  if (!row.is_null(7)) complaint.play = row.get_id<PlayId>(7);
  if (!row.is_null(8)) complaint.settled = {row.get_wall(8), row.get_id<PersonId>(9), row.get_text(10)};
  return complaint;
}

}  // namespace

std::string_view to_string(ComplaintKind kind) {
  switch (kind) {
    case ComplaintKind::kTooLoud:
      return "too_loud";
    case ComplaintKind::kNotHeard:
      return "not_heard";
    case ComplaintKind::kBroken:
      return "broken";
    case ComplaintKind::kOther:
      return "other";
  }
  std::abort();
}

std::optional<ComplaintKind> parse_complaint_kind(std::string_view text) {
  for (const ComplaintKind kind : kComplaintKinds)
    if (to_string(kind) == text) return kind;
  return std::nullopt;
}

std::string quarter_of(civil::Day day) {
  const std::chrono::year_month_day date{day};
  return std::to_string(static_cast<int>(date.year())) + "-Q" +
         std::to_string((static_cast<unsigned>(date.month()) + 2) / 3);
}

std::optional<PlayId> Store::find_play_before(const NodeId& node, WallTime heard) {
  Statement row = db_.prepare(
      "SELECT play_id FROM planned_plays WHERE cancelled_us IS NULL AND node_id = ?1 AND start_us <= ?2 AND "
      "start_us > ?3 ORDER BY start_us DESC LIMIT 1");
  row.bind_all(node, heard, heard - kRemembered);
  if (!row.step()) return std::nullopt;
  return row.get_id<PlayId>(0);
}

std::vector<PlayAbout> Store::load_plays_of(const NodeId& node, WallTime from, WallTime until) {
  Statement rows = db_.prepare(
      "SELECT p.play_id, p.announcement_id, a.title, p.start_us, o.result, o.reason, o.started_us, o.heard_ms, "
      "o.loudness_lufs FROM planned_plays p JOIN announcements a USING (announcement_id) LEFT JOIN outcomes o ON "
      "o.node_id = p.node_id AND o.play_id = p.play_id WHERE p.cancelled_us IS NULL AND p.node_id = ?1 AND "
      "p.start_us >= ?2 AND p.start_us < ?3 ORDER BY p.start_us");
  rows.bind_all(node, from, until);
  std::vector<PlayAbout> found;
  while (rows.step()) {
    PlayAbout play{rows.get_id<PlayId>(0), rows.get_id<AnnouncementId>(1), rows.get_text(2), rows.get_wall(3)};
    if (!rows.is_null(4)) {
      play.result = word(db_, parse_outcome_result(rows.get_text(4)), rows.get_text(4));
      play.reason = rows.get_text(5);
      play.started = rows.get_optional_wall(6);
      play.heard = milliseconds{rows.get_int(7)};
      play.loudness_lufs = rows.get_optional_real(8);
    }
    found.push_back(std::move(play));
  }
  return found;
}

std::optional<PlayAbout> Store::load_play_about(const Complaint& complaint) {
  if (!complaint.play) return std::nullopt;
  for (PlayAbout& play :
       load_plays_of(*complaint.node, complaint.heard - kRemembered, complaint.heard + microseconds{1}))
    if (play.play == *complaint.play) return std::move(play);
  return std::nullopt;
}

void Store::add_complaint(const Complaint& complaint) {
  if (complaint.node && !load_node(*complaint.node)) throw Error("node.unknown", {complaint.node->str()});
  if (complaint.area && !has_area(*complaint.area)) throw Error("area.unknown", {complaint.area->str()});
  db_.run(
      "INSERT INTO complaints (complaint_id, made_us, heard_us, node_id, area_id, kind, text, play_id) VALUES (?1, ?2, "
      "?3, ?4, ?5, ?6, ?7, ?8)",
      complaint.id, complaint.made, complaint.heard, complaint.node, complaint.area, to_string(complaint.kind),
      complaint.text, complaint.play);
}

void Store::settle_complaint(const ComplaintId& complaint, const Settlement& settlement) {
  if (db_.run("UPDATE complaints SET settled_us = ?2, settled_by = ?3, settlement = ?4 WHERE complaint_id = ?1",
              complaint, settlement.at, settlement.person, settlement.note) == 0)
    throw Error("complaint.unknown", {complaint.str()});
}

std::optional<Complaint> Store::load_complaint(const ComplaintId& complaint) {
  Statement row = db_.prepare(kSelectComplaints + "WHERE complaint_id = ?1");
  row.bind(1, complaint);
  if (!row.step()) return std::nullopt;
  return read_complaint(db_, row);
}

std::vector<Complaint> Store::load_complaints(const ComplaintFilter& filter) {
  Statement rows = db_.prepare(
      kSelectComplaints +
      "WHERE (?1 IS NULL OR (settled_us IS NOT NULL) = ?1) AND (?2 IS NULL OR node_id = ?2) AND (?3 IS NULL OR area_id "
      "IN (SELECT value FROM json_each(?3))) AND made_us >= ?4 AND (?5 IS NULL OR made_us < ?5) ORDER BY made_us DESC, "
      "rowid DESC LIMIT ?6");
  std::optional<std::int64_t> is_settled;
  if (filter.state) is_settled = *filter.state == ComplaintState::kSettled ? 1 : 0;
  rows.bind_all(is_settled, filter.node, list_below(filter.area), filter.from.value_or(WallTime::min()), filter.until,
                filter.limit);
  std::vector<Complaint> found;
  while (rows.step()) found.push_back(read_complaint(db_, rows));
  return found;
}

std::vector<ComplaintCount> Store::count_open_complaints(WallTime since) {
  Statement rows = db_.prepare(
      "SELECT node_id, kind, COUNT(*) FROM complaints WHERE settled_us IS NULL AND node_id IS NOT NULL AND made_us >= "
      "?1 GROUP BY node_id, kind");
  rows.bind(1, since);
  std::vector<ComplaintCount> found;
  while (rows.step())
    found.push_back(
        {rows.get_id<NodeId>(0), word(db_, parse_complaint_kind(rows.get_text(1)), rows.get_text(1)), rows.get_int(2)});
  return found;
}

int Store::forget_complaint_texts(WallTime before) {
  return db_.run("UPDATE complaints SET text = '' WHERE made_us < ?1 AND text <> ''", before);
}

void Store::count_mark(const std::string& quarter, const std::optional<AreaId>& area, int mark) {
  if (area && !has_area(*area)) throw Error("area.unknown", {area->str()});
  db_.run(
      "INSERT INTO satisfaction (quarter, area_id, mark, count) VALUES (?1, ?2, ?3, 1) ON CONFLICT (quarter, "
      "ifnull(area_id, ''), mark) DO UPDATE SET count = count + 1",
      quarter, area, mark);
}

std::vector<Satisfaction> Store::load_satisfaction(const std::string& from_quarter, const std::string& to_quarter) {
  Statement rows = db_.prepare(
      "SELECT quarter, area_id, mark, count FROM satisfaction WHERE quarter >= ?1 AND quarter <= ?2 ORDER BY quarter, "
      "area_id");
  rows.bind_all(from_quarter, to_quarter);
  std::vector<Satisfaction> found;
  while (rows.step()) {
    Satisfaction row{rows.get_text(0), std::nullopt};
    if (!rows.is_null(1)) row.area = rows.get_id<AreaId>(1);
    if (found.empty() || found.back().quarter != row.quarter || found.back().area != row.area)
      found.push_back(std::move(row));
    found.back().counts.at(static_cast<std::size_t>(rows.get_int(2) - 1)) = rows.get_int(3);
  }
  return found;
}

std::vector<AiredRow> Store::load_aired(WallTime from, WallTime until) {
  Statement rows = db_.prepare(
      "SELECT o.announcement_id, o.planned_us, n.area_id, COUNT(*) FROM outcomes o JOIN nodes n USING (node_id) WHERE "
      "o.planned_us >= ?1 AND o.planned_us < ?2 AND o.heard_ms > 0 GROUP BY o.planned_us, o.announcement_id, n.area_id "
      "ORDER BY o.planned_us DESC, o.announcement_id");
  rows.bind_all(from, until);
  std::vector<AiredRow> found;
  while (rows.step())
    found.push_back({rows.get_id<AnnouncementId>(0), rows.get_wall(1), rows.get_id<AreaId>(2), rows.get_int(3)});
  return found;
}

}  // namespace loa::server
