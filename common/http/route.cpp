#include "common/http/route.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <stdexcept>

#include "common/http/fields.h"
#include "common/http/uri.h"

namespace loa::http {
namespace {

[[noreturn]] void wrong(const Route& route, const std::string& what) {
  throw std::logic_error("route " + route.operation + " (" + route.path + "): " + what);
}

bool is_operation_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool look_alike(const PathPattern& a, const PathPattern& b) {
  using Kind = PathPattern::Segment::Kind;
  return std::equal(a.segments().begin(), a.segments().end(), b.segments().begin(), b.segments().end(),
                    [](const auto& x, const auto& y) {
                      return (x.kind == Kind::kLiteral) == (y.kind == Kind::kLiteral) &&
                             (x.kind != Kind::kLiteral || x.text == y.text);
                    });
}

void check_parameters(const Route& route, const PathPattern& pattern) {
  std::set<std::string> declared;
  for (const Parameter& parameter : route.parameters) {
    if (parameter.name.empty() || !declared.insert(parameter.name).second)
      wrong(route, "parameter '" + parameter.name + "' is empty or stands twice");
    if ((parameter.type == ParameterType::kChoice) == parameter.choices.empty())
      wrong(route, "parameter '" + parameter.name + "': choices go with kChoice, and only with it");
    if (parameter.minimum > parameter.maximum) wrong(route, "parameter '" + parameter.name + "' allows no number");
  }
  for (const std::string& name : pattern.names())
    if (!declared.contains(name)) wrong(route, "'" + name + "' of the path is not declared");
}

void check_body(const Route& route) {
  const bool may_have_body =
      route.method == Method::kPost || route.method == Method::kPut || route.method == Method::kPatch;
  if (route.body != BodyMode::kNone && !may_have_body) wrong(route, "this method has no body");
  if ((route.body == BodyMode::kStream) != static_cast<bool>(route.open_upload))
    wrong(route, "open_upload goes with kStream, and only with it");
  if (route.body != BodyMode::kStream && !route.accepts.empty()) wrong(route, "accepts goes with kStream only");
  if (route.body != BodyMode::kJson && !route.request_schema.empty())
    wrong(route, "request_schema goes with kJson only");
}

}  // namespace

std::string_view name_of(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kPatch:
      return "PATCH";
    case Method::kDelete:
      return "DELETE";
  }
  return "GET";
}

void check_routes(std::span<const Route> routes) {
  std::set<std::string> operations;
  std::vector<std::pair<Method, PathPattern>> seen;
  for (const Route& route : routes) {
    if (!is_operation_name(route.operation)) wrong(route, "the operation needs a name like list_nodes");
    if (!operations.insert(route.operation).second) wrong(route, "the operation stands twice");
    const auto pattern = PathPattern::parse(route.path);
    if (!pattern) wrong(route, "the path is not a pattern");
    for (const auto& [method, other] : seen) {
      if (method == route.method && other.same_shape(*pattern)) wrong(route, "another route takes the same requests");
      if (look_alike(other, *pattern) && other.segments() != pattern->segments())
        wrong(route, "another route has this path with other names, which OpenAPI cannot tell apart");
    }
    seen.emplace_back(route.method, *pattern);
    check_parameters(route, *pattern);
    check_body(route);
    if (route.summary.empty()) wrong(route, "no summary");
    if (route.answers.empty()) wrong(route, "no answer is declared");
    for (const Answer& answer : route.answers)
      if ((answer.status < 200 && answer.status != 101) || answer.status > 399)
        wrong(route, "only successes are declared as answers");
    if (!route.handler) wrong(route, "no handler");
  }
}

std::string_view Request::header(std::string_view lower_case_name) const {
  const auto at = headers.find(std::string{lower_case_name});
  return at == headers.end() ? std::string_view{} : std::string_view{at->second};
}

std::string_view Request::parameter(std::string_view name) const {
  const auto at = parameters.find(std::string{name});
  return at == parameters.end() ? std::string_view{} : std::string_view{at->second};
}

std::optional<std::int64_t> Request::integer(std::string_view name) const {
  const std::string_view text = parameter(name);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool EventStream::send(std::string_view event, std::string_view data, std::string_view id) const {
  return sink_->send(event_text(event, data, id));
}

}  // namespace loa::http
