#include "common/trust/trust_folder.h"

#include "common/base/error.h"
#include "common/crypto/files.h"

namespace loa::trust {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTrustFile = "trust.json";
constexpr const char* kPolicyFile = "policy.json";

std::string take(TrustBook& book, wire::MessageType type, const fs::path& file) {
  const Bytes envelope = crypto::read_small_file(file, wire::kLongestEnvelope);
  auto opened = book.open(type, envelope);
  if (const auto* refusal = std::get_if<wire::Refusal>(&opened))
    throw Error("trust.bad_document",
                {file.string(), std::string{wire::to_string(refusal->check)} + ": " + refusal->detail});
  book.adopt(std::get<RootDocument>(opened));
  return std::string{view_text(envelope)};
}

void write(const fs::path& file, const std::string& content) {
  crypto::write_file_atomically(file, view_bytes(content), crypto::Readers::kEveryone, crypto::IfExists::kReplace);
}

}  // namespace

TrustFolder load_trust_folder(const fs::path& folder, const StationId& station) {
  TrustFolder loaded{TrustBook(station, crypto::load_public_key(folder / kRootFile)), {}, {}};
  loaded.trust = take(loaded.book, wire::MessageType::kTrust, folder / kTrustFile);
  loaded.policy = take(loaded.book, wire::MessageType::kPolicy, folder / kPolicyFile);
  return loaded;
}

void save_trust_folder(const fs::path& folder, const crypto::PublicKey& root, const std::string& trust,
                       const std::string& policy) {
  fs::create_directories(folder);
  write(folder / kTrustFile, trust);
  write(folder / kPolicyFile, policy);
  crypto::save_public_key(root, folder / kRootFile);
}

}  // namespace loa::trust
