#include "common/enrol/exchange.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "common/crypto/encoding.h"
#include "common/crypto/sha256.h"
#include "common/json/json.h"

namespace loa::enrol {
namespace {

using nlohmann::json;

constexpr std::string_view kRequestType = "application/vnd.loa.enrol.v1+json";
constexpr std::string_view kAnswerType = "application/vnd.loa.enrolled.v1+json";
constexpr std::size_t kLongestPem = std::size_t{16} * 1024;
constexpr std::size_t kLongestHost = 253;
// 2^53 − 1: what every JSON reader holds exactly.
constexpr std::int64_t kLatestInstant = 9'007'199'254'740'991;

std::string name_of(std::string_view body) {
  return crypto::to_hex(crypto::sha256(view_bytes(body)));
}

std::string encode_request(const Request& request) {
  return json{{"nonce", request.nonce},
              {"node_key", crypto::encode_base64(request.node_key.bytes)},
              {"tls_key", request.tls_key},
              {"server_certificate", request.server_certificate}}
      .dump();
}

Request decode_request(std::string_view body) {
  const json parsed = parse_json(body);
  const FieldReader reader(parsed, "request");
  Request request;
  request.nonce = reader.text("nonce", 64);
  if (request.nonce.size() < 32) throw BadJson("nonce: too short");
  const auto octets = crypto::decode_base64(reader.text("node_key", 64));
  const auto key = octets ? crypto::decode_public_key(*octets) : std::nullopt;
  if (!key) throw BadJson("node_key: not an Ed25519 key");
  request.node_key = *key;
  request.tls_key = reader.text("tls_key", kLongestPem);
  request.server_certificate = reader.digest("server_certificate");
  return request;
}

Answer decode_answer(std::string_view body) {
  const json parsed = parse_json(body);
  const FieldReader reader(parsed, "answer");
  Answer answer;
  answer.request = reader.digest("request");
  answer.station = reader.id<StationId>("station");
  answer.node = reader.id<NodeId>("node");
  if (answer.node.str() == "server") throw BadJson("node: the server's own name");
  answer.certificate = reader.text("certificate", kLongestPem);
  answer.authority = reader.text("authority", kLongestPem);
  for (const json& each : reader.array("trust", kMostTrustFiles)) {
    const FieldReader file(each, "trust");
    TrustFile found{file.text("name", 64), {}};
    const auto content = crypto::decode_base64(file.text("content", 2 * kLargestTrustFile));
    if (!is_trust_file_name(found.name)) throw BadJson("trust.name: not a file name");
    if (!content || content->size() > kLargestTrustFile) throw BadJson("trust.content: not base64, or too long");
    for (const TrustFile& other : answer.trust)
      if (other.name == found.name) throw BadJson("trust.name: stands twice");
    found.content = view_text(*content);
    answer.trust.push_back(std::move(found));
  }
  if (answer.trust.empty()) throw BadJson("trust: empty");
  answer.broker_host = reader.text("broker_host", kLongestHost);
  const bool is_host =
      !answer.broker_host.empty() && std::all_of(answer.broker_host.begin(), answer.broker_host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
               c == ':';
      });
  if (!is_host) throw BadJson("broker_host: not a host");
  answer.broker_port = static_cast<std::uint16_t>(reader.integer("broker_port", 1, 65'535));
  answer.now = wall_from_us(reader.integer("now_us", 0, kLatestInstant));
  return answer;
}

}  // namespace

bool is_trust_file_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && name.front() != '.' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
}

std::string seal_request(const Request& request, const crypto::SecretKey& code_key) {
  return wire::seal(kRequestType, encode_request(request), code_key);
}

std::string request_name(const Request& request) {
  return name_of(encode_request(request));
}

std::variant<OpenedRequest, wire::Refusal> open_request(ByteView envelope, const wire::FindKey& find_key) {
  auto opened = wire::open_envelope(envelope, kRequestType, find_key);
  if (const auto* refusal = std::get_if<wire::Refusal>(&opened)) return *refusal;
  const std::string& body = std::get<std::string>(opened);
  try {
    return OpenedRequest{decode_request(body), name_of(body)};
  } catch (const BadJson& bad) {
    return wire::Refusal{wire::Check::kBody, bad.what()};
  }
}

std::string seal_answer(const Answer& answer, const crypto::SecretKey& code_key) {
  json trust = json::array();
  for (const TrustFile& file : answer.trust)
    trust.push_back({{"name", file.name}, {"content", crypto::encode_base64(view_bytes(file.content))}});
  const json body = {
      {"request", answer.request},         {"station", answer.station.str()},   {"node", answer.node.str()},
      {"certificate", answer.certificate}, {"authority", answer.authority},     {"trust", std::move(trust)},
      {"broker_host", answer.broker_host}, {"broker_port", answer.broker_port}, {"now_us", to_us(answer.now)}};
  return wire::seal(kAnswerType, body.dump(), code_key);
}

std::variant<Answer, wire::Refusal> open_answer(ByteView envelope, const crypto::PublicKey& code_key,
                                                std::string_view request_name) {
  const std::string our_key = crypto::key_id(code_key);
  const auto opened = wire::open_envelope(envelope, kAnswerType,
                                          [&](std::string_view id) { return id == our_key ? &code_key : nullptr; });
  if (const auto* refusal = std::get_if<wire::Refusal>(&opened)) return *refusal;
  try {
    Answer answer = decode_answer(std::get<std::string>(opened));
    if (answer.request != request_name) return wire::Refusal{wire::Check::kAudience, answer.request};
    return answer;
  } catch (const BadJson& bad) {
    return wire::Refusal{wire::Check::kBody, bad.what()};
  }
}

}  // namespace loa::enrol
