// What all groups of routes share: the books they read, the way to the core, and how answers go back. Internal to
// server/http.
#pragma once

#include <any>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/http/route.h"
#include "common/json/json.h"
#include "server/core/messages.h"
#include "server/http/api.h"
#include "server/http/calendar.h"
#include "server/http/gate.h"
#include "server/http/schemas.h"
#include "server/http/view.h"
#include "server/people/caller.h"

namespace loa::server {

// Which roles a route is for; the one table of docs/people.md §5 is what the routes say with these.
using Roles = std::vector<std::string>;
[[nodiscard]] Roles roles(std::initializer_list<Role> wanted);
[[nodiscard]] const Roles& everyone();

// A route without parameters, body and handler.
[[nodiscard]] http::Route make_route(http::Method method, const std::string& path, const char* operation, Roles who,
                                     const char* summary, http::Answer answer);
[[nodiscard]] http::Answer ok(int status, const char* description, const char* schema);
void send_json(const http::Responder& responder, int status, const nlohmann::json& body, http::Headers headers = {});
[[nodiscard]] http::Refused refused(const Text& why);
void fail(const http::Responder& responder, const Text& why);

[[nodiscard]] http::Response calendar_response(std::string text);

// Carries a command's answer back: the result as JSON, or the refusal.
template <class Result, class Encode>
Reply<Result> reply_to(const http::Responder& responder, int status, Encode encode) {
  return [responder, status, encode](std::variant<Result, Text> result) {
    if (const auto* why = std::get_if<Text>(&result))
      fail(responder, *why);
    else
      send_json(responder, status, encode(std::get<Result>(result)));
  };
}
inline Reply<Done> reply_done(const http::Responder& responder) {
  return [responder](const std::variant<Done, Text>& result) {
    if (const auto* why = std::get_if<Text>(&result))
      fail(responder, *why);
    else
      responder.send(http::Response{204});
  };
}
inline constexpr auto kPlain = [](const auto& value) { return to_json(value); };

template <class Value>
nlohmann::json list_json(const std::vector<Value>& values) {
  nlohmann::json list = nlohmann::json::array();
  for (const Value& value : values) list.push_back(to_json(value));
  return list;
}

// The HTTP thread's alone.
struct Desk {
  ApiSettings settings;
  Store books;
  const Alarms& alarms;
  Post post;
  RandomId random_id;
  std::string openapi;
  std::map<std::string, nlohmann::json> schemas;  // name → of bodies

  // Who asks, of a route that has roles; nobody for a node.
  [[nodiscard]] static const Caller* caller_of(const http::Request& request) {
    return std::any_cast<Caller>(&request.principal);
  }
  [[nodiscard]] View view_of(const http::Request& request) { return {caller_of(request), books}; }
  // Throws http::Refused 403 area.not_yours.
  void require_reach(const http::Request& request, const AreaId& area);
  void require_reach(const http::Request& request, const schedules::Schedule& schedule);
  [[nodiscard]] CalendarWords calendar_words();
  // Of every schedule the versions that were in force at `since` or later, oldest first.
  [[nodiscard]] std::map<ScheduleId, std::vector<schedules::Schedule>> all_versions(WallTime since);
  void send_web_file(const http::Responder& responder, const char* name, const char* content_type) const;
  // Hands a command to the core in the name of who asks. Throws http::Refused when the core is too busy.
  void tell(const http::Request& request, ServerMessage message) const;

  // Parses the body and hands the command to the core; a body that cannot be read is the client's mistake (400).
  template <class MakeCommand>
  void command(const http::Request& request, MakeCommand make) {
    with_body(request, [&](const FieldReader& body) { tell(request, make(body)); });
  }
  template <class Use>
  void with_body(const http::Request& request, Use use) {
    try {
      const nlohmann::json body = parse_json(request.body);
      require_known_fields(body, schemas.at(request.route->request_schema), "body");
      use(FieldReader(body, "body"));
    } catch (const http::Refused&) {
      throw;
    } catch (const BadJson& bad) {
      throw http::Refused(400, "request.bad_json", {bad.what()});
    } catch (const Error& error) {
      throw http::Refused(400, error.text().code, error.text().args);
    }
  }

  // Reads answer on the HTTP thread; a failing disk is 503, never a crash.
  template <class Read>
  void read(const http::Responder& responder, Read read_books) {
    try {
      send_json(responder, 200, read_books());
    } catch (const http::Refused&) {
      throw;
    } catch (const Error& error) {
      fail(responder, error.text());
    }
  }

  // What `load` finds under the path's id, or 404.
  template <class Load>
  auto found(const http::Request& request, const char* parameter, const char* unknown, Load load) {
    const std::string id{request.parameter(parameter)};
    auto value = load(id);
    if (!value) throw http::Refused(404, unknown, {id});
    return *std::move(value);
  }
  // The same for those who may see it; for others there is no such thing.
  template <class Load>
  auto seen(const http::Request& request, const char* parameter, const char* unknown, Load load) {
    auto value = found(request, parameter, unknown, load);
    if (!view_of(request).sees(value)) throw http::Refused(404, unknown, {std::string{request.parameter(parameter)}});
    return value;
  }

  // Refuses what the schema does not name: a misspelt optional field would be ignored without a word.
  static void require_known_fields(const nlohmann::json& body, const nlohmann::json& schema, const std::string& name);
};

}  // namespace loa::server
