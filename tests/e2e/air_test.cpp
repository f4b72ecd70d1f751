// Sound now, by the real programs: what the office puts on the air, and what comes out of the loudspeakers.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/child.h"
#include "tests/support/wait.h"
#include "tests/support/ward_fixture.h"

namespace loa::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using std::chrono::seconds;

constexpr std::size_t kRate = 48'000;

class OnTheAir : public testing::Test {
 protected:
  OnTheAir() {
    ::setenv("LOA_LANG", "en", 1);
    write_chirp(recording_, seconds{4});
    for (int node = 0; node < 2; ++node) {
      fs::create_directories(folder_ / ward_.node_id(node));
      ward_.set_node_sink(node, "file:" + (folder_ / ward_.node_id(node)).string());
    }
    ward_.start();
  }
  json wait_for_outcomes(const std::string& play) {
    json told;
    EXPECT_TRUE(becomes_true([&] {
      told = ward_.get("/api/air/" + play);
      return told.at("outcomes").size() == 2;
    }));
    EXPECT_EQ(told.at("outcomes").size(), 2U) << told.dump(2) << ward_.logs();
    return told;
  }
  std::vector<std::int16_t> heard(int node, const std::string& play) { return read_wav(wav_of(node, play)); }
  fs::path wav_of(int node, const std::string& play) { return folder_ / ward_.node_id(node) / (play + ".wav"); }
  static double seconds_of_sound(const std::vector<std::int16_t>& samples) {
    std::size_t loud = 0;
    for (std::size_t i = 0; i + kRate / 50 <= samples.size(); i += kRate / 50)
      loud += std::any_of(samples.begin() + static_cast<std::ptrdiff_t>(i),
                          samples.begin() + static_cast<std::ptrdiff_t>(i + kRate / 50),
                          [](std::int16_t s) { return std::abs(static_cast<int>(s)) > 300; })
                  ? 1
                  : 0;
    return static_cast<double>(loud) / 50.0;
  }

  const ScratchFolder folder_;
  const fs::path recording_ = folder_ / "words.wav";
  Ward ward_{LOA_BIN_DIR, LOA_WEB_DIR, 2};
};

TEST_F(OnTheAir, AnAnnouncementAtOnceReachesThoseWhoDoNotHoldIt) {
  const std::string announcement = ward_.announce(recording_);
  const json air = ward_.post(
      "/api/air", {{"kind", "announcement"}, {"announcement", announcement}, {"all", true}, {"volume_pct", 100}});
  const std::string play = air.at("play");
  const json told = wait_for_outcomes(play);
  for (const json& outcome : told.at("outcomes")) {
    EXPECT_EQ(outcome.at("result"), "played") << outcome.dump();
    EXPECT_TRUE(outcome.at("clip").is_null()) << "it came by the channel";
    EXPECT_EQ(outcome.at("lost_ms"), 0);
    EXPECT_NEAR(outcome.at("heard_ms").get<double>(), 4000, 100);
  }
  for (int node = 0; node < 2; ++node) EXPECT_NEAR(seconds_of_sound(heard(node, play)), 4.0, 0.15);
}

TEST_F(OnTheAir, APreparedEmergencySoundsAtOnceAndAgainUntilItIsOver) {
  const std::string announcement = ward_.announce(recording_, "emergency");
  ASSERT_TRUE(becomes_true([&] {
    return std::ranges::all_of(std::array{0, 1}, [&](int node) {
      const json report = ward_.report_of(node);
      return report.at("clips_wanted") == 1 && report.at("clips_ready") == 1;
    });
  })) << "it lies at every loudspeaker beforehand";
  const json air = ward_.post(
      "/api/air",
      {{"kind", "emergency"}, {"announcement", announcement}, {"all", true}, {"volume_pct", 100}, {"pause_ms", 1000}});
  const std::string play = air.at("play");
  EXPECT_TRUE(becomes_true([&] {
    return std::ranges::all_of(std::array{0, 1}, [&](int node) {
      return fs::exists(wav_of(node, play)) && seconds_of_sound(heard(node, play)) > 6.0;
    });
  })) << "it comes a second time";
  ward_.post("/api/air/" + play + "/end", {{"why", "đã yên"}});
  const json told = wait_for_outcomes(play);
  EXPECT_EQ(told.at("why"), "đã yên");
  for (const json& outcome : told.at("outcomes")) {
    EXPECT_THAT(outcome.at("result").get<std::string>(), testing::AnyOf("played", "late")) << outcome.dump();
    EXPECT_FALSE(outcome.at("clip").is_null()) << "from its own disk";
    EXPECT_NEAR(outcome.at("heard_ms").get<double>(), 7500, 1500);
  }
  for (int node = 0; node < 2; ++node)
    EXPECT_NEAR(seconds_of_sound(heard(node, play)), 7.0, 1.2) << "4 s, 1 s of pause, and again";
}

TEST_F(OnTheAir, SpeechFromALineIsHeardAndBecomesARecording) {
  std::vector<std::string> words = {"speak",     "--input", recording_.string(), "--title",
                                    "Phát biểu", "--all",   "--volume",          "100"};
  for (const std::string& word : ward_.office_words()) words.push_back(word);
  const auto ended = ward_.tool(words);
  ASSERT_EQ(ended.result, 0) << ended.output << ward_.logs();
  const json airs = ward_.get("/api/air").at("airs");
  ASSERT_EQ(airs.size(), 1U);
  const std::string play = airs[0].at("play");
  const json told = wait_for_outcomes(play);
  for (const json& outcome : told.at("outcomes")) EXPECT_EQ(outcome.at("result"), "played") << outcome.dump();
  for (int node = 0; node < 2; ++node) EXPECT_NEAR(seconds_of_sound(heard(node, play)), 4.0, 0.3);
  json recording;
  EXPECT_TRUE(becomes_true([&] {
    const json now = ward_.get("/api/air/" + play);
    if (now.at("recording").is_null()) return false;
    recording = ward_.get("/api/recordings/" + now.at("recording").get<std::string>());
    return recording.at("state") == "ready";
  }));
  EXPECT_EQ(recording.at("state"), "ready") << recording.dump();
}

}  // namespace
}  // namespace loa::test
