// Who asks, and whether they may: docs/people.md §2 and §3. The HTTP server's thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/time.h"
#include "common/http/route.h"
#include "server/people/caller.h"
#include "server/store/store.h"

namespace loa::server {

// Words that stand beside roles in a route. A machine with a certificate.
inline constexpr std::string_view kNode = "node";
// A person whose second factor is still to be set up; see docs/people.md §2.
inline constexpr std::string_view kNewcomer = "newcomer";
// Beside roles: never with a token.
inline constexpr std::string_view kSessionOnly = "session";

inline constexpr std::string_view kSessionCookie = "__Host-loa";  // RFC 6265bis: Secure, of this host alone, Path=/

// The value of a session's cookie in a Cookie field (RFC 6265 §5.4); empty without one.
[[nodiscard]] std::string_view session_secret(std::string_view cookie_field);

// Who asks, when it is a route for them. Throws http::Refused: 401 request.not_signed_in; 403 request.not_allowed,
// request.second_factor_first, request.token_scope, request.cross_site.
[[nodiscard]] Caller require_caller(const http::Request& request, const http::Route& route, Store& books, WallTime now);

// Whether a browser sent this request from our own pages: of others none may change anything in the name of a cookie.
[[nodiscard]] bool is_from_our_page(const http::Request& request);

}  // namespace loa::server
