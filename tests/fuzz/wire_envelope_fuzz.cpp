// An envelope as it comes from the broker, under every type: opening ends in a body or in a refusal. And the same
// octets as a body signed well: what was signed comes out, and nothing but its contents can refuse it.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <numeric>

#include "common/wire/messages.h"

namespace {

// The key of tests/data/wire, so that its envelopes open.
loa::crypto::SecretKey make_key() {
  std::array<std::uint8_t, 32> seed{};
  std::iota(seed.begin(), seed.end(), std::uint8_t{1});
  return loa::crypto::SecretKey::from_seed(seed);
}

}  // namespace

// The name and the signature are libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loa::wire;
  static const loa::crypto::SecretKey key = make_key();
  const loa::ByteView input{data, size};
  const FindKey find = [](std::string_view) { return &key.public_key(); };
  for (const TopicRule& rule : topic_rules()) {
    const std::string type = payload_type_of(rule.type);
    const auto opened = open_envelope(input, type, find);
    if (const auto* body = std::get_if<std::string>(&opened)) {
      const auto again = open_envelope(loa::view_bytes(seal(type, *body, key)), type, find);
      if (std::get<std::string>(again) != *body) std::abort();
    } else if (std::get<Refusal>(opened).check > Check::kSignature) {
      std::abort();
    }
    const std::string sealed = seal(type, loa::view_text(input), key);
    const Expectation expectation{
        loa::StationId{"phu-lien"}, {"node:tdp-01", "nodes", "server"}, "server", loa::wall_from_us(0)};
    const auto message = open_message(rule.type, loa::view_bytes(sealed), expectation, find);
    if (const auto* received = std::get_if<Received>(&message)) {
      if (received->body != loa::view_text(input) || type_of(received->message.body) != rule.type) std::abort();
    } else {
      const Check check = std::get<Refusal>(message).check;
      if (check != Check::kLength && check < Check::kBody) std::abort();
    }
  }
  return 0;
}
