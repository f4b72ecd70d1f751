// A self-test with real sound: the player into a sound server, the ear at the monitor of an output.
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <optional>

#include <gtest/gtest.h>

#include "audio/selftest/tone.h"
#include "node-agent/core/selftest.h"
#include "node-agent/selftest/monitor_ear.h"
#include "tests/support/player_run.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/sound_server.h"
#include "tests/support/wait.h"

namespace loa::node {
namespace {

class SelfTestPulse : public testing::Test {
 protected:
  SelfTestPulse() {
    ::setenv("PULSE_SERVER", server_.address().c_str(), 1);
    const std::vector<std::uint8_t> tone = selftest::encode_tone();
    std::ofstream(folder_ / "tone.opus", std::ios::binary)
        .write(reinterpret_cast<const char*>(tone.data()), static_cast<std::streamsize>(tone.size()));
  }
  ~SelfTestPulse() override { ::unsetenv("PULSE_SERVER"); }

  // At half of full volume.
  std::optional<wire::TestResult> run_test(const std::string& sink, const std::string& monitor) {
    test::PlayerRun run(sink);
    std::mutex mutex;
    std::optional<ToneHeard> heard;
    MonitorEar ear(playout::parse_source(monitor), run.clock(), [&](ToneHeard told) {
      const std::lock_guard lock(mutex);
      heard = std::move(told);
    });
    SelfTest self_test(run.player(), ear);
    wire::TestResult result;
    result.test = PlayId{"t-1"};
    result.volume_pct = 50;
    result.commanded_dbfs = selftest::to_dbfs(selftest::kTonePeak * 0.5);
    playout::PlayRequest request;
    request.play = result.test;
    request.clip = folder_ / "tone.opus";
    request.start = run.now() + playout::kArmAhead + milliseconds{1000};
    request.lead_in = milliseconds{1000};
    request.longest = kToneDuration + seconds{1};
    request.volume = 0.5;
    const StationTime due = request.start;
    self_test.begin(std::move(request), std::move(result), due, system_now().mono + seconds{60});
    if (!run.run_until_ended()) return std::nullopt;
    auto concluded = self_test.on_ended(run.ended().front());
    if (concluded) return concluded;  // the player said it all
    if (!test::becomes_true([&] {
          const std::lock_guard lock(mutex);
          return heard.has_value();
        }))
      return std::nullopt;
    return self_test.on_heard(*heard);
  }

  const test::ScratchFolder folder_;
  test::SoundServer server_;
};

TEST_F(SelfTestPulse, IsHeardThroughTheLoopBackOfItsOwnOutput) {
  const auto result = run_test("pulse:n0", "pulse:n0.monitor");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->verdict, TestVerdict::kOk) << result->reason;
  ASSERT_TRUE(result->rendered_dbfs && result->heard_dbfs && result->delay);
  EXPECT_NEAR(*result->rendered_dbfs, *result->commanded_dbfs, 1.5);
  EXPECT_NEAR(*result->heard_dbfs, *result->commanded_dbfs, 1.5);
  EXPECT_GT(*result->snr_db, 40);
  // The sound server's own delays, and what a busy machine adds.
  EXPECT_GT(result->delay->count(), -90);
  EXPECT_LT(result->delay->count(), 900);
}

TEST_F(SelfTestPulse, IsNotHeardWhereItDoesNotSound) {
  const auto result = run_test("pulse:n0", "pulse:n1.monitor");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->verdict, TestVerdict::kNotHeard);
  EXPECT_TRUE(result->rendered_dbfs);
  EXPECT_FALSE(result->delay);
}

TEST_F(SelfTestPulse, AMonitorThatIsNotThereIsNoMonitor) {
  const auto result = run_test("pulse:n0", "pulse:nobody");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->verdict, TestVerdict::kNoMonitor);
  EXPECT_EQ(result->reason, reason::kMonitorFailed);
}

TEST_F(SelfTestPulse, AnOutputThatIsNotThereIsNotRendered) {
  const auto result = run_test("pulse:nobody", "pulse:n0.monitor");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->verdict, TestVerdict::kNotRendered);
  EXPECT_EQ(result->reason, reason::kOutputFailed);
  EXPECT_FALSE(result->heard_dbfs);
}

}  // namespace
}  // namespace loa::node
