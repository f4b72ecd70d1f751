// The root key of a ward and what it has signed, in one folder: meant for a USB stick in a drawer, never needed by a
// running server.
//
//   root-<key id>.key   the root's secret key, 0600
//   trust.json          the trust document, as an envelope; the root that signed it is the current one
//   policy.json         the policy, as an envelope; missing until the first one is signed
//
// One thread, one process at a time. Throws Error: file.*, key.*, trust.*; the folder is then as before or, when the
// disk failed half-way through rotate(), completed by the next load().
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "common/base/policy.h"
#include "common/base/time.h"
#include "common/crypto/keys.h"
#include "common/wire/messages.h"

namespace loa::cli {

class RootFolder {
 public:
  // A new root that vouches for no key yet. Throws trust.root_exists when there is one.
  static RootFolder init(const std::filesystem::path& folder, const StationId& station, WallTime now);
  [[nodiscard]] static RootFolder load(const std::filesystem::path& folder);
  [[nodiscard]] static bool is_one(const std::filesystem::path& folder);

  // From `now` on for `validity`: the server signs with a station's, a person with an emergency key. Nothing changes
  // when it is listed and trusted already; trust.key_revoked when it was revoked, which is for ever.
  void add_key(wire::KeyRole role, const crypto::PublicKey& key, const std::string& label, WallTime now,
               milliseconds validity);
  // Throws trust.key_unknown.
  void revoke(const std::string& key_id, WallTime now);
  // A new root key takes over; the old secret is removed from the folder.
  void rotate(WallTime now);
  void set_policy(const Policy& policy, WallTime now);

  // As common/trust/trust_folder.h has it. Throws trust.no_policy.
  void export_to(const std::filesystem::path& folder) const;

  [[nodiscard]] const StationId& station() const { return station_; }
  [[nodiscard]] const crypto::PublicKey& root() const { return root_.public_key(); }
  [[nodiscard]] const wire::Trust& trust() const { return trust_; }
  [[nodiscard]] const std::optional<Policy>& policy() const { return policy_; }

 private:
  RootFolder(std::filesystem::path folder, StationId station, crypto::SecretKey root)
      : folder_(std::move(folder)), station_(std::move(station)), root_(std::move(root)) {}
  void sign_trust(const wire::Trust& trust, WallTime now);
  void sign_policy(const Policy& policy, WallTime now);
  [[nodiscard]] std::string sign(const wire::Body& body, WallTime now);
  void load_policy(std::vector<crypto::SecretKey> earlier);

  std::filesystem::path folder_;
  StationId station_;
  crypto::SecretKey root_;
  wire::Trust trust_;
  std::optional<Policy> policy_;
  std::vector<std::string> succession_;
  std::int64_t last_seq_ = 0;
  std::string trust_envelope_;
  std::string policy_envelope_;
};

}  // namespace loa::cli
