#include "cli/keys/policy_file.h"

#include <algorithm>

#include "common/config/config.h"

namespace loa::cli {
namespace {

using std::chrono::minutes;

PolicyRules read_rules(config::ConfigFile& config, const std::string& section) {
  PolicyRules rules;
  const auto from = config.time_of_day(section + ".quiet_from");
  const auto to = config.time_of_day(section + ".quiet_to");
  if (from && to && *from != *to)
    rules.quiet = QuietHours{*from, *to};
  else if (from || to)
    config.refuse(section + (from ? ".quiet_to" : ".quiet_from"), "quiet_from and quiet_to, not the same time");
  std::ranges::copy(config.integers(section + ".ceiling_pct", kHoursOfDay, 0, 100), rules.ceiling_pct.begin());
  rules.longest_play = seconds{config.integer(section + ".longest_play_s", 1, 86'400)};
  rules.most_per_day = minutes{config.integer(section + ".minutes_per_day", 0, 1440)};
  rules.starts_per_hour = static_cast<int>(config.integer(section + ".starts_per_hour", 0, 3600));
  return rules;
}

}  // namespace

Policy load_policy_file(const std::filesystem::path& file) {
  config::ConfigFile config(file);
  Policy policy;
  policy.utc_offset = minutes{config.integer("policy.utc_offset_min", -720, 840)};
  policy.by_default = read_rules(config, "default");
  for (const std::string& node : config.names("nodes")) {
    if (!is_valid_id(node)) config.refuse("nodes." + node, "the id of a node");
    policy.nodes[NodeId{node}] = read_rules(config, "nodes." + node);
  }
  config.finish();
  return policy;
}

}  // namespace loa::cli
