#include <functional>
#include <regex>
#include <set>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/http/openapi.h"

namespace loa::http {
namespace {

using nlohmann::json;

void answer_nothing(const Request&, const Responder&) {}

Route list_nodes() {
  Route route;
  route.path = "/api/nodes";
  route.operation = "list_nodes";
  route.summary = "All nodes";
  route.roles = {"viewer", "operator"};
  route.parameters = {
      {.name = "limit", .type = ParameterType::kInteger, .description = "At most", .minimum = 1, .maximum = 500}};
  route.answers = {{200, "The nodes", "Nodes"}};
  route.handler = answer_nothing;
  return route;
}

Route get_node() {
  Route route = list_nodes();
  route.path = "/api/nodes/{node}";
  route.operation = "get_node";
  route.parameters = {{.name = "node", .type = ParameterType::kId}};
  route.roles = {};
  return route;
}

Route change_node() {
  Route route = get_node();
  route.method = Method::kPut;
  route.operation = "change_node";
  route.body = BodyMode::kJson;
  route.request_schema = "Node";
  route.answers = {{204, "Changed"}};
  return route;
}

Route upload() {
  Route route = list_nodes();
  route.method = Method::kPost;
  route.path = "/api/recordings";
  route.operation = "upload_recording";
  route.parameters = {};
  route.body = BodyMode::kStream;
  route.accepts = {"audio/*"};
  route.open_upload = [](const Request&) { return std::filesystem::path{}; };
  return route;
}

Route assets() {
  Route route = get_node();
  route.path = "/{file...}";
  route.operation = "console";
  route.parameters = {{.name = "file"}};
  route.answers = {{.status = 200, .description = "A file of the console", .content_type = "*/*"}};
  return route;
}

std::vector<Route> table() {
  return {list_nodes(), get_node(), change_node(), upload(), assets()};
}

ApiDescription description() {
  ApiDescription api;
  api.title = "Loa";
  api.version = "1";
  api.schemas = {{"Node", R"({"type":"object"})"},
                 {"Nodes", R"({"type":"array","items":{"$ref":"#/components/schemas/Node"}})"}};
  api.security_scheme = R"({"type":"apiKey","in":"cookie","name":"session"})";
  return api;
}

// What OpenAPI 3.1.0 requires of every document, checked on ours.
void expect_valid(const json& document) {
  EXPECT_TRUE(std::regex_match(document.at("openapi").get<std::string>(), std::regex{R"(3\.1\.\d+)"}));
  EXPECT_TRUE(document.at("info").at("title").is_string());
  EXPECT_TRUE(document.at("info").at("version").is_string());
  std::set<std::string> operations;
  for (const auto& [path, item] : document.at("paths").items()) {
    EXPECT_EQ(path.front(), '/');
    std::set<std::string> in_template;
    const std::regex name{R"(\{([^}]+)\})"};
    for (auto at = std::sregex_iterator(path.begin(), path.end(), name); at != std::sregex_iterator(); ++at)
      in_template.insert((*at)[1]);
    for (const auto& [method, operation] : item.items()) {
      EXPECT_TRUE(operations.insert(operation.at("operationId")).second) << path;
      std::set<std::string> in_path;
      for (const auto& parameter : operation.value("parameters", json::array())) {
        EXPECT_TRUE(parameter.at("schema").is_object());
        if (parameter.at("in") != "path") continue;
        EXPECT_TRUE(parameter.at("required").get<bool>());
        in_path.insert(parameter.at("name"));
      }
      EXPECT_EQ(in_path, in_template) << path;
      EXPECT_TRUE(!operation.contains("requestBody") || !operation["requestBody"].at("content").empty());
      EXPECT_FALSE(operation.at("responses").empty());
      for (const auto& [status, response] : operation["responses"].items()) {
        EXPECT_TRUE(std::regex_match(status, std::regex{"[1-5][0-9][0-9]|default"})) << status;
        EXPECT_FALSE(response.at("description").get<std::string>().empty()) << path << status;
      }
      for (const auto& requirement : operation.at("security"))
        for (const auto& [scheme, scopes] : requirement.items()) {
          EXPECT_TRUE(document.at("components").at("securitySchemes").contains(scheme));
          EXPECT_TRUE(scopes.is_array());
        }
    }
  }
  const std::string text = document.dump();
  const std::regex reference{R"re("\$ref":"#/components/schemas/([^"]+)")re"};
  for (auto at = std::sregex_iterator(text.begin(), text.end(), reference); at != std::sregex_iterator(); ++at)
    EXPECT_TRUE(document.at("components").at("schemas").contains((*at)[1].str()));
}

TEST(OpenApi, HoldsEveryRouteOfTheTableAndNoOther) {
  const auto document = json::parse(openapi_document(description(), table()));
  expect_valid(document);
  std::set<std::string> in_document;
  for (const auto& [path, item] : document["paths"].items())
    for (const auto& [method, operation] : item.items())
      in_document.insert(
          std::string{method}.append(" ").append(path).append(" ").append(operation["operationId"].get<std::string>()));
  const std::set<std::string> expected = {"get /api/nodes list_nodes", "get /api/nodes/{node} get_node",
                                          "put /api/nodes/{node} change_node", "post /api/recordings upload_recording",
                                          "get /{file} console"};
  EXPECT_EQ(in_document, expected);
}

TEST(OpenApi, SaysWhatTheTableSays) {
  const auto document = json::parse(openapi_document(description(), table()));
  const json& list = document["paths"]["/api/nodes"]["get"];
  EXPECT_EQ(list["x-roles"], json({"viewer", "operator"}));
  EXPECT_EQ(list["security"].dump(), R"([{"session":[]}])");
  EXPECT_EQ(list["parameters"][0]["in"], "query");
  EXPECT_FALSE(list["parameters"][0]["required"].get<bool>());
  EXPECT_EQ(list["parameters"][0]["schema"]["maximum"], 500);
  EXPECT_EQ(list["responses"]["200"]["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/Nodes");
  EXPECT_TRUE(list["responses"].contains("403"));
  EXPECT_FALSE(list["responses"].contains("413"));
  const json& change = document["paths"]["/api/nodes/{node}"]["put"];
  EXPECT_EQ(change["security"].dump(), "[]");
  EXPECT_EQ(change["requestBody"]["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/Node");
  EXPECT_FALSE(change["responses"]["204"].contains("content"));
  EXPECT_EQ(change["responses"]["default"]["content"]["application/json"]["schema"]["$ref"],
            "#/components/schemas/Error");
  EXPECT_TRUE(document["paths"]["/api/recordings"]["post"]["requestBody"]["content"].contains("audio/*"));
}

TEST(OpenApi, RefusesReferencesToNothing) {
  auto api = description();
  api.schemas.erase("Node");
  EXPECT_THROW((void)openapi_document(api, table()), std::logic_error);  // a route's and a schema's
  api = description();
  api.schemas["Nodes"] = R"({"items":{"$ref":"#/components/schemas/Nobody"}})";
  EXPECT_THROW((void)openapi_document(api, table()), std::logic_error);
  api.schemas["Nodes"] = "{";
  EXPECT_THROW((void)openapi_document(api, table()), std::logic_error);
  api = description();
  api.security_scheme = "";
  EXPECT_THROW((void)openapi_document(api, table()), std::logic_error);
  api = description();
  api.schemas["Error"] = "{}";
  EXPECT_THROW((void)openapi_document(api, table()), std::logic_error);
}

TEST(CheckRoutes, TakesAGoodTable) {
  EXPECT_NO_THROW(check_routes(table()));
}

TEST(CheckRoutes, NamesWhatIsWrong) {
  const std::vector<std::function<void(Route&)>> mistakes = {
      [](Route& r) { r.operation = ""; },
      [](Route& r) { r.operation = "Change-Node"; },
      [](Route& r) { r.operation = "get_node"; },                                                  // stands twice
      [](Route& r) { r.method = Method::kGet, r.body = BodyMode::kNone, r.request_schema = ""; },  // same requests
      [](Route& r) { r.path = "/api/nodes/{other}", r.parameters[0].name = "other"; },  // same path, other names
      [](Route& r) { r.path = "api"; },
      [](Route& r) { r.parameters.clear(); },
      [](Route& r) { r.parameters.push_back(r.parameters[0]); },
      [](Route& r) { r.parameters.push_back({.name = "x", .type = ParameterType::kChoice}); },
      [](Route& r) { r.parameters.push_back({.name = "x", .choices = {"a"}}); },
      [](Route& r) { r.parameters.push_back({.name = "x", .minimum = 2, .maximum = 1}); },
      [](Route& r) { r.method = Method::kDelete; },  // with a body
      [](Route& r) { r.body = BodyMode::kStream, r.request_schema = ""; },
      [](Route& r) { r.accepts = {"audio/*"}; },
      [](Route& r) { r.body = BodyMode::kNone; },  // with a schema of one
      [](Route& r) { r.summary = ""; },
      [](Route& r) { r.answers.clear(); },
      [](Route& r) {
        r.answers = {{404, "Not there"}};
      },
      [](Route& r) { r.handler = nullptr; },
  };
  for (std::size_t i = 0; i < mistakes.size(); ++i) {
    auto routes = table();
    mistakes[i](routes[2]);
    EXPECT_THROW(check_routes(routes), std::logic_error) << "mistake " << i;
  }
}

TEST(Request, ReadsParametersAsTheirTypes) {
  Request request;
  request.parameters = {{"limit", "-7"}, {"name", "a"}};
  request.headers = {{"range", "bytes=0-"}};
  EXPECT_EQ(request.integer("limit"), -7);
  EXPECT_EQ(request.integer("name"), std::nullopt);
  EXPECT_EQ(request.integer("none"), std::nullopt);
  EXPECT_EQ(request.parameter("name"), "a");
  EXPECT_EQ(request.header("range"), "bytes=0-");
  EXPECT_EQ(request.header("none"), "");
}

}  // namespace
}  // namespace loa::http
