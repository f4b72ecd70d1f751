// The routes, one by one, and together against the document.
#include "tests/integration/server_api_fixture.h"

namespace loa::server {
namespace {

TEST_F(ServerApi, EveryAnswerKeepsTheDocumentsWord) {
  // A day before a deadline, so that there is a report of it.
  const civil::Day now = civil::parse_day(today());
  const Period owed =
      periods_with_deadline(built_in_report_form().deadlines, now + civil::days{1}, now + civil::days{366}).front();
  report_now_.wall = almanac_.zone.to_wall(owed.deadline - civil::days{1});
  fill();
  // The station's key ends while a year still has the digits of an instant.
  wire::TrustedKey key = test::station_key(signer_.public_key());
  key.until = report_now_.wall + hours{24 * 365};
  trust_.adopt(
      std::get<trust::RootDocument>(trust_.open(wire::MessageType::kTrust, view_bytes(root_.sign_trust({key})))));
  http_.reset();
  start();
  static_cast<void>(get("/api/evidence"));
  fill_campaign();
  const std::string synthetic = spoken("Họp TDP 5.", 'b');
  alarms_.raise({"signer.away", {"thử"}});
  const json document = json::parse(get("/api/openapi.json").body);
  const std::string feed_path = make_feed();
  static_cast<void>(make_feed());
  const std::string feed = json::parse(get("/api/feeds").body).at(0).at("feed");
  const std::string complaint =
      json::parse(post("/api/public/complaints", {{"node", "n-1"}, {"kind", "broken"}}).body).at("complaint");
  static_cast<void>(post("/api/public/satisfaction", {{"area", "to-1"}, {"mark", 4}}));
  const json speech = {{"kind", "speech"}, {"title", "Phát biểu"}, {"nodes", {"n-1"}}, {"volume_pct", 60}};
  const std::string play = json::parse(post("/api/air", speech).body).at("play");
  const std::map<std::string, std::string> in_path = {{"recording", recording_},
                                                      {"clip", clip_},
                                                      {"node", "n-1"},
                                                      {"announcement", announcement_},
                                                      {"schedule", schedule_},
                                                      {"campaign", campaign_},
                                                      {"template", "greeting"},
                                                      {"feed", feed},
                                                      {"person", "moi"},
                                                      {"token", "k-viewer"},
                                                      {"report", owed.id},
                                                      {"complaint", complaint},
                                                      {"file", "x-1.js"},
                                                      {"area", "to-1"},
                                                      {"z", "2"},
                                                      {"x", "3"},
                                                      {"y", "1.png"},
                                                      {"play", play}};
  std::map<std::string, json> bodies = {
      {"create_area", {{"area", "to-2"}, {"name", "Tổ 2"}, {"parent", "phu-lien"}}},
      {"create_node", new_node("n-2")},
      {"change_area", {{"name", "Tổ 1"}, {"residents", 640}}},
      {"change_node",
       {{"name", "Loa 1"}, {"area", "to-1"}, {"position", {{"latitude", 20.815}, {"longitude", 106.63}}}}},
      {"create_announcement", {{"title", "Hai"}, {"clip", clip_}, {"transcript", "x"}, {"class", "priority"}}},
      {"create_schedule", new_schedule(hours{5})},
      {"speak_announcement", {{"title", "Họp"}, {"text", "Họp TDP 5."}, {"class", "priority"}}},
      {"preview_speech", {{"text", "Họp TDP 5 lúc 7h30."}}},
      {"revoke_node", {{"why", "thử"}}},
      {"test_node", {{"volume_pct", 40}}},
      {"fill_template", {{"parameters", {{"holiday", "gio-to"}, {"day", -1}}}}},
      {"start_air",
       {{"kind", "announcement"},
        {"announcement", announcement_},
        {"areas", {"to-1"}},
        {"volume_pct", 60},
        {"pause_ms", 2000},
        {"longest_ms", 60'000},
        {"exercise", false}}},
      {"end_air", {{"why", "xong"}}},
      {"make_emergency_key", {{"pin", "246-810"}}},
      {"stop", {{"nodes", {"n-1"}}, {"areas", {"to-1"}}, {"why", "thử"}}}};
  give_password(Role::kAdmin, "một mật khẩu dài");
  const Invitation invitation = [&] {
    const std::lock_guard lock(mutex_);
    store_.add_person({PersonId{"moi"}, "Người mới", Role::kEditor, std::nullopt, false, false, system_now().wall});
    return invite(store_, PersonId{"moi"}, system_now().wall);
  }();
  bodies["complain"] = {{"node", "n-1"},
                        {"area", "to-1"},
                        {"kind", "too_loud"},
                        {"text", "Giật mình"},
                        {"heard", format_utc(system_now().wall)}};
  bodies["give_mark"] = {{"area", "to-1"}, {"mark", 5}};
  bodies["settle_complaint"] = {{"note", "Đã giảm âm lượng"}};
  bodies["sign_in"] = {{"person", "admin"}, {"password", "một mật khẩu dài"}, {"digits", digits_now()}};
  bodies["take_invitation"] = {{"code", invitation.code}, {"password", "mật khẩu của tôi"}};
  bodies["change_password"] = {{"password", "một mật khẩu dài"}, {"new_password", "một mật khẩu khác"}};
  // An announcement for each thing that can become of one.
  std::map<std::string, std::string> on_the_way;
  for (const char* operation : {"submit_announcement", "approve_announcement", "return_announcement",
                                "withdraw_announcement", "edit_announcement", "list_steps", "preview_approval"}) {
    const auto made =
        request(http::Method::kPost, "/api/announcements", json{{"title", "Đường đi"}, {"clip", clip_}}.dump());
    const std::string id = json::parse(made.body).at("announcement");
    on_the_way[operation] = id;
    const std::string what = operation;
    if (what == "approve_announcement" || what == "return_announcement" || what == "preview_approval")
      post("/api/announcements/" + id + "/submit", {{"confirmed", true}});
  }
  bodies["submit_announcement"] = {{"confirmed", true}, {"comment", "Nhờ duyệt"}};
  bodies["approve_announcement"] = {{"comment", "Đồng ý"}};
  bodies["return_announcement"] = {{"comment", "Sửa ngày"}};
  bodies["withdraw_announcement"] = {{"comment", "Thôi"}};
  bodies["edit_announcement"] = {{"title", "Đường khác"}, {"clip", clip_},         {"category", "disclosure"},
                                 {"source", "1/TB-UBND"}, {"names_citizen", true}, {"consent", "Đơn ngày 1/11"}};
  bodies["appoint_deputy"] = {
      {"person", "editor"}, {"first", today()}, {"last", today(std::chrono::days{3})}, {"decision", "5/QĐ-UBND"}};
  bodies["create_person"] = {{"person", "lan"}, {"name", "Lan"}, {"role", "group_lead"}, {"area", "to-1"}};
  bodies["change_person"] = {{"name", "Ai khác"}, {"role", "editor"}};
  bodies["create_token"] = {
      {"name", "nút dừng"}, {"scope", "stop"}, {"until", format_utc(system_now().wall + hours{24})}};
  bodies["create_schedule"]["late_ms"] = 1000;
  bodies["import_schedules"] = {{"ics", calendar_of_one(hours{11})},
                                {"announcement", announcement_},
                                {"areas", {"to-1"}},
                                {"volume_pct", 50},
                                {"late_ms", 1000},
                                {"mode", "save"}};
  bodies["create_feed"] = {{"name", "Văn phòng"}, {"area", "to-1"}};
  bodies["replace_schedule"] = new_schedule(hours{9});
  bodies["preview_schedule_edit"] = new_schedule(hours{9});
  bodies["preview_schedule"] = {
      {"announcement", announcement_},
      {"areas", {"phu-lien", "to-1"}},
      {"nodes", {"n-1"}},
      {"volume_pct", 60},
      {"rule",
       {{"kind", "recurring"},
        {"start", "2026-01-01T06:00"},
        {"zone", "Asia/Ho_Chi_Minh"},
        {"rrules", {"FREQ=DAILY"}},
        {"exdays", {"2027-01-01"}},
        {"days", {{{"skip_on", "day_off"}}, {{"air_at", {{{"days", -1}, {"time", "18:30"}}, {{"days", 0}}}}}}}}},
      {"rank", 1},
      {"later_ms", 60'000},
      {"shortest_ms", 1000},
      {"stagger_ms", 5000},
      {"exception", {{"reason", "great_holiday"}, {"words", "Tết"}}},
      {"chime", "none"}};
  bodies["create_campaign"] = new_campaign(hours{9});
  bodies["create_campaign"].update(
      {{"rank", 2}, {"shortest_ms", 1000}, {"stagger_ms", 5000}, {"late_ms", 1000}, {"consecutive_days", 3}});
  bodies["preview_campaign"] = {
      {"title", "Chính quyền thân thiện"}, {"kind", "rotation"}, {"per_turn", 1}, {"announcements", {announcement_}}};
  for (const char* field : {"areas", "rule", "volume_pct"})
    bodies["preview_campaign"][field] = bodies["create_campaign"][field];
  bodies["set_ward_rules"] = {
      {"decision", "12/QĐ-UBND"},
      {"rules",
       {{"weekdays", {"mo", "tu", "we", "th", "fr", "sa", "su"}}, {"sessions", json::array()}, {"gap_ms", 12'000}}}};
  bodies["set_ward_rules"]["rules"]["chimes"] = {{"normal", {{"announcement", make_chime()}}}};

  std::set<std::string> documented;
  for (const auto& [path, item] : document.at("paths").items())
    for (const auto& [method, operation] : item.items()) documented.insert(operation.at("operationId"));
  std::set<std::string> served;
  for (const http::Route& route : api_->routes()) {
    SCOPED_TRACE(route.operation);
    served.insert(route.operation);
    if (route.operation == "follow_events") continue;  // never ends: events_api_test.cpp
    if (route.operation == "speak") continue;          // a WebSocket: air_api_test.cpp
    std::string method{http::name_of(route.method)};
    for (char& c : method) c = static_cast<char>(std::tolower(c));
    std::string path = route.path;
    if (route.operation == "create_code") path = "/api/nodes/n-waiting/code";
    if (route.operation == "hear_announcement") path = "/api/announcements/" + synthetic + "/heard";
    if (route.operation == "revoke_node") path = "/api/nodes/n-silent/revoke";
    if (route.operation == "enrol_node") {
      const std::string code = json::parse(post("/api/nodes/n-waiting/code", json()).body).at("code");
      bodies["enrol_node"] = json::parse(test::Candidate{}.sealed(code));
    }
    if (const auto at = on_the_way.find(route.operation); at != on_the_way.end())
      path.replace(path.find("{announcement}"), std::string_view{"{announcement}"}.size(), at->second);
    if (route.operation == "end_deputy")
      path = "/api/deputies/" +
             json::parse(request(http::Method::kGet, "/api/deputies").body).at(0).at("deputy").get<std::string>();
    for (const auto& [name, value] : in_path)
      if (const auto at = path.find("{" + name + "}"); at != std::string::npos)
        path.replace(at, name.size() + 2, value);
    if (route.operation == "get_calendar") path = feed_path;
    ASSERT_EQ(path.find('{'), std::string::npos) << "no value for the path's parameter";
    if (path.ends_with("/explain")) path += "?from=" + today() + "&to=" + today(std::chrono::days{1});
    ASSERT_TRUE(document.at("paths").at(route.path).contains(method));
    const json& operation = document.at("paths").at(route.path).at(method);

    http::ClientResponse response;
    std::optional<http::Headers> who;
    if (std::ranges::find(route.roles, kSessionOnly) != route.roles.end())
      who = browser_of(route.operation.ends_with("second_factor")                     ? Role::kViewer
                       : std::ranges::find(route.roles, "admin") == route.roles.end() ? Role::kChairman
                                                                                      : Role::kAdmin);
    else if (!route.roles.empty() && std::ranges::find(route.roles, "operator") == route.roles.end())
      who = program_of(Role::kAdmin);
    if (route.operation.ends_with("second_factor")) {
      store_.save_second_factor(PersonId{"viewer"}, {std::nullopt, kFactor, 0});
      bodies["confirm_second_factor"] = {{"digits", digits_now()}};
    }
    if (route.body == http::BodyMode::kStream) {
      response = upload("sound");
    } else if (route.body == http::BodyMode::kJson) {
      ASSERT_TRUE(bodies.contains(route.operation)) << "a new operation: give it a body here";
      const json& body = bodies.at(route.operation);
      EXPECT_EQ(test::schema_problem(
                    document, operation.at("requestBody").at("content").at("application/json").at("schema"), body),
                "");
      response = request(route.method, path, body.dump(), who);
    } else if (route.operation == "renew_certificate") {
      response = http::Client(client_of("n-1")).request(route.method, url(path));
    } else {
      response = request(route.method, path, "", who);
    }
    const std::string status = std::to_string(response.status);
    ASSERT_LT(response.status, 300) << response.body;
    ASSERT_TRUE(operation.at("responses").contains(status)) << status << " is not documented";
    if (response.status == 204) {
      EXPECT_EQ(response.body, "");
      continue;
    }
    const std::string type = response.headers.at("content-type");
    const json& content = operation.at("responses").at(status).at("content");
    const std::string plain = type.substr(0, type.find(';'));
    if (content.contains("*/*")) continue;
    ASSERT_TRUE(content.contains(plain)) << type;
    if (plain != "application/json" || !content.at(plain).contains("schema")) continue;
    EXPECT_EQ(test::schema_problem(document, content.at(plain).at("schema"), json::parse(response.body)), "")
        << response.body;
  }
  EXPECT_EQ(served, documented);
  // A list that is empty proves nothing of its items.
  const std::string range = "/explain?from=" + today() + "&to=" + today(std::chrono::days{1});
  for (const std::string& path :
       {std::string{"/api/recordings"}, std::string{"/api/clips"}, std::string{"/api/announcements"},
        std::string{"/api/schedules"}, std::string{"/api/areas"}, std::string{"/api/nodes"},
        std::string{"/api/campaigns"}, std::string{"/api/outcomes"}, std::string{"/api/rules"},
        std::string{"/api/alarms"}, "/api" + range, "/api/nodes/n-1" + range, std::string{"/api/templates"},
        std::string{"/api/calendar"}, std::string{"/api/reports"}})
    EXPECT_FALSE(json::parse(get(path).body).empty()) << path;
}

// A value that today's calendar allows, for what must be given.
json value_of(const json& parameter) {
  if (parameter.at("kind") != "date") return parameter.at("example");
  constexpr std::array kNames = {"su", "mo", "tu", "we", "th", "fr", "sa"};
  civil::Day day = civil::day_of(civil::Zone{"Asia/Ho_Chi_Minh"}.to_civil(system_now().wall)) + std::chrono::days{1};
  const json& allowed = parameter.at("weekdays");
  while (std::ranges::find(allowed, kNames.at(std::chrono::weekday{day}.c_encoding())) == allowed.end())
    day += std::chrono::days{1};
  return civil::format_day(day);
}

TEST_F(ServerApi, EveryTemplateFilledIsTakenAsItIs) {
  fill();
  for (const json& form : json::parse(get("/api/templates").body)) {
    const std::string id = form.at("template");
    SCOPED_TRACE(id);
    json values = json::object();
    for (const json& parameter : form.at("parameters"))
      if (parameter.at("required").get<bool>()) values[parameter.at("name").get<std::string>()] = value_of(parameter);
    const auto response = post("/api/templates/" + id + "/fill", {{"parameters", values}});
    ASSERT_EQ(response.status, 200) << response.body;
    const json filled = json::parse(response.body);
    EXPECT_FALSE(filled.at("dues").empty());
    json body = filled.at("body");
    body["areas"] = {"phu-lien"};
    const std::string route = filled.at("route");
    if (route == "/api/schedules")
      body["announcement"] = announcement_;
    else
      body["announcements"] = {announcement_};
    const auto preview = post(route + "/preview", body);
    ASSERT_EQ(preview.status, 200) << preview.body;
    if (route != "/api/schedules") continue;
    const json made = json::parse(preview.body);
    EXPECT_EQ(made.at("template"), id);
    EXPECT_EQ(made.at("rule"), body.at("rule"));
  }
}

TEST_F(ServerApi, AGreetingSilencesItsReminder) {
  fill();
  // A great day ten days from now, so that one reminder has come and one is to come.
  const civil::Day feast = civil::parse_day(today(std::chrono::days{10}));
  const auto date = civil::date_of(feast);
  holidays::Holiday holiday;
  holiday.id = "hoi-lang";
  holiday.name_vi = "Hội làng";
  holiday.name_en = "Village feast";
  holiday.kinds = {holidays::HolidayKind::kGreatDay};
  holiday.date = {holidays::DateScale::kSolar, static_cast<int>(static_cast<unsigned>(date.month())),
                  static_cast<int>(static_cast<unsigned>(date.day()))};
  almanac_.holidays = holidays::HolidayCalendar{{holiday}, {}};
  http_.reset();
  start();
  const auto states = [&] {
    std::vector<std::string> found;
    for (const json& each : json::parse(get("/api/reminders").body)) found.push_back(each.at("state"));
    return found;
  };
  EXPECT_THAT(states(), testing::ElementsAre("due", "upcoming", "upcoming"));
  json body = json::parse(post("/api/templates/greeting/fill", {{"parameters", {{"holiday", "hoi-lang"}}}}).body);
  EXPECT_EQ(body.at("dues").at(0).at("time"), civil::format_day(feast) + "T07:00:00");
  body = body.at("body");
  body["announcement"] = announcement_;
  body["areas"] = {"to-1"};
  const auto made = post("/api/schedules", body);
  ASSERT_EQ(made.status, 201) << made.body;
  const json schedule = json::parse(made.body);
  EXPECT_EQ(schedule.at("event"), "hoi-lang");
  EXPECT_EQ(json::parse(get("/api/schedules/" + schedule.at("schedule").get<std::string>()).body).at("event"),
            "hoi-lang");
  EXPECT_THAT(states(), testing::ElementsAre("done", "done", "done"));
  EXPECT_EQ(json::parse(get("/api/reminders").body).at(0).at("schedule"), schedule.at("schedule"));
  ASSERT_EQ(request(http::Method::kDelete, "/api/schedules/" + schedule.at("schedule").get<std::string>()).status, 200);
  EXPECT_THAT(states(), testing::ElementsAre("due", "upcoming", "upcoming"));
}

TEST_F(ServerApi, TemplatesRefuseByParameter) {
  const auto refused = post("/api/templates/greeting/fill", {{"parameters", {{"holiday", "tet"}}}});
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(code_of(refused), "template.unknown_holiday");
  EXPECT_THAT(json::parse(refused.body).at("error").at("vi").get<std::string>(), testing::StartsWith("holiday: "));
  EXPECT_EQ(code_of(post("/api/templates/greeting/fill", json::object())), "template.missing");
  const auto unknown = post("/api/templates/nothing/fill", json::object());
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(code_of(unknown), "template.unknown");
}

TEST_F(ServerApi, TheCalendarTellsMoonAndHolidays) {
  const json day = json::parse(get("/api/calendar?from=2027-02-06").body);
  ASSERT_EQ(day.size(), 1U);
  EXPECT_EQ(day[0].at("lunar").at("day"), 1);
  EXPECT_EQ(day[0].at("lunar").at("year"), 2027);
  EXPECT_EQ(day[0].at("off").at("vi"), "Tết Nguyên đán");
  EXPECT_EQ(day[0].at("working"), false);
  const json leap = json::parse(get("/api/calendar?from=2028-06-23&to=2028-06-24").body);
  ASSERT_EQ(leap.size(), 2U);
  EXPECT_EQ(leap[0].at("lunar").at("leap"), true);
  EXPECT_EQ(leap[0].at("lunar").at("month"), 5);
  EXPECT_EQ(code_of(get("/api/calendar?from=2027-02-06&to=2027-02-05")), "explain.bad_range");
  EXPECT_EQ(get("/api/calendar?from=2027-01-01&to=2027-04-02").status, 200);
  EXPECT_EQ(code_of(get("/api/calendar?from=2027-01-01&to=2027-04-03")), "explain.bad_range");
  EXPECT_EQ(get("/api/calendar?from=2027-02-30").status, 400);
}

TEST_F(ServerApi, WhatCannotBeSignedIs503WithWords) {
  fill();
  signer_.go_away();
  const auto response = post("/api/stop", {{"nodes", {"n-1"}}});
  EXPECT_EQ(response.status, 503);
  const json error = json::parse(response.body).at("error");
  EXPECT_EQ(error.at("code"), "signer.away");
  EXPECT_NE(error.at("vi"), error.at("en"));
}

TEST_F(ServerApi, RefusalsKeepTheDocumentsWordToo) {
  const json document = json::parse(get("/api/openapi.json").body);
  const json& error = document.at("components").at("schemas").at("Error");
  for (const auto& response :
       {get("/api/nodes/n-9"), get("/nowhere"), post("/api/areas", {{"area", "X"}}),
        request(http::Method::kGet, "/api/nodes", "", http::Headers{}), post("/api/health", json::object())}) {
    EXPECT_GE(response.status, 400);
    EXPECT_EQ(test::schema_problem(document, error, json::parse(response.body)), "") << response.body;
  }
}

TEST_F(ServerApi, NothingIsTakenThatTheDocumentForbids) {
  fill();
  const json document = json::parse(get("/api/openapi.json").body);
  const auto is_allowed = [&](const char* path, const json& body) {
    const json& schema =
        document.at("paths").at(path).at("post").at("requestBody").at("content").at("application/json");
    return test::schema_problem(document, schema.at("schema"), body).empty();
  };
  const auto changed = [](json body, const char* pointer, const json& value) {
    body[json::json_pointer(pointer)] = value;
    return body;
  };
  const json schedule = new_schedule(hours{7});
  const json node = new_node("n-3");
  const json area = {{"area", "to-3"}, {"name", "Tổ 3"}};
  const json announcement = {{"title", "Ba"}, {"clip", clip_}};
  const std::vector<std::pair<const char*, json>> bodies = {
      {"/api/schedules", changed(schedule, "/late", 5)},
      {"/api/schedules", changed(schedule, "/rule/until", "2027-01-01T00:00:00Z")},
      {"/api/schedules", changed(schedule, "/rule/kind", "weekly")},
      {"/api/schedules", changed(schedule, "/volume_pct", 0)},
      {"/api/schedules", changed(schedule, "/volume_pct", 101)},
      {"/api/schedules", changed(schedule, "/volume_pct", "60")},
      {"/api/schedules", changed(schedule, "/volume_pct", 60.5)},
      {"/api/schedules", changed(schedule, "/late_ms", -1)},
      {"/api/schedules", changed(schedule, "/late_ms", 86'400'001)},
      {"/api/schedules", changed(schedule, "/areas", "phu-lien")},
      {"/api/schedules", changed(schedule, "/areas", {"Phù Liễn"})},
      {"/api/schedules", changed(schedule, "/announcement", nullptr)},
      {"/api/nodes", changed(node, "/node", "N 3")},
      {"/api/nodes", changed(node, "/volume", 100)},
      {"/api/areas", changed(area, "/area", "")},
      {"/api/areas", changed(area, "/parent", 7)},
      {"/api/areas", json::array({area})},
      {"/api/announcements", changed(announcement, "/class", "loud")},
      {"/api/announcements", changed(announcement, "/clip", "abc")},
      {"/api/announcements", {{"title", "Ba"}}},
      {"/api/announcements/speech", {{"title", "Ba"}, {"text", 5}}},
      {"/api/announcements/speech", {{"title", "Ba"}, {"text", "Ba"}, {"voice", "vi"}}},
      {"/api/announcements/speech", {{"title", "Ba"}, {"text", "Ba"}, {"class", "loud"}}},
      {"/api/speech/preview", {{"text", json::array()}}},
      {"/api/speech/preview", json::object()},
      {"/api/schedules", changed(schedule, "/event", "Giỗ Tổ")},
      {"/api/schedules", changed(schedule, "/template", 7)},
      {"/api/templates/{template}/fill", {{"parameters", {{"holiday", 1.5}}}}},
      {"/api/templates/{template}/fill", {{"parameters", json::array()}}},
      {"/api/templates/{template}/fill", {{"holiday", "gio-to"}}},
      {"/api/nodes/{node}/test", {{"volume_pct", 0}}},
      {"/api/nodes/{node}/test", {{"volume", 50}}},
      {"/api/stop", {{"node", "n-1"}}},
      {"/api/stop", {{"nodes", {"n-1"}}, {"why", 3}}}};
  for (const auto& [path, body] : bodies) {
    EXPECT_FALSE(is_allowed(path, body)) << path << body.dump();
    std::string where = path;
    if (const auto at = where.find("{node}"); at != std::string::npos) where.replace(at, 6, "n-1");
    if (const auto at = where.find("{template}"); at != std::string::npos) where.replace(at, 10, "greeting");
    const auto response = post(where, body);
    EXPECT_EQ(response.status, 400) << path << body.dump();
    EXPECT_EQ(code_of(response), "request.bad_json") << response.body;
  }
}

TEST_F(ServerApi, APreviewSaysWhatWouldBeSaidAndWhere) {
  const json told = json::parse(post("/api/speech/preview", {{"text", "😀 Họp TDP 5 lúc 7h30."}}).body);
  EXPECT_EQ(told.at("spoken"), "Họp tổ dân phố năm lúc bảy giờ ba mươi phút.");
  ASSERT_EQ(told.at("pieces").size(), 3U);
  // As JavaScript counts: the face takes two.
  const json time = {{"start", 17}, {"end", 21}, {"written", "7h30"}, {"spoken", "bảy giờ ba mươi phút"}};
  EXPECT_EQ(told.at("pieces").at(2), time);
  EXPECT_EQ(told.at("syllables"), 11);
  EXPECT_GT(told.at("length_ms"), 2000);
  EXPECT_EQ(json::parse(post("/api/speech/preview", {{"text", "…"}}).body).at("spoken"), "");
  EXPECT_EQ(code_of(post("/api/speech/preview", {{"text", std::string(20'001, 'x')}})), "field.too_long");
}

TEST_F(ServerApi, WhatAMachineReadsIsHeardBeforeItIsScheduled) {
  fill();
  const std::string synthetic = spoken("Họp TDP 5.", 'b');
  json wanted = new_schedule(hours{7});
  wanted["announcement"] = synthetic;
  auto response = post("/api/schedules", wanted);
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(code_of(response), "announcement.not_heard");
  EXPECT_EQ(code_of(post("/api/schedules/preview", wanted)), "announcement.not_heard");
  const json before = json::parse(get("/api/announcements/" + synthetic).body);
  EXPECT_EQ(before.at("synthetic"), true);
  EXPECT_EQ(before.at("heard"), nullptr);
  EXPECT_EQ(before.at("transcript"), "Họp TDP 5.");

  EXPECT_EQ(code_of(post("/api/announcements/" + announcement_ + "/heard", json())), "announcement.recorded");
  EXPECT_EQ(post("/api/announcements/a-none/heard", json()).status, 404);
  response = post("/api/announcements/" + synthetic + "/heard", json());
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(json::parse(response.body).at("heard"), nullptr);
  EXPECT_EQ(post("/api/schedules", wanted).status, 201);
}

TEST_F(ServerApi, TextWithNothingToSayMakesNothing) {
  EXPECT_EQ(code_of(post("/api/announcements/speech", {{"title", "Họp"}, {"text", "…"}})), "speech.nothing_to_say");
  EXPECT_EQ(code_of(post("/api/announcements/speech", {{"title", "Họp"}, {"text", std::string(20'001, 'x')}})),
            "field.too_long");
  EXPECT_EQ(json::parse(get("/api/recordings").body).size(), 0U);
}

TEST_F(ServerApi, WithoutTheTokenNothingIsSaidOrDone) {
  for (const http::Route& route : api_->routes()) {
    if (route.roles.empty()) continue;
    std::string path = route.path;
    for (const char* name :
         {"{recording}", "{node}", "{announcement}", "{schedule}", "{template}", "{campaign}", "{feed}", "{person}",
          "{token}", "{deputy}", "{report}", "{complaint}", "{area}", "{play}"})
      if (const auto at = path.find(name); at != std::string::npos) path.replace(at, std::string{name}.size(), "x");
    if (const auto at = path.find("{clip}"); at != std::string::npos) path.replace(at, 6, std::string(64, 'a'));
    if (route.operation == "get_tile") path = "/tiles/2/3/1.png";
    const std::string body = route.body == http::BodyMode::kJson ? "{}" : "";
    for (const http::Headers& headers : {http::Headers{}, http::Headers{{"Authorization", "Bearer wrong"}},
                                         http::Headers{{"Authorization", tokens_.at(Role::kOperator)}}}) {
      const auto response = request(route.method, path, body, headers);
      EXPECT_EQ(response.status, 401) << route.operation;
      EXPECT_EQ(code_of(response), "request.not_signed_in");
    }
  }
  EXPECT_EQ(files_in("uploads"), 0U);
}

TEST_F(ServerApi, WhatIsOpenToAllIsListed) {
  std::set<std::string> open;
  for (const http::Route& route : api_->routes())
    if (route.roles.empty()) open.insert(route.operation);
  EXPECT_EQ(open,
            (std::set<std::string>{"get_health", "get_openapi", "enrol_node", "get_console", "get_console_part",
                                   "get_console_icon", "get_trust_page", "get_trust_script", "get_trust_style",
                                   "get_authority", "get_calendar", "sign_in", "take_invitation",
                                   // for residents
                                   "get_residents_page", "get_residents_script", "get_residents_style", "get_pole_page",
                                   "get_public_ward", "get_programme", "get_programme_calendar", "list_aired",
                                   "get_aired_feed", "get_aired_audio", "get_public_node", "complain", "give_mark"}));
}

TEST_F(ServerApi, ClipsAreForNodesAndStaff) {
  fill();
  const std::string clip = url("/clips/" + clip_);
  EXPECT_EQ(http::Client(client_of("n-1")).request(http::Method::kGet, clip).body, "OggS!");
  EXPECT_EQ(get("/clips/" + clip_).status, 200);
  EXPECT_EQ(request(http::Method::kGet, "/clips/" + clip_, "", http::Headers{}).status, 401);
  const auto stolen = http::Client(client_of("n-stolen")).request(http::Method::kGet, clip);
  EXPECT_EQ(stolen.status, 403);
  EXPECT_EQ(code_of(stolen), "node.not_enrolled");
  // While a client keeps its connection, too.
  http::Client kept(client_of("n-silent"));
  EXPECT_EQ(kept.request(http::Method::kGet, clip).status, 200);
  EXPECT_EQ(post("/api/nodes/n-silent/revoke", json::object()).status, 200);
  EXPECT_EQ(kept.request(http::Method::kGet, clip).status, 403);
}

TEST_F(ServerApi, ACertificateOfTheAuthorityThatIsInNoBookOpensNothing) {
  fill();
  // As the one that takes a session over: right name, right authority, not of a node.
  crypto::save_identity(enrolment_.gate.sessions.at(0).identity, folder_ / "taken.pem", folder_ / "taken.key");
  EXPECT_EQ(http::Client(client_of("taken")).request(http::Method::kGet, url("/clips/" + clip_)).status, 403);
}

TEST_F(ServerApi, ANodesCertificateIsNoStaffsToken) {
  fill();
  http::Client node(client_of("n-1"));
  for (const http::Route& route : api_->routes()) {
    const bool is_for_people = std::ranges::find(route.roles, kNode) == route.roles.end() && !route.roles.empty();
    if (!is_for_people || route.method != http::Method::kGet) continue;
    std::string path = route.path;
    if (const auto at = path.find('{'); at != std::string::npos)
      path.replace(at, path.find('}') - at + 1, path.find("{clip}") != std::string::npos ? clip_ : "n-1");
    if (route.operation == "get_tile") path = "/tiles/2/3/1.png";
    EXPECT_EQ(node.request(http::Method::kGet, url(path)).status, 401) << route.operation;
  }
  EXPECT_EQ(node.request(http::Method::kPost, url("/api/stop"), {}, "{}").status, 401);
}

TEST_F(ServerApi, OnlyANodeRenewsItsCertificate) {
  fill();
  EXPECT_EQ(post("/api/certificate", json()).status, 403) << "not by the token";
  EXPECT_EQ(http::Client(client_of("n-stolen")).request(http::Method::kPost, url("/api/certificate")).status, 403);
  const auto renewed = http::Client(client_of("n-1")).request(http::Method::kPost, url("/api/certificate"));
  EXPECT_EQ(renewed.status, 200);
  EXPECT_EQ(crypto::read_certificate(json::parse(renewed.body).at("certificate").get<std::string>()).common_name,
            "n-1");
}

TEST_F(ServerApi, EnrolmentIsRefusedInWordsAndBounded) {
  ASSERT_EQ(post("/api/areas", {{"area", "to-1"}, {"name", "Tổ"}}).status, 201);
  const auto made = post("/api/nodes", new_node("n-1"));
  const std::string code = json::parse(made.body).at("code");
  const auto refusal = [&](const std::string& body) {
    return code_of(request(http::Method::kPost, "/api/enrol", body, http::Headers{}));
  };
  EXPECT_EQ(refusal("{}"), "enrol.bad_request");
  EXPECT_EQ(refusal(std::string(70'000, 'x')), "http.body_too_large");
  EXPECT_EQ(refusal(test::Candidate{}.sealed(enrol::Code::make().text())), "enrol.wrong_code");
  EXPECT_EQ(refusal(test::Candidate{}.sealed(code, std::string(64, 'd'))), "enrol.intercepted");
  EXPECT_EQ(refusal(test::Candidate{}.sealed(code)), "");
  EXPECT_EQ(refusal(test::Candidate{}.sealed(code)), "enrol.used");
}

TEST_F(ServerApi, UnknownThingsAre404) {
  for (const std::string path :
       {"/api/recordings/r-9", "/api/announcements/a-9", "/api/schedules/s-9", "/api/nodes/n-9", "/api/nodes/n-9/plan"})
    EXPECT_EQ(get(path).status, 404) << path;
  EXPECT_EQ(get("/api/clips/" + std::string(64, 'b')).status, 404);
  EXPECT_EQ(get("/clips/" + std::string(64, 'b')).status, 404);
  EXPECT_EQ(request(http::Method::kDelete, "/api/schedules/s-9").status, 404);
  EXPECT_EQ(request(http::Method::kPut, "/api/schedules/s-9", "{}").status, 404);
  EXPECT_EQ(post("/api/schedules/s-9/preview", json::object()).status, 404);
  EXPECT_EQ(post("/api/nodes/n-9/code", json()).status, 404);
  EXPECT_EQ(post("/api/nodes/n-9/revoke", json::object()).status, 404);
  EXPECT_EQ(get("/api/clips/not-a-hash").status, 400);
  EXPECT_EQ(get("/clips/..%2Fserver.db").status, 404);
}

TEST_F(ServerApi, BodiesThatAreNoGoodJsonAre400) {
  for (const std::string body : {"{", "[]", "null", "{\"area\":\"to-1\",\"area\":\"to-2\",\"name\":\"x\"}",
                                 "{\"area\":\"to-1\",\"name\":\"\xff\"}", "{\"area\":\"to-1\",\"name\":\"x\"} x"})
    EXPECT_EQ(request(http::Method::kPost, "/api/areas", body).status, 400) << body;
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "{\"a\":";
  EXPECT_EQ(request(http::Method::kPost, "/api/areas", deep).status, 400);
  EXPECT_THAT(store_.load_areas(), IsEmpty());
}

TEST_F(ServerApi, ConflictsAre409AndMistakes422) {
  fill();
  EXPECT_EQ(post("/api/areas", {{"area", "to-1"}, {"name", "Tổ"}}).status, 409);
  EXPECT_EQ(post("/api/nodes", new_node("n-1")).status, 409);
  const auto overlap = post("/api/schedules", new_schedule(hours{1} + seconds{5}));
  EXPECT_EQ(overlap.status, 409);
  EXPECT_EQ(code_of(overlap), "schedule.overlaps");
  EXPECT_EQ(post("/api/areas", {{"area", "to-9"}, {"name", "  "}}).status, 422);
  EXPECT_EQ(post("/api/areas", {{"area", "to-9"}, {"name", "x"}, {"parent", "nowhere"}}).status, 422);
  EXPECT_EQ(post("/api/announcements", {{"title", "x"}, {"clip", std::string(64, 'b')}}).status, 422);
  const auto soon = post("/api/schedules", new_schedule(seconds{2}));
  EXPECT_EQ(soon.status, 422);
  EXPECT_EQ(code_of(soon), "schedule.too_soon");
  EXPECT_EQ(post("/api/stop", json::object()).status, 422);
  EXPECT_EQ(post("/api/stop", {{"nodes", {"n-9"}}}).status, 422);
}

TEST_F(ServerApi, AChimeIsSetByItsAnnouncementAndToldWithItsLength) {
  fill();
  const auto set = [&](const json& chimes) {
    return post("/api/rules", {{"decision", "12/QĐ-UBND"},
                               {"rules",
                                {{"weekdays", {"mo", "tu", "we", "th", "fr", "sa", "su"}},
                                 {"sessions", json::array()},
                                 {"gap_ms", 6000},
                                 {"chimes", chimes}}}});
  };
  const std::string bells = make_chime();
  const http::ClientResponse made = set({{"normal", {{"announcement", bells}}}});
  ASSERT_EQ(made.status, 201) << made.body;
  const json told = json::parse(get("/api/rules").body).at(0).at("rules").at("chimes");
  EXPECT_EQ(told, json({{"normal", {{"announcement", bells}, {"clip", std::string(64, 'c')}, {"duration_ms", 2400}}}}));
  EXPECT_EQ(set(told).status, 201) << "as it is told it is taken";
  EXPECT_EQ(set({{"normal", {{"announcement", announcement_}}}}).status, 422) << "of 30 s";
  EXPECT_EQ(set({{"normal", {{"announcement", "a-nothing"}}}}).status, 422);
  EXPECT_EQ(set({{"loud", {{"announcement", bells}}}}).status, 400);

  json schedule = new_schedule(hours{3});
  schedule["chime"] = "loud";
  EXPECT_EQ(post("/api/schedules", schedule).status, 400);
  schedule["chime"] = "none";
  const json silent = json::parse(post("/api/schedules", schedule).body);
  EXPECT_EQ(silent.at("chime"), "none");
  EXPECT_EQ(json::parse(post("/api/schedules", new_schedule(hours{4})).body).at("chime"), json());
}

TEST_F(ServerApi, ACampaignIsPreviewedMadeToldAndCancelled) {
  fill();
  fill_campaign();
  const auto preview = post("/api/campaigns/preview", new_campaign(hours{9}));
  EXPECT_EQ(preview.status, 200);
  EXPECT_EQ(json::parse(preview.body).at("difference").at("added"), 5);
  EXPECT_THAT(json::parse(get("/api/campaigns").body), testing::SizeIs(1));
  const json told = json::parse(get("/api/campaigns/" + campaign_).body);
  EXPECT_EQ(told.at("messages").at(0).at("announcement"), announcement_);
  EXPECT_EQ(told.at("days").at(0), json({{"day", "2026-11-24"}, {"nodes", 2}, {"proved", 1}}));
  const std::string part = told.at("schedules").at(0);
  const json schedule = json::parse(get("/api/schedules/" + part).body);
  EXPECT_EQ(schedule.at("campaign"), campaign_);
  EXPECT_EQ(schedule.at("rule").at("rotation").at("pool"), 1);
  EXPECT_EQ(code_of(request(http::Method::kDelete, "/api/schedules/" + part)), "schedule.of_campaign");
  json both = new_campaign(hours{9});
  both["session"] = "sáng";
  EXPECT_EQ(post("/api/campaigns", both).status, 400);
  both.erase("session");
  both["kind"] = "advertising";
  EXPECT_EQ(post("/api/campaigns", both).status, 400);
  both["kind"] = "rotation";
  EXPECT_EQ(code_of(post("/api/campaigns", both)), "campaign.not_a_disclosure");
  both.erase("source");
  both["rule"]["rotation"] = {{"place", 0}, {"pool", 1}, {"per_turn", 1}, {"session", 0}, {"sessions", 1}};
  EXPECT_EQ(post("/api/campaigns", both).status, 400) << "turns are the server's to give";
  EXPECT_EQ(request(http::Method::kDelete, "/api/campaigns/c-none").status, 404);
  const auto cancelled = request(http::Method::kDelete, "/api/campaigns/" + campaign_);
  EXPECT_EQ(cancelled.status, 200);
  EXPECT_EQ(json::parse(cancelled.body).at("cancelled"), 5);
  EXPECT_FALSE(json::parse(get("/api/campaigns/" + campaign_).body).at("cancelled").is_null());
}

TEST_F(ServerApi, ARuleThatIsNoneIsRefusedWithItsPlace) {
  fill();
  json schedule = new_schedule(hours{1});
  const auto refused = [&](const char* field, json value) {
    schedule["rule"] = {{"kind", "recurring"}, {"start", "2026-01-01T06:00"}};
    schedule["rule"][field] = std::move(value);
    const auto response = post("/api/schedules/preview", schedule);
    EXPECT_EQ(response.status, 400) << response.body;
    return response.body;
  };
  EXPECT_THAT(refused("rrules", json::array({"FREQ=DAILY;BYHOUR=25"})), testing::HasSubstr("19"));
  EXPECT_THAT(refused("start", "2026-02-30T06:00"), testing::HasSubstr("civil.no_such_day"));
  EXPECT_THAT(refused("zone", "Asia/Ho_Chi_Min"), testing::HasSubstr("Asia/Ho_Chi_Minh"));
  EXPECT_THAT(refused("days", json::array({json{{"skip_on", "rain"}}})), testing::HasSubstr("skip_on"));
  EXPECT_THAT(json::parse(get("/api/schedules").body), testing::SizeIs(1));
}

TEST_F(ServerApi, AScheduleIsEditedInPlaceAfterAPreview) {
  fill();
  json wanted = new_schedule(hours{2});
  wanted["volume_pct"] = 35;
  const std::string path = "/api/schedules/" + schedule_;
  const auto preview = post(path + "/preview", wanted);
  EXPECT_EQ(preview.status, 200) << preview.body;
  EXPECT_EQ(json::parse(preview.body).at("difference").at("moved"), 1);
  EXPECT_EQ(json::parse(get(path).body).at("volume_pct"), 60);
  const auto edited = request(http::Method::kPut, path, wanted.dump());
  EXPECT_EQ(edited.status, 200) << edited.body;
  EXPECT_EQ(json::parse(edited.body).at("difference"), json::parse(preview.body).at("difference"));
  EXPECT_EQ(json::parse(get(path).body).at("volume_pct"), 35);
  EXPECT_THAT(json::parse(get("/api/schedules").body), testing::SizeIs(1));
  wanted["announcement"] = "a-9";
  EXPECT_EQ(code_of(request(http::Method::kPut, path, wanted.dump())), "schedule.other_announcement");
  wanted["late"] = 3;
  EXPECT_EQ(request(http::Method::kPut, path, wanted.dump()).status, 400);
}

TEST_F(ServerApi, ACalendarIsImportedWholeAndExportedAgain) {
  fill();
  json body = {
      {"ics", calendar_of_one(hours{4})}, {"announcement", announcement_}, {"areas", {"to-1"}}, {"volume_pct", 50}};
  body["mode"] = "preview";
  const auto preview = post("/api/schedules/import", body);
  EXPECT_EQ(preview.status, 200) << preview.body;
  EXPECT_EQ(json::parse(preview.body).at("difference").at("added"), 1);
  EXPECT_THAT(json::parse(get("/api/schedules").body), testing::SizeIs(1));
  body["mode"] = "save";
  const auto saved = post("/api/schedules/import", body);
  EXPECT_EQ(saved.status, 201) << saved.body;
  const json rule = json::parse(saved.body).at("schedules").at(0).at("rule");
  EXPECT_THAT(json::parse(get("/api/schedules").body), testing::SizeIs(2));

  const auto exported = get("/api/schedules.ics");
  EXPECT_TRUE(exported.headers.at("content-type").starts_with("text/calendar"));
  EXPECT_THAT(exported.body, testing::HasSubstr("SUMMARY:Chào"));
  EXPECT_THAT(exported.body, testing::HasSubstr("LOCATION:Tổ 1"));

  body["ics"] = calendar_of_one(-hours{4});
  const auto past = post("/api/schedules/import", body);
  EXPECT_EQ(past.status, 422);
  EXPECT_EQ(code_of(past), "import.event");
  EXPECT_THAT(past.body, testing::HasSubstr("Họp"));
  body["ics"] = "nonsense";
  EXPECT_EQ(post("/api/schedules/import", body).status, 400);
  body["ics"] = calendar_of_one(hours{5});
  body["mode"] = "maybe";
  EXPECT_EQ(post("/api/schedules/import", body).status, 400);
  EXPECT_THAT(json::parse(get("/api/schedules").body), testing::SizeIs(2));
}

TEST_F(ServerApi, AFeedIsReadByWhoeverKnowsItsSecretAndNobodyElse) {
  fill();
  const std::string ward = make_feed();
  const auto read = [&](const std::string& path, http::Headers headers = {}) {
    return request(http::Method::kGet, path, "", std::move(headers));
  };
  const auto calendar = read(ward);
  EXPECT_EQ(calendar.status, 200);
  EXPECT_TRUE(calendar.headers.at("content-type").starts_with("text/calendar"));
  EXPECT_THAT(calendar.body, testing::HasSubstr("UID:" + schedule_));
  EXPECT_THAT(calendar.body, testing::HasSubstr("LOCATION:Phường"));
  EXPECT_EQ(read(ward, {{"If-None-Match", calendar.headers.at("etag")}}).status, 304);
  EXPECT_EQ(post("/api/areas", {{"area", "far"}, {"name", "Xa"}}).status, 201);
  EXPECT_THAT(read(make_feed("far")).body, testing::Not(testing::HasSubstr("UID:"))) << "only what reaches the area";

  const std::string secret = ward.substr(std::string{"/calendar/"}.size(), 32);
  EXPECT_EQ(read("/calendar/" + secret).status, 404);
  EXPECT_EQ(read("/calendar/" + std::string(32, '0') + ".ics").status, 404);
  EXPECT_EQ(read("/calendar/.ics").status, 404);
  EXPECT_THAT(get("/api/feeds").body, testing::Not(testing::HasSubstr(secret)));
  ASSERT_EQ(request(http::Method::kDelete, "/api/schedules/" + schedule_).status, 200);
  EXPECT_THAT(read(ward).body, testing::Not(testing::HasSubstr("UID:")));

  const std::string id = json::parse(get("/api/feeds").body).at(1).at("feed");
  EXPECT_EQ(request(http::Method::kDelete, "/api/feeds/" + id).status, 204);
  EXPECT_EQ(request(http::Method::kDelete, "/api/feeds/" + id).status, 404);
  EXPECT_EQ(read(ward).status, 404);
}

TEST_F(ServerApi, ADayIsExplainedForTheWardAndForALoudspeaker) {
  fill();
  const std::string range = "?from=" + today() + "&to=" + today(std::chrono::days{1});
  const json ward = json::parse(get("/api/explain" + range).body);
  ASSERT_EQ(ward.size(), 1U);
  EXPECT_EQ(ward[0].at("schedule"), schedule_);
  EXPECT_EQ(ward[0].at("verdict"), "plays");
  EXPECT_TRUE(ward[0].at("why").is_null());
  EXPECT_EQ(json::parse(get("/api/nodes/n-1/explain" + range).body).at(0).at("node_state"), "enrolled");
  EXPECT_EQ(get("/api/nodes/n-9/explain" + range).status, 404);
  EXPECT_THAT(json::parse(get("/api/explain").body), testing::SizeIs(testing::Le(1U))) << "of today";
  EXPECT_EQ(get("/api/explain?from=tomorrow").status, 400);
  EXPECT_EQ(get("/api/explain?from=2026-01-01&to=2025-01-01").status, 422);
  EXPECT_EQ(get("/api/explain" + range + "&area=nowhere").status, 422);
}

TEST_F(ServerApi, TooLargeIs413AndLeavesNothing) {
  EXPECT_EQ(post("/api/areas", {{"area", "to-1"}, {"name", std::string(70'000, 'x')}}).status, 413);
  std::ofstream(folder_ / "upload") << "RIFF";
  fs::resize_file(folder_ / "upload", 201ULL * 1024 * 1024);
  const auto response =
      client_->upload(url("/api/recordings"), folder_ / "upload", "audio/wav", program_of(Role::kOperator));
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(files_in("uploads"), 0U);
  EXPECT_EQ(get("/api/health").status, 200);
}

TEST_F(ServerApi, AFullMailboxIs503AndLeavesNothing) {
  is_mailbox_full_ = true;
  EXPECT_EQ(upload("sound").status, 503);
  EXPECT_EQ(code_of(post("/api/areas", {{"area", "to-1"}, {"name", "x"}})), "server.busy");
  EXPECT_EQ(files_in("uploads"), 0U);
  is_mailbox_full_ = false;
  EXPECT_EQ(upload("sound").status, 202);
  EXPECT_EQ(files_in("uploads"), 0U);
  EXPECT_EQ(files_in("recordings"), 1U);
}

TEST_F(ServerApi, BrokenBooksAre503AndOutlived) {
  db::Database breaker = db::Database::open_writer(folder_ / "server.db");
  breaker.execute("ALTER TABLE areas RENAME TO lost");
  EXPECT_EQ(get("/api/areas").status, 503);
  EXPECT_EQ(post("/api/areas", {{"area", "to-1"}, {"name", "x"}}).status, 503);
  breaker.execute("ALTER TABLE lost RENAME TO areas");
  EXPECT_EQ(post("/api/areas", {{"area", "to-1"}, {"name", "x"}}).status, 201);
  EXPECT_EQ(get("/api/areas").status, 200);
}

TEST_F(ServerApi, OutcomesAreFoundByWhatIsAsked) {
  fill();
  const auto count = [&](const std::string& query) { return json::parse(get("/api/outcomes" + query).body).size(); };
  EXPECT_EQ(count(""), 4U);
  EXPECT_EQ(count("?schedule=" + schedule_), 2U);
  EXPECT_EQ(count("?node=n-1"), 3U);
  EXPECT_EQ(count("?limit=1"), 1U);
  EXPECT_EQ(count("?until=2020-01-01T00:00:00Z"), 0U);
  EXPECT_EQ(get("/api/outcomes?limit=0").status, 400);
  EXPECT_EQ(get("/api/outcomes?from=yesterday").status, 400);
  EXPECT_EQ(get("/api/outcomes?nod=n-1").status, 400);
}

TEST_F(ServerApi, ASelfTestSaysInWordsWhatToDo) {
  fill();
  const auto told = [&](TestVerdict verdict, std::string_view why) {
    wire::Status status;
    status.boot = "n";
    status.health = wire::Health{};
    wire::TestResult& result = status.health->test.emplace();
    result.test = PlayId{"t-1"};
    result.verdict = verdict;
    result.reason = why;
    say(status);
    return json::parse(get("/api/nodes/n-1").body).at("report").at("health").at("test");
  };
  std::set<std::string> advices;
  for (const auto& [verdict, why] : {std::pair{TestVerdict::kOk, std::string_view{}},
                                     {TestVerdict::kWeak, ""},
                                     {TestVerdict::kNotHeard, ""},
                                     {TestVerdict::kNoMonitor, ""},
                                     {TestVerdict::kNoMonitor, reason::kMonitorFailed},
                                     {TestVerdict::kNotRendered, reason::kOutputFailed},
                                     {TestVerdict::kNotRendered, reason::kStopOrder},
                                     {TestVerdict::kNotRendered, reason::kOutputBusy},
                                     {TestVerdict::kRefused, reason::kBusy},
                                     {TestVerdict::kRefused, reason::kClockUnknown},
                                     {TestVerdict::kRefused, reason::kPolicyQuietHours}}) {
    const json test = told(verdict, why);
    EXPECT_EQ(test.at("verdict"), to_string(verdict));
    EXPECT_EQ(test.at("reason"), why);
    advices.insert(test.at("advice").at("vi").get<std::string>() + test.at("advice").at("en").get<std::string>());
  }
  EXPECT_EQ(advices.size(), 11U) << "each its own words";
  EXPECT_EQ(post("/api/nodes/n-9/test", json::object()).status, 404);
  EXPECT_EQ(code_of(post("/api/nodes/n-waiting/test", json::object())), "test.node_away");
  link_.clear();
  ASSERT_EQ(post("/api/nodes/n-1/test", json::object()).status, 202);
  EXPECT_EQ(link_.bodies<wire::SelfTestOrder>().at(0).volume_pct, 50);
}

TEST_F(ServerApi, CancellingIsSeenAndStopsNames) {
  fill();
  const auto cancelled = request(http::Method::kDelete, "/api/schedules/" + schedule_);
  EXPECT_EQ(cancelled.status, 200);
  EXPECT_EQ(json::parse(cancelled.body).at("cancelled"), 1);
  EXPECT_FALSE(json::parse(get("/api/schedules/" + schedule_).body).at("cancelled").is_null());
  const json plan = json::parse(get("/api/nodes/n-1/plan").body);
  EXPECT_TRUE(plan.at("plays").empty());
  EXPECT_EQ(json::parse(post("/api/stop", {{"areas", {"phu-lien"}}}).body).at("nodes").size(), 2U);
  EXPECT_EQ(json::parse(post("/api/stop", {{"nodes", {"n-1"}}, {"why", "too loud"}}).body).at("nodes"),
            json::array({"n-1"}));
  EXPECT_EQ(json::parse(post("/api/stop", {{"all", true}}).body).at("nodes").size(),
            json::parse(get("/api/nodes").body).size());
  EXPECT_EQ(post("/api/stop", {{"all", false}}).status, 422);
  EXPECT_EQ(post("/api/stop", {{"all", "yes"}}).status, 400);
}

TEST_F(ServerApi, ClipsAreServedInRangesAndMayBeKeptForEver) {
  fill();
  const auto whole = get("/clips/" + clip_);
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.body, "OggS!");
  EXPECT_EQ(whole.headers.at("etag"), "\"" + clip_ + "\"");
  EXPECT_THAT(whole.headers.at("cache-control"), testing::HasSubstr("immutable"));
  const auto part = request(http::Method::kGet, "/clips/" + clip_, "",
                            http::Headers{{"Range", "bytes=3-"}, program_of(Role::kOperator).front()});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "S!");
}

TEST_F(ServerApi, PagesThatStandAloneAreServedAndKept) {
  const std::vector<std::pair<std::string, std::string>> files = {{"/trust", "text/html"},
                                                                  {"/trust.js", "text/javascript"},
                                                                  {"/trust.css", "text/css"},
                                                                  {"/icon.svg", "image/svg+xml"},
                                                                  {"/residents", "text/html"}};
  for (const auto& [path, type] : files) {
    const auto response = request(http::Method::kGet, path, "", http::Headers{});
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_TRUE(response.headers.at("content-type").starts_with(type)) << path;
    EXPECT_FALSE(response.body.empty());
    const std::string etag = response.headers.at("etag");
    EXPECT_EQ(request(http::Method::kGet, path, "", http::Headers{{"If-None-Match", etag}}).status, 304) << path;
  }
  const auto page = request(http::Method::kGet, "/trust", "", http::Headers{});
  EXPECT_THAT(page.headers.at("content-security-policy"), testing::HasSubstr("default-src 'self'"));
  EXPECT_EQ(page.body.find("<script>"), std::string::npos) << "the policy would not run it";
  // A new one of the same version is another file.
  const std::string before = request(http::Method::kGet, "/trust.js", "", http::Headers{}).headers.at("etag");
  std::ofstream(folder_ / "web" / "trust.js", std::ios::app) << "\n// changed\n";
  EXPECT_EQ(request(http::Method::kGet, "/trust.js", "", http::Headers{{"If-None-Match", before}}).status, 200);
}

TEST_F(ServerApi, EachPageOfTheConsoleHasANonceOfItsOwn) {
  const auto nonce_of = [&] {
    const auto page = request(http::Method::kGet, "/", "", http::Headers{});
    EXPECT_EQ(page.headers.at("cache-control"), "no-store");
    const std::string& policy = page.headers.at("content-security-policy");
    EXPECT_THAT(policy, testing::HasSubstr("default-src 'none'; script-src 'self';"));
    const std::string mark = "style-src 'self' 'nonce-";
    const auto from = policy.find(mark) + mark.size();
    const std::string nonce = policy.substr(from, policy.find('\'', from) - from);
    EXPECT_THAT(page.body, testing::HasSubstr("content=\"" + nonce + "\""));
    EXPECT_THAT(page.body, testing::Not(testing::HasSubstr("LOA-NONCE")));
    return nonce;
  };
  const std::string first = nonce_of();
  EXPECT_EQ(first.size(), 32U);
  EXPECT_NE(first, nonce_of());
}

TEST_F(ServerApi, PartsOfTheConsoleArePackedAndKeptForAYear) {
  const auto part = [&](const http::Headers& headers) {
    return request(http::Method::kGet, "/assets/x-1.js", "", headers);
  };
  const auto packed = part({{"Accept-Encoding", "gzip, deflate, br"}});
  EXPECT_EQ(packed.body, "packed");
  EXPECT_EQ(packed.headers.at("content-encoding"), "br");
  EXPECT_EQ(packed.headers.at("content-type"), "text/javascript; charset=utf-8");
  EXPECT_THAT(packed.headers.at("cache-control"), testing::HasSubstr("immutable"));
  const auto whole = part({});
  EXPECT_EQ(whole.body, "whole");
  EXPECT_FALSE(whole.headers.contains("content-encoding"));
  EXPECT_EQ(whole.headers.at("vary"), "Accept-Encoding");
  EXPECT_NE(whole.headers.at("etag"), packed.headers.at("etag"));
  EXPECT_EQ(part({{"Accept-Encoding", "br;q=0"}}).body, "whole");
}

TEST_F(ServerApi, NothingButPartsOfTheConsoleIsFoundAmongThem) {
  std::ofstream(folder_ / "web/assets/.hidden.js") << "x";
  std::ofstream(folder_ / "web/assets/notes.txt") << "x";
  for (const char* name : {"y-1.js", ".hidden.js", "notes.txt", "x-1.js.br", "..%2Findex.html", "%2e%2e%2Fserver.js",
                           "..%2F..%2Fhttps.key", "a%2Fb.js", "x-1.js%00.js"})
    EXPECT_THAT(request(http::Method::kGet, std::string{"/assets/"} + name, "", http::Headers{}).status,
                testing::AnyOf(400, 404))
        << name;
}

TEST_F(ServerApi, WhoeverTrustsTheWardGetsItsAuthority) {
  const auto answer = request(http::Method::kGet, "/authority.crt", "", http::Headers{});
  EXPECT_EQ(answer.headers.at("content-type"), "application/x-x509-ca-cert");
  EXPECT_EQ(answer.body, test::read_whole_file(folder_ / "ca.pem"));
  EXPECT_EQ(answer.body.find("PRIVATE"), std::string::npos);
}

TEST_F(ServerApi, AMonitoringSystemReadsFigures) {
  fill();
  const auto answer = get("/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(answer.body, testing::HasSubstr("loa_outcomes_last_day{result=\"played\"} "));
  EXPECT_THAT(answer.body, testing::HasSubstr("loa_node_online{node=\"n-1\"} 1\n"));
  EXPECT_THAT(answer.body, testing::Not(testing::HasSubstr("n-stolen")));
}

}  // namespace
}  // namespace loa::server
