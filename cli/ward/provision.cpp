#include "cli/ward/provision.h"

#include <sstream>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/ward/station.h"
#include "common/base/bytes.h"
#include "common/config/config.h"
#include "common/crypto/encoding.h"
#include "common/crypto/files.h"
#include "common/crypto/password.h"
#include "common/crypto/random.h"
#include "common/crypto/totp.h"
#include "common/link/broker_config.h"
#include "server/store/books_json.h"
#include "server/store/people_desk.h"

namespace loa::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestPem = 64UL * 1024;
constexpr auto kRenewBefore = std::chrono::hours{30 * 24};

void write_text(const fs::path& file, const std::string& text) {
  crypto::write_file_atomically(file, view_bytes(text), crypto::Readers::kEveryone, crypto::IfExists::kReplace);
}

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

Bytes keep_or_make_factor(server::Store& books, const PersonId& person) {
  server::SecondFactor factor = books.load_second_factor(person);
  if (!factor.secret) {
    factor.secret = crypto::random_bytes(crypto::kTotpSecret);
    books.save_second_factor(person, factor);
  }
  return *factor.secret;
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
    keep_or_make_password(books, admin.id, office / "admin.password");
    keep_or_make_factor(books, admin.id);
    ward.chairman_factor = keep_or_make_factor(books, chairman.id);
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

  fs::create_directories(plan.folder / "root");
  if (const fs::path policy = plan.folder / "root" / "policy.toml"; !fs::exists(policy))
    write_text(policy, kTrialPolicy);
  set_up_trust(
      plan.station,
      {plan.folder / "root", plan.folder / "root" / "policy.toml", signer / "station.key", {station / "trust"}}, now);
  const fs::path broker = plan.folder / "broker";
  const StationFiles files{plan.station,
                           {station / "authority.pem", station / "authority.key"},
                           {station / "https.pem", station / "https.key.pem"},
                           {station / "server-client.pem", station / "server-client.key.pem"},
                           station / "authority.pem",
                           broker / "revoked.pem"};
  std::vector<fs::path> written;
  certify(files, {}, Certificates::kKeep, now, written);

  ProvisionedWard ward;
  ward.authority = station / "authority.pem";
  ward.server_config = station / "server.toml";
  ward.signer_config = signer / "signer.toml";
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
                 "\nurl = \"https://localhost:" + std::to_string(plan.http_port) +
                 "\"\n\n[residents]\npages = true\nurl = \"https://localhost:" + std::to_string(plan.http_port) +
                 "\"\n\n[broker]\nhost = \"localhost\"\nport = " + std::to_string(plan.broker_port) +
                 "\nauthority = \"authority.pem\"\ncertificate = \"server-client.pem\"\n"
                 "certificate_key = \"server-client.key.pem\"\nrevocation_list = \"../broker/revoked.pem\"\n"
                 "pid_file = \"../broker/pid\"\n\n[enrolment]\nauthority = \"authority.pem\"\n"
                 "authority_key = \"authority.key\"\ntrust = \"trust\"\nbroker_host = \"localhost\"\nbroker_port = " +
                 std::to_string(plan.broker_port) + "\n");

  link::BrokerSettings settings;
  settings.port = plan.broker_port;
  settings.pid_file = broker / "pid";
  settings.persistence = broker / "data";
  // Started by root, mosquitto would change to its own account and lose the way to this folder.
  if (::geteuid() == 0) settings.user = "root";
  ward.broker_config = set_up_broker(files, broker, settings, {}, Certificates::kKeep, now, written);
  return ward;
}

std::string chairman_digits(const ProvisionedWard& ward, WallTime now) {
  return crypto::totp_digits(ward.chairman_factor, crypto::totp_step(now));
}

std::string digits_of(const fs::path& folder, const PersonId& person, WallTime now) {
  auto books = server::Store::make_reader(db::Database::open_reader(folder / "server" / "server.db"));
  if (!books.load_person(person)) throw Error("person.unknown", {person.str()});
  const auto secret = books.load_second_factor(person).secret;
  if (!secret) throw Error("ward.no_factor", {person.str()});
  return crypto::totp_digits(*secret, crypto::totp_step(now));
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
