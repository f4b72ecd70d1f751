#include "tests/support/broker.h"

#include <stdexcept>

#include <signal.h>  // NOLINT(modernize-deprecated-headers): signal numbers for kill
#include <unistd.h>

#include "common/crypto/files.h"
#include "common/link/broker_config.h"
#include "tests/support/free_port.h"
#include "tests/support/wait.h"

namespace loa::test {
namespace {

constexpr const char* kProgram = "/usr/sbin/mosquitto";
constexpr int kPortsToTry = 5;

}  // namespace

TestBroker::TestBroker(Persistence persistence, std::string address)
    : address_(std::move(address)),
      persistence_(persistence),
      authority_(crypto::CertificateAuthority::make("Loa test", system_now().wall)),
      other_authority_(crypto::CertificateAuthority::make("Loa stranger", system_now().wall)),
      authority_file_(folder_ / "ca.pem") {
  authority_.save(authority_file_, folder_ / "ca.key");
  crypto::save_identity(authority_.issue_server({}, system_now().wall), folder_ / "broker.pem", folder_ / "broker.key");
  std::filesystem::create_directory(folder_ / "data");
  for (int i = 0; i < kPortsToTry; ++i) {
    port_ = find_free_port(address_);
    write_configuration();
    if (try_start()) return;
  }
  throw std::runtime_error("mosquitto does not start:\n" + log());
}

TestBroker::~TestBroker() = default;

void TestBroker::write_configuration() {
  const auto access_list = folder_ / "acl";
  link::BrokerSettings settings;
  settings.address = address_;
  settings.port = port_;
  settings.ca = authority_file_;
  settings.certificate = folder_ / "broker.pem";
  settings.key = folder_ / "broker.key";
  settings.access_list = access_list;
  settings.revocation_list = revocation_list();
  settings.pid_file = pid_file();
  if (persistence_ == Persistence::kKept) settings.persistence = folder_ / "data";
  // Started as root it would change to an account that cannot read our folder.
  if (::geteuid() == 0) settings.user = "root";
  const auto write = [](const std::filesystem::path& file, const std::string& text) {
    crypto::write_file_atomically(file, view_bytes(text), crypto::Readers::kOwner, crypto::IfExists::kReplace);
  };
  write(access_list, link::render_access_list());
  write(revocation_list(), authority_.revoke({}, system_now().wall, ""));
  write(folder_ / "mosquitto.conf", link::render_broker_config(settings));
}

bool TestBroker::try_start() {
  process_ = std::make_unique<Child>(std::vector<std::string>{kProgram, "-c", (folder_ / "mosquitto.conf").string()},
                                     folder_ / "log");
  const bool is_decided =
      becomes_true([this] { return process_->poll().has_value() || accepts_connections(address_, port_); });
  if (is_decided && !process_->poll()) return true;
  process_.reset();
  return false;
}

void TestBroker::start() {
  if (!try_start()) throw std::runtime_error("mosquitto does not start again:\n" + log());
}

void TestBroker::stop() {
  process_->send_signal(SIGTERM);
  process_->wait();
}

void TestBroker::kill() {
  process_->send_signal(SIGKILL);
  process_->wait();
}

link::TlsFiles TestBroker::issue(const crypto::CertificateAuthority& authority, std::string_view prefix,
                                 std::string_view common_name) const {
  const std::string name = std::string{prefix} + std::string{common_name};
  link::TlsFiles files{authority_file_, folder_ / (name + ".pem"), folder_ / (name + ".key")};
  if (!std::filesystem::exists(files.certificate))
    crypto::save_identity(authority.issue_client(common_name, system_now().wall), files.certificate, files.key);
  return files;
}

link::TlsFiles TestBroker::identity(std::string_view common_name) const {
  return issue(authority_, "client-", common_name);
}

link::TlsFiles TestBroker::stranger(std::string_view common_name) const {
  return issue(other_authority_, "stranger-", common_name);
}

link::MqttOptions TestBroker::options(std::string_view common_name) const {
  link::MqttOptions options;
  options.host = address_;
  options.port = port_;
  options.client_id = common_name;
  options.tls = identity(common_name);
  options.shortest_pause = milliseconds{20};
  options.longest_pause = milliseconds{200};
  return options;
}

std::string TestBroker::log() const {
  return read_whole_file(folder_ / "log");
}

}  // namespace loa::test
