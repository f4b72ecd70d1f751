// A trial ward that lives on one machine, in one folder: its station (station.h), people and configuration. What is
// there already is kept, so that a second run is the same ward. The nodes enrol at the running server and make their
// folders themselves.
//
//   root/     the root key (a real ward keeps it on a stick), policy.toml
//   station/  authority, certificates of the server, server.toml; trust/: what every node is given
//   signer/   the station key, signer.toml, the socket, state/: sequence and journal
//   server/   the server's data
//   office/   for the trial ward's people: a password for the console, tokens for programs
//   broker/   mosquitto.conf, access list, its certificate, list of revoked certificates, data
//   nodes/<node>/  a node's own: keys, node.toml, data (loa-node enrol)
//   heard/<node>/  one WAV per play
//   log/      one file per program
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/ids.h"
#include "common/base/time.h"

namespace loa::cli {

struct WardNode {
  NodeId id;
  AreaId area;
  std::string name;
  std::string sink;
  std::string record;  // folder, empty = the sink records by itself
};

struct WardPlan {
  std::filesystem::path folder;  // absolute
  StationId station;
  std::filesystem::path web;  // the console's files
  std::uint16_t http_port = 0;
  std::uint16_t broker_port = 0;
  std::vector<WardNode> nodes;
};

struct ProvisionedWard {
  std::filesystem::path authority;
  std::filesystem::path server_config;
  std::filesystem::path signer_config;
  std::filesystem::path broker_config;
  // People of the trial ward: `chairman`, `operator` and `admin`.
  std::filesystem::path operator_token;
  std::filesystem::path admin_token;
  std::string operator_password;
  std::string chairman_password;
  Bytes chairman_factor;  // secret of the second factor
};

// Throws Error (file.*, key.*, cert.*, broker.*, trust.*, config.*, db.*).
[[nodiscard]] ProvisionedWard provision(const WardPlan& plan, WallTime now);

// What the chairman's telephone would show. Each counts once: somebody who signed in within the last half minute waits.
[[nodiscard]] std::string chairman_digits(const ProvisionedWard& ward, WallTime now);

// The same for anybody of a trial ward that has been provisioned in this folder. Throws Error db.*, person.unknown,
// ward.no_factor (signs in with name and password alone).
[[nodiscard]] std::string digits_of(const std::filesystem::path& folder, const PersonId& person, WallTime now);

// The ports of this machine in an enrolled node's node.toml; everything else stays. Throws Error file.*.
void point_node_at(const std::filesystem::path& config, std::uint16_t http_port, std::uint16_t broker_port);

}  // namespace loa::cli
