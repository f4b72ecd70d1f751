// What the console is told as it happens: real HTTPS, real books, server-sent events.
#include <condition_variable>
#include <thread>

#include "tests/integration/server_api_fixture.h"

namespace loa::server {
namespace {

// A console that is open: what it was told so far, from a thread of its own.
class Listening {
 public:
  Listening(http::ClientOptions options, std::string url, http::Headers headers)
      : thread_([this, options = std::move(options), url = std::move(url),
                 headers = std::move(headers)](const std::stop_token& stop) {
          try {
            http::Client client(options);
            client.follow(
                url, headers, [this](std::string_view event, std::string_view data) { hear(event, data); }, stop);
          } catch (const Error& error) {
            hear("error", error.text().code);
          }
          hear("end", "");
        }) {}

  // The next event of that name for which `is_wanted` holds; what came before it is passed over.
  json await(
      const std::string& event, const std::function<bool(const json&)>& is_wanted = [](const json&) { return true; }) {
    std::unique_lock lock(mutex_);
    json found;
    const bool came = heard_.wait_for(lock, std::chrono::seconds{20}, [&] {
      for (; next_ < events_.size(); ++next_) {
        if (events_[next_].first != event) continue;
        found = json::parse(events_[next_].second, nullptr, false);
        if (!is_wanted(found)) continue;
        ++next_;
        return true;
      }
      return false;
    });
    EXPECT_TRUE(came) << "no " << event;
    return found;
  }
  std::string all() {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const auto& [event, data] : events_) text += event + " " + data + "\n";
    return text;
  }

 private:
  void hear(std::string_view event, std::string_view data) {
    const std::lock_guard lock(mutex_);
    events_.emplace_back(event, data);
    heard_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable heard_;
  std::vector<std::pair<std::string, std::string>> events_;
  std::size_t next_ = 0;
  std::jthread thread_;
};

class EventsApi : public ServerApi {
 protected:
  std::unique_ptr<Listening> listen(const http::Headers& headers) {
    auto listening = std::make_unique<Listening>(http::ClientOptions{folder_ / "ca.pem"}, url("/api/events"), headers);
    listening->await("hello");
    return listening;
  }
  static std::function<bool(const json&)> is(const std::string& action) {
    return [action](const json& news) { return news.at("action") == action; };
  }
};

TEST_F(EventsApi, NobodyListensWithoutSigningIn) {
  EXPECT_EQ(request(http::Method::kGet, "/api/events", "", http::Headers{}).status, 401);
}

TEST_F(EventsApi, WhatSomebodyDoesIsTold) {
  fill();
  const auto console = listen(browser_of(Role::kViewer));
  post("/api/areas", {{"area", "to-9"}, {"name", "Tổ 9"}});
  const json news = console->await("changed", is("create_area"));
  EXPECT_EQ(news.at("subject"), "to-9");
  EXPECT_EQ(news.at("person"), "admin");
}

TEST_F(EventsApi, WhatALoudspeakerSaysComesWithIt) {
  fill();
  const auto console = listen(browser_of(Role::kViewer));
  wire::Status status;
  status.boot = "n";
  status.version = "2";
  status.plan = std::string(64, 'c');
  status.clock_state = ClockState::kSynced;
  say(status);
  const json nodes = console->await("nodes", [](const json& list) {
    return std::ranges::any_of(list, [](const json& node) { return node.at("node") == "n-1"; });
  });
  const json asked = json::parse(get("/api/nodes/n-1").body);
  EXPECT_EQ(*std::ranges::find_if(nodes, [](const json& node) { return node.at("node") == "n-1"; }), asked);
}

TEST_F(EventsApi, ARecordingThatBeganAndEndedBetweenTwoLooksIsTold) {
  const auto console = listen(browser_of(Role::kEditor));
  {
    const std::lock_guard lock(mutex_);
    store_.together([&] {
      Recording recording;
      recording.id = RecordingId{"r-short"};
      recording.name = "ngắn.wav";
      recording.received = system_now().wall;
      store_.add_recording(recording);
      store_.save_refusal(recording.id, Text{"intake.not_audio", {}});
    });
  }
  console->await("changed", is("progress"));
}

TEST_F(EventsApi, AlarmsAreTold) {
  const auto console = listen(browser_of(Role::kViewer));
  alarms_.raise({"signer.away", {"thử"}});
  const json alarms = console->await("alarms", [](const json& list) { return !list.empty(); });
  EXPECT_EQ(alarms, json::parse(get("/api/alarms").body));
}

TEST_F(EventsApi, WhoeverIsBoundToAnAreaHearsOfThatAreaAlone) {
  fill();
  employ(Role::kGroupLead, AreaId{"to-1"});
  post("/api/areas", {{"area", "to-8"}, {"name", "Tổ 8"}, {"parent", "phu-lien"}});
  const auto lead = listen(browser_of(Role::kGroupLead));
  const auto viewer = listen(browser_of(Role::kViewer));
  alarms_.raise({"signer.away", {"thử"}});
  post("/api/nodes", {{"node", "n-8"}, {"area", "to-8"}, {"name", "Loa tổ 8"}});
  viewer->await("alarms", [](const json& list) { return !list.empty(); });
  EXPECT_EQ(lead->await("changed", is("create_node")), (json{{"action", "create_node"}}));
  EXPECT_THAT(lead->all(),
              testing::AllOf(testing::Not(testing::HasSubstr("n-8")), testing::Not(testing::HasSubstr("signer.away"))));
}

TEST_F(EventsApi, AStreamEndsWithItsSession) {
  const http::Headers headers = browser_of(Role::kViewer);
  const auto console = listen(headers);
  const auto program = listen(program_of(Role::kViewer));
  EXPECT_EQ(request(http::Method::kDelete, "/api/session", "", headers).status, 204);
  console->await("end");
  EXPECT_THAT(program->all(), testing::Not(testing::HasSubstr("end")));
}

TEST_F(EventsApi, RightsThatChangeAreAskedForAgain) {
  const auto console = listen(browser_of(Role::kViewer));
  EXPECT_EQ(request(http::Method::kPut, "/api/people/editor", json{{"name", "Ai khác"}, {"role", "viewer"}}.dump(),
                    browser_of(Role::kAdmin))
                .status,
            200);
  console->await("end");
}

}  // namespace
}  // namespace loa::server
