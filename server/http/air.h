// The routes of what is on the air beside the plans: docs/live.md.
#pragma once

#include <vector>

#include "common/http/route.h"
#include "common/loop/worker.h"
#include "server/http/desk.h"
#include "server/people/sign_in_limits.h"

namespace loa::server {

class AirRoutes {
 public:
  // `desk` outlives this object, and this object the server.
  explicit AirRoutes(Desk& desk) : desk_(desk) {}

  [[nodiscard]] std::vector<http::Route> routes();

 private:
  void start(const http::Request& request, const http::Responder& responder);
  // With the key behind the PIN.
  void start_unlocked(const http::Request& request, const http::Responder& responder, StartAir message,
                      const std::string& pin);
  void end(const http::Request& request, const http::Responder& responder);
  void speak(const http::Request& request, const http::Responder& responder);
  void make_key(const http::Request& request, const http::Responder& responder);
  [[nodiscard]] AirRow air_in_path(const http::Request& request);
  [[nodiscard]] nlohmann::json list();
  [[nodiscard]] nlohmann::json list_keys();
  void elsewhere(std::function<void()> job);

  Desk& desk_;
  SignInLimits limits_;  // of PINs
  Worker hasher_{8};     // last: what it runs uses the others
};

}  // namespace loa::server
