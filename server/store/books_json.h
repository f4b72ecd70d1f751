// The one JSON form of what is in the books: as the HTTP interface gives it, and as the audit keeps it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "server/store/store.h"

namespace loa::server {

// In one line; bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string dump(const nlohmann::json& json);

[[nodiscard]] nlohmann::json to_json(const Area& area);
[[nodiscard]] nlohmann::json to_json(const Announcement& announcement);
// Another one after each change: by it two who edit the same announcement are told apart.
[[nodiscard]] std::string version_of(const Announcement& announcement);
[[nodiscard]] nlohmann::json to_json(const ScheduleRow& row);
[[nodiscard]] nlohmann::json to_json(const Campaign& campaign);
[[nodiscard]] nlohmann::json to_json(const Feed& feed);
[[nodiscard]] nlohmann::json to_json(const WardRulesRow& row);
[[nodiscard]] nlohmann::json to_json(const Person& person);
[[nodiscard]] nlohmann::json to_json(const Token& token);
[[nodiscard]] nlohmann::json to_json(const ApprovalStep& step);
[[nodiscard]] nlohmann::json to_json(const Deputy& deputy);
[[nodiscard]] nlohmann::json to_json(const AuditRow& row);
[[nodiscard]] nlohmann::json to_json(const Settlement& settlement);
[[nodiscard]] nlohmann::json to_json(const Complaint& complaint);
[[nodiscard]] nlohmann::json to_json(const PlayAbout& play);
[[nodiscard]] nlohmann::json to_json(const Satisfaction& satisfaction);

}  // namespace loa::server
