#include "cli/ward/provision.h"

#include <sstream>

#include <unistd.h>

#include "common/base/bytes.h"
#include "common/config/config.h"
#include "common/crypto/certificates.h"
#include "common/crypto/files.h"
#include "common/link/broker_config.h"
#include "common/wire/envelope.h"

namespace loa::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestPem = 64UL * 1024;
constexpr auto kRenewBefore = std::chrono::hours{30 * 24};

void write_text(const fs::path& file, const std::string& text) {
  crypto::write_file_atomically(file, view_bytes(text), crypto::Readers::kEveryone, crypto::IfExists::kReplace);
}

bool is_valid_for_long(const fs::path& certificate, WallTime now) {
  if (!fs::exists(certificate)) return false;
  const Bytes pem = crypto::read_small_file(certificate, kLongestPem);
  return crypto::read_certificate(view_text(pem)).not_after > now + kRenewBefore;
}

crypto::CertificateAuthority load_or_make_authority(const fs::path& folder, const StationId& station, WallTime now) {
  if (fs::exists(folder / "authority.pem"))
    return crypto::CertificateAuthority::load(folder / "authority.pem", folder / "authority.key");
  auto authority = crypto::CertificateAuthority::make("Loa " + station.str(), now);
  authority.save(folder / "authority.pem", folder / "authority.key");
  return authority;
}

void keep_or_make_key(const fs::path& secret, const fs::path& public_file) {
  if (!fs::exists(secret)) crypto::save_secret_key(crypto::SecretKey::make(), secret);
  crypto::save_public_key(crypto::load_secret_key(secret).public_key(), public_file);
}

}  // namespace

ProvisionedWard provision(const WardPlan& plan, WallTime now) {
  const fs::path station = plan.folder / "station";
  for (const char* name : {"station/trust", "server", "broker/data", "nodes", "heard", "log"})
    fs::create_directories(plan.folder / name);
  fs::permissions(station, fs::perms::owner_all);

  const crypto::CertificateAuthority authority = load_or_make_authority(station, plan.station, now);
  keep_or_make_key(station / "station.key", station / "trust" / "station.pub");
  for (const char* name : {"https", "broker"})
    if (!is_valid_for_long(station / (std::string{name} + ".pem"), now))
      crypto::save_identity(authority.issue_server({{}}, now), station / (std::string{name} + ".pem"),
                            station / (std::string{name} + ".key.pem"));
  if (!is_valid_for_long(station / "server-client.pem", now))
    crypto::save_identity(authority.issue_client("server", now), station / "server-client.pem",
                          station / "server-client.key.pem");

  ProvisionedWard ward;
  ward.authority = station / "authority.pem";
  ward.server_config = station / "server.toml";
  ward.broker_config = plan.folder / "broker" / "mosquitto.conf";
  ward.operator_token = plan.folder / "server" / "operator.token";
  write_text(ward.server_config,
             "[station]\nid = " + config::toml_string(plan.station.str()) +
                 "\ndata = \"../server\"\nkey = \"station.key\"\n\n[http]\nport = " + std::to_string(plan.http_port) +
                 "\ncertificate = \"https.pem\"\ncertificate_key = \"https.key.pem\"\nweb = " +
                 config::toml_string(fs::absolute(plan.web).string()) +
                 "\n\n[broker]\nhost = \"localhost\"\nport = " + std::to_string(plan.broker_port) +
                 "\nauthority = \"authority.pem\"\ncertificate = \"server-client.pem\"\n"
                 "certificate_key = \"server-client.key.pem\"\nrevocation_list = \"../broker/revoked.pem\"\n"
                 "pid_file = \"../broker/pid\"\n\n[enrolment]\nauthority = \"authority.pem\"\n"
                 "authority_key = \"authority.key\"\ntrust = \"trust\"\nbroker_host = \"localhost\"\nbroker_port = " +
                 std::to_string(plan.broker_port) + "\n");

  link::BrokerSettings broker;
  broker.port = plan.broker_port;
  broker.ca = ward.authority;
  broker.certificate = station / "broker.pem";
  broker.key = station / "broker.key.pem";
  broker.access_list = plan.folder / "broker" / "access_list";
  broker.revocation_list = plan.folder / "broker" / "revoked.pem";
  broker.pid_file = plan.folder / "broker" / "pid";
  broker.largest_message = wire::kLongestEnvelope;
  broker.persistence = plan.folder / "broker" / "data";
  // Started by root, mosquitto would change to its own account and lose the way to this folder.
  if (::geteuid() == 0) broker.user = "root";
  write_text(broker.access_list, link::render_access_list());
  // From then on the server keeps it.
  if (!fs::exists(broker.revocation_list)) write_text(broker.revocation_list, authority.revoke({}, now, ""));
  write_text(ward.broker_config, link::render_broker_config(broker));
  return ward;
}

void point_node_at(const fs::path& config, std::uint16_t http_port, std::uint16_t broker_port) {
  const Bytes content = crypto::read_small_file(config, kLongestPem);
  std::istringstream lines{std::string{view_text(content)}};
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("url = ")) line = "url = \"https://localhost:" + std::to_string(http_port) + "\"";
    if (line.starts_with("broker_port = ")) line = "broker_port = " + std::to_string(broker_port);
    text += line + "\n";
  }
  if (text != view_text(content)) write_text(config, text);
}

}  // namespace loa::cli
