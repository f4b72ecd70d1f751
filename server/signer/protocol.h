// What loa-server and loa-signer say to each other over the Unix socket, in frames: four octets of length, most
// significant first, then so many octets. The signer begins with a greeting; then each request gets one reply, in
// order.
//
//   greeting  text station, 32 octets public key
//   request   text type (the last level of its payload type: `plan`), text audience, rest: the body without its header,
//             as JSON
//   signed    octet 1, 8 octets sequence, 8 octets issued_us, 64 octets signature, rest: the body that was signed
//   refused   octet 0, text rule, rest: detail, for the log
//   where text is one octet of length and so many octets
//
// Both programs come from one build and are installed together, so there is no version. Pure; any thread. Decoding
// never throws: nullopt for what is not exactly such a message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/ids.h"
#include "common/crypto/keys.h"
#include "common/wire/messages.h"
#include "server/signer/signer.h"

namespace loa::signer {

inline constexpr std::size_t kFrameHead = 4;
// A body and what stands before it; both ways.
inline constexpr std::size_t kLongestFrame = wire::kLongestBody + 1024;

[[nodiscard]] std::string encode_frame(std::string_view message);
// The length that a frame's head announces; nullopt when it is none or over kLongestFrame.
[[nodiscard]] std::optional<std::size_t> decode_frame_head(std::string_view head);

struct Greeting {
  StationId station;
  crypto::PublicKey key;
};
[[nodiscard]] std::string encode_greeting(const Greeting& greeting);
[[nodiscard]] std::optional<Greeting> decode_greeting(std::string_view message);

struct Request {
  std::string audience;
  wire::Body body;
};
[[nodiscard]] std::string encode_request(std::string_view audience, const wire::Body& body);

struct Refused {
  std::string rule;  // of Rule, or kMalformed
  std::string detail;
};
// The rule that a request breaks which cannot be read.
inline constexpr std::string_view kMalformed = "request";
[[nodiscard]] std::variant<Request, Refused> decode_request(std::string_view message);

[[nodiscard]] std::string encode_reply(const Signed& what);
[[nodiscard]] std::string encode_reply(const Refused& refused);
// `type` and `key_id` are not said again.
[[nodiscard]] std::optional<std::variant<Signed, Refused>> decode_reply(std::string_view message);

}  // namespace loa::signer
