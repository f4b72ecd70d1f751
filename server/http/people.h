// The routes of people, sessions and tokens: docs/people.md.
#pragma once

#include <memory>
#include <vector>

#include "common/http/route.h"
#include "common/loop/worker.h"
#include "server/http/desk.h"
#include "server/people/sign_in_limits.h"

namespace loa::server {

class PeopleRoutes {
 public:
  // `desk` outlives this object, and this object the server.
  explicit PeopleRoutes(Desk& desk) : desk_(desk) {}

  [[nodiscard]] std::vector<http::Route> routes();

 private:
  void sign_in(const http::Request& request, const http::Responder& responder);
  void sign_out(const http::Request& request, const http::Responder& responder);
  void take_invitation(const http::Request& request, const http::Responder& responder);
  void change_password(const http::Request& request, const http::Responder& responder);
  void begin_second_factor(const http::Request& request, const http::Responder& responder);
  void confirm_second_factor(const http::Request& request, const http::Responder& responder);
  void add_person(const http::Request& request, const http::Responder& responder);
  void change_person(const http::Request& request, const http::Responder& responder);
  void invite_person(const http::Request& request, const http::Responder& responder);
  void close_person(const http::Request& request, const http::Responder& responder);
  void add_token(const http::Request& request, const http::Responder& responder);
  void revoke_token(const http::Request& request, const http::Responder& responder);
  [[nodiscard]] nlohmann::json list_tokens(const http::Request& request);
  [[nodiscard]] nlohmann::json list_audit(const http::Request& request);

  // Counts a try; throws http::Refused 429.
  void take_try(const PersonId& person, const http::Request& request);
  // On the worker's thread, at most so many in all: a flood of passwords costs memory and time.
  void hash_elsewhere(std::function<void()> job);

  Desk& desk_;
  SignInLimits limits_;
  Worker hasher_{32};  // last: what it runs uses the others
};

}  // namespace loa::server
