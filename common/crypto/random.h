// Unpredictable octets from the kernel's generator, a comparison that tells an attacker nothing by its duration, and
// forgetting.
// Any thread.
#pragma once

#include <cstddef>
#include <span>

#include "common/base/bytes.h"

namespace loa::crypto {

[[nodiscard]] Bytes random_bytes(std::size_t count);
void fill_random(std::span<std::uint8_t> target);

// The time depends on the lengths only, never on the content. Different lengths are unequal.
[[nodiscard]] bool is_equal_constant_time(ByteView a, ByteView b);

// Overwrites a secret; the compiler cannot leave it out.
void wipe(std::span<std::uint8_t> secret);

}  // namespace loa::crypto
