// Passwords as the books keep them: argon2id (RFC 9106) with a salt and its own cost in the text, so that the cost may
// grow and old ones still verify. Any thread; each call takes about 0.1 s of a processor and kPasswordMemory: never on
// the core's thread or the HTTP server's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace loa::crypto {

inline constexpr std::size_t kPasswordMemory = std::size_t{32} * 1024 * 1024;  // bytes
inline constexpr unsigned kPasswordPasses = 3;
inline constexpr std::size_t kLongestPassword = 256;  // bytes

// Throws Error crypto.no_memory.
[[nodiscard]] std::string hash_password(std::string_view password);

// False also for a text that is no such hash.
[[nodiscard]] bool is_password(std::string_view hash, std::string_view password);

}  // namespace loa::crypto
