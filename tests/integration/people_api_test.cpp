// docs/people.md over the interface: who signs in how, and who may do what.
#include <sstream>

#include "server/people/sign_in_limits.h"
#include "tests/integration/server_api_fixture.h"

namespace loa::server {
namespace {

using http::Method;

const std::string kPassword = "một mật khẩu dài";

// operation → roles, as the table of docs/people.md §5 says.
std::map<std::string, std::set<std::string>> table_of_the_page() {
  std::ifstream page(fs::path{LOA_SOURCE_DIR} / "docs/people.md");
  std::map<std::string, std::set<std::string>> table;
  std::vector<std::string> heads;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("| `") && !line.starts_with("| operation")) continue;
    std::vector<std::string> cells;
    std::istringstream in(line.substr(1));
    for (std::string cell; std::getline(in, cell, '|');) {
      std::erase_if(cell, [](char c) { return c == ' ' || c == '`'; });
      cells.push_back(cell);
    }
    if (line.starts_with("| operation"))
      heads = cells;
    else if (heads.size() == cells.size())
      for (std::size_t i = 1; i < cells.size(); ++i)
        if (!cells[i].empty()) table[cells[0]].insert(heads[i]);
  }
  return table;
}

class PeopleApi : public ServerApi {
 protected:
  // Two groups of the ward; the first one has its lead.
  void make_groups() {
    EXPECT_EQ(post("/api/areas", {{"area", "phu-lien"}, {"name", "Phường"}}).status, 201);
    EXPECT_EQ(post("/api/areas", {{"area", "to-1"}, {"name", "Tổ 1"}, {"parent", "phu-lien"}}).status, 201);
    EXPECT_EQ(post("/api/areas", {{"area", "to-2"}, {"name", "Tổ 2"}, {"parent", "phu-lien"}}).status, 201);
    employ(Role::kGroupLead, AreaId{"to-1"});
  }
  http::ClientResponse sign_in(const std::string& person, const std::string& password, const std::string& digits = "") {
    json body = {{"person", person}, {"password", password}};
    if (!digits.empty()) body["digits"] = digits;
    return request(Method::kPost, "/api/session", body.dump(), http::Headers{});
  }
  // As a browser keeps it and sends it back from our own page.
  static http::Headers cookie_of(const http::ClientResponse& response) {
    const std::string field = response.headers.at("set-cookie");
    return {{"Cookie", field.substr(0, field.find(';'))}, {"Sec-Fetch-Site", "same-origin"}};
  }
  http::ClientResponse ask(const http::Headers& who, Method method, const std::string& path, const json& body = {}) {
    return request(method, path, body.is_null() ? "" : body.dump(), who);
  }
  std::vector<AuditRow> audit() {
    const std::lock_guard lock(mutex_);
    return store_.load_audit({});
  }
};

TEST_F(PeopleApi, EveryRouteInEveryRole) {
  make_groups();
  const auto page = table_of_the_page();
  std::map<std::string, std::set<std::string>> served;
  for (const http::Route& route : api_->routes()) {
    // What is for nodes alone is no role's.
    if (route.roles.empty() || route.roles == std::vector<std::string>{std::string{kNode}}) continue;
    for (const std::string& role : route.roles)
      if (role != kSessionOnly && role != kNewcomer && role != kNode) served[route.operation].insert(role);
    if (route.operation == "follow_events") continue;  // never ends; for everybody
    std::string path = route.path;
    for (auto at = path.find('{'); at != std::string::npos; at = path.find('{'))
      path.replace(at, path.find('}') - at + 1, path.substr(at, 6) == "{clip}" ? std::string(64, 'a') : "x");
    for (const Role role : kRoles) {
      SCOPED_TRACE(route.operation + " as " + std::string{to_string(role)});
      const auto response =
          request(route.method, path, route.body == http::BodyMode::kJson ? "{}" : "", browser_of(role));
      if (served[route.operation].contains(std::string{to_string(role)})) {
        EXPECT_NE(response.status, 401);
        EXPECT_NE(code_of(response), "request.not_allowed");
      } else {
        EXPECT_EQ(response.status, 403);
        EXPECT_EQ(code_of(response), "request.not_allowed");
      }
    }
  }
  EXPECT_EQ(served, page);
}

TEST_F(PeopleApi, AnAdministratorMakesNothingSound) {
  const std::set<std::string> sounds = {"create_schedule", "replace_schedule", "import_schedules", "create_campaign",
                                        "test_node"};
  for (const http::Route& route : api_->routes())
    if (sounds.contains(route.operation)) {
      EXPECT_EQ(std::ranges::find(route.roles, "admin"), route.roles.end()) << route.operation;
    }
}

TEST_F(PeopleApi, APasswordOpensASession) {
  give_password(Role::kEditor, kPassword);
  store_.save_second_factor(person_in(Role::kEditor), {});
  const auto response = sign_in("editor", kPassword);
  ASSERT_EQ(response.status, 201) << response.body;
  const std::string cookie = response.headers.at("set-cookie");
  for (const char* property : {"__Host-loa=", "; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/"})
    EXPECT_NE(cookie.find(property), std::string::npos) << property;
  const http::Headers who = cookie_of(response);
  EXPECT_EQ(json::parse(ask(who, Method::kGet, "/api/me").body).at("person"), "editor");
  EXPECT_EQ(ask(who, Method::kGet, "/api/announcements").status, 200);
  // The books hold no secret that would open anything.
  const std::string secret{session_secret(who.front().second)};
  const std::lock_guard lock(mutex_);
  EXPECT_FALSE(store_.find_session(secret, system_now().wall));
  EXPECT_TRUE(store_.find_session(hash_of_secret(secret), system_now().wall));
}

TEST_F(PeopleApi, AWrongPasswordAndAnUnknownNameAreToldAlike) {
  give_password(Role::kEditor, kPassword);
  const auto wrong = sign_in("editor", "không phải nó");
  const auto unknown = sign_in("nobody", "không phải nó");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.body, unknown.body);
  EXPECT_EQ(code_of(wrong), "session.refused");
  // One who has not taken up the invitation has no password, not an empty one.
  EXPECT_EQ(code_of(sign_in("viewer", "")), "session.refused");
}

TEST_F(PeopleApi, GuessingEnds) {
  give_password(Role::kOperator, kPassword);
  for (int i = 0; i < SignInLimits::kOfOneName; ++i) EXPECT_EQ(sign_in("operator", "sai rồi nhé").status, 401);
  const auto response = sign_in("operator", kPassword, digits_now());
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(code_of(response), "session.too_many");
}

TEST_F(PeopleApi, TheSecondFactorIsAskedForAndCountsOnce) {
  give_password(Role::kChairman, kPassword);
  EXPECT_EQ(code_of(sign_in("chairman", kPassword)), "session.digits_needed");
  EXPECT_EQ(code_of(sign_in("chairman", kPassword, "000000")), "session.wrong_digits");
  const std::string digits = digits_now();
  EXPECT_EQ(code_of(sign_in("chairman", "sai rồi nhé", digits)), "session.refused");
  EXPECT_EQ(sign_in("chairman", kPassword, digits).status, 201);
  EXPECT_EQ(code_of(sign_in("chairman", kPassword, digits)), "session.wrong_digits") << "used already";
}

TEST_F(PeopleApi, WithoutTheSecondFactorThereIsOnlySettingItUp) {
  store_.save_second_factor(person_in(Role::kChairman), {});
  give_password(Role::kChairman, kPassword);
  const auto response = sign_in("chairman", kPassword);
  ASSERT_EQ(response.status, 201) << response.body;
  EXPECT_EQ(json::parse(response.body).at("second_factor_first"), true);
  const http::Headers who = cookie_of(response);
  EXPECT_EQ(code_of(ask(who, Method::kGet, "/api/schedules")), "request.second_factor_first");
  EXPECT_EQ(code_of(ask(who, Method::kPost, "/api/stop", {{"all", true}})), "request.second_factor_first");

  EXPECT_EQ(code_of(ask(who, Method::kPost, "/api/me/second_factor/confirm", {{"digits", "000000"}})),
            "factor.not_begun");
  const json begun = json::parse(ask(who, Method::kPost, "/api/me/second_factor").body);
  EXPECT_TRUE(begun.at("uri").get<std::string>().starts_with("otpauth://totp/")) << begun;
  const Bytes secret = *[&] {
    const std::lock_guard lock(mutex_);
    return store_.load_second_factor(PersonId{"chairman"}).wanted;
  }();
  EXPECT_EQ(begun.at("secret"), crypto::encode_base32(secret));
  EXPECT_EQ(code_of(ask(who, Method::kPost, "/api/me/second_factor/confirm", {{"digits", "000000"}})),
            "session.wrong_digits");
  EXPECT_EQ(code_of(ask(who, Method::kGet, "/api/schedules")), "request.second_factor_first");
  const std::string digits = crypto::totp_digits(secret, crypto::totp_step(system_now().wall));
  EXPECT_EQ(ask(who, Method::kPost, "/api/me/second_factor/confirm", {{"digits", digits}}).status, 200);
  EXPECT_EQ(ask(who, Method::kGet, "/api/schedules").status, 200);
  // Whoever holds the session alone cannot put another in its place.
  EXPECT_EQ(code_of(ask(who, Method::kPost, "/api/me/second_factor")), "factor.exists");
}

TEST_F(PeopleApi, NoOtherPageActsInTheNameOfACookie) {
  const auto stop = [&](const std::optional<std::pair<std::string, std::string>>& from) {
    http::Headers headers = {browser_of(Role::kOperator).front()};
    if (from) headers.push_back(*from);
    return code_of(request(Method::kPost, "/api/stop", R"({"all":true})", headers));
  };
  EXPECT_EQ(stop(std::nullopt), "request.cross_site");
  EXPECT_EQ(stop({{"Sec-Fetch-Site", "cross-site"}}), "request.cross_site");
  EXPECT_EQ(stop({{"Sec-Fetch-Site", "same-site"}}), "request.cross_site");
  EXPECT_EQ(stop({{"Origin", "https://evil.example"}}), "request.cross_site");
  EXPECT_EQ(stop({{"Origin", url("")}}), "stop.no_node");
  EXPECT_EQ(stop({{"Sec-Fetch-Site", "same-origin"}}), "stop.no_node");
  EXPECT_EQ(request(Method::kGet, "/api/nodes", "", http::Headers{browser_of(Role::kViewer).front()}).status, 200);
}

TEST_F(PeopleApi, ASessionEnds) {
  const http::Headers signed_out = browser_of(Role::kEditor);
  EXPECT_EQ(ask(signed_out, Method::kDelete, "/api/session").status, 204);
  EXPECT_EQ(ask(signed_out, Method::kGet, "/api/me").status, 401);

  const http::Headers admin = browser_of(Role::kAdmin);
  const http::Headers changed = browser_of(Role::kEditor);
  EXPECT_EQ(ask(admin, Method::kPut, "/api/people/editor", {{"name", "Tên mới"}, {"role", "editor"}}).status, 200);
  EXPECT_EQ(ask(changed, Method::kGet, "/api/me").status, 200) << "another name is no other right";
  EXPECT_EQ(ask(admin, Method::kPut, "/api/people/editor", {{"name", "Tên mới"}, {"role", "viewer"}}).status, 200);
  EXPECT_EQ(ask(changed, Method::kGet, "/api/me").status, 401);

  const http::Headers closed = browser_of(Role::kOperator);
  EXPECT_EQ(ask(admin, Method::kDelete, "/api/people/operator").status, 200);
  EXPECT_EQ(ask(closed, Method::kGet, "/api/me").status, 401);
  EXPECT_EQ(ask(program_of(Role::kOperator), Method::kGet, "/api/nodes").status, 401) << "tokens too";

  const std::lock_guard lock(mutex_);
  const WallTime now = system_now().wall;
  store_.add_session(std::string(64, 'f'), PersonId{"viewer"}, now, now + hours{12});
  EXPECT_TRUE(store_.find_session(std::string(64, 'f'), now + hours{11}));
  EXPECT_FALSE(store_.find_session(std::string(64, 'f'), now + hours{12}));
}

TEST_F(PeopleApi, AnInvitationLetsOnePersonChooseOnePasswordOnce) {
  const http::Headers admin = browser_of(Role::kAdmin);
  const auto made =
      ask(admin, Method::kPost, "/api/people", {{"person", "lan"}, {"name", " Lan "}, {"role", "editor"}});
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string code = json::parse(made.body).at("code");
  EXPECT_EQ(json::parse(made.body).at("person").at("name"), "Lan");
  const auto take = [&](const std::string& typed, const std::string& password) {
    return code_of(request(Method::kPost, "/api/invitation", json{{"code", typed}, {"password", password}}.dump(),
                           http::Headers{}));
  };
  EXPECT_EQ(take(code, "ngắn"), "person.weak_password");
  EXPECT_EQ(take(code, "qwertyuiop"), "person.weak_password");
  EXPECT_EQ(take(enrol::Code::make().text(), kPassword), "invitation.unknown");
  EXPECT_EQ(take("XXXX", kPassword), "enrol.code_length");
  EXPECT_EQ(take(code, kPassword), "");
  EXPECT_EQ(take(code, kPassword + "!"), "invitation.unknown") << "used";
  EXPECT_EQ(sign_in("lan", kPassword).status, 201);

  // Another one makes the first way in void.
  const auto again = ask(admin, Method::kPost, "/api/people/lan/invitation");
  ASSERT_EQ(again.status, 201);
  EXPECT_EQ(code_of(sign_in("lan", kPassword)), "session.refused");
  EXPECT_EQ(take(json::parse(again.body).at("code"), "mật khẩu thứ hai"), "");
  EXPECT_EQ(sign_in("lan", "mật khẩu thứ hai").status, 201);
}

TEST_F(PeopleApi, ChangingThePasswordNeedsThePresentOne) {
  give_password(Role::kViewer, kPassword);
  store_.save_second_factor(person_in(Role::kViewer), {});
  const http::Headers who = cookie_of(sign_in("viewer", kPassword));
  const auto change = [&](const std::string& present, const std::string& wanted) {
    return ask(who, Method::kPost, "/api/me/password", {{"password", present}, {"new_password", wanted}});
  };
  EXPECT_EQ(code_of(change("sai rồi nhé", "một mật khẩu mới")), "session.refused");
  EXPECT_EQ(code_of(change(kPassword, "viewer1234")), "person.weak_password");
  EXPECT_EQ(change(kPassword, "một mật khẩu mới").status, 204);
  EXPECT_EQ(ask(who, Method::kGet, "/api/me").status, 401);
  EXPECT_EQ(sign_in("viewer", "một mật khẩu mới").status, 201);
}

TEST_F(PeopleApi, TheLastAdministratorStays) {
  const http::Headers admin = browser_of(Role::kAdmin);
  EXPECT_EQ(code_of(ask(admin, Method::kDelete, "/api/people/admin")), "people.last_admin");
  EXPECT_EQ(code_of(ask(admin, Method::kPut, "/api/people/admin", {{"name", "A"}, {"role", "viewer"}})),
            "people.last_admin");
  EXPECT_EQ(code_of(ask(admin, Method::kPost, "/api/people/admin/invitation")), "people.last_admin");
  ASSERT_EQ(ask(admin, Method::kPost, "/api/people", {{"person", "hai"}, {"name", "Hai"}, {"role", "admin"}}).status,
            201);
  EXPECT_EQ(code_of(ask(admin, Method::kDelete, "/api/people/admin")), "people.last_admin")
      << "the other one cannot sign in yet";
  store_.save_password(PersonId{"hai"}, "x");
  EXPECT_EQ(ask(admin, Method::kDelete, "/api/people/admin").status, 200);
}

TEST_F(PeopleApi, PeopleAreMadeAsTheyCanBe) {
  make_groups();
  const http::Headers admin = browser_of(Role::kAdmin);
  const auto make = [&](const json& body) { return code_of(ask(admin, Method::kPost, "/api/people", body)); };
  EXPECT_EQ(make({{"person", "b"}, {"name", "B"}, {"role", "group_lead"}}), "person.needs_area");
  EXPECT_EQ(make({{"person", "b"}, {"name", "B"}, {"role", "editor"}, {"area", "to-1"}}), "person.no_area");
  EXPECT_EQ(make({{"person", "b"}, {"name", "B"}, {"role", "group_lead"}, {"area", "to-9"}}), "area.unknown");
  EXPECT_EQ(make({{"person", "b"}, {"name", " "}, {"role", "editor"}}), "field.missing");
  EXPECT_EQ(make({{"person", "B"}, {"name", "B"}, {"role", "editor"}}), "request.bad_json");
  EXPECT_EQ(make({{"person", "b"}, {"name", "B"}, {"role", "king"}}), "request.bad_json");
  EXPECT_EQ(make({{"person", "editor"}, {"name", "B"}, {"role", "editor"}}), "person.exists");
  EXPECT_EQ(ask(admin, Method::kPut, "/api/people/nobody", {{"name", "B"}, {"role", "editor"}}).status, 404);
}

TEST_F(PeopleApi, AnAddressForNoticesIsOneOrIsRefused) {
  const auto add = [&](const std::string& mail) {
    return request(Method::kPost, "/api/people",
                   json{{"person", "lan"}, {"name", "Lan"}, {"role", "editor"}, {"mail", mail}}.dump(),
                   browser_of(Role::kAdmin));
  };
  for (const char* bad : {"lan", "@phulien.vn", "lan@", "lan@phulien@vn", "lan @phulien.vn", "<lan@phulien.vn>",
                          "lan@phulien.vn\r\nBcc: ai@khac.vn"})
    EXPECT_EQ(code_of(add(bad)), "person.bad_mail") << bad;
  EXPECT_EQ(add("lan@phulien.vn").status, 201);
}

TEST_F(PeopleApi, ATokenDoesWhatItsScopeSays) {
  const auto token_of = [&](Role role, const std::string& scope) {
    const auto made = ask(browser_of(role), Method::kPost, "/api/tokens",
                          {{"name", "nút"}, {"scope", scope}, {"until", format_utc(system_now().wall + hours{1})}});
    EXPECT_EQ(made.status, 201) << made.body;
    return http::Headers{{"Authorization", "Bearer " + json::parse(made.body).at("secret").get<std::string>()}};
  };
  const http::Headers reads = token_of(Role::kOperator, "read");
  const http::Headers stops = token_of(Role::kOperator, "stop");
  const http::Headers writes = token_of(Role::kOperator, "write");
  const json all = {{"all", true}};
  EXPECT_EQ(ask(reads, Method::kGet, "/api/nodes").status, 200);
  EXPECT_EQ(code_of(ask(reads, Method::kPost, "/api/stop", all)), "request.token_scope");
  EXPECT_EQ(code_of(ask(stops, Method::kGet, "/api/nodes")), "request.token_scope");
  EXPECT_EQ(code_of(ask(stops, Method::kPost, "/api/stop", all)), "stop.no_node");
  EXPECT_EQ(code_of(ask(writes, Method::kPost, "/api/stop", all)), "stop.no_node");
  EXPECT_EQ(code_of(ask(writes, Method::kPost, "/api/rules", json::object())), "request.not_allowed");
  // Not even an administrator's makes people, tokens or passwords.
  for (const auto& [method, path] :
       {std::pair{Method::kPost, "/api/people"}, std::pair{Method::kPost, "/api/tokens"},
        std::pair{Method::kPost, "/api/me/password"}, std::pair{Method::kDelete, "/api/people/editor"}})
    EXPECT_EQ(code_of(ask(program_of(Role::kAdmin), method, path, method == Method::kPost ? json::object() : json())),
              "request.token_scope")
        << path;

  const http::Headers owner = browser_of(Role::kOperator);
  const std::string id = json::parse(ask(owner, Method::kGet, "/api/tokens").body).at(0).at("token");
  EXPECT_EQ(ask(browser_of(Role::kEditor), Method::kDelete, "/api/tokens/" + id).status, 404) << "another's";
  EXPECT_EQ(ask(owner, Method::kDelete, "/api/tokens/" + id).status, 200);
  EXPECT_EQ(ask(writes, Method::kGet, "/api/nodes").status, 401);
  EXPECT_EQ(code_of(ask(owner, Method::kPost, "/api/tokens",
                        {{"name", "nút"}, {"scope", "read"}, {"until", format_utc(system_now().wall + hours{9000})}})),
            "token.bad_until");
}

TEST_F(PeopleApi, AGroupLeadSeesAndProposesForTheOwnGroup) {
  make_groups();
  (void)enrolled("n-1");
  (void)enrolled("n-2", "to-2");
  clip_ = std::string(64, 'a');
  tell(IntakeEnded{RecordingId{json::parse(upload("sound").body).at("recording").get<std::string>()},
                   Clip{ClipHash{clip_}, 5, seconds{30}, -20.5, -16, -1.6, 24'000}});
  const auto announce = [&](const char* title) {
    return json::parse(post("/api/announcements", {{"title", title}, {"clip", clip_}}).body).at("announcement");
  };
  const auto schedule = [&](const json& announcement, const char* area, hours ahead) {
    announcement_ = announcement;
    json body = new_schedule(ahead);
    body["areas"] = {area};
    return json::parse(post("/api/schedules", body).body).at("schedule").get<std::string>();
  };
  const std::string everybodys = schedule(announce("Cả phường"), "phu-lien", hours{1});
  const std::string others = schedule(announce("Tổ 2"), "to-2", hours{2});
  const std::string own = schedule(announce("Tổ 1"), "to-1", hours{3});
  const json draft = announce("Chưa lên lịch");

  const http::Headers lead = browser_of(Role::kGroupLead);
  const auto listed = [&](const std::string& path, const char* field) {
    std::set<std::string> found;
    for (const json& each : json::parse(ask(lead, Method::kGet, path).body)) found.insert(each.at(field));
    return found;
  };
  EXPECT_EQ(listed("/api/nodes", "node"), (std::set<std::string>{"n-1"}));
  EXPECT_EQ(listed("/api/areas", "area"), (std::set<std::string>{"phu-lien", "to-1"}));
  EXPECT_EQ(listed("/api/schedules", "schedule"), (std::set<std::string>{everybodys, own}));
  EXPECT_EQ(listed("/api/announcements", "title"), (std::set<std::string>{"Cả phường", "Tổ 1"}));
  EXPECT_EQ(listed("/api/recordings", "recording"), std::set<std::string>{});
  EXPECT_EQ(listed("/api/explain?from=" + today() + "&to=" + today(std::chrono::days{1}), "title"),
            (std::set<std::string>{"Cả phường", "Tổ 1"}));
  for (const std::string& path : {std::string{"/api/nodes/n-2"}, std::string{"/api/nodes/n-2/explain"},
                                  "/api/schedules/" + others, "/api/announcements/" + draft.get<std::string>()})
    EXPECT_EQ(ask(lead, Method::kGet, path).status, 404) << path;
  EXPECT_EQ(code_of(ask(lead, Method::kGet, "/api/explain?area=to-2")), "area.not_yours");

  const auto write = [&](Method method, const std::string& path, const char* area, const json& announcement) {
    announcement_ = announcement;
    json body = new_schedule(hours{5});
    body["areas"] = {area};
    return ask(lead, method, path, body);
  };
  const json heard = json::parse(ask(lead, Method::kGet, "/api/schedules/" + own).body).at("announcement");
  EXPECT_EQ(code_of(write(Method::kPost, "/api/schedules", "to-2", heard)), "area.not_yours");
  EXPECT_EQ(code_of(write(Method::kPost, "/api/schedules/preview", "phu-lien", heard)), "area.not_yours");
  EXPECT_EQ(code_of(write(Method::kPost, "/api/schedules", "to-1", draft)), "announcement.unknown");
  EXPECT_EQ(write(Method::kPost, "/api/schedules", "to-1", heard).status, 201);
  EXPECT_EQ(code_of(write(Method::kPut, "/api/schedules/" + everybodys, "to-1", heard)), "area.not_yours");
  EXPECT_EQ(code_of(ask(lead, Method::kDelete, "/api/schedules/" + everybodys)), "area.not_yours");
  EXPECT_EQ(ask(lead, Method::kDelete, "/api/schedules/" + others).status, 404);
  const auto write_nodes = [&](const json& areas, const json& nodes, hours ahead) {
    announcement_ = heard;
    json body = new_schedule(ahead);
    body.erase("areas");
    if (!areas.is_null()) body["areas"] = areas;
    body["nodes"] = nodes;
    return ask(lead, Method::kPost, "/api/schedules", body);
  };
  EXPECT_EQ(code_of(write_nodes({}, {"n-2"}, hours{6})), "area.not_yours");
  EXPECT_EQ(code_of(write_nodes({"to-1"}, {"n-2"}, hours{6})), "area.not_yours");
  EXPECT_EQ(code_of(write_nodes({}, {"n-1", "nowhere"}, hours{6})), "area.not_yours");
  const auto single = write_nodes({}, {"n-1"}, hours{6});
  ASSERT_EQ(single.status, 201) << single.body;
  EXPECT_EQ(json::parse(single.body).at("nodes"), json::array({"n-1"}));
  // What the office writes for one of their loudspeakers is theirs to see, for another's it is not.
  const auto of_office = [&](const char* node, hours ahead) {
    announcement_ = heard;
    json body = new_schedule(ahead);
    body["areas"] = json::array();
    body["nodes"] = {node};
    return json::parse(post("/api/schedules", body).body).at("schedule").get<std::string>();
  };
  const std::string shown = of_office("n-1", hours{8});
  EXPECT_TRUE(listed("/api/schedules", "schedule").contains(shown));
  const std::string hidden = of_office("n-2", hours{8});
  EXPECT_FALSE(listed("/api/schedules", "schedule").contains(hidden));
  EXPECT_EQ(ask(lead, Method::kPost, "/api/schedules/" + hidden + "/cancel/preview").status, 404);
  EXPECT_EQ(code_of(ask(lead, Method::kPost, "/api/schedules/" + everybodys + "/cancel/preview")), "area.not_yours");
  EXPECT_EQ(ask(lead, Method::kPost, "/api/schedules/" + own + "/cancel/preview").status, 200);
  EXPECT_EQ(ask(lead, Method::kDelete, "/api/schedules/" + own).status, 200);
  EXPECT_EQ(code_of(ask(lead, Method::kPost, "/api/announcements",
                        {{"title", "Gấp"}, {"clip", clip_}, {"class", "emergency"}})),
            "announcement.class_not_yours");
  EXPECT_EQ(ask(lead, Method::kPost, "/api/announcements", {{"title", "Họp tổ"}, {"clip", clip_}}).status, 201);
  EXPECT_EQ(code_of(ask(lead, Method::kPost, "/api/announcements",
                        {{"title", "Của người khác"}, {"clip", std::string(64, 'b')}})),
            "clip.unknown");
  EXPECT_TRUE(listed("/api/announcements", "title").contains("Họp tổ")) << "the own one, scheduled or not";
}

TEST_F(PeopleApi, WhoDidWhatIsWrittenDown) {
  const http::Headers admin = browser_of(Role::kAdmin);
  ASSERT_EQ(ask(admin, Method::kPost, "/api/areas", {{"area", "to-3"}, {"name", "Tổ 3"}}).status, 201);
  ASSERT_EQ(ask(admin, Method::kPut, "/api/people/editor", {{"name", "Tên mới"}, {"role", "viewer"}}).status, 200);
  const auto rows = json::parse(ask(admin, Method::kGet, "/api/audit?limit=2").body);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows.at(0).at("person"), "admin");
  EXPECT_EQ(rows.at(0).at("via"), "session");
  EXPECT_EQ(rows.at(0).at("action"), "change_person");
  EXPECT_EQ(rows.at(0).at("subject"), "editor");
  EXPECT_EQ(rows.at(0).at("before").at("role"), "editor");
  EXPECT_EQ(rows.at(0).at("after").at("role"), "viewer");
  EXPECT_EQ(rows.at(1).at("subject"), "to-3");
  const std::size_t before = audit().size();
  EXPECT_EQ(ask(admin, Method::kPost, "/api/areas", {{"area", "to-3"}, {"name", "Tổ 3"}}).status, 409);
  EXPECT_EQ(audit().size(), before) << "nothing was done";
  EXPECT_EQ(ask(program_of(Role::kOperator), Method::kPost, "/api/nodes",
                {{"node", "n-5"}, {"area", "to-3"}, {"name", "Loa"}})
                .status,
            201);
  EXPECT_EQ(audit().front().by.via, "token:k-operator");
}

// What changes the ward and leaves no row would be done by nobody.
TEST_F(PeopleApi, NothingIsChangedWithoutARow) {
  fill();
  const std::size_t before = audit().size();
  ASSERT_EQ(post("/api/feeds", {{"name", "Văn phòng"}}).status, 201);
  ASSERT_EQ(post("/api/stop", {{"areas", {"to-1"}}}).status, 202);
  ASSERT_EQ(post("/api/schedules/preview", new_schedule(hours{7})).status, 200);
  const auto rows = audit();
  ASSERT_EQ(rows.size(), before + 2);
  EXPECT_EQ(rows.at(0).entry.action, "stop");
  EXPECT_EQ(rows.at(1).entry.action, "create_feed");
  for (const AuditRow& row : rows) EXPECT_FALSE(row.entry.action.empty());
}

}  // namespace
}  // namespace loa::server
