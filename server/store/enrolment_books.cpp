// The part of the books that says who a node is.
#include <algorithm>
#include <array>

#include "server/store/part.h"
#include "server/store/store.h"

namespace loa::server {
namespace {

using db::Statement;

constexpr std::array<std::pair<CodeState, std::string_view>, 3> kCodeStates = {
    {{CodeState::kOpen, "open"}, {CodeState::kAnswered, "answered"}, {CodeState::kClosed, "closed"}}};

EnrolmentCode read_code(const db::Database& db, const Statement& row) {
  EnrolmentCode code;
  code.node = row.get_id<NodeId>(0);
  const auto key = crypto::decode_public_key(row.get_blob(1));
  if (!key) throw Error("db.damaged", {db.name(), "enrolment_codes.node_key"});
  code.verifier.node_key = *key;
  if (!row.is_null(2)) std::ranges::copy(row.get_blob(2), code.verifier.server_seed.begin());
  code.until = row.get_wall(3);
  code.false_tries = static_cast<int>(row.get_int(4));
  const std::string state = row.get_text(5);
  const auto* const known =
      std::find_if(kCodeStates.begin(), kCodeStates.end(), [&](const auto& each) { return each.second == state; });
  if (known == kCodeStates.end()) throw Error("db.damaged", {db.name(), state});
  code.state = known->first;
  code.tls_key = row.get_optional_text(6).value_or("");
  return code;
}

constexpr std::string_view kSelectCode =
    "SELECT node_id, node_key, server_seed, until_us, false_tries, state, tls_key FROM enrolment_codes WHERE ";

}  // namespace

void Store::save_code(const EnrolmentCode& code) {
  Part transaction(db_);
  db_.run("DELETE FROM enrolment_codes WHERE node_id = ?1", code.node);
  db_.run("INSERT INTO enrolment_codes (key_id, node_id, node_key, server_seed, until_us) VALUES (?1, ?2, ?3, ?4, ?5)",
          crypto::key_id(code.verifier.node_key), code.node, ByteView{code.verifier.node_key.bytes},
          ByteView{code.verifier.server_seed}, code.until);
  transaction.commit();
}

std::optional<EnrolmentCode> Store::find_code(std::string_view key_id) {
  Statement row = db_.prepare(std::string{kSelectCode} + "key_id = ?1");
  row.bind(1, key_id);
  if (!row.step()) return std::nullopt;
  return read_code(db_, row);
}

std::optional<EnrolmentCode> Store::find_code_of(const NodeId& node) {
  Statement row = db_.prepare(std::string{kSelectCode} + "node_id = ?1");
  row.bind(1, node);
  if (!row.step()) return std::nullopt;
  return read_code(db_, row);
}

void Store::count_false_try(std::string_view key_id) {
  db_.run("UPDATE enrolment_codes SET false_tries = false_tries + 1 WHERE key_id = ?1", key_id);
}

void Store::book_enrolment(const NodeId& node, const crypto::PublicKey& key, const std::string& tls_key,
                           const NodeCertificate& certificate) {
  Part transaction(db_);
  db_.run("UPDATE nodes SET public_key = ?2, revoked_us = NULL, revoked_why = NULL WHERE node_id = ?1", node,
          ByteView{key.bytes});
  db_.run("UPDATE enrolment_codes SET state = 'answered', tls_key = ?2 WHERE node_id = ?1", node, tls_key);
  add_certificate(node, certificate);
  transaction.commit();
}

void Store::close_code(const NodeId& node) {
  db_.run("UPDATE enrolment_codes SET state = 'closed', server_seed = NULL WHERE node_id = ?1", node);
}

void Store::add_certificate(const NodeId& node, const NodeCertificate& certificate) {
  db_.run(
      "INSERT INTO node_certificates (serial, node_id, certificate, issued_us, until_us) VALUES (?1, ?2, ?3, ?4, ?5)",
      certificate.serial, node, certificate.pem, certificate.issued, certificate.until);
}

std::optional<NodeCertificate> Store::load_certificate(const NodeId& node) {
  Statement row = db_.prepare(
      "SELECT serial, certificate, issued_us, until_us FROM node_certificates WHERE node_id = ?1 AND revoked_us IS "
      "NULL ORDER BY issued_us DESC, rowid DESC LIMIT 1");
  row.bind(1, node);
  if (!row.step()) return std::nullopt;
  return NodeCertificate{row.get_text(0), row.get_text(1), row.get_wall(2), row.get_wall(3)};
}

std::optional<NodeId> Store::find_certified(std::string_view serial) {
  Statement row = db_.prepare("SELECT node_id FROM node_certificates WHERE serial = ?1 AND revoked_us IS NULL");
  row.bind(1, serial);
  if (!row.step()) return std::nullopt;
  return row.get_id<NodeId>(0);
}

void Store::revoke_node(const NodeId& node, const std::string& why, WallTime now) {
  const auto known = load_node(node);
  if (!known) throw Error("node.unknown", {node.str()});
  if (known->revoked) throw Error("node.revoked_already", {node.str(), format_utc(known->revoked->when)});
  Part transaction(db_);
  db_.run(
      "INSERT INTO revocations (node_id, public_key, revoked_us, why) SELECT node_id, public_key, ?2, ?3 FROM nodes "
      "WHERE node_id = ?1",
      node, now, why);
  db_.run("UPDATE nodes SET public_key = NULL, revoked_us = ?2, revoked_why = ?3 WHERE node_id = ?1", node, now, why);
  db_.run("UPDATE node_certificates SET revoked_us = ?2 WHERE node_id = ?1 AND revoked_us IS NULL", node, now);
  // Its own farewell will not be believed any more.
  db_.run("UPDATE node_status SET presence = 'offline' WHERE node_id = ?1", node);
  close_code(node);
  transaction.commit();
}

std::vector<Store::StruckCertificate> Store::struck_certificates(WallTime now) {
  Statement rows = db_.prepare(
      "SELECT node_id, serial, revoked_us FROM node_certificates WHERE revoked_us IS NOT NULL AND until_us > ?1 ORDER "
      "BY revoked_us, serial");
  rows.bind(1, now);
  std::vector<StruckCertificate> found;
  while (rows.step()) found.push_back({rows.get_id<NodeId>(0), {rows.get_text(1), rows.get_wall(2)}});
  return found;
}

}  // namespace loa::server
