// The configuration of mosquitto as the product needs it, rendered from values: one TLS listener, client certificates,
// an access list by certificate name, limits on everything. One text for `./dev run`, the service and the tests, so
// that what is tested is what runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "common/base/time.h"

namespace loa::link {

struct BrokerSettings {
  std::string address = "127.0.0.1";  // the one that is listened on; there is no other listener
  std::uint16_t port = 8883;
  std::filesystem::path ca;  // who may sign clients' certificates
  std::filesystem::path certificate;
  std::filesystem::path key;
  std::filesystem::path access_list;  // file holding render_access_list()
  // Revoked certificates (CRL). Must be there when the broker starts, and whole whenever it is told to read again.
  std::filesystem::path revocation_list;
  std::filesystem::path pid_file;  // where the broker writes its process id, for whoever tells it to read again
  // Folder of mosquitto.db; none = nothing kept over a restart (the server states every plan anew after connecting).
  std::optional<std::filesystem::path> persistence;
  // Account to change to when started as root; empty = mosquitto's own default.
  std::string user;
  std::size_t largest_message = std::size_t{272} * 1024;
  seconds longest_keep_alive{120};
  // Held for one slow client, whichever limit comes first.
  std::size_t most_queued = 10'000;
  std::size_t most_queued_bytes = std::size_t{16} * 1024 * 1024;
};

// mosquitto.conf. Throws Error broker.bad_setting for a value that could not stand in one line (line break, relative
// path, address with white space).
[[nodiscard]] std::string render_broker_config(const BrokerSettings& settings);

// Who may use which topic. The user name is the common name of the client's certificate; nobody else has any right.
//   server:  writes loa/1/+/down/+/#, loa/1/+/all/#; reads loa/1/+/up/+/#
//   a node:  reads loa/1/+/down/<itself>/#, loa/1/+/all/#; writes loa/1/+/up/<itself>/#
[[nodiscard]] std::string render_access_list();

}  // namespace loa::link
