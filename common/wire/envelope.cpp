#include "common/wire/envelope.h"

#include <cstdlib>

#include <nlohmann/json.hpp>

#include "common/crypto/encoding.h"
#include "common/json/json.h"

namespace loa::wire {
namespace {

constexpr std::size_t kLongestType = 128;

}  // namespace

std::string_view to_string(Check check) {
  switch (check) {
    case Check::kLength:
      return "length";
    case Check::kEnvelope:
      return "envelope";
    case Check::kType:
      return "type";
    case Check::kKey:
      return "key";
    case Check::kSignature:
      return "signature";
    case Check::kBody:
      return "body";
    case Check::kStation:
      return "station";
    case Check::kAudience:
      return "audience";
    case Check::kSequence:
      return "sequence";
    case Check::kFreshness:
      return "freshness";
  }
  std::abort();
}

std::string encode_pae(std::string_view payload_type, std::string_view body) {
  std::string out = "DSSEv1 " + std::to_string(payload_type.size()) + " ";
  out += payload_type;
  out += " " + std::to_string(body.size()) + " ";
  out += body;
  return out;
}

std::string assemble(std::string_view payload_type, std::string_view body, std::string_view key_id,
                     const crypto::Signature& signature) {
  // By hand: three fields whose values need no escaping, so no copy of the body through a JSON tree.
  std::string out = R"({"payloadType":")";
  out += payload_type;
  out += R"(","payload":")" + crypto::encode_base64(view_bytes(body));
  out += R"(","signatures":[{"keyid":")";
  out += key_id;
  out += R"(","sig":")" + crypto::encode_base64(signature.bytes) + R"("}]})";
  return out;
}

std::string seal(std::string_view payload_type, std::string_view body, const crypto::SecretKey& key) {
  return assemble(payload_type, body, crypto::key_id(key.public_key()),
                  key.sign(view_bytes(encode_pae(payload_type, body))));
}

std::string seal(std::string_view payload_type, std::string_view body, const crypto::SecretKey& key,
                 std::span<const std::string> succession) {
  std::string out = seal(payload_type, body, key);
  if (succession.empty()) return out;
  out.pop_back();
  return out + R"(,"succession":)" + nlohmann::json(succession).dump() + "}";
}

std::vector<std::string> read_succession(ByteView envelope) {
  if (envelope.size() > kLongestEnvelope) return {};
  try {
    const nlohmann::json parsed = parse_json(view_text(envelope));
    const FieldReader reader(parsed, "envelope");
    std::vector<std::string> statements;
    for (const nlohmann::json& statement : reader.array("succession", kMostStatements)) {
      if (!statement.is_string() || statement.get_ref<const std::string&>().size() > kLongestStatement) return {};
      statements.push_back(statement.get<std::string>());
    }
    return statements;
  } catch (const BadJson&) {
    return {};
  }
}

std::variant<std::string, Refusal> open_envelope(ByteView envelope, std::string_view payload_type,
                                                 const FindKey& find_key) {
  if (envelope.empty() || envelope.size() > kLongestEnvelope)
    return Refusal{Check::kLength, std::to_string(envelope.size()) + " bytes"};
  std::string type;
  std::string body;
  std::string key_id;
  std::optional<crypto::Signature> signature;
  try {
    const nlohmann::json parsed = parse_json(view_text(envelope));
    const FieldReader reader(parsed, "envelope");
    type = reader.text("payloadType", kLongestType);
    const auto decoded = crypto::decode_base64(reader.text("payload", kLongestEnvelope));
    if (!decoded) return Refusal{Check::kEnvelope, "payload is not base64"};
    if (decoded->size() > kLongestBody) return Refusal{Check::kLength, "body too long"};
    body = view_text(*decoded);
    const nlohmann::json& signatures = reader.array("signatures", 1);
    if (signatures.empty()) return Refusal{Check::kEnvelope, "not signed"};
    const FieldReader signed_by(signatures[0], "signatures[0]");
    key_id = signed_by.text("keyid", 16);
    const auto sig = crypto::decode_base64(signed_by.text("sig", 128));
    if (sig) signature = crypto::decode_signature(*sig);
    if (!signature) return Refusal{Check::kEnvelope, "malformed signature"};
  } catch (const BadJson& bad) {
    return Refusal{Check::kEnvelope, bad.what()};
  }
  if (type != payload_type) return Refusal{Check::kType, type};
  const crypto::PublicKey* key = find_key(key_id);
  if (key == nullptr) return Refusal{Check::kKey, key_id};
  if (!crypto::verify(*key, view_bytes(encode_pae(type, body)), *signature)) return Refusal{Check::kSignature, key_id};
  return body;
}

}  // namespace loa::wire
