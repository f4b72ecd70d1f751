#include "common/wire/trust.h"

#include <cstdlib>
#include <set>

#include <nlohmann/json.hpp>

#include "common/crypto/encoding.h"
#include "common/wire/bodies.h"

namespace loa::wire {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestLabel = 100;
constexpr std::size_t kLongestPublicKey = 44;
constexpr std::size_t kLongestWord = 32;

KeyRole read_role(const FieldReader& reader) {
  const std::string word = reader.text("role", kLongestWord);
  for (const KeyRole role : {KeyRole::kStation, KeyRole::kEmergency})
    if (word == to_string(role)) return role;
  throw BadJson("role: unknown word");
}

KeyState read_state(const FieldReader& reader) {
  const std::string word = reader.text("state", kLongestWord);
  for (const KeyState state : {KeyState::kTrusted, KeyState::kRevoked})
    if (word == to_string(state)) return state;
  throw BadJson("state: unknown word");
}

}  // namespace

std::string_view to_string(KeyRole role) {
  switch (role) {
    case KeyRole::kStation:
      return "station";
    case KeyRole::kEmergency:
      return "emergency";
  }
  std::abort();
}

std::string_view to_string(KeyState state) {
  switch (state) {
    case KeyState::kTrusted:
      return "trusted";
    case KeyState::kRevoked:
      return "revoked";
  }
  std::abort();
}

crypto::PublicKey read_public_key(const FieldReader& reader, const char* field) {
  const auto octets = crypto::decode_base64(reader.text(field, kLongestPublicKey));
  const auto key = octets ? crypto::decode_public_key(*octets) : std::nullopt;
  if (!key) throw BadJson(std::string{field} + ": not a public key");
  return *key;
}

void put(json& out, const Trust& trust) {
  json keys = json::array();
  for (const TrustedKey& key : trust.keys)
    keys.push_back({{"public_key", crypto::encode_base64(key.key.bytes)},
                    {"role", to_string(key.role)},
                    {"label", key.label},
                    {"from_us", to_us(key.from)},
                    {"until_us", to_us(key.until)},
                    {"state", to_string(key.state)}});
  out["keys"] = std::move(keys);
}

Trust read_trust(const FieldReader& reader) {
  Trust trust;
  std::set<crypto::PublicKey> seen;
  for (const json& value : reader.array("keys", kMostKeys)) {
    const FieldReader fields(value, "key");
    TrustedKey key;
    key.key = read_public_key(fields, "public_key");
    key.role = read_role(fields);
    key.label = fields.text("label", kLongestLabel);
    key.from = wall_from_us(fields.integer("from_us", 0, kMostUs));
    key.until = wall_from_us(fields.integer("until_us", 0, kMostUs));
    key.state = read_state(fields);
    if (key.until <= key.from) throw BadJson("key: its time is empty");
    if (!seen.insert(key.key).second) throw BadJson("key: twice in one document");
    trust.keys.push_back(std::move(key));
  }
  return trust;
}

}  // namespace loa::wire
