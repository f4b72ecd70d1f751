// What loa-signer reads from its socket: a request that decodes is encoded to one that means the same, and is signed by
// the rules or refused; and what the server reads from there. No input makes the signer sign what is not a station's.
#include <cstdint>
#include <cstdlib>

#include "common/base/error.h"
#include "server/signer/protocol.h"
#include "server/signer/signatory.h"

namespace {

using namespace loa::signer;

Signatory make_signatory() {
  loa::Policy policy;
  policy.by_default.quiet = loa::QuietHours{std::chrono::hours{21}, std::chrono::hours{5}};
  policy.by_default.ceiling_pct.fill(80);
  policy.by_default.longest_play = std::chrono::hours{1};
  policy.by_default.most_per_day = std::chrono::hours{2};
  policy.by_default.starts_per_hour = 6;
  return {loa::StationId{"phu-lien"}, loa::crypto::SecretKey::from_seed({1}), std::move(policy), 0,
          [](std::int64_t) {}};
}

void ask(const Request& request) {
  static Signatory signatory = make_signatory();
  static const loa::WallTime now = loa::wall_from_us(1'801'872'000'000'000);
  try {
    const Signed what = signatory.sign(request.audience, request.body, now);
    if (loa::wire::rule_of(what.type).signer != loa::wire::Signer::kStation) std::abort();
    const auto decoded = loa::wire::decode_body(what.type, what.body);
    const auto* message = std::get_if<loa::wire::Message>(&decoded);
    if (message == nullptr || message->header.station != signatory.station() || message->body != request.body)
      std::abort();
    const auto replied = decode_reply(encode_reply(what));
    if (!replied || std::get<Signed>(*replied).body != what.body) std::abort();
  } catch (const loa::Error& error) {
    if (error.code() != kRefused) std::abort();
  }
}

}  // namespace

// The name and the signature are libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = loa::view_text({data, size});
  static_cast<void>(decode_frame_head(input.substr(0, kFrameHead)));
  if (const auto greeting = decode_greeting(input); greeting && encode_greeting(*greeting) != input) std::abort();
  if (const auto reply = decode_reply(input)) {
    if (const auto* what = std::get_if<Signed>(&*reply); what != nullptr && encode_reply(*what) != input) std::abort();
  }
  const auto decoded = decode_request(input);
  const auto* request = std::get_if<Request>(&decoded);
  if (request == nullptr) return 0;
  const auto again = decode_request(encode_request(request->audience, request->body));
  const auto* same = std::get_if<Request>(&again);
  // What was left out stands there now, and may make it too long.
  if (same != nullptr && (same->audience != request->audience || same->body != request->body)) std::abort();
  ask(*request);
  return 0;
}
