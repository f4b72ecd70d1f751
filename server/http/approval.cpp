#include "server/http/approval.h"

#include "server/http/schemas.h"

namespace loa::server {

using nlohmann::json;

namespace {

constexpr std::size_t kLongestComment = 4000;

civil::Day read_day(const FieldReader& body, const char* field) {
  return civil::parse_day(body.text(field, 16));
}

}  // namespace

Announcement ApprovalRoutes::announcement_in_path(const http::Request& request) {
  return desk_.seen(request, "announcement", "announcement.unknown",
                    [&](const auto& id) { return desk_.books.load_announcement(AnnouncementId{id}); });
}

void ApprovalRoutes::submit(const http::Request& request, const http::Responder& responder) {
  const AnnouncementId id = announcement_in_path(request).id;
  desk_.with_body(request, [&](const FieldReader& body) {
    if (!body.flag_or("confirmed", false)) throw http::Refused(422, "approval.not_confirmed");
    desk_.tell(request, SubmitAnnouncement{id, body.text_or("comment", kLongestComment, ""),
                                           reply_to<Announcement>(responder, 200, kPlain)});
  });
}

void ApprovalRoutes::decide(const http::Request& request, const http::Responder& responder,
                            DecideAnnouncement::Verdict verdict) {
  const AnnouncementId id = announcement_in_path(request).id;
  desk_.command(request, [&](const FieldReader& body) {
    return DecideAnnouncement{id, verdict, body.text_or("comment", kLongestComment, ""),
                              reply_to<Announcement>(responder, 200, kPlain)};
  });
}

void ApprovalRoutes::withdraw(const http::Request& request, const http::Responder& responder) {
  const AnnouncementId id = announcement_in_path(request).id;
  desk_.command(request, [&](const FieldReader& body) {
    return WithdrawAnnouncement{id, body.text_or("comment", kLongestComment, ""),
                                reply_to<Announcement>(responder, 200, kPlain)};
  });
}

void ApprovalRoutes::appoint(const http::Request& request, const http::Responder& responder) {
  desk_.command(request, [&](const FieldReader& body) {
    AppointDeputy message;
    message.deputy.person = body.id<PersonId>("person");
    message.deputy.first = read_day(body, "first");
    message.deputy.last = read_day(body, "last");
    message.deputy.decision = body.text("decision", 1000);
    message.reply = reply_to<Deputy>(responder, 201, kPlain);
    return message;
  });
}

void ApprovalRoutes::end(const http::Request& request, const http::Responder& responder) {
  desk_.tell(request, EndDeputy{std::string{request.parameter("deputy")}, reply_done(responder)});
}

json ApprovalRoutes::list_waiting(const http::Request& request) {
  const Caller& caller = *Desk::caller_of(request);
  const civil::Day today = civil::day_of(desk_.settings.almanac.zone.to_civil(system_now().wall));
  const Approver approver{caller.person, caller.role, desk_.books.is_deputy(caller.person, today)};
  json list = json::array();
  for (const Announcement& announcement : desk_.books.load_announcements()) {
    if (announcement.state != ApprovalState::kSubmitted) continue;
    try {
      require_may_approve(approver, announcement.category,
                          hands_on(desk_.books.load_steps(announcement.id), announcement));
    } catch (const Error&) {
      continue;
    }
    json each = to_json(announcement);
    each["schedules"] = json::array();
    for (const schedules::Schedule& schedule : desk_.books.load_active_schedules(announcement.id))
      each["schedules"].push_back(to_json(ScheduleRow{schedule, std::nullopt}));
    list.push_back(std::move(each));
  }
  return list;
}

std::vector<http::Route> ApprovalRoutes::routes() {
  using http::BodyMode;
  using http::Method;
  using http::ParameterType;
  const Roles authors = roles({Role::kChairman, Role::kEditor, Role::kOperator, Role::kGroupLead});
  // Deputies are editors or operators; whether it is one of them today is asked when they decide.
  Roles approvers = roles({Role::kChairman, Role::kEditor, Role::kOperator});
  const Roles chairmen = {std::string{to_string(Role::kChairman)}, std::string{kSessionOnly}};
  const Roles ward = roles({Role::kChairman, Role::kEditor, Role::kOperator, Role::kViewer, Role::kAdmin});
  const auto route = [](Method method, const std::string& path, const char* operation, Roles who, const char* summary,
                        http::Answer answer) {
    http::Route made = make_route(method, path, operation, std::move(who), summary, std::move(answer));
    if (path.find("{announcement}") != std::string::npos)
      made.parameters = {{"announcement", ParameterType::kId, "id of the announcement"}};
    return made;
  };
  const auto taking = [](http::Route made, const char* schema, http::Handler handler) {
    made.body = BodyMode::kJson;
    made.request_schema = schema;
    made.handler = std::move(handler);
    return made;
  };
  const auto reading = [this](http::Route made, auto load) {
    made.handler = [this, load](const http::Request& request, const http::Responder& responder) {
      desk_.read(responder, [&] { return load(request); });
    };
    return made;
  };
  using Verdict = DecideAnnouncement::Verdict;
  const auto deciding = [this](Verdict verdict) {
    return [this, verdict](const http::Request& request, const http::Responder& responder) {
      decide(request, responder, verdict);
    };
  };
  const std::string base = "/api/announcements/{announcement}";
  approvers.emplace_back(kSessionOnly);

  std::vector<http::Route> all;
  all.push_back(taking(route(Method::kPost, base + "/submit", "submit_announcement", authors,
                             "Asks for approval of an announcement and its schedules",
                             ok(200, "submitted; a chairman's own greeting is approved with it", "Announcement")),
                       "Submission", [this](const http::Request& request, const http::Responder& responder) {
                         submit(request, responder);
                       }));
  all.push_back(taking(route(Method::kPost, base + "/approve", "approve_announcement", approvers,
                             "Lets an announcement and its schedules air",
                             ok(200, "approved; the nodes' plans are on their way", "Announcement")),
                       "Comment", deciding(Verdict::kApprove)));
  http::Route preview =
      route(Method::kPost, base + "/approve/preview", "preview_approval",
            roles({Role::kChairman, Role::kEditor, Role::kOperator}), "What approving it would change; changes nothing",
            ok(200, "as POST /api/schedules/preview, of all its schedules that wait", "SchedulesMade"));
  preview.handler = [this](const http::Request& request, const http::Responder& responder) {
    const AnnouncementId id = announcement_in_path(request).id;
    desk_.tell(request, PreviewApproval{id, reply_to<ImportSchedules::Made>(responder, 200, kPlain)});
  };
  all.push_back(std::move(preview));
  all.push_back(taking(route(Method::kPost, base + "/return", "return_announcement", approvers,
                             "Gives an announcement back with a comment", ok(200, "returned", "Announcement")),
                       "Comment", deciding(Verdict::kReturn)));
  all.push_back(taking(route(Method::kPost, base + "/withdraw", "withdraw_announcement", authors,
                             "Ends an announcement: its schedules are cancelled, what sounds of it stops",
                             ok(200, "withdrawn", "Announcement")),
                       "Comment", [this](const http::Request& request, const http::Responder& responder) {
                         withdraw(request, responder);
                       }));
  all.push_back(reading(route(Method::kGet, base + "/steps", "list_steps", everyone(),
                              "Its way to being heard: who did what, when", ok(200, "found", "Steps")),
                        [this](const http::Request& request) {
                          return list_json(desk_.books.load_steps(announcement_in_path(request).id));
                        }));
  all.push_back(reading(
      route(Method::kGet, "/api/approvals", "list_approvals", roles({Role::kChairman, Role::kEditor, Role::kOperator}),
            "What waits for the one who asks", ok(200, "found", "Approvals")),
      [this](const http::Request& request) { return list_waiting(request); }));
  all.push_back(reading(route(Method::kGet, "/api/deputies", "list_deputies", ward,
                              "Who approves in the chairman's stead, newest first", ok(200, "found", "Deputies")),
                        [this](const http::Request&) { return list_json(desk_.books.load_deputies()); }));
  all.push_back(
      taking(route(Method::kPost, "/api/deputies", "appoint_deputy", chairmen,
                   "Lets somebody approve in the chairman's stead for some days", ok(201, "appointed", "Deputy")),
             "NewDeputy",
             [this](const http::Request& request, const http::Responder& responder) { appoint(request, responder); }));
  http::Route ended = route(Method::kDelete, "/api/deputies/{deputy}", "end_deputy", chairmen,
                            "Ends it before its last day", {204, "ended"});
  ended.parameters = {{"deputy", ParameterType::kId, "id of the appointment"}};
  ended.handler = [this](const http::Request& request, const http::Responder& responder) { end(request, responder); };
  all.push_back(std::move(ended));
  return all;
}

}  // namespace loa::server
