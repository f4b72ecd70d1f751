#include "server/enrol/trust_folder.h"

#include <algorithm>

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/crypto/files.h"

namespace loa::server {

std::vector<enrol::TrustFile> read_trust_folder(const std::filesystem::path& folder) {
  std::error_code unreadable;
  std::vector<enrol::TrustFile> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, unreadable)) {
    const std::string name = entry.path().filename().string();
    if (!enrol::is_trust_file_name(name)) throw Error("enrol.bad_trust_file", {entry.path().string()});
    const Bytes content = crypto::read_small_file(entry.path(), enrol::kLargestTrustFile);
    files.push_back({name, std::string{view_text(content)}});
  }
  if (unreadable) throw Error("file.cannot_read", {folder.string(), unreadable.message()});
  if (files.empty() || files.size() > enrol::kMostTrustFiles) throw Error("enrol.bad_trust_file", {folder.string()});
  std::ranges::sort(files, {}, &enrol::TrustFile::name);
  return files;
}

}  // namespace loa::server
