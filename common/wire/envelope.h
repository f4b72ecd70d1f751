// DSSE envelopes (github.com/secure-systems-lab/dsse, protocol.md): a signature over exact bytes with the type inside.
// Nothing of a body is parsed before its signature holds.
//
// Any thread. Opening never throws: what comes from outside ends in a value or in the name of the check that failed.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/bytes.h"
#include "common/crypto/keys.h"

namespace loa::wire {

inline constexpr std::size_t kLongestBody = std::size_t{256} * 1024;
inline constexpr std::size_t kLongestEnvelope = std::size_t{384} * 1024;

// The checks of docs/protocol.md §2, in their order.
enum class Check { kLength, kEnvelope, kType, kKey, kSignature, kBody, kStation, kAudience, kFreshness, kSequence };
[[nodiscard]] std::string_view to_string(Check check);

struct Refusal {
  Check check;
  std::string detail;  // for the log
};

// The envelope's bytes of a body that is signed already.
[[nodiscard]] std::string assemble(std::string_view payload_type, std::string_view body, std::string_view key_id,
                                   const crypto::Signature& signature);

// Body and signature under `payload_type`; the envelope's bytes.
[[nodiscard]] std::string seal(std::string_view payload_type, std::string_view body, const crypto::SecretKey& key);

// The same with statements of succession (succession.h) beside the payload, oldest first.
[[nodiscard]] std::string seal(std::string_view payload_type, std::string_view body, const crypto::SecretKey& key,
                               std::span<const std::string> succession);

inline constexpr std::size_t kMostStatements = 32;
inline constexpr std::size_t kLongestStatement = 4096;

// The statements beside the payload, none of them checked; empty when there are none or they are malformed.
[[nodiscard]] std::vector<std::string> read_succession(ByteView envelope);

// The key of that id, when it may sign this type here; nullptr otherwise.
using FindKey = std::function<const crypto::PublicKey*(std::string_view key_id)>;

// The verified body's exact bytes.
[[nodiscard]] std::variant<std::string, Refusal> open_envelope(ByteView envelope, std::string_view payload_type,
                                                               const FindKey& find_key);

// What is signed: DSSE's pre-authentication encoding.
[[nodiscard]] std::string encode_pae(std::string_view payload_type, std::string_view body);

}  // namespace loa::wire
