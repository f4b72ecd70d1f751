// `loa backup`: a ward's books, clips, recordings, keys and certificates in one folder, while its server runs.
// docs/backup.md says what is in it.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <vector>

#include "common/base/time.h"

namespace loa::cli {

struct BackupArguments {
  std::filesystem::path server;                 // server.toml
  std::optional<std::filesystem::path> signer;  // signer.toml: its key too
  std::vector<std::filesystem::path> with;      // files and folders that go along
  std::filesystem::path to;                     // folder of backups
  std::optional<int> keep;                      // so many of this ward's, 1 or more; older ones are removed
};

// A new folder `loa-<station>-<instant>` in `to`, which is made when it is missing; its path. It is whole, checked and
// on the disk when this returns, and has its name only then. What was written to the books, with its clips, before the
// call is in it. Older backups are removed only after that, and only whole ones count as kept.
//
// Throws Error: file.*, config.*, db.*, signer.bad_state, backup.already_running, backup.bad_clip (of an announcement:
// not there, or not what its name says), backup.same_name; then `to` holds what it held.
std::filesystem::path make_backup(const BackupArguments& arguments, WallTime now);

// Its exit code: 0, or 1 after one line on `err`.
int run_backup(const BackupArguments& arguments, std::ostream& out, std::ostream& err);

}  // namespace loa::cli
