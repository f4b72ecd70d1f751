// An enrolment as cores stand on it in tests: its own authority, a gate that remembers, and a node's side of the
// exchange.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/crypto/certificates.h"
#include "common/crypto/keys.h"
#include "common/enrol/code.h"
#include "common/enrol/exchange.h"
#include "server/enrol/enrolment.h"

namespace loa::test {

class RecordedGate final : public server::BrokerGate {
 public:
  [[nodiscard]] std::string current_list() override { return list_; }
  void shut_out(std::string revocation_list, std::vector<server::ShutOut> nodes) override {
    list_ = std::move(revocation_list);
    for (server::ShutOut& node : nodes) sessions.push_back(std::move(node));
    ++times;
  }
  void set_list(std::string list) { list_ = std::move(list); }

  std::vector<server::ShutOut> sessions;  // all that were to end
  int times = 0;

 private:
  std::string list_;
};

// SHA-256 of the certificate that the tests' server claims to show.
inline const std::string kShownCertificate(64, 'c');

struct EnrolmentFixture {
  EnrolmentFixture(server::Store& store, const StationId& station, WallTime now);
  // With an authority and a server's certificate that are real.
  EnrolmentFixture(crypto::CertificateAuthority authority, const std::string& shown, server::Store& store,
                   const StationId& station);

  RecordedGate gate;
  const std::string authority_pem;
  server::Enrolment enrolment;
};

// A machine that would like to be a node.
struct Candidate {
  crypto::SecretKey key = crypto::SecretKey::make();
  crypto::TlsKey tls = crypto::make_tls_key();

  [[nodiscard]] enrol::Request request(const std::string& shown = kShownCertificate) const;
  [[nodiscard]] std::string sealed(const std::string& code, const std::string& shown = kShownCertificate) const;
};

}  // namespace loa::test
