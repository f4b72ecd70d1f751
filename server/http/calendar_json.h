// The JSON of what a ward's year asks for: templates, reminders and the days of its calendar.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "common/base/time.h"
#include "schedules/holidays/holidays.h"
#include "schedules/reminders/reminders.h"
#include "schedules/templates/template.h"

namespace loa::server {

[[nodiscard]] nlohmann::json templates_json(const std::vector<templates::Template>& forms, const templates::Ward& ward);

// {"parameters": {name: text or integer}}. Throws BadJson.
[[nodiscard]] templates::Values read_values(const nlohmann::json& body);

// The body of POST /api/schedules or /api/campaigns without announcement and areas, and what of it is due first after
// `now`. Throws Error as templates::fill().
[[nodiscard]] nlohmann::json filled_json(const templates::Template& form, const templates::Values& values,
                                         const templates::Ward& ward, WallTime now);

[[nodiscard]] nlohmann::json reminders_json(const std::vector<schedules::Reminder>& reminders);

// The days from … to, both included. Throws Error explain.bad_range beyond 92 of them.
[[nodiscard]] nlohmann::json days_json(const holidays::HolidayCalendar& calendar, civil::Day from, civil::Day to);

// Name → JSON Schema of all these.
[[nodiscard]] std::map<std::string, nlohmann::json> calendar_schemas();

}  // namespace loa::server
