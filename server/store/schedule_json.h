// The one JSON form of rules, of the ward's rules and of reasons: as the HTTP interface takes and gives them, and as
// the books keep them.
#pragma once

#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "schedules/arbitration/arbiter.h"
#include "schedules/schedule.h"

namespace loa::server {

// The readers throw BadJson (common/json/json.h) naming the field that is wrong, and Error (civil.*, zone.*, rrule.*
// with the place in the text) for a date, zone or RRULE that is none.
[[nodiscard]] nlohmann::json rule_json(const schedules::Rule& rule);
[[nodiscard]] schedules::Rule read_rule(const nlohmann::json& json, std::string_view name);

[[nodiscard]] nlohmann::json ward_rules_json(const schedules::WardRules& rules);
[[nodiscard]] schedules::WardRules read_ward_rules(const nlohmann::json& json, std::string_view name);

}  // namespace loa::server
