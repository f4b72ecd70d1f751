// The first bytes of a stranger's file.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "audio/intake/container.h"

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> head(data, std::min(size, loa::intake::kSniffBytes));
  if (loa::intake::tag_length(head) > (std::uint64_t{1} << 28) + 20) std::abort();
  const auto sniffed = loa::intake::sniff(head);
  if (sniffed && sniffed->declared_s && !(std::isfinite(*sniffed->declared_s) && *sniffed->declared_s >= 0.0))
    std::abort();
  return 0;
}
