// The routes of an announcement's way to being heard: docs/approval.md.
#pragma once

#include <vector>

#include "common/http/route.h"
#include "server/http/desk.h"

namespace loa::server {

class ApprovalRoutes {
 public:
  // `desk` outlives this object, and this object the server.
  explicit ApprovalRoutes(Desk& desk) : desk_(desk) {}

  [[nodiscard]] std::vector<http::Route> routes();

 private:
  [[nodiscard]] Announcement announcement_in_path(const http::Request& request);
  void submit(const http::Request& request, const http::Responder& responder);
  void decide(const http::Request& request, const http::Responder& responder, DecideAnnouncement::Verdict verdict);
  void withdraw(const http::Request& request, const http::Responder& responder);
  void appoint(const http::Request& request, const http::Responder& responder);
  void end(const http::Request& request, const http::Responder& responder);
  // What the one who asks may approve.
  [[nodiscard]] nlohmann::json list_waiting(const http::Request& request);

  Desk& desk_;
};

}  // namespace loa::server
