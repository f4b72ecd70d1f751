// Bodies made smaller for a slow line (gzip, RFC 1952). The only door to zlib. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

namespace loa::http {

// Fast rather than small: a list of 500 nodes takes some milliseconds and a tenth of the bytes. Throws
// std::bad_alloc.
[[nodiscard]] std::string gzip(std::string_view bytes);

// Whether the value of Accept-Encoding names the coding (RFC 9110 §12.5.3) and does not forbid it by q=0.
[[nodiscard]] bool accepts_coding(std::string_view accept_encoding, std::string_view coding);

}  // namespace loa::http
