#include "server/http/schemas.h"

#include <cstdlib>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/crypto/encoding.h"
#include "common/qr/qr.h"
#include "common/wire/messages.h"
#include "server/http/calendar_json.h"
#include "server/http/report_routes.h"
#include "server/store/schedule_json.h"

namespace loa::server {

using nlohmann::json;

namespace {

// A day.
constexpr std::int64_t kLongestLateMs = 86'400'000;
constexpr std::size_t kMostChanges = 200;

// Milliseconds with microseconds' digits: what a person compares.
double to_ms(nanoseconds d) {
  return static_cast<double>(std::chrono::round<microseconds>(d).count()) / 1000.0;
}

const char* code_of(schedules::Clause clause) {
  switch (clause) {
    case schedules::Clause::kQuietHours:
      return "fate.quiet_hours";
    case schedules::Clause::kWeekday:
      return "fate.weekday";
    case schedules::Clause::kOutsideSessions:
      return "fate.outside_sessions";
    case schedules::Clause::kSessionFull:
      return "fate.session_full";
    case schedules::Clause::kPast:
      return "fate.past";
  }
  std::abort();
}

// Of valid UTF-8: what JavaScript counts in.
std::size_t utf16_units(std::string_view text) {
  std::size_t units = 0;
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if ((octet & 0xC0U) != 0x80U) units += octet >= 0xF0U ? 2 : 1;
  }
  return units;
}

template <class T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

// What a person reads of a self-test: what is wrong and what to do.
Text advice_of(const wire::TestResult& result) {
  static const std::map<std::string_view, const char*> by_reason = {
      {reason::kBusy, "test.busy"},
      {reason::kClockUnknown, "test.clock_unknown"},
      {reason::kMonitorFailed, "test.monitor_failed"},
      {reason::kOutputBusy, "test.output_busy"},
      {reason::kStopOrder, "test.stop_order"},
  };
  if (const auto found = by_reason.find(result.reason); found != by_reason.end()) return {found->second, {}};
  switch (result.verdict) {
    case TestVerdict::kOk:
      return {"test.ok", {}};
    case TestVerdict::kWeak:
      return {"test.weak", {}};
    case TestVerdict::kNotHeard:
      return {"test.not_heard", {}};
    case TestVerdict::kNoMonitor:
      return {"test.no_monitor", {}};
    case TestVerdict::kRefused:
      return {"test.policy", {result.reason}};
    case TestVerdict::kNotRendered:
      break;
  }
  if (result.reason.starts_with("policy_")) return {"test.policy", {result.reason}};
  return {"test.not_rendered", {}};
}

json to_json(const wire::TestResult& result) {
  const Text advice = advice_of(result);
  return {{"test", result.test.str()},
          {"at", result.at ? json(format_utc(wall_from_station(*result.at))) : json()},
          {"verdict", to_string(result.verdict)},
          {"reason", result.reason},
          {"advice", {{"vi", render(advice, Language::kVietnamese)}, {"en", render(advice, Language::kEnglish)}}},
          {"volume_pct", result.volume_pct},
          {"commanded_dbfs", or_null(result.commanded_dbfs)},
          {"rendered_dbfs", or_null(result.rendered_dbfs)},
          {"heard_dbfs", or_null(result.heard_dbfs)},
          {"snr_db", or_null(result.snr_db)},
          {"delay_ms", result.delay ? json(result.delay->count()) : json()}};
}

}  // namespace

std::string state_of(const Node& node) {
  if (node.public_key) return "enrolled";
  return node.revoked ? "revoked" : "waiting";
}

json to_json(const NewCode& code) {
  return {{"node", code.node.str()},
          {"code", code.code},
          {"picture", qr::svg(code.code, qr::Correction::kMedium)},
          {"until", format_utc(code.until)}};
}

json to_json(const TestNode::Ordered& ordered) {
  return {{"node", ordered.node.str()}, {"test", ordered.test.str()}, {"volume_pct", ordered.volume_pct}};
}

json to_json(const Node& node, const std::optional<EnrolmentCode>& code, const std::optional<NodeReport>& report,
             const std::string& current_plan) {
  json revoked;
  if (node.revoked) revoked = {{"when", format_utc(node.revoked->when)}, {"why", node.revoked->why}};
  const bool has_open_code = code && code->state == CodeState::kOpen;
  json out = {
      {"node", node.id.str()},
      {"area", node.area.str()},
      {"name", node.name},
      {"state", state_of(node)},
      {"public_key", node.public_key ? json(crypto::encode_base64(node.public_key->bytes)) : json()},
      {"code_until", has_open_code ? json(format_utc(code->until)) : json()},
      {"revoked", std::move(revoked)},
      {"position",
       node.position ? json{{"latitude", node.position->latitude}, {"longitude", node.position->longitude}} : json()},
      {"delay_ms", node.delay.count()},
      {"current_plan", current_plan},
      {"report", nullptr}};
  if (!report) return out;
  const wire::Status& status = report->status;
  json health;
  if (status.health) {
    const wire::Health& told = *status.health;
    json alarms = json::array();
    for (const std::string& alarm : told.alarms) alarms.push_back(alarm);
    const auto or_null = [](const auto& value) { return value ? json(*value) : json(); };
    health = {{"restart", told.restart},
              {"uptime_s", told.uptime.count()},
              {"volume_pct", or_null(told.volume_pct)},
              {"level_lufs", or_null(told.level_lufs)},
              {"reconnects", told.reconnects},
              {"received_bytes", told.received_bytes},
              {"sent_bytes", told.sent_bytes},
              {"next_play", told.next_play ? json(format_utc(wall_from_station(*told.next_play))) : json()},
              {"plays_missing", told.plays_missing},
              {"disk_free_mb", or_null(told.disk_free_mb)},
              {"temperature_c", or_null(told.temperature_c)},
              {"battery_pct", or_null(told.battery_pct)},
              {"supply", told.supply},
              {"alarms", std::move(alarms)},
              {"test", told.test ? to_json(*told.test) : json()}};
  }
  out["report"] = {{"seen", format_utc(report->seen)},
                   {"online", status.presence == wire::Presence::kOnline},
                   {"version", status.version},
                   {"plan", status.plan},
                   {"holds_current_plan", !current_plan.empty() && status.plan == current_plan},
                   {"clips_wanted", status.clips_wanted},
                   {"clips_ready", status.clips_ready},
                   {"clock_state", to_string(status.clock_state)},
                   {"clock_error_ms", status.clock_error ? json(to_ms(*status.clock_error)) : json()},
                   {"playing", status.playing ? json(status.playing->str()) : json()},
                   {"outbox", status.outbox},
                   {"refused", status.refused},
                   {"health", std::move(health)}};
  return out;
}

json to_json(const Clip& clip) {
  return {{"sha256", clip.hash.str()},
          {"bytes", clip.bytes},
          {"duration_ms", clip.duration.count()},
          {"input_lufs", clip.input_lufs},
          {"output_lufs", clip.output_lufs},
          {"output_true_peak_dbtp", clip.output_true_peak_dbtp},
          {"bitrate", clip.bitrate}};
}

json to_json(const Text& text) {
  return {{"code", text.code}, {"vi", render(text, Language::kVietnamese)}, {"en", render(text, Language::kEnglish)}};
}

json to_json(const Recording& recording) {
  return {{"recording", recording.id.str()},
          {"name", recording.name},
          {"bytes", recording.bytes},
          {"received", format_utc(recording.received)},
          {"state", to_string(recording.state)},
          {"progress_pct", recording.progress_pct},
          {"refusal", recording.refusal ? to_json(*recording.refusal) : json()},
          {"clip", recording.clip ? json(recording.clip->str()) : json()},
          {"announcement", recording.announcement ? json(recording.announcement->str()) : json()}};
}

json to_json(const speech::Reading& reading) {
  json pieces = json::array();
  std::size_t at = 0;
  std::size_t units = 0;
  const auto advance = [&](std::size_t to) {
    units += utf16_units(std::string_view{reading.written}.substr(at, to - at));
    at = to;
    return units;
  };
  for (const speech::Piece& piece : reading.pieces) {
    const std::size_t start = advance(piece.at);
    const std::size_t end = advance(piece.at + piece.length);
    pieces.push_back({{"start", start},
                      {"end", end},
                      {"written", reading.written.substr(piece.at, piece.length)},
                      {"spoken", piece.spoken}});
  }
  return {{"text", reading.written},
          {"spoken", reading.spoken},
          {"pieces", std::move(pieces)},
          {"syllables", reading.syllables},
          {"length_ms", reading.length.count()}};
}

json to_json(const schedules::Difference& difference) {
  json changes = json::array();
  for (const schedules::Difference::Change& change : difference.changes) {
    if (changes.size() == kMostChanges) break;
    const auto fate = [](const std::optional<schedules::Fate>& told) {
      if (!told) return json();
      return json{{"verdict", to_string(told->verdict)},
                  {"start", format_utc(told->start)},
                  {"length_ms", told->length.count()}};
    };
    changes.push_back({{"schedule", change.schedule.str()},
                       {"due", format_utc(change.due)},
                       {"before", fate(change.before)},
                       {"after", fate(change.after)}});
  }
  return {{"added", difference.added},         {"moved", difference.moved},   {"shortened", difference.cut},
          {"cancelled", difference.cancelled}, {"silent", difference.silent}, {"changes", std::move(changes)}};
}

json to_json(const std::vector<ScheduleMade::Kept>& kept) {
  json list = json::array();
  for (const ScheduleMade::Kept& each : kept) {
    if (list.size() == kMostChanges) break;
    list.push_back(
        {{"node", each.node.str()}, {"start", format_utc(each.start)}, {"reason", schedules::reason_of(each.clause)}});
  }
  return list;
}

json to_json(const std::vector<ScheduleMade::Softer>& softer) {
  json list = json::array();
  for (const ScheduleMade::Softer& each : softer) {
    if (list.size() == kMostChanges) break;
    list.push_back({{"node", each.node.str()}, {"start", format_utc(each.start)}, {"volume_pct", each.volume_pct}});
  }
  return list;
}

json to_json(const ScheduleMade& made) {
  json out = to_json(made.row);
  out["difference"] = to_json(made.difference);
  out["kept_by_policy"] = to_json(made.kept);
  out["softer"] = to_json(made.softer);
  return out;
}

json to_json(const CampaignMade& made) {
  json out = to_json(made.campaign);
  out["schedules"] = json::array();
  for (const schedules::Schedule& schedule : made.schedules) out["schedules"].push_back(schedule.id.str());
  out["difference"] = to_json(made.difference);
  out["kept_by_policy"] = to_json(made.kept);
  out["softer"] = to_json(made.softer);
  return out;
}

json to_json(const MessageCount& count) {
  return {{"announcement", count.announcement.str()},
          {"title", count.title},
          {"planned", count.planned},
          {"played", count.played}};
}

json to_json(const CampaignDay& day) {
  return {{"day", civil::format_day(day.day)}, {"nodes", day.nodes}, {"proved", day.proved}};
}

json to_json(const ImportSchedules::Made& made) {
  json schedules = json::array();
  for (const ScheduleRow& row : made.rows) schedules.push_back(to_json(row));
  return {{"schedules", std::move(schedules)},
          {"difference", to_json(made.difference)},
          {"kept_by_policy", to_json(made.kept)},
          {"softer", to_json(made.softer)}};
}

json to_json(const FateRow& row) {
  std::optional<Text> why;
  if (const auto* clause = std::get_if<schedules::Clause>(&row.fate.why)) why = Text{code_of(*clause), {}};
  if (std::holds_alternative<schedules::LostTo>(row.fate.why))
    why = row.winner ? Text{"fate.lost_to", {row.winner->str()}} : Text{"fate.lost", {}};
  json told = why ? to_json(*why) : json();
  if (row.silence) told = {{"code", "fate.calendar"}, {"vi", row.silence->vi}, {"en", row.silence->en}};
  return {{"schedule", row.schedule.str()},
          {"announcement", row.announcement.str()},
          {"title", row.title},
          {"due", format_utc(row.due)},
          {"verdict", to_string(row.fate.verdict)},
          {"start", format_utc(row.fate.start)},
          {"length_ms", row.fate.length.count()},
          {"winner", row.winner ? json(row.winner->str()) : json()},
          {"why", std::move(told)}};
}

json to_json(const OutcomeRow& row) {
  const wire::Outcome& outcome = row.outcome;
  return {{"node", row.node.str()},
          {"play", outcome.play.str()},
          {"announcement", outcome.announcement.str()},
          {"clip", outcome.clip ? json(outcome.clip->str()) : json()},
          {"lost_ms", outcome.lost.count()},
          {"planned", format_utc(wall_from_station(outcome.planned))},
          {"result", to_string(outcome.result)},
          {"reason", outcome.reason},
          {"started", outcome.started ? json(format_utc(wall_from_station(*outcome.started))) : json()},
          {"start_error_ms", outcome.start_error ? json(to_ms(*outcome.start_error)) : json()},
          {"heard_ms", outcome.heard.count()},
          {"loudness_lufs", or_null(outcome.loudness_lufs)},
          {"peak_dbfs", or_null(outcome.peak_dbfs)},
          {"clock_state", row.reported ? json(to_string(outcome.clock_state)) : json()},
          {"clock_error_ms", outcome.clock_error ? json(to_ms(*outcome.clock_error)) : json()},
          {"historical", outcome.historical},
          {"reported", row.reported ? json(format_utc(*row.reported)) : json()}};
}

json to_json(const AirRow& row) {
  const wire::Air& air = row.air;
  json nodes = json::array();
  for (const NodeId& node : *air.nodes) nodes.push_back(node.str());
  return {{"play", air.play.str()},
          {"kind", to_string(row.kind)},
          {"title", row.title},
          {"class", to_string(air.announcement_class)},
          {"exercise", row.is_exercise},
          {"announcement", air.clip ? json(air.announcement.str()) : json()},
          {"nodes", std::move(nodes)},
          {"volume_pct", air.volume_pct},
          {"start", format_utc(wall_from_station(air.start))},
          {"until", format_utc(wall_from_station(air.until))},
          {"every_ms", air.every ? json(air.every->count()) : json()},
          {"outside_policy", !air.grant.empty()},
          {"person", row.by.str()},
          {"made", format_utc(row.made)},
          {"ended", row.ended ? json(format_utc(*row.ended)) : json()},
          {"why", row.why},
          {"recording", row.recording ? json(row.recording->str()) : json()}};
}

std::map<std::string, std::string> api_schemas() {
  const json id = {{"type", "string"}, {"pattern", "^[a-z0-9][a-z0-9-]{0,63}$"}};
  const json digest = {{"type", "string"}, {"pattern", "^[0-9a-f]{64}$"}};
  const json instant = {{"type", "string"}, {"format", "date-time"}};
  const json text = {{"type", "string"}};
  const json count = {{"type", "integer"}, {"minimum", 0}};
  const json real = {{"type", "number"}};
  const json flag = {{"type", "boolean"}};
  const json percent = {{"type", "integer"}, {"minimum", 0}, {"maximum", 100}};
  const json volume = {{"type", "integer"}, {"minimum", 1}, {"maximum", 100}};
  const json late = {{"type", "integer"}, {"minimum", 0}, {"maximum", kLongestLateMs}};
  const auto nullable = [](json schema) {
    schema["type"] = json::array({schema["type"], "null"});
    if (schema.contains("enum")) schema["enum"].push_back(nullptr);
    return schema;
  };
  const auto object = [](const json& properties) {
    json required = json::array();
    for (const auto& [name, schema] : properties.items()) required.push_back(name);
    return json{{"type", "object"},
                {"properties", properties},
                {"required", std::move(required)},
                {"additionalProperties", false}};
  };
  const auto optional_beside = [&object](const json& needed, const json& optional) {
    json schema = object(needed);
    schema["properties"].update(optional);
    return schema;
  };
  const auto list_of = [](const char* name) {
    return json{{"type", "array"}, {"items", {{"$ref", std::string{"#/components/schemas/"} + name}}}};
  };
  const json announcement_class = {{"type", "string"}, {"enum", {"normal", "priority", "emergency"}}};
  const json clock_state = {{"type", "string"}, {"enum", {"cold", "floor", "synced", "holdover", "doubt"}}};
  const json text_list = {{"type", "array"}, {"items", text}};
  const json time_of_day = {{"type", "string"}, {"pattern", "^([01][0-9]|2[0-4]):[0-5][0-9]$"}};
  const json day_set = {{"type", "string"}, {"enum", {"day_off", "not_working", "great_day", "holiday"}}};
  const json airing = optional_beside({{"days", {{"type", "integer"}}}}, {{"time", time_of_day}});
  const json day_step = optional_beside(json::object(), {{"skip_on", day_set},
                                                         {"only_on", day_set},
                                                         {"move_from", day_set},
                                                         {"to", {{"type", "string"}, {"enum", {"before", "after"}}}},
                                                         {"air_at", {{"type", "array"}, {"items", airing}}}});
  json rule = optional_beside({{"kind", {{"type", "string"}, {"enum", {"once", "recurring"}}}}, {"start", text}},
                              {{"zone", text},
                               {"rrules", text_list},
                               {"rdates", text_list},
                               {"exdates", text_list},
                               {"exdays", text_list},
                               {"moved", {{"type", "array"}, {"items", object({{"from", text}, {"to", text}})}}},
                               {"days", {{"type", "array"}, {"items", day_step}}}});
  rule["description"] = "docs/schedules.md";
  json rule_told = rule;
  rule_told["properties"]["rotation"] =
      object({{"place", count}, {"pool", count}, {"per_turn", count}, {"session", count}, {"sessions", count}});
  const json ids = {{"type", "array"}, {"items", id}};

  const json digits = {{"type", "string"}, {"pattern", "^[0-9]{6}$"}};
  json role = {{"type", "string"}, {"enum", json::array()}};
  for (const Role each : kRoles) role["enum"].push_back(to_string(each));
  const json scope = {{"type", "string"}, {"enum", {"read", "write", "stop"}}};
  const json person = object({{"person", id},
                              {"name", text},
                              {"role", role},
                              {"area", nullable(id)},
                              {"mail", text},
                              {"has_password", flag},
                              {"has_second_factor", flag},
                              {"made", instant},
                              {"closed", nullable(instant)}});
  const json token = {{"token", id},
                      {"person", id},
                      {"name", text},
                      {"scope", scope},
                      {"made", instant},
                      {"until", instant},
                      {"revoked", nullable(instant)}};

  const json category = {{"type", "string"}, {"enum", {"notice", "disclosure", "greeting"}}};
  const json approval_state = {{"type", "string"},
                               {"enum", {"draft", "submitted", "approved", "returned", "withdrawn"}}};
  const json step_kind = {{"type", "string"},
                          {"enum", {"made", "edited", "scheduled", "submitted", "approved", "returned", "withdrawn"}}};
  const json day = {{"type", "string"}, {"pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}};
  const json announcement = {{"announcement", id},          {"title", text},        {"transcript", text},
                             {"class", announcement_class}, {"clip", digest},       {"synthetic", flag},
                             {"heard", nullable(instant)},  {"category", category}, {"source", text},
                             {"names_citizen", flag},       {"consent", text},      {"author", nullable(id)},
                             {"state", approval_state},     {"version", text}};
  const json new_announcement = {{"transcript", text}, {"class", announcement_class}, {"category", category},
                                 {"source", text},     {"names_citizen", flag},       {"consent", text}};
  json announcement_edit = new_announcement;
  announcement_edit["version"] = {{"type", "string"}, {"description", "of the announcement that the edit began from"}};
  json announcement_told = announcement;
  announcement_told["standing"] = {
      {"type", "string"},
      {"enum", {"draft", "submitted", "approved", "returned", "withdrawn", "planned", "aired", "expired"}}};
  json waiting = announcement;
  waiting["schedules"] = list_of("Schedule");

  json test =
      object({{"test", id},
              {"at", nullable(instant)},
              {"verdict",
               {{"type", "string"}, {"enum", {"ok", "weak", "not_heard", "not_rendered", "no_monitor", "refused"}}}},
              {"reason", text},
              {"advice", object({{"vi", text}, {"en", text}})},
              {"volume_pct", percent},
              {"commanded_dbfs", nullable(real)},
              {"rendered_dbfs", nullable(real)},
              {"heard_dbfs", nullable(real)},
              {"snr_db", nullable(real)},
              {"delay_ms", nullable(json{{"type", "integer"}})}});
  json health = object({{"restart", text},
                        {"uptime_s", count},
                        {"volume_pct", nullable(percent)},
                        {"level_lufs", nullable(real)},
                        {"reconnects", count},
                        {"received_bytes", count},
                        {"sent_bytes", count},
                        {"next_play", nullable(instant)},
                        {"plays_missing", count},
                        {"disk_free_mb", nullable(count)},
                        {"temperature_c", nullable(real)},
                        {"battery_pct", nullable(percent)},
                        {"supply", text},
                        {"alarms", {{"type", "array"}, {"items", text}}},
                        {"test", nullable(test)}});
  json report = object({{"seen", instant},
                        {"online", flag},
                        {"version", text},
                        {"plan", text},
                        {"holds_current_plan", flag},
                        {"clips_wanted", count},
                        {"clips_ready", count},
                        {"clock_state", clock_state},
                        {"clock_error_ms", nullable(real)},
                        {"playing", nullable(text)},
                        {"outbox", count},
                        {"refused", {{"type", "object"}, {"additionalProperties", count}}},
                        {"health", nullable(health)}});
  json words = object({{"code", text}, {"vi", text}, {"en", text}});

  const json rank = {{"type", "integer"}, {"minimum", -1000}, {"maximum", 1000}};
  const json exception =
      object({{"reason", {{"type", "string"}, {"enum", {"great_holiday", "political_event", "emergency", "repair"}}}},
              {"words", text}});
  const json verdict = {{"type", "string"}, {"enum", {"plays", "shifted", "shortened", "cancelled"}}};
  const json at = object({{"verdict", verdict}, {"start", instant}, {"length_ms", count}});
  const json difference = object(
      {{"added", count},
       {"moved", count},
       {"shortened", count},
       {"cancelled", count},
       {"silent", count},
       {"changes",
        {{"type", "array"},
         {"items", object({{"schedule", id}, {"due", instant}, {"before", nullable(at)}, {"after", nullable(at)}})}}}});
  const json chime_term = {{"type", "string"}, {"enum", {"none"}}};
  const json schedule = {{"schedule", id},
                         {"announcement", id},
                         {"campaign", nullable(id)},
                         {"areas", ids},
                         {"nodes", ids},
                         {"rule", rule_told},
                         {"session", nullable(text)},
                         {"rank", rank},
                         {"later_ms", late},
                         {"shortest_ms", late},
                         {"stagger_ms", nullable(late)},
                         {"exception", nullable(exception)},
                         {"template", nullable(id)},
                         {"event", nullable(id)},
                         {"chime", nullable(chime_term)},
                         {"late_ms", count},
                         {"volume_pct", percent},
                         {"duration_ms", count},
                         {"made", instant},  // with microseconds: which version it is
                         {"approved", flag},
                         {"cancelled", nullable(instant)}};
  json made = schedule;
  made["difference"] = difference;
  made["kept_by_policy"] = {{"type", "array"}, {"items", object({{"node", id}, {"start", instant}, {"reason", text}})}};
  made["softer"] = {{"type", "array"}, {"items", object({{"node", id}, {"start", instant}, {"volume_pct", percent}})}};
  const json terms = {{"session", text},     {"rank", rank},           {"later_ms", late}, {"shortest_ms", late},
                      {"stagger_ms", late},  {"exception", exception}, {"template", id},   {"event", id},
                      {"chime", chime_term}, {"late_ms", late},        {"areas", ids},     {"nodes", ids}};
  const json campaign_kind = {{"type", "string"}, {"enum", {"rotation", "disclosure"}}};
  const json campaign = {{"campaign", id},
                         {"title", text},
                         {"kind", campaign_kind},
                         {"source", text},
                         {"made", instant},
                         {"consecutive_days", count},
                         {"cancelled", nullable(instant)}};
  json campaign_made = campaign;
  campaign_made["schedules"] = ids;
  campaign_made["difference"] = difference;
  campaign_made["kept_by_policy"] = made["kept_by_policy"];
  campaign_made["softer"] = made["softer"];
  json campaign_told = campaign;
  campaign_told["schedules"] = ids;
  campaign_told["messages"] = {
      {"type", "array"},
      {"items", object({{"announcement", id}, {"title", text}, {"planned", count}, {"played", count}})}};
  campaign_told["days"] = {{"type", "array"},
                           {"items", object({{"day", {{"type", "string"}, {"pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}}},
                                             {"nodes", count},
                                             {"proved", count}})}};
  json edit_terms = terms;
  edit_terms["made"] = {{"type", "string"}, {"description", "made of the schedule that the edit began from"}};
  const json rules_version = {
      {"type", "integer"}, {"minimum", 0}, {"description", "that the edit began from; 0: there was none"}};
  json campaign_terms = terms;
  campaign_terms.erase("session");
  campaign_terms.update({{"sessions", text_list},
                         {"per_turn", {{"type", "integer"}, {"minimum", 1}}},
                         {"source", text},
                         {"consecutive_days", {{"type", "integer"}, {"minimum", 1}}}});
  json import_terms = terms;
  import_terms["mode"] = {{"type", "string"}, {"enum", {"save", "preview"}}};
  const json feed = {{"feed", id}, {"name", text}, {"area", nullable(id)}, {"made", instant}};
  json feed_made = feed;
  feed_made["path"] = text;
  const json result = {{"type", "string"}, {"enum", {"played", "late", "partial", "stopped", "missed"}}};
  json complaint_kinds = json::array();
  for (const ComplaintKind kind : kComplaintKinds) complaint_kinds.push_back(to_string(kind));
  const json complaint_kind = {{"type", "string"}, {"enum", complaint_kinds}};
  const json complaint = {
      {"complaint", id},      {"made", instant},
      {"heard", instant},     {"node", nullable(id)},
      {"area", nullable(id)}, {"kind", complaint_kind},
      {"text", text},         {"settled", nullable(object({{"at", instant}, {"person", id}, {"note", text}}))}};
  json complaint_told = complaint;
  complaint_told["about"] = nullable(object({{"play", id},
                                             {"announcement", id},
                                             {"title", text},
                                             {"start", instant},
                                             {"result", nullable(result)},
                                             {"reason", text},
                                             {"started", nullable(instant)},
                                             {"heard_ms", count},
                                             {"loudness_lufs", nullable(real)}}));
  const json session = object({{"name", text}, {"from", time_of_day}, {"until", time_of_day}, {"longest_ms", count}});
  const json area_class =
      object({{"name", text},
              {"areas", ids},
              {"ceilings",
               {{"type", "array"},
                {"items", object({{"from", time_of_day}, {"until", time_of_day}, {"volume_pct", volume}})}}}});
  // Clip and length are looked up when the rules are saved.
  const json chime = optional_beside({{"announcement", id}}, {{"clip", digest}, {"duration_ms", count}});
  const json chimes = optional_beside(json::object(), {{"normal", chime}, {"priority", chime}, {"emergency", chime}});
  const json rules = optional_beside(
      {{"weekdays",
        {{"type", "array"}, {"items", {{"type", "string"}, {"enum", {"mo", "tu", "we", "th", "fr", "sa", "su"}}}}}},
       {"sessions", {{"type", "array"}, {"items", session}}},
       {"gap_ms", count}},
      {{"quiet", object({{"from", time_of_day}, {"until", time_of_day}})},
       {"classes", {{"type", "array"}, {"items", area_class}}},
       {"chimes", chimes}});
  const json outcome = object({{"node", id},
                               {"play", id},
                               {"announcement", id},
                               {"clip", nullable(digest)},
                               {"lost_ms", count},
                               {"planned", instant},
                               {"result", result},
                               {"reason", text},
                               {"started", nullable(instant)},
                               {"start_error_ms", nullable(real)},
                               {"heard_ms", count},
                               {"loudness_lufs", nullable(real)},
                               {"peak_dbfs", nullable(real)},
                               {"clock_state", nullable(clock_state)},
                               {"clock_error_ms", nullable(real)},
                               {"historical", flag},
                               {"reported", nullable(instant)}});
  const json fate = {{"schedule", id},     {"announcement", id},     {"title", text},
                     {"due", instant},     {"verdict", verdict},     {"start", instant},
                     {"length_ms", count}, {"winner", nullable(id)}, {"why", nullable(words)}};
  json node_fate = fate;
  node_fate["outcome"] = nullable(outcome);
  const json air_kind = {{"type", "string"}, {"enum", {"announcement", "speech", "emergency"}}};
  const json air = {{"play", id},
                    {"kind", air_kind},
                    {"title", text},
                    {"class", announcement_class},
                    {"exercise", flag},
                    {"announcement", nullable(id)},
                    {"nodes", ids},
                    {"volume_pct", percent},
                    {"start", instant},
                    {"until", instant},
                    {"every_ms", nullable(count)},
                    {"outside_policy", flag},
                    {"person", text},
                    {"made", instant},
                    {"ended", nullable(instant)},
                    {"why", text},
                    {"recording", nullable(id)}};
  json air_told = air;
  air_told["outcomes"] = list_of("Outcome");
  const json emergency_key = {
      {"person", id}, {"public_key", text}, {"key", text}, {"made", instant}, {"believed", flag}};
  node_fate["volume_pct"] = nullable(percent);
  node_fate["kept_by_policy"] = nullable(text);
  node_fate["node_state"] = {{"type", "string"}, {"enum", {"waiting", "enrolled", "revoked"}}};

  const json position = object({{"latitude", {{"type", "number"}, {"minimum", -90}, {"maximum", 90}}},
                                {"longitude", {{"type", "number"}, {"minimum", -180}, {"maximum", 180}}}});

  const json delay = {
      {"type", "integer"}, {"minimum", -wire::kMostDelay.count()}, {"maximum", wire::kMostDelay.count()}};

  const json policy_rules = object({{"quiet", nullable(object({{"from", time_of_day}, {"until", time_of_day}}))},
                                    {"ceiling_pct", {{"type", "array"}, {"items", percent}}},
                                    {"longest_play_ms", count},
                                    {"most_minutes_per_day", count},
                                    {"starts_per_hour", count}});
  const json trusted_key =
      object({{"key", text},
              {"kind", {{"type", "string"}, {"enum", {"station", "emergency"}}}},
              {"label", text},
              {"from", instant},
              {"until", instant},
              {"state", {{"type", "string"}, {"enum", {"in_force", "expired", "not_yet", "revoked"}}}}});
  const json certificate = object({{"use", {{"type", "string"}, {"enum", {"https", "broker"}}}},
                                   {"name", text},
                                   {"from", instant},
                                   {"until", instant}});
  const json policy =
      object({{"seq", count},
              {"utc_offset_minutes", {{"type", "integer"}}},
              {"rules", policy_rules},
              {"nodes", {{"type", "array"}, {"items", object({{"node", id}, {"rules", policy_rules}})}}}});

  std::map<std::string, json> schemas = {
      {"Keys", object({{"root", text},
                       {"trust", object({{"seq", count}, {"keys", {{"type", "array"}, {"items", trusted_key}}}})},
                       {"policy", nullable(policy)},
                       {"signer", object({{"answers", flag}, {"trouble", nullable(words)}})},
                       {"certificates", {{"type", "array"}, {"items", certificate}}},
                       {"warnings", {{"type", "array"}, {"items", words}}}})},
      {"ConsoleSettings", object({{"tiles", flag}})},
      {"Health", object({{"state", {{"const", "ok"}}}, {"station", text}, {"version", text}})},
      {"Alarms", {{"type", "array"}, {"items", words}}},
      {"Area", object({{"area", id}, {"parent", nullable(id)}, {"name", text}, {"residents", nullable(count)}})},
      {"Areas", list_of("Area")},
      {"NewArea", optional_beside({{"area", id}, {"name", text}}, {{"parent", id}})},
      {"AreaTerms", object({{"name", text},
                            {"residents", nullable({{"type", "integer"}, {"minimum", 0}, {"maximum", 100'000'000}})}})},
      {"NodeTerms",
       optional_beside({{"name", text}, {"area", id}, {"position", nullable(position)}}, {{"delay_ms", delay}})},
      {"Node", object({{"node", id},
                       {"area", id},
                       {"name", text},
                       {"state", {{"type", "string"}, {"enum", {"waiting", "enrolled", "revoked"}}}},
                       {"public_key", nullable(text)},
                       {"code_until", nullable(instant)},
                       {"revoked", nullable(object({{"when", instant}, {"why", text}}))},
                       {"position", nullable(position)},
                       {"delay_ms", delay},
                       {"current_plan", text},
                       {"report", nullable(report)}})},
      {"Nodes", list_of("Node")},
      {"NewNode", object({{"node", id}, {"area", id}, {"name", text}})},
      {"NodeCode", object({{"node", id}, {"code", text}, {"picture", text}, {"until", instant}})},
      {"Test", optional_beside(json::object(), {{"volume_pct", volume}})},
      {"TestOrdered", object({{"node", id}, {"test", id}, {"volume_pct", percent}})},
      {"Revoke", optional_beside(json::object(), {{"why", text}})},
      {"Certificate", object({{"certificate", text}})},
      {"Envelope", {{"type", "object"}, {"description", "A signed envelope, docs/protocol.md §2 and §5"}}},
      {"Clip", object({{"sha256", digest},
                       {"bytes", count},
                       {"duration_ms", count},
                       {"input_lufs", real},
                       {"output_lufs", real},
                       {"output_true_peak_dbtp", real},
                       {"bitrate", count}})},
      {"Clips", list_of("Clip")},
      {"SignIn", optional_beside({{"person", id}, {"password", text}}, {{"digits", digits}})},
      {"Me",
       object({{"person", id}, {"name", text}, {"role", role}, {"area", nullable(id)}, {"second_factor_first", flag}})},
      {"TakeInvitation", object({{"code", text}, {"password", text}})},
      {"ChangePassword", object({{"password", text}, {"new_password", text}})},
      {"SecondFactor", object({{"secret", text}, {"uri", text}, {"picture", text}})},
      {"Digits", object({{"digits", digits}})},
      {"Person", person},
      {"People", list_of("Person")},
      {"NewPerson",
       optional_beside({{"person", id}, {"name", text}, {"role", role}}, {{"area", nullable(id)}, {"mail", text}})},
      {"PersonTerms", optional_beside({{"name", text}, {"role", role}}, {{"area", nullable(id)}, {"mail", text}})},
      {"Invited", object({{"person", person}, {"code", text}, {"until", instant}})},
      {"Token", object(token)},
      {"Tokens", list_of("Token")},
      {"NewToken", object({{"name", text}, {"scope", scope}, {"until", instant}})},
      {"TokenMade", optional_beside(token, {{"secret", text}})},
      {"AuditRow", object({{"seq", count},
                           {"at", instant},
                           {"person", nullable(id)},
                           {"via", text},
                           {"action", text},
                           {"subject", text},
                           {"before", json::object()},
                           {"after", json::object()},
                           {"hash", digest}})},
      {"Audit", list_of("AuditRow")},
      {"Recording", object({{"recording", id},
                            {"name", text},
                            {"bytes", count},
                            {"received", instant},
                            {"state", {{"type", "string"}, {"enum", {"ingesting", "ready", "refused"}}}},
                            {"progress_pct", percent},
                            {"refusal", nullable(words)},
                            {"clip", nullable(digest)},
                            {"announcement", nullable(id)}})},
      {"Recordings", list_of("Recording")},
      {"Announcement", object(announcement)},
      {"AnnouncementTold", object(announcement_told)},
      {"Waiting", object(waiting)},
      {"Approvals", list_of("Waiting")},
      {"Submission", optional_beside({{"confirmed", flag}}, {{"comment", text}})},
      {"Comment", optional_beside(json::object(), {{"comment", text}})},
      {"Step", object({{"at", instant}, {"person", id}, {"step", step_kind}, {"comment", text}})},
      {"Steps", list_of("Step")},
      {"Deputy", object({{"deputy", id},
                         {"person", id},
                         {"first", day},
                         {"last", day},
                         {"decision", text},
                         {"appointed_by", text},
                         {"made", instant},
                         {"ended", nullable(instant)}})},
      {"Deputies", list_of("Deputy")},
      {"NewDeputy", object({{"person", id}, {"first", day}, {"last", day}, {"decision", text}})},
      {"Announcements", list_of("Announcement")},
      {"NewAnnouncement", optional_beside({{"title", text}, {"clip", digest}}, new_announcement)},
      {"AnnouncementEdit", optional_beside({{"title", text}, {"clip", digest}}, announcement_edit)},
      {"NewSpeech", optional_beside({{"title", text}, {"text", text}}, {{"class", announcement_class}})},
      {"SpeechText", object({{"text", text}})},
      {"SpeechPreview",
       object({{"text", text},
               {"spoken", text},
               {"pieces",
                {{"type", "array"},
                 {"description", "What is said in other words; start and end count UTF-16 units of text"},
                 {"items", object({{"start", count}, {"end", count}, {"written", text}, {"spoken", text}})}}},
               {"syllables", count},
               {"length_ms", count}})},
      {"Schedule", object(schedule)},
      {"Schedules", list_of("Schedule")},
      {"ScheduleMade", object(made)},
      {"Difference", difference},
      {"NewSchedule", optional_beside({{"announcement", id}, {"rule", rule}, {"volume_pct", volume}}, terms)},
      {"ScheduleEdit", optional_beside({{"announcement", id}, {"rule", rule}, {"volume_pct", volume}}, edit_terms)},
      {"Campaign", object(campaign)},
      {"Campaigns", list_of("Campaign")},
      {"CampaignMade", object(campaign_made)},
      {"CampaignTold", object(campaign_told)},
      {"NewCampaign",
       optional_beside(
           {{"title", text}, {"kind", campaign_kind}, {"announcements", ids}, {"rule", rule}, {"volume_pct", volume}},
           campaign_terms)},
      {"ImportSchedules", optional_beside({{"ics", text}, {"announcement", id}, {"volume_pct", volume}}, import_terms)},
      {"SchedulesMade", object({{"schedules", list_of("Schedule")},
                                {"difference", difference},
                                {"kept_by_policy", made["kept_by_policy"]},
                                {"softer", made["softer"]}})},
      {"NewFeed", optional_beside({{"name", text}}, {{"area", id}})},
      {"Feed", object(feed)},
      {"Feeds", list_of("Feed")},
      {"FeedMade", object(feed_made)},
      {"WardRules", object({{"version", count}, {"decision", text}, {"made", instant}, {"rules", rules}})},
      {"WardRulesVersions", list_of("WardRules")},
      {"NewWardRules", optional_beside({{"decision", text}, {"rules", rules}}, {{"version", rules_version}})},
      {"Fate", object(fate)},
      {"Fates", list_of("Fate")},
      {"NodeFate", object(node_fate)},
      {"NodeFates", list_of("NodeFate")},
      {"Plan", {{"type", "object"}, {"description", "The body of the plan message, docs/protocol.md"}}},
      {"Outcome", outcome},
      {"Outcomes", list_of("Outcome")},
      {"NewAir",
       optional_beside({{"kind", air_kind}, {"volume_pct", volume}}, {{"announcement", id},
                                                                      {"title", text},
                                                                      {"class", {{"enum", {"normal", "priority"}}}},
                                                                      {"areas", ids},
                                                                      {"nodes", ids},
                                                                      {"all", flag},
                                                                      {"longest_ms", count},
                                                                      {"pause_ms", count},
                                                                      {"exercise", flag},
                                                                      {"pin", text}})},
      {"Air", object(air)},
      {"AirTold", object(air_told)},
      {"Airs", object({{"airs", list_of("Air")}})},
      {"EndOfAir", optional_beside(json::object(), {{"why", text}})},
      {"NewEmergencyKey", object({{"pin", text}})},
      {"EmergencyKey", object(emergency_key)},
      {"EmergencyKeys", object({{"keys", list_of("EmergencyKey")}})},
      {"Stop", optional_beside(json::object(), {{"areas", ids}, {"nodes", ids}, {"all", flag}, {"why", text}})},
      {"Stopped", object({{"nodes", ids}})},
      {"Settlement", object({{"note", text}})},
      {"Complaint", object(complaint)},
      {"ComplaintTold", object(complaint_told)},
      {"Complaints", list_of("ComplaintTold")},
      {"SatisfactionCount", object({{"quarter", text},
                                    {"area", nullable(id)},
                                    {"counts",
                                     {{"type", "array"},
                                      {"items", count},
                                      {"description", "of the marks 1 to " + std::to_string(kBestMark)}}}})},
      {"SatisfactionCounts", list_of("SatisfactionCount")},
      {"PublicWard",
       object(
           {{"name", text},
            {"areas", {{"type", "array"}, {"items", object({{"area", id}, {"name", text}, {"parent", nullable(id)}})}}},
            {"contact", text},
            {"published_days", count},
            {"quarter", text}})},
      {"Programme",
       {{"type", "array"},
        {"items", object({{"start", instant}, {"length_ms", count}, {"title", nullable(text)}, {"areas", text}})}}},
      {"AiredList",
       {{"type", "array"},
        {"items", object({{"start", instant},
                          {"loudspeakers", count},
                          {"title", nullable(text)},
                          {"transcript", nullable(text)},
                          {"clip", nullable(digest)}})}}},
      {"PublicNode",
       object({{"node", id},
               {"name", text},
               {"area", id},
               {"area_name", text},
               {"plays",
                {{"type", "array"},
                 {"items", object({{"start", instant}, {"title", nullable(text)}, {"heard", nullable(flag)}})}}}})},
      {"NewComplaint",
       optional_beside({{"kind", complaint_kind}}, {{"node", id}, {"area", id}, {"text", text}, {"heard", instant}})},
      {"ComplaintTaken", object({{"complaint", id}, {"heard", instant}, {"matched", flag}})},
      {"Mark",
       optional_beside({{"mark", {{"type", "integer"}, {"minimum", 1}, {"maximum", kBestMark}}}}, {{"area", id}})},
  };
  schemas.merge(calendar_schemas());
  std::map<std::string, std::string> texts;
  for (const auto& [name, schema] : schemas) texts[name] = schema.dump();
  texts.merge(report_schemas());
  return texts;
}

}  // namespace loa::server
