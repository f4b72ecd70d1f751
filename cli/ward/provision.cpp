#include "cli/ward/provision.h"

#include <unistd.h>

#include "common/base/bytes.h"
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

crypto::PublicKey load_or_make_key(const fs::path& secret, const fs::path& public_file) {
  if (!fs::exists(secret)) crypto::save_secret_key(crypto::SecretKey::make(), secret);
  const crypto::SecretKey key = crypto::load_secret_key(secret);
  crypto::save_public_key(key.public_key(), public_file);
  return key.public_key();
}

// A TOML basic string.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

ProvisionedWard provision(const WardPlan& plan, WallTime now) {
  const fs::path station = plan.folder / "station";
  for (const char* name : {"station", "server", "broker/data", "nodes", "heard", "log"})
    fs::create_directories(plan.folder / name);
  fs::permissions(station, fs::perms::owner_all);

  const crypto::CertificateAuthority authority = load_or_make_authority(station, plan.station, now);
  load_or_make_key(station / "station.key", station / "station.pub");
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
             "[station]\nid = " + quoted(plan.station.str()) +
                 "\ndata = \"../server\"\nkey = \"station.key\"\n\n[http]\nport = " + std::to_string(plan.http_port) +
                 "\ncertificate = \"https.pem\"\ncertificate_key = \"https.key.pem\"\nweb = " +
                 quoted(fs::absolute(plan.web).string()) +
                 "\n\n[broker]\nhost = \"localhost\"\nport = " + std::to_string(plan.broker_port) +
                 "\nauthority = \"authority.pem\"\ncertificate = \"server-client.pem\"\n"
                 "certificate_key = \"server-client.key.pem\"\n");

  link::BrokerSettings broker;
  broker.port = plan.broker_port;
  broker.ca = ward.authority;
  broker.certificate = station / "broker.pem";
  broker.key = station / "broker.key.pem";
  broker.access_list = plan.folder / "broker" / "access_list";
  broker.largest_message = wire::kLongestEnvelope;
  broker.persistence = plan.folder / "broker" / "data";
  // Started by root, mosquitto would change to its own account and lose the way to this folder.
  if (::geteuid() == 0) broker.user = "root";
  write_text(broker.access_list, link::render_access_list());
  write_text(ward.broker_config, link::render_broker_config(broker));

  for (const WardNode& node : plan.nodes) {
    const fs::path folder = plan.folder / "nodes" / node.id.str();
    fs::create_directories(folder / "data");
    ProvisionedNode provisioned{node, load_or_make_key(folder / "node.key", folder / "node.pub"), folder / "node.toml"};
    if (!is_valid_for_long(folder / "client.pem", now))
      crypto::save_identity(authority.issue_client(node.id.str(), now), folder / "client.pem",
                            folder / "client.key.pem");
    write_text(provisioned.config,
               "[node]\nstation = " + quoted(plan.station.str()) + "\nid = " + quoted(node.id.str()) +
                   "\ndata = \"data\"\n\n[server]\nurl = \"https://localhost:" + std::to_string(plan.http_port) +
                   "\"\nbroker_host = \"localhost\"\nbroker_port = " + std::to_string(plan.broker_port) +
                   "\n\n[trust]\nauthority = \"../../station/authority.pem\"\ncertificate = \"client.pem\"\n"
                   "certificate_key = \"client.key.pem\"\nstation_key = \"../../station/station.pub\"\n"
                   "node_key = \"node.key\"\n\n[sound]\nsink = " +
                   quoted(node.sink) + "\nrecord = " + quoted(node.record) + "\n");
    ward.nodes.push_back(std::move(provisioned));
  }
  return ward;
}

}  // namespace loa::cli
