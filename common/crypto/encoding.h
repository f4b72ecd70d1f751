// Octets as text: hexadecimal, Base32 and Base64 (RFC 4648). The decoders take bytes from outside: there is exactly one
// text for each value, everything else is refused (no white space, no missing or extra padding, no stray bits after the
// last octet), so that one message never has two forms. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/bytes.h"

namespace loa::crypto {

// Lower-case digits.
[[nodiscard]] std::string encode_hex(ByteView bytes);
// Lower-case digits only, an even number of them.
[[nodiscard]] std::optional<Bytes> decode_hex(std::string_view text);

// RFC 4648 §4, with padding.
[[nodiscard]] std::string encode_base64(ByteView bytes);
[[nodiscard]] std::optional<Bytes> decode_base64(std::string_view text);

// RFC 4648 §5, without padding: safe in URLs and file names.
[[nodiscard]] std::string encode_base64url(ByteView bytes);
[[nodiscard]] std::optional<Bytes> decode_base64url(std::string_view text);

// RFC 4648 §6, without padding: what authenticator applications take.
[[nodiscard]] std::string encode_base32(ByteView bytes);

}  // namespace loa::crypto
