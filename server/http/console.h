// The console's own files, the page that explains how to trust this server, and the ward's authority: all without
// signing in. Internal to server/http.
#pragma once

#include <vector>

#include "common/http/route.h"
#include "server/http/desk.h"

namespace loa::server {

// `desk` outlives the routes. What they send is made by `./dev build`: server/web.
[[nodiscard]] std::vector<http::Route> console_routes(Desk& desk);

}  // namespace loa::server
