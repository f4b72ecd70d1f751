// A ZIP archive, written from its first byte to its last, with a list of what is in it. The only door to libarchive.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.h"

namespace loa::server {

struct PackedFile {
  std::string name;  // within the archive: ASCII, with / between folders
  std::uint64_t bytes = 0;
  std::string sha256;
};

class ZipFile {
 public:
  // Every file in it has this instant. Throws Error report.cannot_pack, as all functions here.
  ZipFile(const std::filesystem::path& file, WallTime made);
  ~ZipFile();
  ZipFile(const ZipFile&) = delete;
  ZipFile& operator=(const ZipFile&) = delete;

  // Throws Error file.cannot_read too.
  void add_file(const std::string& name, const std::filesystem::path& content);
  void add_text(const std::string& name, std::string_view content);
  // In the order in which they were added.
  [[nodiscard]] const std::vector<PackedFile>& files() const;
  // Only then is it whole.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace loa::server
