// What a backup holds: `manifest.json` names every other file with its length and SHA-256, and `manifest.sha256` is the
// manifest's own, as `sha256sum -c` reads it. It proves that nothing was damaged or lost; against somebody who can
// write in the backup it proves nothing.
//
// Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ids.h"
#include "common/base/time.h"

namespace loa::cli {

struct BackedUpFile {
  std::string path;  // relative to the backup, `/` between its parts
  std::int64_t bytes = 0;
  std::string sha256;  // 64 lower-case hexadecimal digits
};

struct Manifest {
  StationId station;
  WallTime taken;       // before the books were read: whatever had been answered by then is in them
  std::string version;  // of the program that made it
  int schema = 0;       // last migration of the books
  // The highest that the station is known to have signed with, or to have reserved.
  std::int64_t sequence = 0;
  std::vector<BackedUpFile> files;
};

// A name that leads nowhere but below the folder that it is put under.
[[nodiscard]] bool is_safe_path(std::string_view path);

[[nodiscard]] std::string encode_manifest(const Manifest& manifest);
// Throws Error backup.bad_manifest, naming `name`: JSON of another shape, a path that is not safe or stands twice.
[[nodiscard]] Manifest decode_manifest(std::string_view text, const std::string& name);

// Both files, on the disk when it returns. Throws Error file.*.
void save_manifest(const Manifest& manifest, const std::filesystem::path& backup);
// Throws Error file.*, backup.bad_manifest.
[[nodiscard]] Manifest load_manifest(const std::filesystem::path& backup);

inline constexpr std::string_view kManifestFile = "manifest.json";
inline constexpr std::string_view kManifestSumFile = "manifest.sha256";

}  // namespace loa::cli
