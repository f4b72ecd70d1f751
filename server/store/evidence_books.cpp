// What evidence and reports read, and the one thing written for them: when loudspeakers were heard.
#include <compare>
#include <tuple>

#include "server/store/evidence.h"
#include "server/store/part.h"
#include "server/store/store.h"

namespace loa::server {
namespace {

using db::Statement;

// Columns 0 to 8 are those of a PlayRow, the rest of its detail. The start of what no plan holds is the outcome's own.
constexpr std::string_view kOutcomeColumns =
    "o.result, o.reason, o.started_us, o.heard_ms, o.start_error_us, o.loudness_lufs, o.peak_dbfs, o.clock_state, "
    "o.clock_error_us, o.reported_us, o.committed_us, o.historical ";

void read_play(const db::Database& db, const Statement& row, PlayRow& play) {
  play.start = row.get_wall(0);
  play.node = row.get_view(1);
  play.play = row.get_view(2);
  play.schedule = row.get_view(3);
  play.announcement = row.get_view(4);
  play.result.reset();
  play.reason = {};
  play.started = play.start;
  play.heard = milliseconds{0};
  if (row.is_null(5)) return;
  const std::string_view result = row.get_view(5);
  play.result = word(db, parse_outcome_result(result), std::string{result});
  play.reason = row.get_view(6);
  if (!row.is_null(7)) play.started = row.get_wall(7);
  play.heard = milliseconds{row.get_int(8)};
}

std::optional<microseconds> optional_us(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return microseconds{row.get_int(column)};
}

OutcomeDetail read_detail(const Statement& row) {
  OutcomeDetail detail;
  if (row.is_null(5)) return detail;
  detail.start_error = optional_us(row, 9);
  detail.loudness_lufs = row.get_optional_real(10);
  detail.peak_dbfs = row.get_optional_real(11);
  if (!row.is_null(12)) detail.clock_state = row.get_view(12);
  detail.clock_error = optional_us(row, 13);
  detail.reported = row.get_optional_wall(14);
  detail.committed = row.get_wall(15);
  detail.is_historical = row.get_int(16) != 0;
  return detail;
}

std::string planned_sql(std::string_view order) {
  return std::string{"SELECT p.start_us, p.node_id, p.play_id, p.schedule_id, p.announcement_id, "}
      .append(kOutcomeColumns)
      .append(
          "FROM planned_plays p LEFT JOIN outcomes o ON o.node_id = p.node_id AND o.play_id = p.play_id "
          "WHERE p.cancelled_us IS NULL AND p.start_us >= ?1 AND p.start_us < ?2 ")
      .append(order);
}

std::string unplanned_sql() {
  return std::string{"SELECT o.planned_us, o.node_id, o.play_id, '', o.announcement_id, "}
      .append(kOutcomeColumns)
      .append(
          "FROM outcomes o WHERE o.planned_us >= ?1 AND o.planned_us < ?2 AND NOT EXISTS (SELECT 1 FROM planned_plays "
          "p WHERE p.node_id = o.node_id AND p.play_id = o.play_id AND p.cancelled_us IS NULL) ORDER BY o.planned_us");
}

}  // namespace

void Store::in_one_view(const std::function<void()>& work) {
  db_.execute("BEGIN");
  try {
    work();
  } catch (...) {
    db_.execute("ROLLBACK");
    throw;
  }
  db_.execute("COMMIT");
}

void Store::each_play(WallTime from, WallTime until, const std::function<void(const PlayRow&)>& visit) {
  Statement promised = db_.prepare(
      "SELECT start_us, node_id, play_id, schedule_id, announcement_id FROM planned_plays WHERE cancelled_us IS NULL "
      "AND "
      "start_us >= ?1 AND start_us < ?2 ORDER BY start_us, node_id, play_id");
  Statement said = db_.prepare(
      "SELECT planned_us, node_id, play_id, result, reason, started_us, heard_ms FROM outcomes WHERE planned_us >= ?1 "
      "AND planned_us < ?2 ORDER BY planned_us, node_id, play_id");
  promised.bind_all(from, until);
  said.bind_all(from, until);
  // Of what does not meet its like at the same instant: there is no outcome, or no promise, or one that says another
  // instant.
  Statement find_said = db_.prepare(
      "SELECT planned_us, node_id, play_id, result, reason, started_us, heard_ms FROM outcomes WHERE node_id = ?1 AND "
      "play_id = ?2");
  Statement find_promised = db_.prepare(
      "SELECT o.announcement_id FROM outcomes o WHERE o.node_id = ?1 AND o.play_id = ?2 AND NOT EXISTS (SELECT 1 FROM "
      "planned_plays p WHERE p.node_id = o.node_id AND p.play_id = o.play_id AND p.cancelled_us IS NULL)");
  const auto key_of = [](const Statement& row) { return std::tuple{row.get_int(0), row.get_view(1), row.get_view(2)}; };
  PlayRow play;
  const auto take_outcome = [&](const Statement& row) {
    const std::string_view result = row.get_view(3);
    play.result = word(db_, parse_outcome_result(result), std::string{result});
    play.reason = row.get_view(4);
    play.started = row.is_null(5) ? play.start : row.get_wall(5);
    play.heard = milliseconds{row.get_int(6)};
  };
  bool is_promised = promised.step();
  bool is_said = said.step();
  while (is_promised || is_said) {
    const auto order = is_promised && is_said ? key_of(promised) <=> key_of(said)
                       : is_promised          ? std::strong_ordering::less
                                              : std::strong_ordering::greater;
    if (std::is_gt(order)) {
      find_promised.bind_all(said.get_view(1), said.get_view(2));
      if (find_promised.step()) {
        play = {said.get_view(1), said.get_view(2), {}, find_promised.get_view(0), said.get_wall(0), {}, {}, {}, {}};
        take_outcome(said);
        visit(play);
      }
      find_promised.reset();
      is_said = said.step();
      continue;
    }
    const WallTime start = promised.get_wall(0);
    play = {promised.get_view(1),
            promised.get_view(2),
            promised.get_view(3),
            promised.get_view(4),
            start,
            {},
            {},
            start,
            {}};
    if (std::is_eq(order)) {
      take_outcome(said);
      visit(play);
      is_said = said.step();
    } else {
      find_said.bind_all(play.node, play.play);
      if (find_said.step()) take_outcome(find_said);
      visit(play);
      find_said.reset();
    }
    is_promised = promised.step();
  }
}

void Store::each_outcome(WallTime from, WallTime until,
                         const std::function<void(const PlayRow&, const OutcomeDetail&)>& visit) {
  PlayRow play;
  for (const std::string& sql : {planned_sql("ORDER BY p.start_us, p.node_id"), unplanned_sql()}) {
    Statement rows = db_.prepare(sql);
    rows.bind_all(from, until);
    while (rows.step()) {
      read_play(db_, rows, play);
      visit(play, read_detail(rows));
    }
  }
}

std::map<NodeId, NodeService> Store::load_services() {
  std::map<NodeId, NodeService> found;
  Statement nodes = db_.prepare(
      "SELECT n.node_id, (SELECT min(issued_us) FROM node_certificates c WHERE c.node_id = n.node_id), s.seen_us, "
      "s.presence FROM nodes n LEFT JOIN node_status s ON s.node_id = n.node_id");
  while (nodes.step()) {
    NodeService& service = found[nodes.get_id<NodeId>(0)];
    service.enrolled = nodes.get_optional_wall(1);
    service.heard = nodes.get_optional_wall(2);
    service.was_online = nodes.get_optional_text(3) == "online";
  }
  Statement changes = db_.prepare("SELECT node_id, since_us, heard FROM node_presence ORDER BY node_id, since_us");
  while (changes.step())
    found[changes.get_id<NodeId>(0)].presence.push_back({changes.get_wall(1), changes.get_int(2) != 0});
  return found;
}

std::optional<WallTime> Store::began() {
  Statement row = db_.prepare("SELECT min(created_us) FROM areas");
  if (!row.step()) return std::nullopt;
  return row.get_optional_wall(0);
}

void Store::note_presence(const NodeId& node, WallTime now, bool is_online) {
  Statement last = db_.prepare("SELECT seen_us, presence FROM node_status WHERE node_id = ?1");
  last.bind(1, node);
  const bool is_known = last.step();
  const bool was_online = is_known && last.get_text(1) == "online";
  const auto change = [&](WallTime since, bool is_heard) {
    db_.run("INSERT OR REPLACE INTO node_presence (node_id, since_us, heard) VALUES (?1, ?2, ?3)", node, since,
            is_heard ? 1 : 0);
  };
  bool was_heard = was_online;
  if (was_online && now - last.get_wall(0) > kHeardFor) {
    change(last.get_wall(0), false);
    was_heard = false;
  }
  if (is_online != was_heard) change(now, is_online);
}

}  // namespace loa::server
