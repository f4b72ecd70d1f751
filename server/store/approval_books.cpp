// An announcement's way to being heard, and who approves in the chairman's stead.
#include "server/store/part.h"
#include "server/store/store.h"

namespace loa::server {

using db::Statement;

std::set<PersonId> hands_on(const std::vector<ApprovalStep>& steps, const Announcement& announcement) {
  std::set<PersonId> hands;
  for (const ApprovalStep& step : steps) {
    if (step.kind == StepKind::kApproved) hands.clear();
    if (step.kind == StepKind::kMade || step.kind == StepKind::kEdited || step.kind == StepKind::kScheduled)
      hands.insert(step.person);
  }
  if (announcement.author) hands.insert(*announcement.author);
  return hands;
}

bool Store::was_heard(const AnnouncementId& announcement) {
  Statement row = db_.prepare(
      "SELECT 1 FROM outcomes WHERE announcement_id = ?1 AND result IN ('played', 'late', 'partial', 'stopped') AND "
      "heard_ms > 0 LIMIT 1");
  row.bind(1, announcement);
  return row.step();
}

void Store::add_step(const AnnouncementId& announcement, const ApprovalStep& step) {
  db_.run(
      "INSERT INTO announcement_steps (announcement_id, step, at_us, person_id, kind, comment) SELECT ?1, "
      "1 + (SELECT count(*) FROM announcement_steps WHERE announcement_id = ?1), ?2, ?3, ?4, ?5",
      announcement, step.at, step.person, to_string(step.kind), step.comment);
}

std::vector<ApprovalStep> Store::load_steps(const AnnouncementId& announcement) {
  Statement rows = db_.prepare(
      "SELECT at_us, person_id, kind, comment FROM announcement_steps WHERE announcement_id = ?1 ORDER BY step");
  rows.bind(1, announcement);
  std::vector<ApprovalStep> steps;
  while (rows.step())
    steps.push_back({rows.get_wall(0), rows.get_id<PersonId>(1),
                     word(db_, parse_step_kind(rows.get_text(2)), rows.get_text(2)), rows.get_text(3)});
  return steps;
}

void Store::add_deputy(const Deputy& deputy) {
  if (!load_person(deputy.person)) throw Error("person.unknown", {deputy.person.str()});
  db_.run(
      "INSERT INTO deputies (deputy_id, person_id, first_day, last_day, decision, appointed_by, created_us) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      deputy.id, deputy.person, civil::format_day(deputy.first), civil::format_day(deputy.last), deputy.decision,
      deputy.appointed_by, deputy.made);
}

void Store::end_deputy(const std::string& deputy, WallTime now) {
  if (db_.run("UPDATE deputies SET ended_us = coalesce(ended_us, ?2) WHERE deputy_id = ?1", deputy, now) == 0)
    throw Error("deputy.unknown", {deputy});
}

std::vector<Deputy> Store::load_deputies() {
  Statement rows = db_.prepare(
      "SELECT deputy_id, person_id, first_day, last_day, decision, appointed_by, created_us, ended_us FROM deputies "
      "ORDER BY created_us DESC, rowid DESC");
  std::vector<Deputy> found;
  while (rows.step())
    found.push_back({rows.get_text(0), rows.get_id<PersonId>(1), civil::parse_day(rows.get_text(2)),
                     civil::parse_day(rows.get_text(3)), rows.get_text(4), rows.get_id<PersonId>(5), rows.get_wall(6),
                     rows.get_optional_wall(7)});
  return found;
}

bool Store::is_deputy(const PersonId& person, civil::Day day) {
  Statement row = db_.prepare(
      "SELECT 1 FROM deputies JOIN people USING (person_id) WHERE person_id = ?1 AND first_day <= ?2 AND "
      "last_day >= ?2 AND ended_us IS NULL AND closed_us IS NULL AND factor IS NOT NULL");
  row.bind_all(person, civil::format_day(day));
  return row.step();
}

}  // namespace loa::server
