// Text that parse_json takes is written out and taken again with the same value.
#include <cstdint>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "common/base/bytes.h"
#include "common/json/json.h"

// The name and the signature are libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nlohmann::json value;
  try {
    value = loa::parse_json(loa::view_text({data, size}));
  } catch (const loa::BadJson&) {
    return 0;
  }
  if (loa::parse_json(value.dump()) != value) std::abort();
  return 0;
}
