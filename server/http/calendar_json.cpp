#include "server/http/calendar_json.h"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/json/json.h"
#include "schedules/lunar/lunar.h"
#include "server/store/schedule_json.h"

namespace loa::server {
namespace {

using civil::Day;
using civil::days;
using nlohmann::json;
using templates::Draft;
using templates::Parameter;
using templates::ParameterKind;
using templates::Template;

constexpr std::size_t kMostValues = 12;
constexpr std::size_t kDuesShown = 12;
constexpr days kDuesWithin{400};  // a yearly feast by the moon is at most 384 days away
constexpr days kMostDays{92};

json words(const std::string& vi, const std::string& en) {
  return {{"vi", vi}, {"en", en}};
}

// What may be given where there is a list to choose from.
json choices_of(const Parameter& parameter, const templates::Ward& ward) {
  json choices = json::array();
  if (parameter.kind == ParameterKind::kHoliday) {
    for (const holidays::Holiday& holiday : ward.almanac.holidays.holidays())
      if (holiday.status == holidays::HolidayStatus::kInForce)
        choices.push_back({{"value", holiday.id}, {"vi", holiday.name_vi}, {"en", holiday.name_en}});
  } else if (parameter.kind == ParameterKind::kSession) {
    for (const std::string& session : ward.sessions)
      choices.push_back({{"value", session}, {"vi", session}, {"en", session}});
  } else if (parameter.kind == ParameterKind::kWeekday) {
    constexpr std::array<std::pair<const char*, const char*>, 7> kNames = {{{"mo", "calendar.monday"},
                                                                            {"tu", "calendar.tuesday"},
                                                                            {"we", "calendar.wednesday"},
                                                                            {"th", "calendar.thursday"},
                                                                            {"fr", "calendar.friday"},
                                                                            {"sa", "calendar.saturday"},
                                                                            {"su", "calendar.sunday"}}};
    for (const auto& [value, text] : kNames)
      if (parameter.weekdays.empty() || std::ranges::find(parameter.weekdays, value) != parameter.weekdays.end())
        choices.push_back({{"value", value},
                           {"vi", render({text, {}}, Language::kVietnamese)},
                           {"en", render({text, {}}, Language::kEnglish)}});
  }
  return choices;
}

json parameter_json(const Parameter& parameter, const templates::Ward& ward) {
  const bool is_number = parameter.kind == ParameterKind::kNumber;
  return {{"name", parameter.name},
          {"kind", templates::to_string(parameter.kind)},
          {"label", words(parameter.label.vi, parameter.label.en)},
          {"required", parameter.is_required()},
          {"default", parameter.otherwise.empty() ? json() : json(parameter.otherwise)},
          {"example", parameter.is_required() ? json(parameter.example) : json()},
          {"least", is_number ? json(parameter.least) : json()},
          {"most", is_number ? json(parameter.most) : json()},
          {"weekdays", parameter.weekdays},
          {"choices", choices_of(parameter, ward)}};
}

const char* route_of(const Template& form) {
  return form.kind == Template::Kind::kCampaign ? "/api/campaigns" : "/api/schedules";
}

json body_of(const Template& form, const Draft& draft) {
  json body = {{"rule", rule_json(draft.rule)},   {"rank", draft.rank},
               {"later_ms", draft.later.count()}, {"shortest_ms", draft.shortest.count()},
               {"late_ms", draft.late.count()},   {"volume_pct", draft.volume_pct}};
  if (draft.stagger) body["stagger_ms"] = draft.stagger->count();
  if (draft.exception)
    body["exception"] = {{"reason", to_string(draft.exception->reason)}, {"words", draft.exception->words}};
  if (draft.campaign) {
    body["title"] = draft.campaign->title;
    body["kind"] = "disclosure";
    body["source"] = draft.campaign->source;
    body["per_turn"] = draft.campaign->per_turn;
    body["consecutive_days"] = draft.campaign->consecutive_days;
    if (!draft.sessions.empty()) body["sessions"] = draft.sessions;
    return body;
  }
  body["template"] = form.id;
  if (draft.event) body["event"] = *draft.event;
  if (!draft.sessions.empty()) body["session"] = draft.sessions.front();
  return body;
}

json dues_of(const Draft& draft, const templates::Ward& ward, WallTime now) {
  schedules::Schedule schedule;
  schedule.rule = draft.rule;
  const Day from = std::max(ward.today, civil::day_of(draft.rule.set.dtstart) - days{1});
  json dues = json::array();
  for (const schedules::Occurrence& each :
       expand(schedule, ward.almanac, from, std::min(from + kDuesWithin, civil::kLastDay))) {
    if (each.due < now) continue;
    if (dues.size() == kDuesShown) break;
    dues.push_back({{"time", civil::format_time(ward.almanac.zone.to_civil(each.due))},
                    {"silence", each.silence ? words(each.silence->vi, each.silence->en) : json()}});
  }
  return dues;
}

json day_json(const holidays::HolidayCalendar& calendar, Day day) {
  const lunar::LunarDate moon = lunar::to_lunar(day);
  json holidays = json::array();
  for (const holidays::Holiday* holiday : calendar.holidays_on(day)) {
    json kinds = json::array();
    if (holiday->is(holidays::HolidayKind::kDayOff)) kinds.push_back("day_off");
    if (holiday->is(holidays::HolidayKind::kGreatDay)) kinds.push_back("great_day");
    if (holiday->is(holidays::HolidayKind::kCommemoration)) kinds.push_back("commemoration");
    const bool is_in_force = holiday->status == holidays::HolidayStatus::kInForce;
    holidays.push_back({{"holiday", holiday->id},
                        {"vi", holiday->name_vi},
                        {"en", holiday->name_en},
                        {"kinds", std::move(kinds)},
                        {"in_force", is_in_force}});
  }
  json off;
  if (const auto found = calendar.day_off(day))
    off = found->holiday != nullptr ? words(found->holiday->name_vi, found->holiday->name_en)
                                    : words(found->notice->basis, found->notice->basis);
  return {{"day", civil::format_day(day)},
          {"lunar",
           {{"day", moon.day},
            {"month", moon.month},
            {"leap", moon.kind == lunar::MonthKind::kLeap},
            {"year", moon.year},
            {"vi", lunar::describe(moon, Language::kVietnamese)},
            {"en", lunar::describe(moon, Language::kEnglish)}}},
          {"working", calendar.is_working_day(day)},
          {"off", std::move(off)},
          {"holidays", std::move(holidays)}};
}

}  // namespace

json templates_json(const std::vector<Template>& forms, const templates::Ward& ward) {
  json list = json::array();
  for (const Template& form : forms) {
    json parameters = json::array();
    for (const Parameter& parameter : form.parameters) parameters.push_back(parameter_json(parameter, ward));
    list.push_back({{"template", form.id},
                    {"title", words(form.title.vi, form.title.en)},
                    {"note", words(form.note.vi, form.note.en)},
                    {"basis", form.basis},
                    {"class", to_string(form.announcement_class)},
                    {"route", route_of(form)},
                    {"parameters", std::move(parameters)}});
  }
  return list;
}

templates::Values read_values(const json& body) {
  const FieldReader reader(body, "body");
  for (const auto& [field, value] : body.items())
    if (field != "parameters") throw BadJson("body: unknown field " + field);
  templates::Values values;
  if (reader.find("parameters") == nullptr) return values;
  for (const auto& [name, value] : reader.object("parameters", kMostValues).items()) {
    if (value.is_string())
      values[name] = value.get<std::string>();
    else if (value.is_number_integer())
      values[name] = value.dump();
    else
      throw BadJson("parameters." + name + ": must be a text or an integer");
  }
  return values;
}

json filled_json(const Template& form, const templates::Values& values, const templates::Ward& ward, WallTime now) {
  const Draft draft = fill(form, values, ward);
  return {{"template", form.id},
          {"class", to_string(form.announcement_class)},
          {"route", route_of(form)},
          {"body", body_of(form, draft)},
          {"dues", dues_of(draft, ward, now)}};
}

json reminders_json(const std::vector<schedules::Reminder>& reminders) {
  json list = json::array();
  for (const schedules::Reminder& each : reminders) {
    const char* text =
        each.state == schedules::ReminderState::kDone ? "reminder.greeting_scheduled" : "reminder.greeting_missing";
    list.push_back(
        {{"event", each.event},
         {"name", words(each.name_vi, each.name_en)},
         {"feast", civil::format_day(each.feast)},
         {"lunar", words(lunar::describe(lunar::to_lunar(each.feast), Language::kVietnamese),
                         lunar::describe(lunar::to_lunar(each.feast), Language::kEnglish))},
         {"day", civil::format_day(each.day)},
         {"days_before", each.days_before},
         {"state", to_string(each.state)},
         {"schedule", each.schedule ? json(each.schedule->str()) : json()},
         {"message", words(render({text, {each.name_vi, civil::short_day(each.feast)}}, Language::kVietnamese),
                           render({text, {each.name_en, civil::short_day(each.feast)}}, Language::kEnglish))}});
  }
  return list;
}

json days_json(const holidays::HolidayCalendar& calendar, Day from, Day to) {
  if (to < from || to - from >= kMostDays) throw Error("explain.bad_range", {std::to_string(kMostDays.count())});
  json list = json::array();
  for (Day day = from; day <= to; day += days{1}) list.push_back(day_json(calendar, day));
  return list;
}

std::map<std::string, json> calendar_schemas() {
  const json id = {{"type", "string"}, {"pattern", "^[a-z0-9][a-z0-9-]{0,63}$"}};
  const json text = {{"type", "string"}};
  const json optional_text = {{"type", {"string", "null"}}};
  const json optional_integer = {{"type", {"integer", "null"}}};
  const json flag = {{"type", "boolean"}};
  const json date = {{"type", "string"}, {"pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}};
  const auto list = [](json items) { return json{{"type", "array"}, {"items", std::move(items)}}; };
  const auto object = [](const json& properties) {
    json required = json::array();
    for (const auto& [name, schema] : properties.items()) required.push_back(name);
    return json{{"type", "object"},
                {"properties", properties},
                {"required", std::move(required)},
                {"additionalProperties", false}};
  };
  const json said = object({{"vi", text}, {"en", text}});
  json silence = said;
  silence["type"] = {"object", "null"};
  const json announcement_class = {{"type", "string"}, {"enum", {"normal", "priority", "emergency"}}};
  const json route = {{"type", "string"}, {"enum", {"/api/schedules", "/api/campaigns"}}};
  const json parameter =
      object({{"name", text},
              {"kind",
               {{"type", "string"},
                {"enum", {"date", "time", "weekday", "month_day", "number", "text", "holiday", "session"}}}},
              {"label", said},
              {"required", flag},
              {"default", optional_text},
              {"example", optional_text},
              {"least", optional_integer},
              {"most", optional_integer},
              {"weekdays", list(text)},
              {"choices", list(object({{"value", text}, {"vi", text}, {"en", text}}))}});
  const json lunar = object({{"day", {{"type", "integer"}, {"minimum", 1}, {"maximum", 30}}},
                             {"month", {{"type", "integer"}, {"minimum", 1}, {"maximum", 12}}},
                             {"leap", flag},
                             {"year", {{"type", "integer"}}},
                             {"vi", text},
                             {"en", text}});
  const json kind = {{"type", "string"}, {"enum", {"day_off", "great_day", "commemoration"}}};
  const json holiday = object({{"holiday", id}, {"vi", text}, {"en", text}, {"kinds", list(kind)}, {"in_force", flag}});
  return {
      {"Templates", list(object({{"template", id},
                                 {"title", said},
                                 {"note", said},
                                 {"basis", text},
                                 {"class", announcement_class},
                                 {"route", route},
                                 {"parameters", list(parameter)}}))},
      {"TemplateValues",
       {{"type", "object"},
        {"properties",
         {{"parameters",
           {{"type", "object"},
            {"description", "by the names that GET /api/templates tells"},
            {"additionalProperties", {{"type", {"string", "integer"}}}}}}}},
        {"additionalProperties", false}}},
      {"FilledTemplate",
       object({{"template", id},
               {"class", announcement_class},
               {"route", route},
               {"body", {{"type", "object"}, {"description", "for `route`; announcement and areas are to be added"}}},
               {"dues", list(object({{"time", text}, {"silence", silence}}))}})},
      {"Reminders", list(object({{"event", id},
                                 {"name", said},
                                 {"feast", date},
                                 {"lunar", said},
                                 {"day", date},
                                 {"days_before", {{"type", "integer"}, {"minimum", 1}}},
                                 {"state", {{"type", "string"}, {"enum", {"due", "upcoming", "done"}}}},
                                 {"schedule", {{"type", {"string", "null"}}}},
                                 {"message", said}}))},
      {"Days",
       list(object(
           {{"day", date}, {"lunar", lunar}, {"working", flag}, {"off", silence}, {"holidays", list(holiday)}}))},
  };
}

}  // namespace loa::server
