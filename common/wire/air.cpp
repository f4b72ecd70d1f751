#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/crypto/encoding.h"
#include "common/wire/bodies.h"
#include "common/wire/grant.h"

namespace loa::wire {
namespace {

using nlohmann::json;

constexpr std::int64_t kMostBytes = 1LL << 32;
constexpr std::int64_t kMostMs = 7LL * 24 * 3600 * 1000;
constexpr std::size_t kClipFields = 8;

json to_json(const AirClip& clip) {
  return {{"clip", clip.clip.str()}, {"bytes", clip.facts.bytes}, {"duration_ms", clip.facts.duration.count()}};
}

AirClip read_clip(const json& value) {
  const FieldReader fields(value, "air.clip");
  return {ClipHash{fields.digest("clip")},
          {fields.integer("bytes", 1, kMostBytes), milliseconds{fields.integer("duration_ms", 1, kMostMs)}}};
}

std::vector<NodeId> read_nodes(const FieldReader& fields) {
  std::vector<NodeId> nodes;
  for (const json& node : fields.array("nodes", kMostNodes)) {
    if (!node.is_string() || !is_valid_id(node.get_ref<const std::string&>())) throw BadJson("air.nodes: not an id");
    nodes.emplace_back(node.get<std::string>());
  }
  return nodes;
}

json to_json(const Air& air) {
  json out = {{"play", air.play.str()},
              {"announcement", air.announcement.str()},
              {"class", loa::to_string(air.announcement_class)},
              {"start_us", to_us(air.start)},
              {"until_us", to_us(air.until)},
              {"volume_pct", air.volume_pct}};
  if (air.nodes) {
    out["nodes"] = json::array();
    for (const NodeId& node : *air.nodes) out["nodes"].push_back(node.str());
  }
  if (air.clip) out["clip"] = to_json(*air.clip);
  if (air.chime) out["chime"] = to_json(*air.chime);
  if (air.channel) out["channel"] = crypto::encode_base64(air.channel->bytes);
  if (air.every) out["every_ms"] = air.every->count();
  if (!air.grant.empty()) out["grant"] = air.grant;
  return out;
}

Air read_air(const json& value) {
  const FieldReader fields(value, "air");
  Air air;
  air.play = fields.id<PlayId>("play");
  air.announcement = fields.id<AnnouncementId>("announcement");
  air.announcement_class = read_class(fields, "class");
  air.start = read_station(fields, "start_us");
  air.until = read_station(fields, "until_us");
  air.volume_pct = static_cast<int>(fields.integer("volume_pct", 0, 100));
  if (fields.find("nodes") != nullptr) air.nodes = read_nodes(fields);
  if (fields.find("clip") != nullptr) air.clip = read_clip(fields.object("clip", kClipFields));
  if (fields.find("chime") != nullptr) air.chime = read_clip(fields.object("chime", kClipFields));
  if (fields.find("channel") != nullptr) air.channel = read_public_key(fields, "channel");
  if (const auto every = fields.optional_integer("every_ms", 1, kMostMs)) air.every = milliseconds{*every};
  air.grant = fields.text_or("grant", kLongestGrant, "");
  if (!air.clip && !air.channel) throw BadJson("air: neither clip nor channel");
  if (air.until <= air.start + sound_at(air)) throw BadJson("air: it would end before its announcement");
  if (air.until > air.start + kLongestAir) throw BadJson("air: too long");
  if (air.every && (!air.clip || *air.every < air.clip->facts.duration))
    throw BadJson("air.every_ms: shorter than the clip, or there is none");
  if (!air.grant.empty() && air.announcement_class != AnnouncementClass::kEmergency)
    throw BadJson("air.grant: only of an emergency");
  return air;
}

}  // namespace

milliseconds sound_at(const Air& air) {
  return air.chime ? air.chime->facts.duration + kChimePause : milliseconds{0};
}

void put(json& out, const OnAir& on_air) {
  json airs = json::array();
  for (const Air& air : on_air.airs) airs.push_back(to_json(air));
  out["airs"] = std::move(airs);
}

std::string encode_air(const Air& air) {
  return to_json(air).dump();
}

std::optional<Air> decode_air(std::string_view text) {
  try {
    return read_air(parse_json(text));
  } catch (const BadJson&) {
    return std::nullopt;
  }
}

OnAir read_on_air(const FieldReader& reader) {
  OnAir on_air;
  std::set<PlayId> seen;
  for (const json& value : reader.array("airs", kMostAirs)) {
    on_air.airs.push_back(read_air(value));
    if (!seen.insert(on_air.airs.back().play).second) throw BadJson("air: a play twice");
  }
  return on_air;
}

}  // namespace loa::wire
