// The first octet chooses a type, the rest is its body: what decodes is encoded to something that decodes to the same,
// and to the same octets from then on.
#include <cstdint>
#include <cstdlib>

#include "common/wire/messages.h"

// The name and the signature are libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loa::wire;
  if (size == 0) return 0;
  const MessageType type = topic_rules()[data[0] % topic_rules().size()].type;
  const auto decoded = decode_body(type, loa::view_text({data + 1, size - 1}));
  const auto* message = std::get_if<Message>(&decoded);
  if (message == nullptr) return 0;
  if (type_of(message->body) != type) std::abort();
  const std::string encoded = encode_body(message->header, message->body);
  if (encoded.size() > kLongestBody) return 0;  // what was left out stands there now
  const auto again = decode_body(type, encoded);
  const auto* same = std::get_if<Message>(&again);
  if (same == nullptr || same->body != message->body || encode_body(same->header, same->body) != encoded) std::abort();
  if (const auto* outcomes = std::get_if<Outcomes>(&message->body))
    for (const Outcome& outcome : outcomes->outcomes)
      if (decode_outcome(encode_outcome(outcome)) != outcome) std::abort();
  return 0;
}
