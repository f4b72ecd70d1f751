#include "node-agent/amplifier/amplifier.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loa::node {
namespace {

using testing::ElementsAre;

class RecordedPlayer final : public playout::Player {
 public:
  void arm(playout::PlayRequest request) override { doings.push_back("arm " + request.play.str()); }
  void follow(playout::PlayRequest request) override { doings.push_back("follow " + request.play.str()); }
  void release(const PlayId& play) override { doings.push_back("release " + play.str()); }
  void stop(const PlayId& play) override { doings.push_back("stop " + play.str()); }
  void set_on_event(std::function<void(playout::PlayerEvent)> on_event) override { say = std::move(on_event); }
  std::vector<std::string> doings;
  std::function<void(playout::PlayerEvent)> say;
};

class RecordedAmplifier final : public Amplifier {
 public:
  explicit RecordedAmplifier(std::vector<std::string>& doings) : doings_(doings) {}
  void switch_to(AmplifierState state) override { doings_.emplace_back(state == AmplifierState::kOn ? "on" : "off"); }

 private:
  std::vector<std::string>& doings_;
};

playout::PlayRequest request(const std::string& play) {
  playout::PlayRequest made;
  made.play = PlayId{play};
  return made;
}

TEST(AmplifiedPlayer, TheAmplifierIsOnBeforeThePlayAndOffBehindTheLastOne) {
  RecordedPlayer player;
  RecordedAmplifier amplifier(player.doings);
  AmplifiedPlayer amplified(player, amplifier);
  std::vector<std::string> told;
  amplified.set_on_event([&](const playout::PlayerEvent& event) {
    told.push_back(std::visit([](const auto& each) { return each.play.str(); }, event));
  });
  amplified.arm(request("p-1"));
  amplified.release(PlayId{"p-1"});
  player.say(playout::PlayStarted{.play = PlayId{"p-1"}, .first_sample = {}});
  amplified.arm(request("p-2"));
  player.say(playout::PlayEnded{.play = PlayId{"p-1"}});
  amplified.stop(PlayId{"p-2"});
  player.say(playout::PlayEnded{.play = PlayId{"p-2"}});
  EXPECT_THAT(player.doings, ElementsAre("on", "arm p-1", "release p-1", "on", "arm p-2", "stop p-2", "off"));
  EXPECT_THAT(told, ElementsAre("p-1", "p-1", "p-2"));
}

TEST(AmplifiedPlayer, ItStaysOnFromAPlayToTheOneThatFollows) {
  RecordedPlayer player;
  RecordedAmplifier amplifier(player.doings);
  AmplifiedPlayer amplified(player, amplifier);
  amplified.arm(request("p-1"));
  amplified.follow(request("p-2"));
  player.say(playout::PlayEnded{.play = PlayId{"p-1"}});
  EXPECT_THAT(player.doings, ElementsAre("on", "arm p-1", "on", "follow p-2"));
  player.say(playout::PlayEnded{.play = PlayId{"p-2"}});
  EXPECT_EQ(player.doings.back(), "off");
}

}  // namespace
}  // namespace loa::node
