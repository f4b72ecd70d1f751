#include "cli/ward/provision.h"

#include <sstream>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/keys/policy_file.h"
#include "cli/keys/root_folder.h"
#include "common/base/bytes.h"
#include "common/config/config.h"
#include "common/crypto/certificates.h"
#include "common/crypto/encoding.h"
#include "common/crypto/files.h"
#include "common/crypto/password.h"
#include "common/crypto/random.h"
#include "common/crypto/totp.h"
#include "common/link/broker_config.h"
#include "common/wire/envelope.h"
#include "server/store/books_json.h"
#include "server/store/people_desk.h"

namespace loa::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestPem = 64UL * 1024;
constexpr auto kStationKeyValidity = std::chrono::hours{2 * 365 * 24};
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

crypto::PublicKey keep_or_make_key(const fs::path& secret, const fs::path& public_file) {
  if (!fs::exists(secret)) crypto::save_secret_key(crypto::SecretKey::make(), secret);
  const crypto::SecretKey key = crypto::load_secret_key(secret);
  crypto::save_public_key(key.public_key(), public_file);
  return key.public_key();
}

// Read by whoever opens the folder.
constexpr const char* kRootNote =
    "Thư mục này giữ khóa gốc của phường. Phường thật phải để nó trên USB cất trong tủ khóa, không để trên máy chủ.\n"
    "Máy chủ đang chạy không cần thư mục này; chỉ cần khi thêm, thu hồi khóa hoặc đổi quy định phát (loa keys).\n"
    "\n"
    "This folder holds the ward's root key. A real ward keeps it on a USB stick in a locked drawer, not on the "
    "server.\n"
    "A running server never needs it; it is for adding and revoking keys and for changing the policy (loa keys).\n";

constexpr const char* kTrialPolicy =
    R"(# Quy định phát của phường thử: cho phép mọi giờ, âm lượng tối đa, để chạy thử được cả ban đêm.
# Phường thật đặt giờ yên tĩnh, ví dụ quiet_from = 21:00:00 và quiet_to = 05:00:00.
# The trial ward may sound at every hour and at full volume, so that the demonstration works at night too.
# A real ward sets quiet hours, e.g. quiet_from = 21:00:00 and quiet_to = 05:00:00.
[policy]
utc_offset_min = 420

[default]
ceiling_pct = [100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100,
               100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100]
longest_play_s = 3600
minutes_per_day = 1440
starts_per_hour = 3600
)";

// The trial ward's root, with its station key and policy signed and exported for the server and the nodes.
void provision_trust(const fs::path& folder, const fs::path& exported, const StationId& station,
                     const crypto::PublicKey& station_key, WallTime now) {
  RootFolder root = RootFolder::is_one(folder) ? RootFolder::load(folder) : RootFolder::init(folder, station, now);
  fs::permissions(folder, fs::perms::owner_all);
  write_text(folder / "README.txt", kRootNote);
  if (!fs::exists(folder / "policy.toml")) write_text(folder / "policy.toml", kTrialPolicy);
  root.add_station_key(station_key, "loa-signer", now, kStationKeyValidity);
  const Policy policy = load_policy_file(folder / "policy.toml");
  if (root.policy() != policy) root.set_policy(policy, now);
  root.export_to(exported);
}

constexpr std::size_t kLongestSecret = 4096;
constexpr std::size_t kPasswordSize = 8;

std::string read_secret(const fs::path& file) {
  return std::string{view_text(crypto::read_secret_file(file, kLongestSecret))};
}

void write_secret(const fs::path& file, const std::string& secret) {
  crypto::write_file_atomically(file, view_bytes(secret), crypto::Readers::kOwner, crypto::IfExists::kReplace);
}

const server::By kTerminal{{}, "terminal", std::nullopt};

void employ(server::Store& books, const server::Person& person, WallTime now) {
  if (books.load_person(person.id)) return;
  books.add_person(person);
  books.add_audit(kTerminal, {"create_person", person.id.str(), "", to_json(person).dump()}, now);
}

// The password that stands in the file; a new one when there is none, or the books know none.
std::string keep_or_make_password(server::Store& books, const PersonId& person, const fs::path& file) {
  if (!books.load_password(person) || !fs::exists(file)) {
    write_secret(file, crypto::encode_hex(crypto::random_bytes(kPasswordSize)));
    books.save_password(person, crypto::hash_password(read_secret(file)));
  }
  return read_secret(file);
}

void keep_or_make_token(server::Store& books, const server::Person& person, const fs::path& token_file, WallTime now) {
  if (fs::exists(token_file) && books.find_token(server::hash_of_secret(read_secret(token_file)), now + kRenewBefore))
    return;
  const server::Token token{"k-" + crypto::encode_hex(crypto::random_bytes(8)),
                            person.id,
                            "loa ward run",
                            server::TokenScope::kWrite,
                            now,
                            now + server::kLongestToken};
  write_secret(token_file, server::issue_token(books, token));
  books.add_audit(kTerminal, {"create_token", token.id, "", to_json(token).dump()}, now);
}

void provision_people(const fs::path& folder, ProvisionedWard& ward, WallTime now) {
  const fs::path office = folder / "office";
  fs::permissions(office, fs::perms::owner_all);
  ward.operator_token = office / "operator.token";
  ward.admin_token = office / "admin.token";
  auto books = server::Store::make_writer(db::Database::open_writer(folder / "server" / "server.db"));
  const auto person = [&](const char* id, const char* name, server::Role role) {
    return server::Person{PersonId{id}, name, role, std::nullopt, false, false, now};
  };
  const server::Person on_duty = person("operator", "Trực loa (phường thử)", server::Role::kOperator);
  const server::Person admin = person("admin", "Quản trị (phường thử)", server::Role::kAdmin);
  const server::Person chairman = person("chairman", "Chủ tịch (phường thử)", server::Role::kChairman);
  books.together([&] {
    for (const server::Person& each : {on_duty, admin, chairman}) employ(books, each, now);
    keep_or_make_token(books, on_duty, ward.operator_token, now);
    keep_or_make_token(books, admin, ward.admin_token, now);
    ward.operator_password = keep_or_make_password(books, on_duty.id, office / "operator.password");
    ward.chairman_password = keep_or_make_password(books, chairman.id, office / "chairman.password");
    server::SecondFactor factor = books.load_second_factor(chairman.id);
    if (!factor.secret) {
      factor.secret = crypto::random_bytes(crypto::kTotpSecret);
      books.save_second_factor(chairman.id, factor);
    }
    ward.chairman_factor = *factor.secret;
  });
}

}  // namespace

ProvisionedWard provision(const WardPlan& plan, WallTime now) {
  const fs::path station = plan.folder / "station";
  for (const char* name : {"station/trust", "signer", "server", "office", "broker/data", "nodes", "heard", "log"})
    fs::create_directories(plan.folder / name);
  const fs::path signer = plan.folder / "signer";
  fs::permissions(station, fs::perms::owner_all);
  fs::permissions(signer, fs::perms::owner_all);

  const crypto::CertificateAuthority authority = load_or_make_authority(station, plan.station, now);
  provision_trust(plan.folder / "root", station / "trust", plan.station,
                  keep_or_make_key(signer / "station.key", signer / "station.pub"), now);
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
  ward.signer_config = signer / "signer.toml";
  ward.broker_config = plan.folder / "broker" / "mosquitto.conf";
  provision_people(plan.folder, ward, now);
  write_text(ward.signer_config,
             "[station]\nid = " + config::toml_string(plan.station.str()) +
                 "\nkey = \"station.key\"\ntrust = \"../station/trust\"\n\n[signer]\nsocket = \"socket\"\n"
                 "state = \"state\"\nserver_user = \"" +
                 std::to_string(::geteuid()) + "\"\n");
  write_text(ward.server_config,
             "[station]\nid = " + config::toml_string(plan.station.str()) +
                 "\ndata = \"../server\"\n\n[signer]\nsocket = \"../signer/socket\"\n\n[http]\nport = " +
                 std::to_string(plan.http_port) +
                 "\ncertificate = \"https.pem\"\ncertificate_key = \"https.key.pem\"\nweb = " +
                 config::toml_string(fs::absolute(plan.web).string()) +
                 "\n\n[residents]\npages = true\nurl = \"https://localhost:" + std::to_string(plan.http_port) +
                 "\"\n\n[broker]\nhost = \"localhost\"\nport = " + std::to_string(plan.broker_port) +
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

std::string chairman_digits(const ProvisionedWard& ward, WallTime now) {
  return crypto::totp_digits(ward.chairman_factor, crypto::totp_step(now));
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
