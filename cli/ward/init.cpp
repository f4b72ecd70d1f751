#include "cli/ward/init.h"

#include <algorithm>
#include <ostream>
#include <set>

#include "cli/told.h"
#include "common/base/error.h"
#include "common/config/config.h"
#include "common/crypto/certificates.h"

namespace loa::cli {
namespace {

namespace fs = std::filesystem;

// Where mosquitto writes its process id when the server is not to know it; loa-broker.service makes the folder.
constexpr const char* kBrokerPid = "/run/loa-broker/pid";

struct Installed {
  StationFiles files;
  link::BrokerSettings broker;
  std::string broker_host;
  fs::path server_trust;
  fs::path station_key;
  fs::path signer_trust;
};

// The keys that matter here; the programs themselves see to the rest of their files (--check-config).
Installed read(const InitArguments& arguments) {
  Installed found;
  config::ConfigFile server(arguments.server);
  found.files.station = StationId{server.id("station.id")};
  found.files.https = {server.path("http.certificate"), server.path("http.certificate_key")};
  found.files.client = {server.path("broker.certificate"), server.path("broker.certificate_key")};
  found.files.client_authorities = server.path("broker.authority");
  found.files.revocation_list = server.path("broker.revocation_list");
  found.files.authority = {server.path("enrolment.authority"), server.path("enrolment.authority_key")};
  found.broker.port = static_cast<std::uint16_t>(server.integer("broker.port", 1, 65535));
  found.broker.address = arguments.broker_address;
  found.broker.pid_file = server.path_or_none("broker.pid_file");
  if (found.broker.pid_file.empty()) found.broker.pid_file = kBrokerPid;
  found.broker_host = server.text("enrolment.broker_host");
  found.server_trust = server.path("enrolment.trust");
  if (server.has_mistakes()) server.finish();

  config::ConfigFile signer(arguments.signer);
  const StationId signs_for{signer.id("station.id")};
  found.station_key = signer.path("station.key");
  found.signer_trust = signer.path("station.trust");
  if (signer.has_mistakes()) signer.finish();
  if (signs_for != found.files.station)
    throw Error("ward.other_station", {arguments.signer.string(), signs_for.str(), found.files.station.str()});
  return found;
}

void run(const InitArguments& arguments, WallTime now, std::ostream& out, Language language) {
  const Installed ward = read(arguments);
  if (arguments.root.empty() && !(fs::exists(ward.station_key) && fs::exists(ward.server_trust / "root.pub")))
    throw Error("ward.no_root", {ward.station_key.string(), ward.server_trust.string()});
  if (!arguments.root.empty()) {
    const std::set<fs::path> exported{ward.server_trust.lexically_normal(), ward.signer_trust.lexically_normal()};
    set_up_trust(ward.files.station,
                 {arguments.root, arguments.policy, ward.station_key, {exported.begin(), exported.end()}}, now);
  }
  std::vector<std::string> names = arguments.names;
  names.insert(names.begin(), ward.broker_host);
  std::vector<fs::path> written;
  certify(ward.files, names, arguments.certificates, now, written);
  set_up_broker(ward.files, fs::absolute(arguments.broker), ward.broker, names, arguments.certificates, now, written);
  for (const fs::path& file : written) out << "  " << file.lexically_normal().string() << "\n";
  const WallTime end = std::min(crypto::read_certificate_file(ward.files.https.certificate).not_after,
                                crypto::read_certificate_file(arguments.broker / "broker.pem").not_after);
  out << render({"ward.initialized", {ward.files.station.str(), format_utc(end).substr(0, 10)}}, language) << "\n";
}

}  // namespace

int run_init(const InitArguments& arguments, WallTime now, std::ostream& out, std::ostream& err) {
  return told(err, [&](Language language) { run(arguments, now, out, language); });
}

}  // namespace loa::cli
