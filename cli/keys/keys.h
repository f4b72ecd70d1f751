// `loa keys …`: makes, rotates, exports and revokes. Each command changes one folder (root_folder.h), and no server
// needs to run for it.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

namespace loa::cli {

enum class KeysDeed { kInit, kStation, kEmergency, kRevoke, kRotateRoot, kPolicy, kShow, kExport };

struct KeysArguments {
  KeysDeed deed = KeysDeed::kShow;
  std::filesystem::path root;
  std::string station;         // kInit
  std::filesystem::path file;  // kStation, kPolicy, kExport
  std::string key;             // kRevoke: its id; kEmergency: the public key, Base64
  std::string label = "loa-signer";
  int days = 730;
};

// Exit code: 0, or 1 after exactly one message on `err` that says why, in the language of the environment.
[[nodiscard]] int run_keys(const KeysArguments& arguments, std::ostream& out, std::ostream& err);

}  // namespace loa::cli
