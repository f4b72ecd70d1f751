#include "server/http/gate.h"

#include <algorithm>

#include "server/store/people_desk.h"

namespace loa::server {
namespace {

constexpr std::string_view kBearer = "Bearer ";

bool changes_something(const http::Route& route) {
  return route.method != http::Method::kGet;
}

// The program's part in what its owner may do.
bool is_in_scope(TokenScope scope, const http::Route& route) {
  if (std::ranges::find(route.roles, kSessionOnly) != route.roles.end()) return false;
  switch (scope) {
    case TokenScope::kStop:
      return route.operation == "stop";
    case TokenScope::kRead:
      return !changes_something(route);
    case TokenScope::kWrite:
      return true;
  }
  return false;
}

std::optional<Caller> find_caller(const http::Request& request, Store& books, WallTime now) {
  const std::string_view authorization = request.header("authorization");
  if (authorization.starts_with(kBearer))
    return books.find_token(hash_of_secret(authorization.substr(kBearer.size())), now);
  const std::string_view secret = session_secret(request.header("cookie"));
  if (secret.empty()) return std::nullopt;
  return books.find_session(hash_of_secret(secret), now);
}

}  // namespace

std::string_view session_secret(std::string_view field) {
  while (!field.empty()) {
    const auto end = std::min(field.find(';'), field.size());
    std::string_view pair = field.substr(0, end);
    field.remove_prefix(std::min(end + 1, field.size()));
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (pair.starts_with(kSessionCookie) && pair.substr(kSessionCookie.size()).starts_with('='))
      return pair.substr(kSessionCookie.size() + 1);
  }
  return {};
}

bool is_from_our_page(const http::Request& request) {
  const std::string_view site = request.header("sec-fetch-site");
  if (!site.empty()) return site == "same-origin";
  const std::string_view host = request.header("host");
  return !host.empty() && request.header("origin") == "https://" + std::string{host};
}

Caller require_caller(const http::Request& request, const http::Route& route, Store& books, WallTime now) {
  const auto is_for = [&](std::string_view role) { return std::ranges::find(route.roles, role) != route.roles.end(); };
  auto caller = find_caller(request, books, now);
  if (!caller) throw http::Refused(401, "request.not_signed_in");
  if (caller->standing == Caller::Standing::kNewcomer) {
    if (!is_for(kNewcomer)) throw http::Refused(403, "request.second_factor_first");
  } else if (!is_for(to_string(caller->role))) {
    throw http::Refused(403, "request.not_allowed", {std::string{to_string(caller->role)}});
  }
  if (caller->scope && !is_in_scope(*caller->scope, route)) throw http::Refused(403, "request.token_scope");
  if (!caller->scope && changes_something(route) && !is_from_our_page(request))
    throw http::Refused(403, "request.cross_site");
  return *std::move(caller);
}

}  // namespace loa::server
