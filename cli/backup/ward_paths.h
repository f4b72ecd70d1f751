// Which files the configuration of a ward names, and where each lies in a backup. A backup is laid out as it will run:
//
//   station/  server.toml and what it names: certificates, the authority with its key, trust/, the ward's own words
//   server/   server.db, clips/, recordings/
//   signer/   signer.toml, station.key, trust/, journal.*; state/ is made when it is restored
//   with/     what was given besides, e.g. the broker's configuration
//
// and its two .toml have these places instead of the paths that the machine had.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace loa::cli {

enum class PathKind {
  kFile,     // copied to `place`
  kFolder,   // copied to `place`, all files in it
  kOwn,      // a folder that the program writes; what is kept of it is chosen one by one
  kMachine,  // a place of the machine, not in the backup: becomes an absolute path, to be adapted by hand elsewhere
};
struct WardPath {
  std::string_view key;
  std::string_view place;  // relative to the .toml that names it; empty for kMachine
  PathKind kind;
};

// Every path that loa-server and loa-signer read from their configuration.
[[nodiscard]] std::span<const WardPath> server_paths();
[[nodiscard]] std::span<const WardPath> signer_paths();

struct NamedPath {
  WardPath what;
  std::filesystem::path path;  // absolute
};
struct WardConfig {
  std::string station;
  std::vector<NamedPath> paths;  // those that the file has
  std::string moved;             // the file for its new place

  [[nodiscard]] std::filesystem::path at(std::string_view key) const;  // empty when the file has it not
};
// Throws Error file.*, config.cannot_parse, config.bad.
[[nodiscard]] WardConfig load_ward_config(const std::filesystem::path& file, std::span<const WardPath> paths);

}  // namespace loa::cli
