// Unpredictable octets from the kernel's generator, and a comparison that tells an attacker nothing by its duration.
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

}  // namespace loa::crypto
