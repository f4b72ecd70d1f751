#include "common/trust/trust_book.h"

#include "common/base/vocabulary.h"
#include "common/wire/succession.h"

namespace loa::trust {

using wire::Check;
using wire::MessageType;
using wire::Refusal;

TrustBook::TrustBook(StationId station, const crypto::PublicKey& root)
    : station_(std::move(station)), root_(root), root_id_(crypto::key_id(root)) {}

const TrustBook::Held& TrustBook::held(MessageType type) const {
  return type == MessageType::kTrust ? held_trust_ : held_policy_;
}

std::int64_t TrustBook::seq_of(MessageType type) const {
  return held(type).seq;
}

std::optional<crypto::PublicKey> TrustBook::walk(ByteView envelope, std::string_view key_id) const {
  crypto::PublicKey current = root_;
  for (const std::string& statement : wire::read_succession(envelope)) {
    const auto next = wire::open_succession(view_bytes(statement), station_, current);
    // Older links of the chain are not signed by the root held; they were walked before, or never concern us.
    if (const auto* key = std::get_if<crypto::PublicKey>(&next)) current = *key;
    if (crypto::key_id(current) == key_id) return current;
  }
  return std::nullopt;
}

std::variant<RootDocument, AlreadyHeld, Refusal> TrustBook::open(MessageType type, ByteView envelope) const {
  std::optional<crypto::PublicKey> signer;
  const auto find_root = [&](std::string_view key_id) -> const crypto::PublicKey* {
    signer = key_id == root_id_ ? root_ : walk(envelope, key_id);
    return signer ? &*signer : nullptr;
  };
  // These documents do not expire, so no time is needed to judge them.
  const wire::Expectation expectation{
      station_, {std::string{wire::kAudienceNodes}}, std::string{wire::kRoot}, WallTime::max()};
  auto opened = wire::open_message(type, envelope, expectation, find_root);
  if (auto* refusal = std::get_if<Refusal>(&opened)) return std::move(*refusal);
  auto& received = std::get<wire::Received>(opened);
  RootDocument document{type, received.message.header.seq, wire::name_of_body(received.body), std::move(received.body),
                        *signer};
  const Held& before = held(type);
  if (document.name == before.name && document.root == root_) return AlreadyHeld{};
  // A successor signs the same contents anew, with a seq of its own.
  if (document.seq <= before.seq)
    return Refusal{Check::kSequence, std::to_string(document.seq) + " after " + std::to_string(before.seq)};
  return document;
}

bool TrustBook::adopt(const RootDocument& document) {
  auto decoded = wire::decode_body(document.type, document.body);
  auto* message = std::get_if<wire::Message>(&decoded);
  if (message == nullptr) return false;
  if (document.type == MessageType::kTrust) {
    trust_ = std::get<wire::Trust>(std::move(message->body));
    held_trust_ = {document.seq, document.name};
  } else {
    policy_ = std::get<Policy>(std::move(message->body));
    held_policy_ = {document.seq, document.name};
  }
  root_ = document.root;
  root_id_ = crypto::key_id(root_);
  return true;
}

const crypto::PublicKey* TrustBook::find(MessageType type, std::string_view key_id) const {
  const wire::Signer signer = wire::rule_of(type).signer;
  if (signer == wire::Signer::kRoot) return key_id == root_id_ ? &root_ : nullptr;
  if (signer != wire::Signer::kStation || !trust_) return nullptr;
  for (const wire::TrustedKey& key : trust_->keys)
    if (key.role == wire::KeyRole::kStation && key.state == wire::KeyState::kTrusted &&
        crypto::key_id(key.key) == key_id)
      return &key.key;
  return nullptr;
}

const crypto::PublicKey* TrustBook::find_emergency(std::string_view key_id) const {
  if (!trust_) return nullptr;
  for (const wire::TrustedKey& key : trust_->keys)
    if (key.role == wire::KeyRole::kEmergency && key.state == wire::KeyState::kTrusted &&
        crypto::key_id(key.key) == key_id)
      return &key.key;
  return nullptr;
}

bool TrustBook::is_station_key(std::string_view key_id) const {
  return find(MessageType::kPlan, key_id) != nullptr;
}

std::vector<std::string> TrustBook::alarms(std::optional<WallTime> now) const {
  std::vector<std::string> codes;
  if (!trust_) codes.emplace_back(alarm::kTrustMissing);
  if (!policy_) codes.emplace_back(alarm::kPolicyMissing);
  if (!trust_ || !now) return codes;
  bool is_expired = false;
  bool is_early = false;
  for (const wire::TrustedKey& key : trust_->keys) {
    if (key.state == wire::KeyState::kRevoked) continue;
    is_expired = is_expired || *now >= key.until;
    is_early = is_early || *now < key.from;
  }
  if (is_expired) codes.emplace_back(alarm::kKeyExpired);
  if (is_early) codes.emplace_back(alarm::kKeyEarly);
  return codes;
}

}  // namespace loa::trust
