// What people say of areas and loudspeakers, and two of them at once, over the interface.
#include "common/qr/qr.h"
#include "server/http/keys.h"
#include "tests/integration/server_api_fixture.h"

namespace loa::server {
namespace {

using http::Method;

class WardApi : public ServerApi {
 protected:
  http::ClientResponse put(const std::string& path, const json& body, Role role = Role::kOperator) {
    return request(Method::kPut, path, body.dump(), program_of(role));
  }
};

TEST_F(WardApi, AnAreaIsChangedByAnAdministrator) {
  fill();
  const json terms = {{"name", "Tổ Một"}, {"residents", 640}};
  EXPECT_EQ(put("/api/areas/to-1", terms).status, 403);
  const auto changed = put("/api/areas/to-1", terms, Role::kAdmin);
  ASSERT_EQ(changed.status, 200) << changed.body;
  const json wanted = {{"area", "to-1"}, {"parent", "phu-lien"}, {"name", "Tổ Một"}, {"residents", 640}};
  EXPECT_EQ(json::parse(changed.body), wanted);
  EXPECT_THAT(json::parse(get("/api/areas").body), testing::Contains(wanted));
  EXPECT_THAT(request(Method::kGet, "/api/public/ward", "", http::Headers{}).body, testing::HasSubstr("Tổ Một"))
      << "residents read the new name";
  EXPECT_EQ(
      json::parse(put("/api/areas/to-1", {{"name", "Tổ"}, {"residents", nullptr}}, Role::kAdmin).body).at("residents"),
      nullptr);
  EXPECT_EQ(put("/api/areas/nowhere", terms, Role::kAdmin).status, 404);
  for (const json& bad :
       {json{{"name", "Tổ"}}, json{{"name", "Tổ"}, {"residents", -1}}, json{{"name", "Tổ"}, {"residents", 1.5}},
        json{{"residents", 1}}, json{{"name", "Tổ"}, {"residents", 1}, {"parent", "phu-lien"}}})
    EXPECT_EQ(put("/api/areas/to-1", bad, Role::kAdmin).status, 400) << bad;
}

TEST_F(WardApi, ANodeIsMovedAndPutOnTheMap) {
  fill();
  const json terms = {
      {"name", "Loa chợ"}, {"area", "phu-lien"}, {"position", {{"latitude", 20.815}, {"longitude", 106.63}}}};
  const auto changed = put("/api/nodes/n-1", terms);
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(json::parse(changed.body), json::parse(get("/api/nodes/n-1").body)) << "as it is told afterwards";
  for (const auto& [field, value] : terms.items()) EXPECT_EQ(json::parse(changed.body).at(field), value) << field;
  json gone = terms;
  gone["position"] = nullptr;
  EXPECT_EQ(json::parse(put("/api/nodes/n-1", gone, Role::kAdmin).body).at("position"), nullptr);
  EXPECT_EQ(put("/api/nodes/n-9", terms).status, 404);
  gone["area"] = "nowhere";
  const auto nowhere = put("/api/nodes/n-1", gone);
  EXPECT_EQ(nowhere.status, 422);
  EXPECT_EQ(code_of(nowhere), "area.unknown");
  for (const json& bad :
       {json(90.1), json(5), json{{"latitude", 91}, {"longitude", 0}}, json{{"latitude", 0}, {"longitude", -181}},
        json{{"latitude", 0}}, json{{"latitude", 0}, {"longitude", 0}, {"height", 3}}}) {
    json body = terms;
    body["position"] = bad;
    EXPECT_EQ(put("/api/nodes/n-1", body).status, 400) << bad;
  }
  json trimmed = terms;
  for (const int delay : {-500, 120, 500}) {
    trimmed["delay_ms"] = delay;
    EXPECT_EQ(json::parse(put("/api/nodes/n-1", trimmed).body).at("delay_ms"), delay);
  }
  EXPECT_EQ(json::parse(put("/api/nodes/n-1", terms).body).at("delay_ms"), 500) << "who does not speak of it leaves it";
  for (const json& bad : {json(-501), json(501), json(0.5), json("120")}) {
    trimmed["delay_ms"] = bad;
    EXPECT_EQ(put("/api/nodes/n-1", trimmed).status, 400) << bad;
  }
  json without = terms;
  without.erase("position");
  EXPECT_EQ(put("/api/nodes/n-1", without).status, 400);
}

TEST_F(WardApi, AScheduleNamesAreasOrLoudspeakersOrBoth) {
  fill();
  json body = new_schedule(hours{5});
  body.erase("areas");
  EXPECT_EQ(code_of(post("/api/schedules", body)), "schedule.no_area");
  body["nodes"] = {"n-1"};
  const auto made = post("/api/schedules", body);
  ASSERT_EQ(made.status, 201) << made.body;
  const json schedule = json::parse(made.body);
  EXPECT_EQ(schedule.at("areas"), json::array());
  EXPECT_EQ(schedule.at("nodes"), json::array({"n-1"}));
  const std::string path = "/api/schedules/" + schedule.at("schedule").get<std::string>();
  EXPECT_EQ(json::parse(get(path).body).at("nodes"), json::array({"n-1"}));
  EXPECT_EQ(json::parse(get("/api/nodes/n-1/explain").body).size(),
            json::parse(get("/api/explain?area=to-1").body).size());
  const auto programme = [&](const std::string& query) {
    std::multiset<std::string> places;
    for (const json& each :
         json::parse(request(Method::kGet, "/api/public/programme" + query, "", http::Headers{}).body))
      places.insert(each.at("areas"));
    return places;
  };
  EXPECT_TRUE(programme("").contains("Loa"));
  EXPECT_TRUE(programme("?area=to-1").contains("Loa")) << "residents of the area that it stands in hear it";
  EXPECT_EQ(code_of(post("/api/schedules",
                         [&] {
                           json gone = new_schedule(hours{6});
                           gone["nodes"] = {"n-stolen"};
                           return gone;
                         }())),
            "schedule.node_revoked");
  const json imported = {
      {"ics", calendar_of_one(hours{11})}, {"announcement", announcement_}, {"nodes", {"n-1"}}, {"volume_pct", 50}};
  const auto file = post("/api/schedules/import", imported);
  ASSERT_EQ(file.status, 201) << file.body;
  EXPECT_EQ(json::parse(file.body).at("schedules")[0].at("nodes"), json::array({"n-1"}));
  EXPECT_THAT(get("/api/schedules.ics").body, testing::HasSubstr("LOCATION:Loa\r\n"));

  const json preview = json::parse(post(path + "/cancel/preview", json()).body);
  EXPECT_EQ(preview.at("cancelled"), 1);
  EXPECT_EQ(json::parse(get(path).body).at("cancelled"), nullptr);
  EXPECT_EQ(json::parse(request(Method::kDelete, path).body), preview);
  EXPECT_EQ(post("/api/schedules/s-none/cancel/preview", json()).status, 404);
}

TEST_F(WardApi, AScheduleChangedMeanwhileIsNotOverwritten) {
  fill();
  const std::string path = "/api/schedules/" + schedule_;
  const json begun = json::parse(get(path).body);
  EXPECT_THAT(begun.at("made").get<std::string>(), testing::MatchesRegex(R"(.*\.[0-9]{6}Z)"));
  json edit = new_schedule(hours{9});
  edit["made"] = begun.at("made");
  EXPECT_EQ(put(path, edit).status, 200) << "nobody else changed it";
  const auto refused = put(path, edit, Role::kEditor);
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(code_of(refused), "schedule.changed_meanwhile");
  EXPECT_THAT(json::parse(refused.body).at("error").at("vi").get<std::string>(),
              testing::StartsWith("Ai đó đã thay đổi lịch này lúc " + today()));
  EXPECT_EQ(code_of(post(path + "/preview", edit)), "schedule.changed_meanwhile");
  edit["made"] = json::parse(get(path).body).at("made");
  const auto again = put(path, edit);
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(json::parse(again.body).at("made"), json::parse(get(path).body).at("made")) << "the version it has now";
  edit.erase("made");
  EXPECT_EQ(put(path, edit).status, 200) << "whoever says nothing is taken as they come";
  edit["made"] = "yesterday";
  EXPECT_EQ(put(path, edit).status, 400);
  json fresh = new_schedule(hours{11});
  fresh["made"] = begun.at("made");
  EXPECT_EQ(post("/api/schedules", fresh).status, 400) << "a new one began from nothing";
}

TEST_F(WardApi, AnApprovalIsAnotherVersionOfASchedule) {
  fill();
  const auto made = request(Method::kPost, "/api/announcements", json{{"title", "Hai"}, {"clip", clip_}}.dump());
  const std::string announcement = json::parse(made.body).at("announcement");
  json wanted = new_schedule(hours{13});
  wanted["announcement"] = announcement;
  const json begun = json::parse(post("/api/schedules", wanted).body);
  approve(announcement);
  wanted["made"] = begun.at("made");
  EXPECT_EQ(code_of(put("/api/schedules/" + begun.at("schedule").get<std::string>(), wanted)),
            "schedule.changed_meanwhile");
}

TEST_F(WardApi, AnAnnouncementChangedMeanwhileIsNotOverwritten) {
  fill();
  const auto made = request(Method::kPost, "/api/announcements", json{{"title", "Hai"}, {"clip", clip_}}.dump());
  const json begun = json::parse(made.body);
  const std::string path = "/api/announcements/" + begun.at("announcement").get<std::string>();
  EXPECT_EQ(json::parse(get(path).body).at("version"), begun.at("version"));
  json edit = {{"title", "Ba"}, {"clip", clip_}, {"version", begun.at("version")}};
  const auto edited = put(path, edit);
  ASSERT_EQ(edited.status, 200) << edited.body;
  EXPECT_NE(json::parse(edited.body).at("version"), begun.at("version"));
  const auto refused = put(path, edit, Role::kEditor);
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(code_of(refused), "announcement.changed_meanwhile");
  edit["version"] = json::parse(edited.body).at("version");
  EXPECT_EQ(put(path, edit, Role::kEditor).status, 200);
  edit.erase("version");
  EXPECT_EQ(put(path, edit).status, 200);
}

TEST_F(WardApi, RulesChangedMeanwhileAreNotOverwritten) {
  const json rules = {{"weekdays", {"mo"}}, {"sessions", json::array()}, {"gap_ms", 2000}};
  const auto set = [&](const json& version) {
    return post("/api/rules", {{"decision", "12/QĐ-UBND"}, {"rules", rules}, {"version", version}});
  };
  EXPECT_EQ(set(0).status, 201) << "there was none, and that is what it began from";
  const auto refused = set(0);
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(code_of(refused), "rules.changed_meanwhile");
  EXPECT_THAT(json::parse(refused.body).at("error").at("en").get<std::string>(), testing::StartsWith("Ai đó put"));
  const std::int64_t present = json::parse(get("/api/rules").body).at(0).at("version");
  EXPECT_EQ(set(present).status, 201);
  EXPECT_EQ(post("/api/rules", {{"decision", "13/QĐ-UBND"}, {"rules", rules}}).status, 201);
}

TEST_F(WardApi, ACodeComesAsAPictureToo) {
  fill();
  const json made = json::parse(post("/api/nodes/n-waiting/code", json()).body);
  EXPECT_EQ(made.at("picture"), qr::svg(made.at("code").get<std::string>(), qr::Correction::kMedium));
  const json added = json::parse(post("/api/nodes", new_node("n-new")).body);
  EXPECT_EQ(added.at("picture"), qr::svg(added.at("code").get<std::string>(), qr::Correction::kMedium));
}

TEST_F(WardApi, TilesAreServedByNumbersAlone) {
  const auto tile = get("/tiles/2/3/1.png");
  ASSERT_EQ(tile.status, 200) << tile.body;
  EXPECT_EQ(tile.body, "square");
  EXPECT_EQ(tile.headers.at("content-type"), "image/png");
  EXPECT_EQ(tile.headers.at("cache-control"), "private, max-age=86400");
  EXPECT_EQ(request(Method::kGet, "/tiles/2/3/1.png", "", http::Headers{}).status, 401) << "for whoever is signed in";
  std::ofstream(folder_ / "tiles/2/3/secret.png") << "no tile";
  std::ofstream(folder_ / "tiles/2/3/9.png") << "beside the world";
  std::ofstream(folder_ / "tiles/2/3/1.jpg") << "no tile";
  for (const char* path :
       {"/tiles/2/3/2.png", "/tiles/2/3/9.png", "/tiles/2/3/secret.png", "/tiles/2/3/1", "/tiles/2/3/1.jpg",
        "/tiles/2/3/+1.png", "/tiles/2/3/1.png.png", "/tiles/2/3/-1.png", "/tiles/2/4/1.png"})
    EXPECT_EQ(get(path).status, 404) << path;
  for (const char* path : {"/tiles/23/3/1.png", "/tiles/-1/3/1.png", "/tiles/2/x/1.png"})
    EXPECT_GE(get(path).status, 400) << path;
  EXPECT_EQ(json::parse(get("/api/console").body), (json{{"tiles", true}}));
}

TEST_F(WardApi, KeysAreToldWithWhatEndsSoon) {
  json told = json::parse(get("/api/keys").body);
  EXPECT_EQ(told.at("root"), crypto::key_id(root_.public_key()));
  ASSERT_EQ(told.at("trust").at("keys").size(), 1U);
  EXPECT_EQ(told["trust"]["keys"][0].at("key"), crypto::key_id(signer_.public_key()));
  EXPECT_EQ(told["trust"]["keys"][0].at("state"), "in_force");
  EXPECT_GT(told.at("policy").at("seq"), told.at("trust").at("seq"));
  EXPECT_EQ(told.at("signer"), (json{{"answers", true}, {"trouble", nullptr}}));
  ASSERT_EQ(told.at("certificates").size(), 1U);
  EXPECT_EQ(told["certificates"][0].at("use"), "https");
  alarms_.raise({"signer.away", {"thử"}});
  told = json::parse(get("/api/keys").body);
  EXPECT_EQ(told.at("signer").at("answers"), false);
  EXPECT_EQ(told["signer"].at("trouble").at("code"), "signer.away");
}

TEST_F(WardApi, WhatEndsWithinAMonthIsWarnedOf) {
  const WallTime now = system_now().wall;
  const auto codes = [&](std::chrono::days from, std::chrono::days until, wire::KeyState state) {
    wire::TrustedKey key = test::station_key(signer_.public_key());
    key.from = now + from;
    key.until = now + until;
    key.state = state;
    trust_.adopt(
        std::get<trust::RootDocument>(trust_.open(wire::MessageType::kTrust, view_bytes(root_.sign_trust({key})))));
    std::vector<std::string> found;
    for (const Text& text : warnings_of(trust_, {}, now)) found.push_back(text.code);
    found.push_back(keys_json(trust_, {}, std::nullopt, now)["trust"]["keys"][0]["state"]);
    return found;
  };
  using std::chrono::days;
  using testing::ElementsAre;
  constexpr auto kTrusted = wire::KeyState::kTrusted;
  EXPECT_THAT(codes(days{-1}, days{31}, kTrusted), ElementsAre("in_force"));
  EXPECT_THAT(codes(days{-1}, days{30}, kTrusted), ElementsAre("keys.key_ends", "in_force"));
  EXPECT_THAT(codes(days{-2}, days{0}, kTrusted), ElementsAre("keys.key_ended", "expired"));
  EXPECT_THAT(codes(days{1}, days{60}, kTrusted), ElementsAre("keys.key_early", "not_yet"));
  EXPECT_THAT(codes(days{-2}, days{-1}, wire::KeyState::kRevoked), ElementsAre("revoked"));
  crypto::CertificateFacts facts;
  facts.common_name = "loa";
  facts.not_after = now + days{29};
  EXPECT_EQ(warnings_of(trust_, {{"https", facts}}, now).at(0).code, "keys.certificate_ends");
  facts.not_after = now;
  EXPECT_EQ(warnings_of(trust_, {{"https", facts}}, now).at(0).code, "keys.certificate_ended");
}

}  // namespace
}  // namespace loa::server
