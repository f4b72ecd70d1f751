// Who may be a node: one-time codes, certificates and their revocation, as docs/protocol.md §5 says. Decides and books;
// what the broker has to do leaves through BrokerGate.
//
// The core's thread. Everything throws Error (enrol.*, node.*, db.*, cert.*) and then has changed nothing, except that
// a false signature under a code is counted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/crypto/certificates.h"
#include "common/enrol/exchange.h"
#include "server/enrol/broker_gate.h"
#include "server/store/store.h"

namespace loa::server {

struct EnrolmentSettings {
  StationId station;
  std::string server_certificate;  // SHA-256 of what this server shows on HTTPS
  std::string broker_host;         // as nodes reach it
  std::uint16_t broker_port = 0;
  std::vector<enrol::TrustFile> trust;  // given to every node
  milliseconds code_life{std::chrono::hours{24}};
  int most_false_tries = 5;
};

struct NewCode {
  NodeId node;
  std::string code;  // for people; kept nowhere
  WallTime until;
};

class Enrolment {
 public:
  // Store and gate outlive it.
  Enrolment(EnrolmentSettings settings, crypto::CertificateAuthority authority, Store& store, BrokerGate& gate);

  // A code for a node that is new, waits for its first one, or was revoked; its code before is void. Throws
  // node.unknown, node.enrolled_already.
  [[nodiscard]] NewCode make_code(const NodeId& node, WallTime now);

  // A request that may be carried out.
  struct Proved {
    EnrolmentCode code;
    enrol::OpenedRequest opened;
  };
  // All the guards of a request, in the order of docs/protocol.md §5.
  [[nodiscard]] Proved check(ByteView envelope, WallTime now);
  // Books the node's keys unless they are in the books already, and gives the sealed answer.
  [[nodiscard]] std::string accept(const Proved& proved, WallTime now);

  // The node has spoken under its own key: its code is used up.
  void note_heard(const NodeId& node);

  // A certificate for the same key. The one that was issued within the last day is given again. Throws node.unknown
  // when `serial` is not a certificate of this node that still counts.
  [[nodiscard]] std::string renew(const NodeId& node, const std::string& serial, WallTime now);

  // Strikes the node from the books. Throws node.unknown, node.revoked_already.
  void revoke(const NodeId& node, const std::string& why, WallTime now);
  // After the commit: tells the gate.
  void shut_out(const NodeId& node, WallTime now);
  // At start: what a crash between the two may have left undone is done again.
  void restate(WallTime now);

 private:
  [[nodiscard]] NodeCertificate certify(const NodeId& node, const std::string& tls_key, WallTime now) const;
  void tell_gate(const std::vector<NodeId>& nodes, WallTime now);

  const EnrolmentSettings settings_;
  const crypto::CertificateAuthority authority_;
  Store& store_;
  BrokerGate& gate_;
};

}  // namespace loa::server
