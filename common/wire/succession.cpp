#include "common/wire/succession.h"

#include <nlohmann/json.hpp>

#include "common/crypto/encoding.h"
#include "common/wire/bodies.h"

namespace loa::wire {

using nlohmann::json;

std::string encode_succession(const StationId& station, std::int64_t seq, WallTime issued,
                              const crypto::PublicKey& next, const crypto::SecretKey& root) {
  json body =
      to_json(Header{station, std::string{kAudienceNodes}, std::string{kRoot}, seq, issued, wall_from_us(kMostUs)});
  body["public_key"] = crypto::encode_base64(next.bytes);
  return seal(kSuccessionType, body.dump(), root);
}

std::variant<crypto::PublicKey, Refusal> open_succession(ByteView statement, const StationId& station,
                                                         const crypto::PublicKey& root) {
  const std::string root_id = crypto::key_id(root);
  auto opened =
      open_envelope(statement, kSuccessionType, [&](std::string_view id) { return id == root_id ? &root : nullptr; });
  if (auto* refusal = std::get_if<Refusal>(&opened)) return std::move(*refusal);
  try {
    const json parsed = parse_json(std::get<std::string>(opened));
    const FieldReader reader(parsed, "succession");
    const Header header = read_header(reader);
    const crypto::PublicKey next = read_public_key(reader, "public_key");
    if (header.station != station) return Refusal{Check::kStation, header.station.str()};
    if (header.audience != kAudienceNodes || header.sender != kRoot)
      return Refusal{Check::kAudience, header.sender + " to " + header.audience};
    return next;
  } catch (const BadJson& bad) {
    return Refusal{Check::kBody, bad.what()};
  }
}

}  // namespace loa::wire
