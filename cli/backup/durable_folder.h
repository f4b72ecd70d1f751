// A folder that is whole or absent: filled beside its place under a name that begins with a dot, flushed to the disk,
// then renamed. What a kill leaves is a draft that nobody takes for the folder.
//
// One thread. Everything throws Error file.cannot_read or file.cannot_write.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "cli/backup/manifest.h"

namespace loa::cli {

class DraftFolder {
 public:
  // Makes it in `parent`, mode 0700. `prefix` begins its name.
  DraftFolder(const std::filesystem::path& parent, std::string_view prefix);
  // Removes it and all that is in it unless it was placed.
  ~DraftFolder();
  DraftFolder(const DraftFolder&) = delete;
  DraftFolder& operator=(const DraftFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  // Makes the folders that lead to it, and a copy of the regular file `from` that is mode 0600 and on the disk. What
  // was copied, under its name here.
  [[nodiscard]] BackedUpFile copy(const std::filesystem::path& from, const std::string& name);

  // Flushes every folder and gives the whole its name: one that is free, or an empty folder's.
  void place(const std::filesystem::path& where);

 private:
  std::filesystem::path path_;
};

}  // namespace loa::cli
