#include "server/http/desk.h"

#include "common/crypto/encoding.h"
#include "common/crypto/sha256.h"

namespace loa::server {

using nlohmann::json;

namespace {

int status_of(const Text& text) {
  const std::string& code = text.code;
  if (code == "session.refused" || code == "session.digits_needed" || code == "session.wrong_digits") return 401;
  if (code == "session.too_many") return 429;
  if (code == "complaint.unknown") return 404;
  if (code == "approval.not_an_approver" || code == "approval.own_work") return 403;
  if (code.ends_with(".exists") || code.ends_with(".changed_meanwhile") || code == "schedule.overlaps" ||
      code == "campaign.would_break" || code == "announcement.not_heard" || code == "people.last_admin" ||
      code.starts_with("announcement.sound_") || code == "approval.submitted_already" ||
      code == "approval.nothing_waits" || code == "approval.not_submitted")
    return 409;
  if (code == "db.disk_full" || code == "file.disk_full" || code == "stop.not_booked") return 507;
  if (code.starts_with("db.") || code.starts_with("file.") || code.starts_with("signer.") || code == "server.busy" ||
      code == "stop.partly" || code == "crypto.no_memory")
    return 503;
  return 422;
}

}  // namespace

Roles roles(std::initializer_list<Role> wanted) {
  Roles names;
  for (const Role role : wanted) names.emplace_back(to_string(role));
  return names;
}

const Roles& everyone() {
  static const Roles all = [] {
    Roles names;
    for (const Role role : kRoles) names.emplace_back(to_string(role));
    return names;
  }();
  return all;
}

http::Route make_route(http::Method method, const std::string& path, const char* operation, Roles who,
                       const char* summary, http::Answer answer) {
  http::Route made;
  made.method = method;
  made.path = path;
  made.operation = operation;
  made.roles = std::move(who);
  made.summary = summary;
  made.answers = {std::move(answer)};
  return made;
}

http::Answer ok(int status, const char* description, const char* schema) {
  return {status, description, schema};
}

void send_json(const http::Responder& responder, int status, const json& body, http::Headers headers) {
  http::Response response;
  response.status = status;
  response.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  response.headers = std::move(headers);
  responder.send(std::move(response));
}

http::Response calendar_response(std::string text) {
  http::Response response;
  response.content_type = "text/calendar; charset=utf-8";
  response.etag = crypto::to_hex(crypto::sha256(view_bytes(text)));
  response.body = std::move(text);
  return response;
}

http::Refused refused(const Text& why) {
  return {status_of(why), why.code, why.args};
}

void fail(const http::Responder& responder, const Text& why) {
  responder.fail(refused(why));
}

void Desk::require_reach(const http::Request& request, const AreaId& area) {
  if (!view_of(request).reaches(area)) throw http::Refused(403, "area.not_yours");
}

void Desk::require_reach(const http::Request& request, const schedules::Schedule& schedule) {
  if (!view_of(request).reaches(schedule)) throw http::Refused(403, "area.not_yours");
}

CalendarWords Desk::calendar_words() {
  CalendarWords words;
  for (Announcement& each : books.load_announcements()) words.titles[each.id] = std::move(each.title);
  for (Area& area : books.load_areas()) words.areas[area.id] = std::move(area.name);
  for (Node& node : books.load_nodes()) words.nodes[node.id] = {std::move(node.name), std::move(node.area)};
  return words;
}

std::map<ScheduleId, std::vector<schedules::Schedule>> Desk::all_versions(WallTime since) {
  std::map<ScheduleId, std::vector<schedules::Schedule>> versions = books.load_former_versions(since);
  for (ScheduleRow& row : books.load_schedules()) versions[row.schedule.id].push_back(std::move(row.schedule));
  return versions;
}

void Desk::send_web_file(const http::Responder& responder, const char* name, const char* content_type) const {
  const std::filesystem::path file = settings.web / name;
  const std::string hash = crypto::to_hex(crypto::sha256_of_file(file));
  responder.send(http::FileResponse{file, std::string{content_type} + "; charset=utf-8", hash, {}});
}

void Desk::tell(const http::Request& request, ServerMessage message) const {
  const Caller* caller = caller_of(request);
  By by;
  if (caller != nullptr) by = {caller->person, caller->via, caller->role};
  if (!post(Asked{std::move(by), std::make_shared<Command>(std::move(message))}))
    throw http::Refused(503, "server.busy");
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as our own schemas
void Desk::require_known_fields(const json& body, const json& schema, const std::string& name) {
  if (!body.is_object() || !schema.contains("properties")) return;
  const json& properties = schema["properties"];
  for (const auto& [field, value] : body.items()) {
    if (!properties.contains(field)) throw BadJson(std::string{name}.append(": unknown field ").append(field));
    require_known_fields(value, properties[field], field);
  }
}

}  // namespace loa::server
