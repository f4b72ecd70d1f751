// Request and answer of an enrolment (docs/protocol.md §5), as values and as sealed octets. Both sides are hostile to
// each other until the code has proved them: nothing of a body is parsed before its signature holds.
//
// Any thread. Nothing throws on bad input: it ends in a value or in a Refusal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/bytes.h"
#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/crypto/keys.h"
#include "common/wire/envelope.h"

namespace loa::enrol {

inline constexpr std::size_t kMostTrustFiles = 16;
inline constexpr std::size_t kLargestTrustFile = std::size_t{64} * 1024;

struct Request {
  std::string nonce;  // 32–64 characters
  crypto::PublicKey node_key;
  std::string tls_key;             // PEM `PUBLIC KEY`; not looked into here
  std::string server_certificate;  // SHA-256 of what the node saw
  bool operator==(const Request&) const = default;
};

// A file for the node's folder trust/, opaque to the enrolment.
struct TrustFile {
  std::string name;
  std::string content;
  bool operator==(const TrustFile&) const = default;
};
// Letters, digits, '.', '-' and '_', 1–64 of them, no dot first: safe below any folder.
[[nodiscard]] bool is_trust_file_name(std::string_view name);

struct Answer {
  std::string request;  // SHA-256 of the request's body
  StationId station;
  NodeId node;
  std::string certificate;  // PEM
  std::string authority;    // PEM
  std::vector<TrustFile> trust;
  std::string broker_host;
  std::uint16_t broker_port = 0;
  WallTime now;
  bool operator==(const Answer&) const = default;
};

[[nodiscard]] std::string seal_request(const Request& request, const crypto::SecretKey& code_key);
struct OpenedRequest {
  Request request;
  std::string name;  // SHA-256 of the body, for the answer
};
[[nodiscard]] std::variant<OpenedRequest, wire::Refusal> open_request(ByteView envelope, const wire::FindKey& find_key);

[[nodiscard]] std::string seal_answer(const Answer& answer, const crypto::SecretKey& code_key);
// Refused as well (Check::kAudience) when it answers another request than `request_name`.
[[nodiscard]] std::variant<Answer, wire::Refusal> open_answer(ByteView envelope, const crypto::PublicKey& code_key,
                                                              std::string_view request_name);

// Of a sealed request that is one's own: what the answer must name.
[[nodiscard]] std::string request_name(const Request& request);

}  // namespace loa::enrol
