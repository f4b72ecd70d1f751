// The public side of a ward's trust as three files: `root.pub`, and the envelopes `trust.json` and `policy.json` as the
// root key signed them. `loa keys export` writes the folder, loa-server publishes from it, and a node that is set up
// gets its anchor from it. No secret lies in it.
//
// Any thread. Throws Error: file.*, key.bad_file, trust.bad_document (with file and check).
#pragma once

#include <filesystem>
#include <string>

#include "common/base/ids.h"
#include "common/trust/trust_book.h"

namespace loa::trust {

inline constexpr const char* kRootFile = "root.pub";

struct TrustFolder {
  TrustBook book;      // holds both documents
  std::string trust;   // envelope
  std::string policy;  // envelope
};

// Every file must be there and every check hold.
[[nodiscard]] TrustFolder load_trust_folder(const std::filesystem::path& folder, const StationId& station);

// Makes the folder; each file is whole or as before.
void save_trust_folder(const std::filesystem::path& folder, const crypto::PublicKey& root, const std::string& trust,
                       const std::string& policy);

}  // namespace loa::trust
