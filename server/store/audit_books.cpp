// Who did what: a chain of rows, each of which covers the one before.
#include <nlohmann/json.hpp>

#include "common/crypto/sha256.h"
#include "server/store/part.h"
#include "server/store/store.h"

namespace loa::server {
namespace {

using db::Statement;

const std::string kSelectAudit = "SELECT seq, at_us, person_id, via, action, subject, before, after, hash FROM audit ";

AuditRow read_row(const Statement& row) {
  return {row.get_int(0),
          row.get_wall(1),
          {row.get_id<PersonId>(2), row.get_text(3)},
          {row.get_text(4), row.get_text(5), row.get_text(6), row.get_text(7)},
          row.get_text(8)};
}

}  // namespace

std::string hash_of(const AuditRow& row, const std::string& before) {
  std::string text;
  for (const std::string& field : {before, std::to_string(row.seq), std::to_string(to_us(row.at)), row.by.person.str(),
                                   row.by.via, row.entry.action, row.entry.subject, row.entry.before, row.entry.after})
    text.append(std::to_string(field.size())).append(":").append(field);
  return crypto::to_hex(crypto::sha256(view_bytes(text)));
}

void Store::add_audit(const By& by, const AuditEntry& entry, WallTime now) {
  Part part(db_);
  AuditRow row{1, now, by, entry, {}};
  std::string before;
  if (const auto last = last_audit()) {
    row.seq = last->seq + 1;
    before = last->hash;
  }
  row.hash = hash_of(row, before);
  db_.run(
      "INSERT INTO audit (seq, at_us, person_id, via, action, subject, before, after, hash) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
      row.seq, row.at, row.by.person, row.by.via, row.entry.action, row.entry.subject, row.entry.before,
      row.entry.after, row.hash);
  part.commit();
}

std::optional<AuditRow> Store::last_audit() {
  Statement row = db_.prepare(kSelectAudit + "ORDER BY seq DESC LIMIT 1");
  if (!row.step()) return std::nullopt;
  return read_row(row);
}

std::vector<AuditRow> Store::load_audit(const AuditFilter& filter) {
  Statement rows = db_.prepare(kSelectAudit +
                               "WHERE seq < ?1 AND (?2 IS NULL OR subject = ?2) AND (?3 IS NULL OR person_id = ?3) "
                               "ORDER BY seq DESC LIMIT ?4");
  rows.bind_all(filter.before, filter.subject, filter.person, filter.limit);
  std::vector<AuditRow> found;
  while (rows.step()) found.push_back(read_row(rows));
  return found;
}

std::set<std::string> Store::made_by(const PersonId& person) {
  Statement rows = db_.prepare("SELECT subject FROM audit WHERE person_id = ?1 AND before = ''");
  rows.bind(1, person);
  std::set<std::string> made;
  while (rows.step()) made.insert(rows.get_text(0));
  return made;
}

std::map<std::string, std::vector<Writing>> Store::load_writings(const std::set<std::string>& subjects) {
  Statement rows = db_.prepare(
      "SELECT subject, at_us, person_id FROM audit WHERE action IN ('create_schedule', 'replace_schedule', "
      "'import_schedules', 'create_campaign') AND subject IN (SELECT value FROM json_each(?1)) ORDER BY seq");
  rows.bind(1, nlohmann::json(subjects).dump());
  std::map<std::string, std::vector<Writing>> found;
  while (rows.step()) found[rows.get_text(0)].push_back({rows.get_wall(1), rows.get_id<PersonId>(2)});
  return found;
}

void Store::each_audit(const std::function<void(const AuditRow&)>& visit) {
  Statement rows = db_.prepare(kSelectAudit + "ORDER BY seq");
  while (rows.step()) visit(read_row(rows));
}

void Store::add_audit_head(std::int64_t seq, const std::string& envelope) {
  db_.run("INSERT INTO audit_heads (seq, envelope) VALUES (?1, ?2) ON CONFLICT (seq) DO NOTHING", seq, envelope);
}

std::optional<AuditHead> Store::last_audit_head() {
  Statement row = db_.prepare("SELECT seq, envelope FROM audit_heads ORDER BY seq DESC LIMIT 1");
  if (!row.step()) return std::nullopt;
  return AuditHead{row.get_int(0), row.get_text(1)};
}

std::vector<AuditHead> Store::load_audit_heads() {
  Statement rows = db_.prepare("SELECT seq, envelope FROM audit_heads ORDER BY seq");
  std::vector<AuditHead> found;
  while (rows.step()) found.push_back({rows.get_int(0), rows.get_text(1)});
  return found;
}

}  // namespace loa::server
