// Six digits that change every half minute: TOTP (RFC 6238) with SHA-1 and steps of 30 s, what every authenticator
// application knows. Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/bytes.h"
#include "common/base/time.h"

namespace loa::crypto {

inline constexpr seconds kTotpStep{30};
inline constexpr std::size_t kTotpSecret = 20;  // bytes, RFC 4226 §4 R6

// The digits of one step.
[[nodiscard]] std::string totp_digits(ByteView secret, std::int64_t step);

[[nodiscard]] std::int64_t totp_step(WallTime now);

// The step that `digits` belongs to, when that is the present one or one beside it and later than `used`, the last one
// that was accepted: each step counts once (RFC 6238 §5.2).
[[nodiscard]] std::optional<std::int64_t> find_totp_step(ByteView secret, std::string_view digits, WallTime now,
                                                         std::int64_t used);

}  // namespace loa::crypto
