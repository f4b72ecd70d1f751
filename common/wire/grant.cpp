#include "common/wire/grant.h"

#include <nlohmann/json.hpp>

#include "common/crypto/encoding.h"
#include "common/wire/bodies.h"

namespace loa::wire {

using nlohmann::json;

std::string sound_of(const Air& air) {
  return air.clip ? air.clip->clip.str() : crypto::encode_base64(air.channel->bytes);
}

std::string encode_grant(const StationId& station, std::int64_t seq, WallTime issued, const Grant& grant,
                         const crypto::SecretKey& key) {
  json body = to_json(Header{station, std::string{kAudienceNodes}, std::string{kEmergency}, seq, issued,
                             wall_from_station(grant.until)});
  body["play"] = grant.play.str();
  body["sound"] = grant.sound;
  body["until_us"] = to_us(grant.until);
  return seal(kGrantType, body.dump(), key);
}

std::optional<Refusal> check_grant(const Air& air, const StationId& station, WallTime now, const FindKey& find_key) {
  auto opened = open_envelope(view_bytes(air.grant), kGrantType, find_key);
  if (auto* refusal = std::get_if<Refusal>(&opened)) return std::move(*refusal);
  try {
    const json parsed = parse_json(std::get<std::string>(opened));
    const FieldReader reader(parsed, "grant");
    const Header header = read_header(reader);
    const Grant grant{reader.id<PlayId>("play"), reader.text("sound", 64), read_station(reader, "until_us")};
    if (header.station != station) return Refusal{Check::kStation, header.station.str()};
    if (header.audience != kAudienceNodes || header.sender != kEmergency)
      return Refusal{Check::kAudience, header.sender + " to " + header.audience};
    if (grant.play != air.play || grant.sound != sound_of(air) || grant.until < air.until)
      return Refusal{Check::kBody, "of another play"};
    if (now != WallTime::max() && header.not_after <= now)
      return Refusal{Check::kFreshness, format_utc(header.not_after)};
    return std::nullopt;
  } catch (const BadJson& bad) {
    return Refusal{Check::kBody, bad.what()};
  }
}

}  // namespace loa::wire
