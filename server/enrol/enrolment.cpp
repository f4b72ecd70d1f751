#include "server/enrol/enrolment.h"

#include <algorithm>
#include <set>

#include "common/base/error.h"
#include "common/base/log.h"

namespace loa::server {
namespace {

// Long enough to end a session with, worthless soon after.
constexpr std::chrono::days kShutOutLife{2};
constexpr std::chrono::hours kRecent{24};

}  // namespace

Enrolment::Enrolment(EnrolmentSettings settings, crypto::CertificateAuthority authority, Store& store, BrokerGate& gate)
    : settings_(std::move(settings)), authority_(std::move(authority)), store_(store), gate_(gate) {}

NewCode Enrolment::make_code(const NodeId& node, WallTime now) {
  const auto known = store_.load_node(node);
  if (!known) throw Error("node.unknown", {node.str()});
  if (known->public_key) throw Error("node.enrolled_already", {node.str()});
  const enrol::Code code = enrol::Code::make();
  EnrolmentCode row;
  row.node = node;
  row.verifier = code.verifier();
  row.until = now + settings_.code_life;
  store_.save_code(row);
  return {node, code.text(), row.until};
}

Enrolment::Proved Enrolment::check(ByteView envelope, WallTime now) {
  std::optional<EnrolmentCode> code;
  std::string key_id;
  auto opened = enrol::open_request(envelope, [&](std::string_view id) {
    key_id = id;
    code = store_.find_code(id);
    return code ? &code->verifier.node_key : nullptr;
  });
  const auto* refusal = std::get_if<wire::Refusal>(&opened);
  if (!code) {
    if (refusal->check == wire::Check::kKey) throw Error("enrol.wrong_code");
    throw Error("enrol.bad_request", {refusal->detail});
  }
  if (code->state == CodeState::kClosed) throw Error("enrol.used");
  if (now >= code->until) throw Error("enrol.expired", {format_utc(code->until)});
  if (code->false_tries >= settings_.most_false_tries) throw Error("enrol.too_many_tries");
  if (refusal != nullptr) {
    if (refusal->check != wire::Check::kSignature) throw Error("enrol.bad_request", {refusal->detail});
    store_.count_false_try(key_id);
    throw Error("enrol.wrong_code");
  }
  Proved proved{*std::move(code), std::get<enrol::OpenedRequest>(std::move(opened))};
  const enrol::Request& request = proved.opened.request;
  if (request.server_certificate != settings_.server_certificate) throw Error("enrol.intercepted");
  if (proved.code.state == CodeState::kAnswered) {
    const auto node = store_.load_node(proved.code.node);
    if (node->public_key != request.node_key || proved.code.tls_key != request.tls_key) throw Error("enrol.used");
  }
  return proved;
}

NodeCertificate Enrolment::certify(const NodeId& node, const std::string& tls_key, WallTime now) const {
  NodeCertificate made;
  try {
    made.pem = authority_.issue_client_for(tls_key, node.str(), now);
  } catch (const Error& error) {
    if (error.code() != "cert.bad_file") throw;
    throw Error("enrol.bad_request", {"tls_key"});
  }
  const crypto::CertificateFacts facts = crypto::read_certificate(made.pem);
  made.serial = facts.serial;
  made.issued = now;
  made.until = facts.not_after;
  return made;
}

std::string Enrolment::accept(const Proved& proved, WallTime now) {
  const NodeId& node = proved.code.node;
  const enrol::Request& request = proved.opened.request;
  std::optional<NodeCertificate> certificate;
  if (proved.code.state == CodeState::kAnswered) {
    certificate = store_.load_certificate(node);
  } else {
    certificate = certify(node, request.tls_key, now);
    store_.book_enrolment(node, request.node_key, request.tls_key, *certificate);
  }
  enrol::Answer answer;
  answer.request = proved.opened.name;
  answer.station = settings_.station;
  answer.node = node;
  answer.certificate = certificate->pem;
  answer.authority = authority_.certificate_pem();
  answer.trust = settings_.trust;
  answer.broker_host = settings_.broker_host;
  answer.broker_port = settings_.broker_port;
  answer.now = now;
  return enrol::seal_answer(answer, crypto::SecretKey::from_seed(proved.code.verifier.server_seed));
}

void Enrolment::note_heard(const NodeId& node) {
  const auto code = store_.find_code_of(node);
  if (code && code->state == CodeState::kAnswered) store_.close_code(node);
}

std::string Enrolment::renew(const NodeId& node, const std::string& serial, WallTime now) {
  if (store_.find_certified(serial) != node) throw Error("node.unknown", {node.str()});
  const NodeCertificate newest = *store_.load_certificate(node);
  if (newest.issued <= now && now - newest.issued < kRecent) return newest.pem;
  const NodeCertificate made = certify(node, crypto::public_key_of(newest.pem), now);
  store_.add_certificate(node, made);
  return made.pem;
}

void Enrolment::revoke(const NodeId& node, const std::string& why, WallTime now) {
  store_.revoke_node(node, why, now);
}

void Enrolment::shut_out(const NodeId& node, WallTime now) {
  tell_gate({node}, now);
}

void Enrolment::restate(WallTime now) {
  std::set<NodeId> recent;
  std::set<std::string> struck;
  for (const Store::StruckCertificate& each : store_.struck_certificates(now)) {
    struck.insert(each.certificate.serial);
    // A node that is enrolled again has a session of its own right.
    if (each.certificate.revoked > now - kRecent && store_.load_node(each.node)->revoked) recent.insert(each.node);
  }
  std::set<std::string> listed;
  try {
    const crypto::RevocationFacts facts = crypto::read_revocation_list(gate_.current_list());
    listed.insert(facts.serials.begin(), facts.serials.end());
  } catch (const Error&) {
    // None, or not one: a new one is written below.
    tell_gate({recent.begin(), recent.end()}, now);
    return;
  }
  if (!recent.empty() || !std::ranges::includes(listed, struck)) tell_gate({recent.begin(), recent.end()}, now);
}

void Enrolment::tell_gate(const std::vector<NodeId>& nodes, WallTime now) {
  std::vector<crypto::RevokedCertificate> certificates;
  for (const Store::StruckCertificate& each : store_.struck_certificates(now)) certificates.push_back(each.certificate);
  std::string list;
  try {
    list = authority_.revoke(certificates, now, gate_.current_list());
  } catch (const Error& error) {
    // What stands there is damaged; its date is of no account.
    log::warning("list of revoked certificates replaced", {{"why", error.what()}});
    list = authority_.revoke(certificates, now, "");
  }
  std::vector<ShutOut> sessions;
  sessions.reserve(nodes.size());
  for (const NodeId& node : nodes) sessions.push_back({node, authority_.issue_client(node.str(), now, kShutOutLife)});
  gate_.shut_out(std::move(list), std::move(sessions));
}

}  // namespace loa::server
