// docs/approval.md over the interface: nothing airs by one person's word alone.
#include "tests/integration/server_api_fixture.h"

namespace loa::server {
namespace {

using http::Method;

class ApprovalApi : public ServerApi {
 protected:
  ApprovalApi() {
    EXPECT_EQ(post("/api/areas", {{"area", "phu-lien"}, {"name", "Phường"}}).status, 201);
    EXPECT_EQ(post("/api/areas", {{"area", "to-1"}, {"name", "Tổ 1"}, {"parent", "phu-lien"}}).status, 201);
    (void)enrolled("n-1");
    for (const char digit : {'a', 'b'}) {
      clip_ = std::string(64, digit);
      tell(IntakeEnded{RecordingId{json::parse(upload("sound").body).at("recording").get<std::string>()},
                       Clip{ClipHash{clip_}, 5, seconds{30}, -20.5, -16, -1.6, 24'000}});
    }
    clip_ = std::string(64, 'a');
  }
  http::ClientResponse as(Role role, Method method, const std::string& path, const json& body = {}) {
    return request(method, path, body.is_null() ? "" : body.dump(), browser_of(role));
  }
  std::string draft(Role author, json more = json::object()) {
    more.update({{"title", "Họp dân"}, {"clip", clip_}});
    const auto response = as(author, Method::kPost, "/api/announcements", more);
    EXPECT_EQ(response.status, 201) << response.body;
    announcement_ = json::parse(response.body).at("announcement");
    return "/api/announcements/" + announcement_;
  }
  http::ClientResponse schedule(Role who, hours ahead) {
    return as(who, Method::kPost, "/api/schedules", new_schedule(ahead));
  }
  http::ClientResponse submit(Role who, const std::string& path) {
    return as(who, Method::kPost, path + "/submit", {{"confirmed", true}});
  }
  http::ClientResponse decide(Role who, const std::string& path, const char* what, const std::string& comment = "") {
    return as(who, Method::kPost, path + "/" + what, {{"comment", comment}});
  }
  std::string state_of(const std::string& path) { return json::parse(get(path).body).at("state"); }
  // In the plan that the node is to hold.
  std::size_t planned() {
    const auto response = get("/api/nodes/n-1/plan");
    return response.status == 200 ? json::parse(response.body).at("plays").size() : 0;
  }
  std::vector<std::string> fates() {
    std::vector<std::string> told;
    for (const json& fate :
         json::parse(get("/api/explain?from=" + today() + "&to=" + today(std::chrono::days{1})).body))
      told.push_back(fate.at("why").is_null() ? fate.at("verdict") : fate.at("why").at("en"));
    return told;
  }
};

TEST_F(ApprovalApi, WhatIsWrittenIsSilentUntilSomebodyElseApprovesIt) {
  const std::string path = draft(Role::kEditor);
  EXPECT_EQ(state_of(path), "draft");
  const auto made = schedule(Role::kEditor, hours{1});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(json::parse(made.body).at("approved"), false);
  EXPECT_EQ(json::parse(made.body).at("difference").at("added"), 1) << "what it will change";
  EXPECT_EQ(planned(), 0U);
  EXPECT_EQ(fates(), (std::vector<std::string>{"not approved yet"}));

  EXPECT_EQ(code_of(decide(Role::kChairman, path, "approve")), "approval.not_submitted");
  EXPECT_EQ(submit(Role::kEditor, path).status, 200);
  EXPECT_EQ(code_of(submit(Role::kEditor, path)), "approval.submitted_already");
  EXPECT_EQ(planned(), 0U);
  EXPECT_EQ(code_of(decide(Role::kEditor, path, "approve")), "approval.not_an_approver");
  EXPECT_EQ(code_of(decide(Role::kOperator, path, "approve")), "approval.not_an_approver");
  EXPECT_EQ(code_of(request(Method::kPost, path + "/approve", "{}", program_of(Role::kChairman))),
            "request.token_scope");
  EXPECT_EQ(planned(), 0U);

  EXPECT_EQ(decide(Role::kChairman, path, "approve", "Đồng ý").status, 200);
  EXPECT_EQ(state_of(path), "approved");
  EXPECT_EQ(planned(), 1U);
  EXPECT_EQ(fates(), (std::vector<std::string>{"plays"}));
  std::vector<std::string> steps;
  for (const json& step : json::parse(get(path + "/steps").body))
    steps.push_back(step.at("step").get<std::string>() + " " + step.at("person").get<std::string>());
  EXPECT_EQ(steps,
            (std::vector<std::string>{"made editor", "scheduled editor", "submitted editor", "approved chairman"}));
}

TEST_F(ApprovalApi, WhatApprovingWouldChangeIsToldAndChangesNothing) {
  const std::string path = draft(Role::kEditor);
  const auto preview = [&] { return as(Role::kChairman, Method::kPost, path + "/approve/preview", nullptr); };
  EXPECT_EQ(code_of(preview()), "approval.not_submitted");
  ASSERT_EQ(schedule(Role::kEditor, hours{1}).status, 201);
  ASSERT_EQ(submit(Role::kEditor, path).status, 200);
  const json told = json::parse(preview().body);
  ASSERT_EQ(told.at("schedules").size(), 1U) << told;
  EXPECT_EQ(told.at("difference").at("added"), 1);
  EXPECT_EQ(told.at("difference").at("changes").at(0).at("after").at("verdict"), "plays");
  EXPECT_EQ(preview().body, told.dump()) << "asked again it is the same";
  EXPECT_EQ(planned(), 0U);
  EXPECT_EQ(fates(), (std::vector<std::string>{"not approved yet"}));
  ASSERT_EQ(decide(Role::kChairman, path, "approve").status, 200);
  EXPECT_EQ(planned(), 1U);
}

TEST_F(ApprovalApi, ItIsReturnedWithAComment) {
  const std::string path = draft(Role::kEditor);
  submit(Role::kEditor, path);
  EXPECT_EQ(code_of(decide(Role::kChairman, path, "return")), "field.missing");
  EXPECT_EQ(decide(Role::kChairman, path, "return", "Sai ngày họp").status, 200);
  EXPECT_EQ(state_of(path), "returned");
  EXPECT_EQ(json::parse(get(path + "/steps").body).back().at("comment"), "Sai ngày họp");
  EXPECT_EQ(submit(Role::kEditor, path).status, 200);
  EXPECT_EQ(decide(Role::kChairman, path, "approve").status, 200);
}

TEST_F(ApprovalApi, AnEditAfterApprovalSilencesIt) {
  const std::string path = draft(Role::kEditor);
  schedule(Role::kEditor, hours{1});
  submit(Role::kEditor, path);
  decide(Role::kChairman, path, "approve");
  ASSERT_EQ(planned(), 1U);
  const auto edited = as(Role::kEditor, Method::kPut, path, {{"title", "Họp dân, đổi giờ"}, {"clip", clip_}});
  EXPECT_EQ(edited.status, 200) << edited.body;
  EXPECT_EQ(state_of(path), "draft");
  EXPECT_EQ(planned(), 0U);
  // What was approved once is what was heard; another sound is another announcement.
  EXPECT_EQ(code_of(as(Role::kEditor, Method::kPut, path, {{"title", "Họp"}, {"clip", std::string(64, 'b')}})),
            "announcement.sound_is_fixed");
  EXPECT_EQ(code_of(as(Role::kEditor, Method::kPut, path, {{"title", "Họp"}, {"clip", clip_}, {"class", "priority"}})),
            "announcement.sound_is_fixed");
  submit(Role::kEditor, path);
  decide(Role::kChairman, path, "approve");
  EXPECT_EQ(planned(), 1U);
}

TEST_F(ApprovalApi, BeforeTheFirstApprovalTheSoundMayChange) {
  const std::string path = draft(Role::kEditor);
  const auto edited = as(Role::kEditor, Method::kPut, path, {{"title", "Họp"}, {"clip", std::string(64, 'b')}});
  EXPECT_EQ(edited.status, 200) << edited.body;
  EXPECT_EQ(json::parse(get(path).body).at("clip"), std::string(64, 'b'));
}

TEST_F(ApprovalApi, WhatMustBeThereIsAskedFor) {
  const std::string disclosure = draft(Role::kEditor, {{"category", "disclosure"}});
  EXPECT_EQ(code_of(as(Role::kEditor, Method::kPost, disclosure + "/submit", json::object())),
            "approval.not_confirmed");
  EXPECT_EQ(code_of(submit(Role::kEditor, disclosure)), "approval.no_source");
  as(Role::kEditor, Method::kPut, disclosure,
     {{"title", "Công khai"}, {"clip", clip_}, {"category", "disclosure"}, {"source", "15/TB-UBND"}});
  EXPECT_EQ(submit(Role::kEditor, disclosure).status, 200);

  const std::string letter = draft(Role::kEditor, {{"names_citizen", true}});
  EXPECT_EQ(code_of(submit(Role::kEditor, letter)), "approval.no_consent");
  const std::string with_consent = draft(Role::kEditor, {{"names_citizen", true}, {"consent", "Đơn ngày 1/11/2026"}});
  EXPECT_EQ(submit(Role::kEditor, with_consent).status, 200);

  const std::string synthetic = "/api/announcements/" + spoken("Họp TDP 5.", 'd');
  EXPECT_EQ(state_of(synthetic), "draft");
  EXPECT_EQ(code_of(submit(Role::kOperator, synthetic)), "announcement.not_heard");
  ASSERT_EQ(post(synthetic + "/heard", json()).status, 200);
  EXPECT_EQ(submit(Role::kOperator, synthetic).status, 200);
}

TEST_F(ApprovalApi, TheChairmansOwnGreetingNeedsNobodyElse) {
  const std::string greeting = draft(Role::kChairman, {{"category", "greeting"}});
  schedule(Role::kChairman, hours{1});
  EXPECT_EQ(planned(), 0U) << "not before it is submitted";
  EXPECT_EQ(json::parse(submit(Role::kChairman, greeting).body).at("state"), "approved");
  EXPECT_EQ(planned(), 1U);

  const std::string notice = draft(Role::kChairman);
  EXPECT_EQ(json::parse(submit(Role::kChairman, notice).body).at("state"), "submitted");
  EXPECT_EQ(code_of(decide(Role::kChairman, notice, "approve")), "approval.own_work");

  const std::string edited = draft(Role::kChairman, {{"category", "greeting"}});
  as(Role::kEditor, Method::kPut, edited, {{"title", "Lời chúc"}, {"clip", clip_}, {"category", "greeting"}});
  EXPECT_EQ(json::parse(submit(Role::kChairman, edited).body).at("state"), "submitted")
      << "somebody else had a hand in it";
}

TEST_F(ApprovalApi, ALaterScheduleWaitsOnlyWhenItsWriterMayNotAir) {
  const std::string path = draft(Role::kEditor);
  schedule(Role::kEditor, hours{1});
  submit(Role::kEditor, path);
  decide(Role::kChairman, path, "approve");
  EXPECT_EQ(code_of(submit(Role::kEditor, path)), "approval.nothing_waits");

  EXPECT_EQ(json::parse(schedule(Role::kOperator, hours{2}).body).at("approved"), true);
  EXPECT_EQ(planned(), 2U);
  const json later = json::parse(schedule(Role::kEditor, hours{3}).body);
  EXPECT_EQ(later.at("approved"), false);
  EXPECT_EQ(planned(), 2U) << "what was approved before goes on";
  EXPECT_EQ(submit(Role::kEditor, path).status, 200);
  EXPECT_EQ(planned(), 2U);
  EXPECT_EQ(decide(Role::kChairman, path, "approve").status, 200);
  EXPECT_EQ(planned(), 3U);
  // Another time by somebody who may not air is another thing to approve.
  const auto moved = as(Role::kEditor, Method::kPut, "/api/schedules/" + later.at("schedule").get<std::string>(),
                        new_schedule(hours{4}));
  EXPECT_EQ(moved.status, 200) << moved.body;
  EXPECT_EQ(planned(), 2U);
}

TEST_F(ApprovalApi, ADeputyApprovesOnTheDaysOfTheAppointment) {
  const auto appoint = [&](const char* person, const std::string& first, const std::string& last) {
    return as(Role::kChairman, Method::kPost, "/api/deputies",
              {{"person", person}, {"first", first}, {"last", last}, {"decision", "5/QĐ-UBND"}});
  };
  const std::string path = draft(Role::kEditor);
  submit(Role::kEditor, path);
  EXPECT_EQ(code_of(appoint("viewer", today(), today())), "deputy.wrong_role");
  EXPECT_EQ(code_of(appoint("operator", today(std::chrono::days{1}), today())), "deputy.bad_days");
  EXPECT_EQ(code_of(as(Role::kOperator, Method::kPost, "/api/deputies", json::object())), "request.not_allowed");
  ASSERT_EQ(appoint("operator", today(std::chrono::days{1}), today(std::chrono::days{2})).status, 201);
  EXPECT_EQ(code_of(decide(Role::kOperator, path, "approve")), "approval.not_an_approver") << "from tomorrow";
  const auto made = appoint("operator", today(), today(std::chrono::days{1}));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(json::parse(as(Role::kOperator, Method::kGet, "/api/approvals").body).size(), 1U);
  EXPECT_EQ(json::parse(as(Role::kEditor, Method::kGet, "/api/approvals").body).size(), 0U);
  EXPECT_EQ(decide(Role::kOperator, path, "approve").status, 200);

  const std::string own = draft(Role::kOperator);
  submit(Role::kOperator, own);
  EXPECT_EQ(code_of(decide(Role::kOperator, own, "approve")), "approval.own_work");
  EXPECT_EQ(json::parse(as(Role::kOperator, Method::kGet, "/api/approvals").body).size(), 0U);
  EXPECT_EQ(json::parse(as(Role::kChairman, Method::kGet, "/api/approvals").body).size(), 1U);

  const std::string another = draft(Role::kEditor);
  submit(Role::kEditor, another);
  EXPECT_EQ(
      as(Role::kChairman, Method::kDelete, "/api/deputies/" + json::parse(made.body).at("deputy").get<std::string>())
          .status,
      204);
  EXPECT_EQ(code_of(decide(Role::kOperator, another, "approve")), "approval.not_an_approver");
  store_.save_second_factor(person_in(Role::kEditor), {});
  EXPECT_EQ(code_of(appoint("editor", today(), today())), "deputy.no_second_factor");
}

TEST_F(ApprovalApi, WhoMustActIsTold) {
  const auto give_mail = [&](Role role) {
    Person person = *store_.load_person(person_in(role));
    person.mail = person.id.str() + "@phulien.vn";
    store_.save_person(person);
  };
  for (const Role role : {Role::kChairman, Role::kEditor, Role::kOperator}) give_mail(role);
  const auto told = [&] {
    const std::lock_guard lock(mutex_);
    std::vector<std::pair<std::string, std::vector<std::string>>> found;
    for (const Notice& notice : notices_) found.emplace_back(notice.event, notice.to);
    notices_.clear();
    return found;
  };
  using Told = std::vector<std::pair<std::string, std::vector<std::string>>>;
  const std::string path = draft(Role::kEditor);
  EXPECT_EQ(told(), Told{});
  submit(Role::kEditor, path);
  EXPECT_EQ(told(), (Told{{"announcement.submitted", {"chairman@phulien.vn"}}}));
  decide(Role::kChairman, path, "return", "Sai ngày");
  EXPECT_EQ(told(), (Told{{"announcement.returned", {"editor@phulien.vn"}}}));
  ASSERT_EQ(as(Role::kChairman, Method::kPost, "/api/deputies",
               {{"person", "operator"}, {"first", today()}, {"last", today()}, {"decision", "5/QĐ-UBND"}})
                .status,
            201);
  submit(Role::kEditor, path);
  EXPECT_EQ(told(), (Told{{"announcement.submitted", {"chairman@phulien.vn", "operator@phulien.vn"}}}));
  decide(Role::kOperator, path, "approve");
  EXPECT_EQ(told(), (Told{{"announcement.approved", {"editor@phulien.vn"}}}));
  // Nobody has to act on the chairman's own greeting, and nobody decides about their own work.
  submit(Role::kChairman, draft(Role::kChairman, {{"category", "greeting"}}));
  EXPECT_EQ(told(), Told{});
  submit(Role::kOperator, draft(Role::kOperator));
  EXPECT_EQ(told(), (Told{{"announcement.submitted", {"chairman@phulien.vn"}}}));
}

TEST_F(ApprovalApi, WhatIsWithdrawnIsOver) {
  const std::string path = draft(Role::kEditor);
  schedule(Role::kEditor, hours{1});
  submit(Role::kEditor, path);
  decide(Role::kChairman, path, "approve");
  ASSERT_EQ(planned(), 1U);
  EXPECT_EQ(code_of(decide(Role::kOperator, path, "withdraw")), "approval.not_an_approver") << "no hand in it";
  EXPECT_EQ(decide(Role::kEditor, path, "withdraw", "Hoãn họp").status, 200);
  EXPECT_EQ(planned(), 0U);
  EXPECT_NE(json::parse(get("/api/schedules").body).at(0).at("cancelled"), nullptr);
  for (const auto& response :
       {schedule(Role::kOperator, hours{5}), submit(Role::kEditor, path), decide(Role::kChairman, path, "withdraw"),
        as(Role::kEditor, Method::kPut, path, {{"title", "Lại"}, {"clip", clip_}})})
    EXPECT_EQ(code_of(response), "announcement.withdrawn");
}

TEST_F(ApprovalApi, ADisclosureThatIsOnItsWayIsNotSilencedByAnEdit) {
  const std::string path = draft(Role::kEditor, {{"category", "disclosure"}, {"source", "15/TB-UBND"}});
  submit(Role::kEditor, path);
  decide(Role::kChairman, path, "approve");
  const auto made = as(Role::kOperator, Method::kPost, "/api/campaigns", new_campaign(hours{3}));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(code_of(as(Role::kEditor, Method::kPut, path,
                       {{"title", "Khác"}, {"clip", clip_}, {"category", "disclosure"}, {"source", "16/TB-UBND"}})),
            "campaign.would_break");
  EXPECT_EQ(state_of(path), "approved");
}

TEST_F(ApprovalApi, WhereItStandsFollowsFromTimetableAndOutcomes) {
  const auto standing = [&](const std::string& path) { return json::parse(get(path).body).at("standing"); };
  const std::string path = draft(Role::kEditor);
  EXPECT_EQ(standing(path), "draft");
  submit(Role::kEditor, path);
  EXPECT_EQ(standing(path), "submitted");
  decide(Role::kChairman, path, "approve");
  EXPECT_EQ(standing(path), "approved") << "no schedule yet";
  const json made = json::parse(schedule(Role::kOperator, hours{1}).body);
  EXPECT_EQ(standing(path), "planned");
  const std::lock_guard lock(mutex_);
  // Its only time is over.
  schedules::Schedule past = store_.load_schedule(ScheduleId{made.at("schedule").get<std::string>()})->schedule;
  past.rule = schedules::Once{system_now().wall - hours{1}};
  past.made += microseconds{1};
  store_.replace_schedule(past);
  EXPECT_EQ(standing(path), "expired");
  wire::Outcome outcome;
  outcome.play = PlayId{"p-1"};
  outcome.announcement = AnnouncementId{announcement_};
  outcome.clip = ClipHash{clip_};
  outcome.planned = station_from_wall(system_now().wall);
  outcome.result = OutcomeResult::kPlayed;
  outcome.heard = seconds{30};
  store_.book_outcomes(NodeId{"n-1"}, {outcome}, system_now().wall);
  EXPECT_EQ(standing(path), "aired");
}

TEST_F(ApprovalApi, AChimeIsApprovedToo) {
  const std::string path = draft(Role::kOperator);
  const json rules = {{"decision", "12/QĐ-UBND"},
                      {"rules",
                       {{"weekdays", {"mo", "tu", "we", "th", "fr", "sa", "su"}},
                        {"sessions", json::array()},
                        {"gap_ms", 12'000},
                        {"chimes", {{"normal", {{"announcement", announcement_}}}}}}}};
  EXPECT_EQ(code_of(as(Role::kAdmin, Method::kPost, "/api/rules", rules)), "announcement.not_approved");
}

}  // namespace
}  // namespace loa::server
