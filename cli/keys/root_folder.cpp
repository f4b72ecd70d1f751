#include "cli/keys/root_folder.h"

#include <algorithm>

#include "common/base/error.h"
#include "common/crypto/files.h"
#include "common/trust/trust_folder.h"
#include "common/wire/succession.h"

namespace loa::cli {
namespace {

namespace fs = std::filesystem;
using wire::MessageType;

constexpr const char* kTrustFile = "trust.json";
constexpr const char* kPolicyFile = "policy.json";
// 2^53 − 1 µs: the last instant that the wire knows.
constexpr WallTime kNever = wall_from_us(9'007'199'254'740'991);

fs::path key_file(const fs::path& folder, const crypto::PublicKey& key) {
  return folder / ("root-" + crypto::key_id(key) + ".key");
}

std::vector<crypto::SecretKey> load_root_keys(const fs::path& folder) {
  std::vector<crypto::SecretKey> keys;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("root-") && name.ends_with(".key")) keys.push_back(crypto::load_secret_key(entry.path()));
  }
  return keys;
}

// Which of the keys signed it, and what it says.
struct Signed {
  std::size_t signer;
  std::string body;
  wire::Message message;
};

Signed open_signed(const fs::path& file, MessageType type, const std::string& envelope,
                   const std::vector<crypto::SecretKey>& keys) {
  std::size_t signer = keys.size();
  auto opened = wire::open_envelope(view_bytes(envelope), wire::payload_type_of(type), [&](std::string_view id) {
    for (signer = 0; signer < keys.size(); ++signer)
      if (crypto::key_id(keys[signer].public_key()) == id) return &keys[signer].public_key();
    return static_cast<const crypto::PublicKey*>(nullptr);
  });
  const auto fail = [&file](const wire::Refusal& refusal) {
    if (refusal.check == wire::Check::kKey) throw Error("trust.root_key_missing", {file.string(), refusal.detail});
    throw Error("trust.bad_document",
                {file.string(), std::string{wire::to_string(refusal.check)} + ": " + refusal.detail});
  };
  if (const auto* refusal = std::get_if<wire::Refusal>(&opened)) fail(*refusal);
  auto& body = std::get<std::string>(opened);
  auto decoded = wire::decode_body(type, body);
  if (const auto* refusal = std::get_if<wire::Refusal>(&decoded)) fail(*refusal);
  return {signer, std::move(body), std::get<wire::Message>(std::move(decoded))};
}

std::string read_envelope(const fs::path& file) {
  const Bytes octets = crypto::read_small_file(file, wire::kLongestEnvelope);
  return std::string{view_text(octets)};
}

void write_envelope(const fs::path& file, const std::string& envelope) {
  crypto::write_file_atomically(file, view_bytes(envelope), crypto::Readers::kEveryone, crypto::IfExists::kReplace);
}

}  // namespace

bool RootFolder::is_one(const fs::path& folder) {
  return fs::exists(folder / kTrustFile);
}

RootFolder RootFolder::init(const fs::path& folder, const StationId& station, WallTime now) {
  if (is_one(folder)) throw Error("trust.root_exists", {folder.string()});
  fs::create_directories(folder);
  RootFolder made(folder, station, crypto::SecretKey::make());
  crypto::save_secret_key(made.root_, key_file(folder, made.root()));
  made.sign_trust({}, now);
  return made;
}

RootFolder RootFolder::load(const fs::path& folder) {
  if (!is_one(folder)) throw Error("trust.no_root", {folder.string()});
  std::vector<crypto::SecretKey> keys = load_root_keys(folder);
  std::string envelope = read_envelope(folder / kTrustFile);
  Signed trust = open_signed(folder / kTrustFile, MessageType::kTrust, envelope, keys);
  std::swap(keys.front(), keys[trust.signer]);
  RootFolder loaded(folder, trust.message.header.station, std::move(keys.front()));
  keys.erase(keys.begin());
  loaded.trust_ = std::get<wire::Trust>(std::move(trust.message.body));
  loaded.last_seq_ = trust.message.header.seq;
  loaded.succession_ = wire::read_succession(view_bytes(envelope));
  loaded.trust_envelope_ = std::move(envelope);
  if (fs::exists(folder / kPolicyFile)) loaded.load_policy(std::move(keys));
  return loaded;
}

void RootFolder::load_policy(std::vector<crypto::SecretKey> earlier) {
  std::string envelope = read_envelope(folder_ / kPolicyFile);
  // The current root is moved out and back, for a secret key has one owner.
  earlier.push_back(std::move(root_));
  const std::size_t current = earlier.size() - 1;
  Signed policy = open_signed(folder_ / kPolicyFile, MessageType::kPolicy, envelope, earlier);
  root_ = std::move(earlier.back());
  policy_ = std::get<Policy>(std::move(policy.message.body));
  last_seq_ = std::max(last_seq_, policy.message.header.seq);
  policy_envelope_ = std::move(envelope);
  // rotate() was cut off between the two documents.
  if (policy.signer != current) sign_policy(*policy_, policy.message.header.issued);
}

std::string RootFolder::sign(const wire::Body& body, WallTime now) {
  last_seq_ = std::max(last_seq_ + 1, to_us(now));
  const wire::Header header{station_, std::string{wire::kAudienceNodes}, std::string{wire::kRoot}, last_seq_, now,
                            kNever};
  const std::string octets = wire::encode_body(header, body);
  std::string envelope = wire::seal(wire::payload_type_of(wire::type_of(body)), octets, root_, succession_);
  if (octets.size() > wire::kLongestBody || envelope.size() > wire::kLongestEnvelope) throw Error("trust.too_long");
  return envelope;
}

void RootFolder::sign_trust(const wire::Trust& trust, WallTime now) {
  std::string envelope = sign(trust, now);
  write_envelope(folder_ / kTrustFile, envelope);
  trust_ = trust;
  trust_envelope_ = std::move(envelope);
}

void RootFolder::sign_policy(const Policy& policy, WallTime now) {
  std::string envelope = sign(policy, now);
  write_envelope(folder_ / kPolicyFile, envelope);
  policy_ = policy;
  policy_envelope_ = std::move(envelope);
}

void RootFolder::set_policy(const Policy& policy, WallTime now) {
  sign_policy(policy, now);
}

void RootFolder::add_key(wire::KeyRole role, const crypto::PublicKey& key, const std::string& label, WallTime now,
                         milliseconds validity) {
  for (const wire::TrustedKey& listed : trust_.keys) {
    if (listed.key != key) continue;
    if (listed.state == wire::KeyState::kRevoked) throw Error("trust.key_revoked", {crypto::key_id(key)});
    return;
  }
  if (trust_.keys.size() == wire::kMostKeys) throw Error("trust.too_many_keys", {std::to_string(wire::kMostKeys)});
  wire::Trust next = trust_;
  next.keys.push_back({key, role, label, now, now + validity, wire::KeyState::kTrusted});
  sign_trust(next, now);
}

void RootFolder::revoke(const std::string& key_id, WallTime now) {
  wire::Trust next = trust_;
  const auto found =
      std::ranges::find_if(next.keys, [&](const wire::TrustedKey& key) { return crypto::key_id(key.key) == key_id; });
  if (found == next.keys.end()) throw Error("trust.key_unknown", {key_id});
  found->state = wire::KeyState::kRevoked;
  sign_trust(next, now);
}

void RootFolder::rotate(WallTime now) {
  if (succession_.size() == wire::kMostStatements)
    throw Error("trust.too_many_roots", {std::to_string(wire::kMostStatements)});
  crypto::SecretKey next = crypto::SecretKey::make();
  crypto::save_secret_key(next, key_file(folder_, next.public_key()));
  last_seq_ = std::max(last_seq_ + 1, to_us(now));
  succession_.push_back(wire::encode_succession(station_, last_seq_, now, next.public_key(), root_));
  root_ = std::move(next);
  sign_trust(trust_, now);  // from here on the new root is the current one
  if (policy_) sign_policy(*policy_, now);
  const fs::path current = key_file(folder_, root());
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("root-") && name.ends_with(".key") && entry.path() != current) old.push_back(entry.path());
  }
  for (const fs::path& file : old) fs::remove(file);
}

void RootFolder::export_to(const fs::path& folder) const {
  if (!policy_) throw Error("trust.no_policy", {folder_.string()});
  trust::save_trust_folder(folder, root(), trust_envelope_, policy_envelope_);
}

}  // namespace loa::cli
