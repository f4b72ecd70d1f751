// Keys, certificates and the broker's configuration of a station: what its programs need to know and believe each
// other, made where its configuration wants it. What is there is kept; a certificate that ends within 30 days is issued
// anew. A file that root makes belongs to whom its folder belongs, so that each program can read what is its own.
//
// One thread. Throws Error (file.*, key.*, cert.*, broker.*, trust.*, config.*).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/link/broker_config.h"

namespace loa::cli {

struct CertificateFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

struct StationFiles {
  StationId station;
  CertificateFiles authority;
  CertificateFiles https;
  CertificateFiles client;                   // of the server, at the broker
  std::filesystem::path client_authorities;  // whom the server believes to be the broker; may be authority.certificate
  std::filesystem::path revocation_list;
};

enum class Certificates { kKeep, kRenew };

// The authority, the certificates it issues for the server, and its list of revoked ones, which the server keeps from
// then on. `names` are DNS names and addresses besides localhost. Every file that was written is added to `written`.
void certify(const StationFiles& files, const std::vector<std::string>& names, Certificates certificates, WallTime now,
             std::vector<std::filesystem::path>& written);

// The broker's folder: mosquitto.conf, access_list, authority.pem, broker.pem, broker.key.pem. Of `settings` the paths
// of these files and of the list of revoked certificates are filled in. Returns mosquitto.conf.
std::filesystem::path set_up_broker(const StationFiles& files, const std::filesystem::path& folder,
                                    link::BrokerSettings settings, const std::vector<std::string>& names,
                                    Certificates certificates, WallTime now,
                                    std::vector<std::filesystem::path>& written);

struct TrustFiles {
  std::filesystem::path root;         // the root key's folder; made when there is none
  std::filesystem::path policy;       // TOML; signed when it is not what the root has signed
  std::filesystem::path station_key;  // made when there is none
  std::vector<std::filesystem::path> exported;
};
// The station key and the policy, signed by the root key and exported for the server, the signer and the nodes.
void set_up_trust(const StationId& station, const TrustFiles& files, WallTime now);

}  // namespace loa::cli
