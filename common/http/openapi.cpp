#include "common/http/openapi.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "common/http/uri.h"

namespace loa::http {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSchemaPlace = "#/components/schemas/";
constexpr std::string_view kScheme = "session";

Json error_schema() {
  const Json text = {{"type", "string"}};
  return {{"type", "object"},
          {"required", {"error"}},
          {"properties",
           {{"error",
             {{"type", "object"},
              {"required", {"code", "vi", "en"}},
              {"properties", {{"code", text}, {"vi", text}, {"en", text}}}}}}}};
}

Json reference(const ApiDescription& api, const std::string& schema, const Route& route) {
  if (!api.schemas.contains(schema))
    throw std::logic_error("route " + route.operation + " names the schema " + schema + ", which is not there");
  return {{"$ref", std::string{kSchemaPlace} + schema}};
}

Json schema_of(const Parameter& parameter) {
  switch (parameter.type) {
    case ParameterType::kId:
      return {{"type", "string"}, {"pattern", "^[a-z0-9][a-z0-9-]{0,63}$"}};
    case ParameterType::kHash:
      return {{"type", "string"}, {"pattern", "^[0-9a-f]{64}$"}};
    case ParameterType::kInteger:
      return {{"type", "integer"}, {"minimum", parameter.minimum}, {"maximum", parameter.maximum}};
    case ParameterType::kInstant:
      return {{"type", "string"}, {"format", "date-time"}};
    case ParameterType::kChoice:
      return {{"type", "string"}, {"enum", parameter.choices}};
    case ParameterType::kText:
      return {{"type", "string"}, {"minLength", 1}, {"maxLength", 512}};
  }
  return {};
}

Json parameters_of(const Route& route, const PathPattern& pattern) {
  Json list = Json::array();
  for (const Parameter& parameter : route.parameters) {
    const auto& names = pattern.names();
    const bool in_path = std::find(names.begin(), names.end(), parameter.name) != names.end();
    Json entry = {{"name", parameter.name},
                  {"in", in_path ? "path" : "query"},
                  {"required", in_path || parameter.presence == Presence::kRequired}};
    if (!parameter.description.empty()) entry["description"] = parameter.description;
    entry["schema"] = schema_of(parameter);
    list.push_back(std::move(entry));
  }
  return list;
}

Json request_body_of(const ApiDescription& api, const Route& route) {
  Json content = Json::object();
  if (route.body == BodyMode::kJson) {
    content["application/json"] = Json::object();
    if (!route.request_schema.empty())
      content["application/json"]["schema"] = reference(api, route.request_schema, route);
  } else if (route.accepts.empty()) {
    content["*/*"] = Json::object();
  } else {
    for (const std::string& type : route.accepts) content[type] = Json::object();
  }
  return {{"required", true},
          {"description", "At most " + std::to_string(route.largest_body) + " bytes."},
          {"content", std::move(content)}};
}

// Successes as declared; refusals as the server itself gives them to such a route.
Json responses_of(const ApiDescription& api, const Route& route) {
  Json responses = Json::object();
  for (const Answer& answer : route.answers) {
    Json& response = responses[std::to_string(answer.status)];
    response["description"] = answer.description;
    if (answer.status < 200 || answer.status == 204 || answer.status >= 300) continue;
    response["content"][answer.content_type] = Json::object();
    if (!answer.schema.empty())
      response["content"][answer.content_type]["schema"] = reference(api, answer.schema, route);
  }
  const auto refuse = [&](const char* status, const char* why) {
    responses[status] = {
        {"description", why},
        {"content", {{"application/json", {{"schema", {{"$ref", std::string{kSchemaPlace} + "Error"}}}}}}}};
  };
  refuse("400", "Malformed request or parameter.");
  if (!route.roles.empty()) {
    refuse("401", "Not signed in.");
    refuse("403", "Signed in, but not allowed to do this.");
  }
  if (route.body != BodyMode::kNone) {
    refuse("413", "The body is too large.");
    refuse("415", "The body is of a type that is not accepted.");
  }
  if (route.body == BodyMode::kStream) refuse("507", "The upload could not be stored.");
  refuse("default", "Any other refusal or failure.");
  return responses;
}

Json operation_of(const ApiDescription& api, const Route& route, const PathPattern& pattern) {
  Json operation = {{"operationId", route.operation}, {"summary", route.summary}};
  if (!route.parameters.empty()) operation["parameters"] = parameters_of(route, pattern);
  if (route.body != BodyMode::kNone) operation["requestBody"] = request_body_of(api, route);
  operation["responses"] = responses_of(api, route);
  if (route.roles.empty()) {
    operation["security"] = Json::array();
  } else {
    // 3.1 lets any scheme list role names that are required; ours means "any one of these".
    operation["security"] = Json::array({{{kScheme, Json::array()}}});
    operation["x-roles"] = route.roles;
  }
  return operation;
}

std::string path_key(const PathPattern& pattern) {
  std::string key;
  for (const PathPattern::Segment& segment : pattern.segments()) {
    key += '/';
    key += segment.kind == PathPattern::Segment::Kind::kLiteral ? segment.text : "{" + segment.text + "}";
  }
  return key.empty() ? "/" : key;
}

void check_references(const Json& json, const ApiDescription& api) {
  if (json.is_object()) {
    const auto at = json.find("$ref");
    if (at != json.end() && at->is_string()) {
      const auto& target = at->get_ref<const std::string&>();
      if (!target.starts_with(kSchemaPlace) ||
          (!api.schemas.contains(target.substr(kSchemaPlace.size())) && target.substr(kSchemaPlace.size()) != "Error"))
        throw std::logic_error("a schema refers to " + target + ", which is not there");
    }
  }
  for (const auto& child : json)
    if (child.is_structured()) check_references(child, api);
}

Json parsed(const std::string& what, const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) throw std::logic_error(what + " is not a JSON object");
  return json;
}

}  // namespace

std::string openapi_document(const ApiDescription& api, std::span<const Route> routes) {
  check_routes(routes);
  Json document = {{"openapi", "3.1.0"},
                   {"info", {{"title", api.title}, {"version", api.version}, {"description", api.description}}}};
  Json paths = Json::object();
  for (const Route& route : routes) {
    const auto pattern = *PathPattern::parse(route.path);
    std::string method{name_of(route.method)};
    std::transform(method.begin(), method.end(), method.begin(),
                   [](char c) { return static_cast<char>(c - 'A' + 'a'); });
    paths[path_key(pattern)][method] = operation_of(api, route, pattern);
  }
  document["paths"] = std::move(paths);
  Json schemas = Json::object();
  for (const auto& [name, text] : api.schemas) schemas[name] = parsed("schema " + name, text);
  if (schemas.contains("Error")) throw std::logic_error("the schema Error is the server's own");
  check_references(schemas, api);
  schemas["Error"] = error_schema();
  document["components"]["schemas"] = std::move(schemas);
  if (std::any_of(routes.begin(), routes.end(), [](const Route& route) { return !route.roles.empty(); }))
    document["components"]["securitySchemes"][std::string{kScheme}] =
        parsed("the security scheme", api.security_scheme);
  return document.dump(1);
}

}  // namespace loa::http
