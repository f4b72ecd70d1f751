#include "common/base/policy.h"

#include <nlohmann/json.hpp>

#include "common/wire/bodies.h"

namespace loa::wire {
namespace {

using nlohmann::json;
using std::chrono::minutes;

constexpr std::int64_t kLastMinute = 1439;
constexpr std::int64_t kLongestPlayS = 86'400;
constexpr std::int64_t kMostMinutes = 1440;
constexpr std::int64_t kMostStarts = 3600;
// Wall clocks of the world lie between UTC−12 and UTC+14.
constexpr std::int64_t kLeastOffset = -720;
constexpr std::int64_t kMostOffset = 840;

json to_json(const PolicyRules& rules) {
  json out = {{"ceiling_pct", rules.ceiling_pct},
              {"longest_play_s", rules.longest_play.count()},
              {"minutes_per_day", rules.most_per_day.count()},
              {"starts_per_hour", rules.starts_per_hour}};
  if (rules.quiet) out["quiet"] = {{"from_min", rules.quiet->from.count()}, {"to_min", rules.quiet->to.count()}};
  return out;
}

PolicyRules read_rules(const json& value, std::string_view name) {
  const FieldReader fields(value, name);
  PolicyRules rules;
  if (fields.find("quiet") != nullptr) {
    const FieldReader quiet(fields.object("quiet", 8), "quiet");
    rules.quiet = QuietHours{minutes{quiet.integer("from_min", 0, kLastMinute)},
                             minutes{quiet.integer("to_min", 0, kLastMinute)}};
    // Equal could mean the whole day or none of it.
    if (rules.quiet->from == rules.quiet->to) throw BadJson("quiet: from and to are the same");
  }
  const json& ceilings = fields.array("ceiling_pct", kHoursOfDay);
  if (ceilings.size() != kHoursOfDay) throw BadJson("ceiling_pct: too few");
  for (std::size_t hour = 0; hour < kHoursOfDay; ++hour) {
    const json& ceiling = ceilings[hour];
    if (!ceiling.is_number_integer() || ceiling < 0 || ceiling > 100) throw BadJson("ceiling_pct: not a percentage");
    rules.ceiling_pct.at(hour) = ceiling.get<int>();
  }
  rules.longest_play = seconds{fields.integer("longest_play_s", 1, kLongestPlayS)};
  rules.most_per_day = minutes{fields.integer("minutes_per_day", 0, kMostMinutes)};
  rules.starts_per_hour = static_cast<int>(fields.integer("starts_per_hour", 0, kMostStarts));
  return rules;
}

}  // namespace

void put(json& out, const Policy& policy) {
  out["utc_offset_min"] = policy.utc_offset.count();
  out["default"] = to_json(policy.by_default);
  json nodes = json::object();
  for (const auto& [node, rules] : policy.nodes) nodes[node.str()] = to_json(rules);
  out["nodes"] = std::move(nodes);
}

Policy read_policy(const FieldReader& reader) {
  Policy policy;
  policy.utc_offset = minutes{reader.integer("utc_offset_min", kLeastOffset, kMostOffset)};
  policy.by_default = read_rules(reader.object("default", 32), "default");
  for (const auto& [node, rules] : reader.object("nodes", kMostNodes).items()) {
    if (!is_valid_id(node)) throw BadJson("policy.nodes: not an id");
    policy.nodes[NodeId{node}] = read_rules(rules, node);
  }
  return policy;
}

}  // namespace loa::wire
