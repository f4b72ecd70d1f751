// docs/residents.md over the interface: what anybody may read, and what they may say.
#include "server/people/resident_limits.h"
#include "tests/integration/server_api_fixture.h"

namespace loa::server {
namespace {

using http::Method;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ResidentsApi : public ServerApi {
 protected:
  // Nobody: without a token, without a cookie.
  http::ClientResponse as_resident(Method method, const std::string& path, const json& body = {}) {
    return request(method, path, body.is_null() ? "" : body.dump(), http::Headers{});
  }
  json read(const std::string& path) {
    const auto response = as_resident(Method::kGet, path);
    EXPECT_EQ(response.status, 200) << path << response.body;
    return json::parse(response.body);
  }
  http::ClientResponse complain(const json& body) { return as_resident(Method::kPost, "/api/public/complaints", body); }
  // What was published is kept for a minute; a server that starts anew knows nothing of before.
  void look_again() {
    http_.reset();
    start();
  }
  json complaints(const std::string& query = "") { return json::parse(get("/api/complaints" + query).body); }
  std::vector<std::string> alarms() {
    std::vector<std::string> codes;
    for (const Text& alarm : alarms_.list()) codes.push_back(alarm.code);
    return codes;
  }
};

TEST_F(ResidentsApi, WhatAirsAndWhatWasAiredIsOpenToAll) {
  fill();
  const json ward = read("/api/public/ward");
  EXPECT_EQ(ward.at("name"), "Phường");
  EXPECT_EQ(ward.at("contact"), residents_.contact);

  const json programme = read("/api/public/programme");
  ASSERT_EQ(programme.size(), 1U);
  EXPECT_EQ(programme[0].at("title"), "Chào");
  EXPECT_EQ(programme[0].at("areas"), "Phường");
  EXPECT_EQ(read("/api/public/programme?area=to-1").size(), 1U) << "the whole ward is also this group";
  EXPECT_THAT(as_resident(Method::kGet, "/residents.ics").body, HasSubstr("SUMMARY:Chào"));
  EXPECT_EQ(as_resident(Method::kGet, "/api/public/programme?area=nowhere").status, 404);

  const json aired = read("/api/public/aired");
  ASSERT_EQ(aired.size(), 1U) << "what was missed was not aired";
  EXPECT_EQ(aired[0].at("title"), "Chào");
  EXPECT_EQ(aired[0].at("loudspeakers"), 1);
  EXPECT_EQ(aired[0].at("clip"), clip_);
  const auto sound = as_resident(Method::kGet, "/api/public/audio/" + clip_);
  EXPECT_EQ(sound.status, 200);
  EXPECT_EQ(sound.body, "OggS!");
  const std::string feed = as_resident(Method::kGet, "/residents.rss").body;
  EXPECT_THAT(feed, HasSubstr("<title>Chào</title>"));
  EXPECT_THAT(feed, HasSubstr(R"(url="https://loa.example.vn/api/public/audio/)" + clip_));
  for (const char* page : {"/residents", "/residents.js", "/residents.css", "/p/n-1"})
    EXPECT_EQ(as_resident(Method::kGet, page).status, 200) << page;
}

TEST_F(ResidentsApi, WhatWasNotAiredOrIsNotApprovedIsNobodysToHear) {
  fill();
  const std::string other(64, 'b');
  tell(IntakeEnded{RecordingId{json::parse(upload("secret").body).at("recording").get<std::string>()},
                   Clip{ClipHash{other}, 5, seconds{30}, -20.5, -16, -1.6, 24'000}});
  std::ofstream(folder_ / "clips" / (other + ".opus")) << "OggS?";
  EXPECT_EQ(as_resident(Method::kGet, "/api/public/audio/" + other).status, 404) << "recorded, never aired";

  // While a new text waits for approval nobody reads it.
  const auto edit = [&](const json& terms) {
    const auto edited = request(Method::kPut, "/api/announcements/" + announcement_, terms.dump());
    EXPECT_EQ(edited.status, 200) << edited.body;
  };
  edit({{"title", "Chào lại"}, {"clip", clip_}});
  look_again();
  EXPECT_EQ(read("/api/public/aired")[0].at("title"), json());
  EXPECT_EQ(as_resident(Method::kGet, "/api/public/audio/" + clip_).status, 404);
  approve(announcement_);
  look_again();
  EXPECT_EQ(read("/api/public/aired")[0].at("title"), "Chào lại");
  EXPECT_EQ(as_resident(Method::kGet, "/api/public/audio/" + clip_).status, 200);

  // Somebody consented to the air, not to a page that can be searched.
  edit({{"title", "Cảm ơn ông A"}, {"clip", clip_}, {"names_citizen", true}, {"consent", "Đơn ngày 1/11"}});
  approve(announcement_);
  look_again();
  const json aired = read("/api/public/aired")[0];
  EXPECT_EQ(aired.at("title"), json());
  EXPECT_EQ(aired.at("transcript"), json());
  EXPECT_EQ(aired.at("clip"), json());
  EXPECT_EQ(read("/api/public/programme")[0].at("title"), json());
  for (const char* path : {"/residents.rss", "/residents.ics"})
    EXPECT_THAT(as_resident(Method::kGet, path).body, Not(HasSubstr("ông A"))) << path;
}

TEST_F(ResidentsApi, AComplaintIsMatchedWithWhatWasPlanned) {
  fill();
  // fill() has a schedule an hour from now at both loudspeakers; let its time have come.
  {
    const std::lock_guard lock(mutex_);
    const WallTime now = system_now().wall;
    ASSERT_TRUE(store_.load_plan(NodeId{"n-1"}));
    PlannedPlay play{PlayId{"p-now"}, ScheduleId{schedule_}, AnnouncementId{announcement_},
                     ClipHash{clip_}, now - minutes{5},      now - minutes{4}};
    store_.save_plan(NodeId{"n-1"}, *store_.load_plan(NodeId{"n-1"}), {play}, now - minutes{10});
  }
  const json told = json::parse(complain({{"node", "n-1"}, {"kind", "not_heard"}, {"text", " Không nghe gì \n"}}).body);
  EXPECT_EQ(told.at("matched"), true);
  json listed = complaints().at(0);
  EXPECT_EQ(listed.at("complaint"), told.at("complaint"));
  EXPECT_EQ(listed.at("kind"), "not_heard");
  EXPECT_EQ(listed.at("text"), "Không nghe gì");
  EXPECT_EQ(listed.at("area"), "to-1");
  EXPECT_EQ(listed.at("about").at("play"), "p-now");
  EXPECT_EQ(listed.at("about").at("result"), json()) << "no word yet";

  // The word comes later, and stands beside it.
  wire::Outcome missed;
  missed.play = PlayId{"p-now"};
  missed.announcement = AnnouncementId{announcement_};
  missed.clip = ClipHash{clip_};
  missed.planned = station_from_wall(system_now().wall - minutes{5});
  missed.result = OutcomeResult::kMissed;
  missed.reason = reason::kNodeOff;
  say(wire::Outcomes{{missed}});
  listed = complaints().at(0);
  EXPECT_EQ(listed.at("about").at("result"), "missed");
  EXPECT_EQ(listed.at("about").at("reason"), reason::kNodeOff);

  // An hour and more before it nothing was to sound.
  const std::string before = format_utc(system_now().wall - minutes{20});
  EXPECT_EQ(json::parse(complain({{"node", "n-1"}, {"kind", "too_loud"}, {"heard", before}}).body).at("matched"),
            false);
  EXPECT_EQ(complaints().at(0).at("about"), json());
  const json node = read("/api/public/nodes/n-1");
  ASSERT_FALSE(node.at("plays").empty());
  EXPECT_EQ(node.at("plays")[0].at("heard"), false);
}

TEST_F(ResidentsApi, BadComplaintsAreRefusedWithoutATrace) {
  fill();
  const auto code = [&](const json& body) { return code_of(complain(body)); };
  EXPECT_EQ(code({{"node", "n-9"}, {"kind", "broken"}}), "node.unknown");
  EXPECT_EQ(code({{"node", "n-stolen"}, {"kind", "broken"}}), "node.unknown");
  EXPECT_EQ(code({{"area", "nowhere"}, {"kind", "broken"}}), "area.unknown");
  EXPECT_EQ(code({{"kind", "ugly"}}), "request.bad_json");
  EXPECT_EQ(code({{"kind", "other"}, {"name", "Ai đó"}}), "request.bad_json") << "nobody is asked who they are";
  EXPECT_EQ(code({{"kind", "other"}, {"heard", format_utc(system_now().wall + hours{1})}}), "complaint.bad_time");
  EXPECT_EQ(code({{"kind", "other"}, {"heard", format_utc(system_now().wall - hours{25})}}), "complaint.bad_time");
  EXPECT_THAT(complaints(), IsEmpty());
}

TEST_F(ResidentsApi, WhatIsTooLongIsSaidToBe) {
  EXPECT_EQ(code_of(complain({{"kind", "other"}, {"text", std::string(2001, 'x')}})), "field.too_long");
  const std::string one =
      json::parse(complain({{"kind", "other"}, {"text", std::string(2000, 'x')}}).body).at("complaint");
  const std::string path = "/api/complaints/" + one + "/settle";
  EXPECT_EQ(code_of(post(path, {{"note", std::string(1001, 'x')}})), "field.too_long");
  EXPECT_EQ(post(path, {{"note", std::string(1000, 'x')}}).status, 200);
}

TEST_F(ResidentsApi, OneHouseholdCannotFillTheForm) {
  fill();
  int taken = 0;
  while (taken < 100 && complain({{"kind", "other"}}).status == 201) ++taken;
  EXPECT_EQ(taken, ResidentLimits::kOfOneNetwork);
  const auto refused = complain({{"kind", "other"}});
  EXPECT_EQ(refused.status, 429);
  EXPECT_THAT(refused.body, HasSubstr(residents_.contact));
  EXPECT_EQ(complaints().size(), static_cast<std::size_t>(ResidentLimits::kOfOneNetwork));
}

TEST_F(ResidentsApi, SeveralComplaintsOfOneKindAreAnAlarmUntilTheyAreSettled) {
  fill();
  for (const char* kind : {"too_loud", "too_loud", "broken"}) (void)complain({{"node", "n-1"}, {"kind", kind}});
  EXPECT_THAT(alarms(), IsEmpty());
  (void)complain({{"node", "n-1"}, {"kind", "too_loud"}});
  EXPECT_THAT(alarms(), ElementsAre("complaints.too_loud"));

  const std::string one = complaints("?node=n-1&limit=1").at(0).at("complaint");
  const std::string path = "/api/complaints/" + one + "/settle";
  EXPECT_EQ(code_of(post(path, {{"note", " "}})), "field.missing");
  const auto settled = post(path, {{"note", "Đã giảm âm lượng"}});
  ASSERT_EQ(settled.status, 200) << settled.body;
  EXPECT_EQ(json::parse(settled.body).at("settled").at("person"), "operator");
  EXPECT_THAT(alarms(), IsEmpty());
  EXPECT_EQ(complaints("?state=open").size(), 3U);
  EXPECT_EQ(complaints("?state=settled").size(), 1U);
  const json audit = json::parse(request(Method::kGet, "/api/audit?subject=" + one, "", program_of(Role::kAdmin)).body);
  ASSERT_EQ(audit.size(), 1U);
  EXPECT_EQ(audit[0].at("action"), "settle_complaint");
  EXPECT_EQ(post("/api/complaints/g-none/settle", {{"note", "x"}}).status, 404);
}

TEST_F(ResidentsApi, AGroupLeadSeesThoseOfTheOwnGroupAlone) {
  fill();
  ASSERT_EQ(post("/api/areas", {{"area", "to-2"}, {"name", "Tổ 2"}, {"parent", "phu-lien"}}).status, 201);
  employ(Role::kGroupLead, AreaId{"to-2"});
  const std::string here = json::parse(complain({{"area", "to-2"}, {"kind", "other"}}).body).at("complaint");
  const std::string there = json::parse(complain({{"node", "n-1"}, {"kind", "other"}}).body).at("complaint");
  const std::string nowhere = json::parse(complain({{"kind", "other"}}).body).at("complaint");
  const auto lead = program_of(Role::kGroupLead);
  const json seen = json::parse(request(Method::kGet, "/api/complaints", "", lead).body);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].at("complaint"), here);
  const auto settle = [&](const std::string& complaint) {
    return request(Method::kPost, "/api/complaints/" + complaint + "/settle", R"({"note":"Đã gặp"})", lead).status;
  };
  EXPECT_EQ(settle(there), 404);
  EXPECT_EQ(settle(nowhere), 404);
  EXPECT_EQ(settle(here), 200);
}

TEST_F(ResidentsApi, MarksAreCountedByQuarterAndAreaAndNothingElse) {
  fill();
  const auto mark = [&](const json& body) { return as_resident(Method::kPost, "/api/public/satisfaction", body); };
  for (const int given : {5, 5, 2}) EXPECT_EQ(mark({{"area", "to-1"}, {"mark", given}}).status, 204);
  EXPECT_EQ(mark({{"mark", 1}}).status, 204);
  EXPECT_EQ(mark({{"mark", 0}}).status, 400);
  EXPECT_EQ(mark({{"mark", 6}}).status, 400);
  const json counts = json::parse(get("/api/satisfaction").body);
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts[0].at("area"), json());
  EXPECT_EQ(counts[0].at("counts"), json({1, 0, 0, 0, 0}));
  EXPECT_EQ(counts[1].at("area"), "to-1");
  EXPECT_EQ(counts[1].at("counts"), json({0, 1, 0, 0, 2}));
  EXPECT_EQ(counts[1].at("quarter"), quarter_of(civil::parse_day(today())));
  for (int i = 4; i < ResidentLimits::kMarks; ++i) EXPECT_EQ(mark({{"mark", 3}}).status, 204);
  EXPECT_EQ(mark({{"mark", 3}}).status, 429);
}

TEST_F(ResidentsApi, AStickerOpensThePageOfItsLoudspeaker) {
  fill();
  const auto sticker = get("/api/nodes/n-1/sticker.svg");
  ASSERT_EQ(sticker.status, 200);
  EXPECT_THAT(sticker.body, HasSubstr("https://loa.example.vn/p/n-1"));
  EXPECT_THAT(sticker.body, HasSubstr(">Phường<"));
}

TEST_F(ResidentsApi, WithoutTheWardsChoiceNothingIsThere) {
  fill();
  residents_.are_open = false;
  look_again();
  for (const char* path : {"/residents", "/p/n-1", "/residents.rss", "/residents.ics", "/api/public/ward",
                           "/api/public/programme", "/api/public/aired", "/api/public/nodes/n-1"})
    EXPECT_EQ(as_resident(Method::kGet, path).status, 404) << path;
  EXPECT_EQ(complain({{"kind", "other"}}).status, 404);
  EXPECT_EQ(code_of(get("/api/nodes/n-1/sticker.svg")), "residents.closed");
}

}  // namespace
}  // namespace loa::server
