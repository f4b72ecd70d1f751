#include "cli/ward/station.h"

#include <cerrno>
#include <cstring>

#include <sys/stat.h>
#include <unistd.h>

#include "cli/keys/policy_file.h"
#include "cli/keys/root_folder.h"
#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/crypto/certificates.h"
#include "common/crypto/files.h"
#include "common/wire/envelope.h"
#include "common/wire/messages.h"

namespace loa::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestPem = 64UL * 1024;
constexpr auto kStationKeyValidity = std::chrono::hours{2 * 365 * 24};
constexpr auto kRenewBefore = std::chrono::hours{30 * 24};

// Read by whoever opens the folder.
constexpr const char* kRootNote =
    "Thư mục này giữ khóa gốc của phường. Phường thật phải để nó trên USB cất trong tủ khóa, không để trên máy chủ.\n"
    "Máy chủ đang chạy không cần thư mục này; chỉ cần khi thêm, thu hồi khóa hoặc đổi quy định phát (loa keys).\n"
    "\n"
    "This folder holds the ward's root key. A real ward keeps it on a USB stick in a locked drawer, not on the "
    "server.\n"
    "A running server never needs it; it is for adding and revoking keys and for changing the policy (loa keys).\n";

void write_text(const fs::path& file, const std::string& text) {
  crypto::write_file_atomically(file, view_bytes(text), crypto::Readers::kEveryone, crypto::IfExists::kReplace);
}

void give_to_owner_of_folder(const fs::path& file) {
  if (::geteuid() != 0) return;
  struct stat folder {};
  if (::stat(file.parent_path().c_str(), &folder) != 0 || ::chown(file.c_str(), folder.st_uid, folder.st_gid) != 0)
    throw Error("file.cannot_write", {file.string(), std::strerror(errno)});
}

bool is_valid_for_long(const fs::path& certificate, WallTime now) {
  return fs::exists(certificate) && crypto::read_certificate_file(certificate).not_after > now + kRenewBefore;
}

crypto::CertificateAuthority load_or_make_authority(const CertificateFiles& files, const StationId& station,
                                                    WallTime now, std::vector<fs::path>& written) {
  if (fs::exists(files.certificate)) return crypto::CertificateAuthority::load(files.certificate, files.key);
  auto authority = crypto::CertificateAuthority::make("Loa " + station.str(), now);
  authority.save(files.certificate, files.key);
  for (const fs::path& file : {files.certificate, files.key}) {
    give_to_owner_of_folder(file);
    written.push_back(file);
  }
  return authority;
}

template <class Issue>
void keep_or_issue(const CertificateFiles& files, Certificates certificates, WallTime now,
                   std::vector<fs::path>& written, const Issue& issue) {
  if (certificates == Certificates::kKeep && is_valid_for_long(files.certificate, now)) return;
  crypto::save_identity(issue(), files.certificate, files.key);
  for (const fs::path& file : {files.certificate, files.key}) {
    give_to_owner_of_folder(file);
    written.push_back(file);
  }
}

void keep_or_write(const fs::path& file, const std::string& text, std::vector<fs::path>& written) {
  if (fs::exists(file) && view_text(crypto::read_small_file(file, kLongestPem)) == text) return;
  write_text(file, text);
  give_to_owner_of_folder(file);
  written.push_back(file);
}

crypto::PublicKey keep_or_make_key(const fs::path& secret) {
  if (!fs::exists(secret)) {
    crypto::save_secret_key(crypto::SecretKey::make(), secret);
    give_to_owner_of_folder(secret);
  }
  return crypto::load_secret_key(secret).public_key();
}

}  // namespace

void certify(const StationFiles& files, const std::vector<std::string>& names, Certificates certificates, WallTime now,
             std::vector<fs::path>& written) {
  const crypto::CertificateAuthority authority = load_or_make_authority(files.authority, files.station, now, written);
  keep_or_issue(files.https, certificates, now, written, [&] { return authority.issue_server({names}, now); });
  keep_or_issue(files.client, certificates, now, written, [&] { return authority.issue_client(wire::kServer, now); });
  if (files.client_authorities != files.authority.certificate)
    keep_or_write(files.client_authorities, authority.certificate_pem(), written);
  if (!fs::exists(files.revocation_list)) keep_or_write(files.revocation_list, authority.revoke({}, now, ""), written);
}

fs::path set_up_broker(const StationFiles& files, const fs::path& folder, link::BrokerSettings settings,
                       const std::vector<std::string>& names, Certificates certificates, WallTime now,
                       std::vector<fs::path>& written) {
  const auto authority = crypto::CertificateAuthority::load(files.authority.certificate, files.authority.key);
  const CertificateFiles own{folder / "broker.pem", folder / "broker.key.pem"};
  keep_or_issue(own, certificates, now, written, [&] { return authority.issue_server({names}, now); });
  settings.ca = folder / "authority.pem";
  settings.certificate = own.certificate;
  settings.key = own.key;
  settings.access_list = folder / "access_list";
  settings.revocation_list = files.revocation_list;
  settings.largest_message = wire::kLongestEnvelope;
  keep_or_write(settings.ca, authority.certificate_pem(), written);
  keep_or_write(settings.access_list, link::render_access_list(), written);
  fs::path configuration = folder / "mosquitto.conf";
  keep_or_write(configuration, link::render_broker_config(settings), written);
  return configuration;
}

void set_up_trust(const StationId& station, const TrustFiles& files, WallTime now) {
  RootFolder root =
      RootFolder::is_one(files.root) ? RootFolder::load(files.root) : RootFolder::init(files.root, station, now);
  if (root.station() != station)
    throw Error("ward.other_station", {files.root.string(), root.station().str(), station.str()});
  fs::permissions(files.root, fs::perms::owner_all);
  write_text(files.root / "README.txt", kRootNote);
  root.add_key(wire::KeyRole::kStation, keep_or_make_key(files.station_key), "loa-signer", now, kStationKeyValidity);
  const Policy policy = load_policy_file(files.policy);
  if (root.policy() != policy) root.set_policy(policy, now);
  for (const fs::path& folder : files.exported) root.export_to(folder);
}

}  // namespace loa::cli
