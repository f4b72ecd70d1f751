// The JSON of the HTTP interface: each thing's one encoding, and its JSON Schema beside it.
#pragma once

#include <map>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "server/core/messages.h"
#include "server/enrol/enrolment.h"
#include "server/speech/reading.h"
#include "server/store/books_json.h"
#include "server/store/store.h"

namespace loa::server {

[[nodiscard]] nlohmann::json to_json(const TestNode::Ordered& ordered);
[[nodiscard]] nlohmann::json to_json(const Node& node, const std::optional<EnrolmentCode>& code,
                                     const std::optional<NodeReport>& report, const std::string& current_plan);
[[nodiscard]] nlohmann::json to_json(const NewCode& code);
[[nodiscard]] nlohmann::json to_json(const Clip& clip);
[[nodiscard]] nlohmann::json to_json(const Recording& recording);
[[nodiscard]] nlohmann::json to_json(const speech::Reading& reading);
[[nodiscard]] nlohmann::json to_json(const ScheduleMade& made);
[[nodiscard]] nlohmann::json to_json(const CampaignMade& made);
[[nodiscard]] nlohmann::json to_json(const MessageCount& count);
[[nodiscard]] nlohmann::json to_json(const CampaignDay& day);
[[nodiscard]] nlohmann::json to_json(const ImportSchedules::Made& made);
[[nodiscard]] nlohmann::json to_json(const schedules::Difference& difference);  // its first 200 changes
[[nodiscard]] nlohmann::json to_json(const FateRow& row);
// waiting, enrolled or revoked
[[nodiscard]] std::string state_of(const Node& node);
[[nodiscard]] nlohmann::json to_json(const OutcomeRow& row);
[[nodiscard]] nlohmann::json to_json(const AirRow& row);
// A code and its words: a refusal, an alarm.
[[nodiscard]] nlohmann::json to_json(const Text& text);

// Name → JSON Schema text, for http::ApiDescription.
[[nodiscard]] std::map<std::string, std::string> api_schemas();

}  // namespace loa::server
