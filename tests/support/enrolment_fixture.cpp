#include "tests/support/enrolment_fixture.h"

namespace loa::test {
namespace {

server::EnrolmentSettings settings_of(const StationId& station, const std::string& shown) {
  server::EnrolmentSettings settings;
  settings.station = station;
  settings.server_certificate = shown;
  settings.broker_host = "localhost";
  settings.broker_port = 8883;
  settings.trust = {{"root.pub", "the root key"}};
  return settings;
}

}  // namespace

EnrolmentFixture::EnrolmentFixture(server::Store& store, const StationId& station, WallTime now)
    : EnrolmentFixture(crypto::CertificateAuthority::make("Loa test", now), kShownCertificate, store, station) {}

EnrolmentFixture::EnrolmentFixture(crypto::CertificateAuthority authority, const std::string& shown,
                                   server::Store& store, const StationId& station)
    : authority_pem(authority.certificate_pem()),
      enrolment(settings_of(station, shown), std::move(authority), store, gate) {}

enrol::Request Candidate::request(const std::string& shown) const {
  return {std::string(32, 'n'), key.public_key(), tls.public_pem, shown};
}

std::string Candidate::sealed(const std::string& code, const std::string& shown) const {
  return enrol::seal_request(request(shown), enrol::Code::parse(code).node_key());
}

}  // namespace loa::test
