// Who works with the ward, and how they prove it.
#include "server/store/part.h"
#include "server/store/store.h"

namespace loa::server {
namespace {

using db::Statement;

const std::string kPerson =
    "p.person_id, p.name, p.role, p.area_id, p.password IS NOT NULL, p.factor IS NOT NULL, p.created_us, p.closed_us, "
    "p.mail";
constexpr int kPersonColumns = 9;
const std::string kSelectPeople = "SELECT " + kPerson + " FROM people AS p ";

Person read_person(const db::Database& db, const Statement& row) {
  Person person;
  person.id = row.get_id<PersonId>(0);
  person.name = row.get_text(1);
  person.role = word(db, parse_role(row.get_text(2)), row.get_text(2));
  if (!row.is_null(3)) person.area = row.get_id<AreaId>(3);
  person.has_password = row.get_int(4) != 0;
  person.has_second_factor = row.get_int(5) != 0;
  person.made = row.get_wall(6);
  person.closed = row.get_optional_wall(7);
  person.mail = row.get_text(8);
  return person;
}

Token read_token(const db::Database& db, const Statement& row) {
  return {row.get_text(0),         row.get_id<PersonId>(1),
          row.get_text(2),         word(db, parse_token_scope(row.get_text(3)), row.get_text(3)),
          row.get_wall(4),         row.get_wall(5),
          row.get_optional_wall(6)};
}

Caller caller_of(Person person) {
  return {std::move(person.id), std::move(person.name), person.role, std::move(person.area)};
}

}  // namespace

void Store::add_person(const Person& person) {
  Part part(db_);
  if (load_person(person.id)) throw Error("person.exists", {person.id.str()});
  if (person.area && !has_area(*person.area)) throw Error("area.unknown", {person.area->str()});
  db_.run("INSERT INTO people (person_id, name, role, area_id, created_us, mail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
          person.id, person.name, to_string(person.role), person.area, person.made, person.mail);
  part.commit();
}

void Store::save_person(const Person& person) {
  Part part(db_);
  if (person.area && !has_area(*person.area)) throw Error("area.unknown", {person.area->str()});
  if (db_.run("UPDATE people SET name = ?2, role = ?3, area_id = ?4, mail = ?5 WHERE person_id = ?1", person.id,
              person.name, to_string(person.role), person.area, person.mail) == 0)
    throw Error("person.unknown", {person.id.str()});
  part.commit();
}

void Store::close_person(const PersonId& person, WallTime now) {
  Part part(db_);
  if (db_.run("UPDATE people SET closed_us = coalesce(closed_us, ?2), password = NULL, factor = NULL, "
              "factor_wanted = NULL WHERE person_id = ?1",
              person, now) == 0)
    throw Error("person.unknown", {person.str()});
  db_.run("DELETE FROM invitations WHERE person_id = ?1", person);
  db_.run("DELETE FROM sessions WHERE person_id = ?1", person);
  db_.run("UPDATE tokens SET revoked_us = coalesce(revoked_us, ?2) WHERE person_id = ?1", person, now);
  part.commit();
}

std::vector<Person> Store::load_people() {
  Statement rows = db_.prepare(kSelectPeople + "ORDER BY p.person_id");
  std::vector<Person> found;
  while (rows.step()) found.push_back(read_person(db_, rows));
  return found;
}

std::optional<Person> Store::load_person(const PersonId& person) {
  Statement row = db_.prepare(kSelectPeople + "WHERE p.person_id = ?1");
  row.bind(1, person);
  if (!row.step()) return std::nullopt;
  return read_person(db_, row);
}

void Store::save_invitation(const PersonId& person, const std::string& code_sha256, WallTime until) {
  Part part(db_);
  if (db_.run("UPDATE people SET password = NULL, factor = NULL, factor_wanted = NULL, closed_us = NULL "
              "WHERE person_id = ?1",
              person) == 0)
    throw Error("person.unknown", {person.str()});
  db_.run("DELETE FROM sessions WHERE person_id = ?1", person);
  db_.run(
      "INSERT INTO invitations (person_id, code_sha256, until_us) VALUES (?1, ?2, ?3) "
      "ON CONFLICT (person_id) DO UPDATE SET code_sha256 = ?2, until_us = ?3",
      person, code_sha256, until);
  part.commit();
}

std::optional<PersonId> Store::find_invited(const std::string& code_sha256, WallTime now) {
  Statement row = db_.prepare("SELECT person_id FROM invitations WHERE code_sha256 = ?1 AND until_us > ?2");
  row.bind_all(code_sha256, now);
  if (!row.step()) return std::nullopt;
  return row.get_id<PersonId>(0);
}

void Store::save_password(const PersonId& person, const std::string& password) {
  Part part(db_);
  if (db_.run("UPDATE people SET password = ?2 WHERE person_id = ?1 AND closed_us IS NULL", person, password) == 0)
    throw Error("person.unknown", {person.str()});
  db_.run("DELETE FROM invitations WHERE person_id = ?1", person);
  db_.run("DELETE FROM sessions WHERE person_id = ?1", person);
  part.commit();
}

std::optional<std::string> Store::load_password(const PersonId& person) {
  Statement row = db_.prepare("SELECT password FROM people WHERE person_id = ?1 AND password IS NOT NULL");
  row.bind(1, person);
  if (!row.step()) return std::nullopt;
  return row.get_text(0);
}

SecondFactor Store::load_second_factor(const PersonId& person) {
  Statement row = db_.prepare("SELECT factor, factor_wanted, factor_step FROM people WHERE person_id = ?1");
  row.bind(1, person);
  if (!row.step()) throw Error("person.unknown", {person.str()});
  SecondFactor factor;
  if (!row.is_null(0)) factor.secret = row.get_blob(0);
  if (!row.is_null(1)) factor.wanted = row.get_blob(1);
  factor.used = row.get_int(2);
  return factor;
}

void Store::save_second_factor(const PersonId& person, const SecondFactor& factor) {
  if (db_.run("UPDATE people SET factor = ?2, factor_wanted = ?3, factor_step = ?4 WHERE person_id = ?1", person,
              factor.secret, factor.wanted, factor.used) == 0)
    throw Error("person.unknown", {person.str()});
}

void Store::add_session(const std::string& session_sha256, const PersonId& person, WallTime now, WallTime until) {
  Part part(db_);
  db_.run("DELETE FROM sessions WHERE until_us <= ?1", now);
  db_.run("INSERT INTO sessions (session_sha256, person_id, opened_us, until_us) VALUES (?1, ?2, ?3, ?4)",
          session_sha256, person, now, until);
  part.commit();
}

void Store::remove_session(const std::string& session_sha256) {
  db_.run("DELETE FROM sessions WHERE session_sha256 = ?1", session_sha256);
}

void Store::remove_sessions(const PersonId& person) {
  db_.run("DELETE FROM sessions WHERE person_id = ?1", person);
}

std::optional<Caller> Store::find_session(const std::string& session_sha256, WallTime now) {
  Statement row = db_.prepare(kSelectPeople +
                              "JOIN sessions AS s USING (person_id) WHERE s.session_sha256 = ?1 AND s.until_us > ?2 "
                              "AND p.closed_us IS NULL");
  row.bind_all(session_sha256, now);
  if (!row.step()) return std::nullopt;
  const Person person = read_person(db_, row);
  Caller caller = caller_of(person);
  caller.via = "session";
  caller.session = session_sha256;
  if (needs_second_factor(person.role) && !person.has_second_factor) caller.standing = Caller::Standing::kNewcomer;
  return caller;
}

void Store::add_token(const Token& token, const std::string& token_sha256) {
  if (!load_person(token.person)) throw Error("person.unknown", {token.person.str()});
  db_.run(
      "INSERT INTO tokens (token_id, person_id, name, scope, token_sha256, created_us, until_us) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      token.id, token.person, token.name, to_string(token.scope), token_sha256, token.made, token.until);
}

void Store::revoke_token(const std::string& token, WallTime now) {
  if (db_.run("UPDATE tokens SET revoked_us = coalesce(revoked_us, ?2) WHERE token_id = ?1", token, now) == 0)
    throw Error("token.unknown", {token});
}

std::vector<Token> Store::load_tokens() {
  Statement rows = db_.prepare(
      "SELECT token_id, person_id, name, scope, created_us, until_us, revoked_us FROM tokens "
      "ORDER BY created_us DESC, rowid DESC");
  std::vector<Token> found;
  while (rows.step()) found.push_back(read_token(db_, rows));
  return found;
}

std::optional<Caller> Store::find_token(const std::string& token_sha256, WallTime now) {
  Statement row =
      db_.prepare("SELECT " + kPerson +
                  ", t.token_id, t.scope FROM people AS p JOIN tokens AS t USING (person_id) "
                  "WHERE t.token_sha256 = ?1 AND t.until_us > ?2 AND t.revoked_us IS NULL AND p.closed_us IS NULL");
  row.bind_all(token_sha256, now);
  if (!row.step()) return std::nullopt;
  Caller caller = caller_of(read_person(db_, row));
  caller.via = "token:" + row.get_text(kPersonColumns);
  const std::string scope = row.get_text(kPersonColumns + 1);
  caller.scope = word(db_, parse_token_scope(scope), scope);
  return caller;
}

}  // namespace loa::server
