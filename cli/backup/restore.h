// `loa restore`: a backup put where a ward can be started from it. docs/backup.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "common/base/time.h"

namespace loa::cli {

struct RestoreArguments {
  std::filesystem::path from;  // one backup
  std::filesystem::path to;    // a folder that is empty or not there
};

struct RestoredWard {
  struct Place {  // of the machine that the backup was made on
    std::string key;
    std::filesystem::path path;
  };
  std::vector<Place> to_adapt;
};

// The sequence that a signer goes on above after a restore, when the backup knows of `known`. Nodes refuse whatever is
// not above the last they took (docs/protocol.md §3), and what was signed after the backup is known to nobody: a year
// is more than a clock that was wrong, or a signer that was started again and again, can have run ahead meanwhile. It
// costs nothing, as the sequence counts on from wherever it stands.
[[nodiscard]] std::int64_t sequence_after_restore(std::int64_t known, WallTime now);

// All is copied beside `to`, compared with the manifest, the books checked, and only then given its name.
//
// Throws Error: file.*, db.*, backup.not_empty, backup.bad_manifest, backup.bad_content (a file that is missing, that
// nobody listed, that is no file, or not what the manifest says), backup.newer, backup.clock (this machine's clock is
// before the backup), backup.other_station; then `to` is as it was.
RestoredWard restore_backup(const RestoreArguments& arguments, WallTime now);

// Its exit code: 0, or 1 after one line on `err`.
int run_restore(const RestoreArguments& arguments, std::ostream& out, std::ostream& err);

}  // namespace loa::cli
