// What is on the air by HTTP, and the speaker's WebSocket.
#include "common/crypto/wrapped_key.h"
#include "common/wire/grant.h"
#include "tests/integration/server_api_fixture.h"

namespace loa::server {
namespace {

class AirApi : public ServerApi {
 protected:
  json speech() {
    fill();
    const auto made = post("/api/air", {{"kind", "speech"}, {"title", "Phát biểu"}, {"all", true}, {"volume_pct", 60}});
    EXPECT_EQ(made.status, 201) << made.body;
    return json::parse(made.body);
  }
  // So many messages of 20 ms, at once.
  http::ClientResponse speak(const std::string& play, int messages, const http::Headers& who) {
    http::Client client(http::ClientOptions{folder_ / "ca.pem"});
    int left = messages;
    return client.speak(
        url("/api/air/" + play + "/microphone"), who, [&](std::string_view text) { told_ = json::parse(text); },
        [&]() -> std::optional<http::Client::Message> {
          if (left-- == 0) return std::nullopt;
          return http::Client::Message{system_now().mono, std::vector<std::uint8_t>(1 + 1920, std::uint8_t{1})};
        });
  }
  std::size_t spoken() {
    const std::lock_guard lock(spoken_mutex_);
    return spoken_.size();
  }
  json told_;
};

TEST_F(AirApi, TheSpeakerIsToldWhenAndIsHeard) {
  const std::string play = speech().at("play");
  const auto answer = speak(play, 5, program_of(Role::kOperator));
  EXPECT_EQ(answer.status, 101);
  EXPECT_GT(told_.at("on_air_in_ms").get<int>(), 3000);
  EXPECT_GT(told_.at("until_in_ms").get<int>(), 590'000);
  EXPECT_TRUE(test::becomes_true([&] { return spoken() == 5; }));
  EXPECT_EQ(spoken_.front().first, PlayId{play});
  EXPECT_EQ(spoken_.front().second.size(), 1921U);
  EXPECT_TRUE(test::becomes_true([&] { return !json::parse(get("/api/air/" + play).body).at("ended").is_null(); }))
      << "who leaves is off the air";
}

TEST_F(AirApi, NobodyElseSpeaks) {
  const std::string play = speech().at("play");
  const auto other = speak(play, 1, program_of(Role::kChairman));
  EXPECT_EQ(other.status, 409) << "it is the operator's";
  EXPECT_EQ(speak(play, 1, program_of(Role::kViewer)).status, 403);
  EXPECT_EQ(speak(play, 1, {}).status, 401);
  EXPECT_EQ(speak("l-none", 1, program_of(Role::kOperator)).status, 404);
  http::Headers page = browser_of(Role::kOperator);
  page.at(1).second = "cross-site";
  EXPECT_EQ(speak(play, 1, page).status, 403) << "a page of somebody else's in the operator's browser";
  EXPECT_EQ(spoken(), 0U);
}

TEST_F(AirApi, WithoutAWebSocketThereIsAWordOfIt) {
  const std::string play = speech().at("play");
  const auto answer = get("/api/air/" + play + "/microphone");
  EXPECT_EQ(answer.status, 426);
  EXPECT_EQ(code_of(answer), "http.socket_wanted");
}

TEST_F(AirApi, AChannelThatIsGoneEndsTheLine) {
  const std::string play = speech().at("play");
  takes_speech_ = false;
  EXPECT_THROW(static_cast<void>(speak(play, 1'000, program_of(Role::kOperator))), Error);
}

TEST_F(AirApi, WhatIsWrongIsSaid) {
  fill();
  const auto code = [&](const json& body) { return code_of(post("/api/air", body)); };
  const json good = {{"kind", "announcement"}, {"announcement", announcement_}, {"all", true}, {"volume_pct", 60}};
  const auto with = [&](const char* field, const json& value) {
    json changed = good;
    changed[field] = value;
    return changed;
  };
  EXPECT_EQ(code(with("kind", "song")), "request.bad_json");
  EXPECT_EQ(code(with("volume_pct", 101)), "request.bad_json");
  EXPECT_EQ(code(with("volume", 60)), "request.bad_json");
  EXPECT_EQ(code(with("class", "emergency")), "request.bad_json");
  EXPECT_EQ(code(with("pin", "123456")), "request.bad_json") << "only of an emergency";
  EXPECT_EQ(code(with("announcement", "a-none")), "announcement.unknown");
  EXPECT_EQ(code(with("areas", {"nowhere"})), "area.unknown");
  EXPECT_EQ(post("/api/air", good).status, 201);
}

TEST_F(AirApi, APinOpensTheKeyAndGuessesAreCounted) {
  fill();
  const http::Headers chairman = browser_of(Role::kChairman);
  const auto key = [&](const std::string& pin) {
    return request(http::Method::kPost, "/api/emergency/keys", json{{"pin", pin}}.dump(), chairman);
  };
  EXPECT_EQ(code_of(key("12345")), "emergency.weak_pin");
  EXPECT_EQ(code_of(key("111111")), "emergency.weak_pin");
  const auto made = key("246-810");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_FALSE(json::parse(made.body).at("believed").get<bool>()) << "the root key has not said so yet";
  const auto start = [&](const std::string& pin) {
    return request(
        http::Method::kPost, "/api/air",
        json{{"kind", "emergency"}, {"title", "Bão"}, {"all", true}, {"volume_pct", 60}, {"pin", pin}}.dump(),
        chairman);
  };
  const auto granted = start("246-810");
  ASSERT_EQ(granted.status, 201) << granted.body;
  EXPECT_TRUE(json::parse(granted.body).at("outside_policy").get<bool>());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(code_of(start("000-000")), "emergency.wrong_pin");
  EXPECT_EQ(code_of(start("246-810")), "emergency.too_many_tries");
}

TEST_F(AirApi, WithoutAKeyAPinIsWorthNothing) {
  fill();
  const auto answer = request(
      http::Method::kPost, "/api/air",
      json{{"kind", "emergency"}, {"title", "Bão"}, {"all", true}, {"volume_pct", 60}, {"pin", "246-810"}}.dump(),
      browser_of(Role::kChairman));
  EXPECT_EQ(code_of(answer), "emergency.no_key");
}

}  // namespace
}  // namespace loa::server
