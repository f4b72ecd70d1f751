// The player against a real sound server: in step with its neighbours, and never hanging with it.
#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/child.h"
#include "tests/support/clip.h"
#include "tests/support/likeness.h"
#include "tests/support/player_run.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/sound_server.h"

namespace loa::playout {
namespace {

constexpr std::int64_t kRate = opus::kSampleRate;
constexpr std::int64_t kLength = 4 * kRate;

using test::match;
using test::Match;
using test::onset;

class PlayoutPulse : public testing::Test {
 protected:
  const test::ScratchFolder folder_;
  test::SoundServer server_;
  const test::EncodedClip encoded_ = test::encode(test::chirp(kLength));

  PlayoutPulse() {
    ::setenv("PULSE_SERVER", server_.address().c_str(), 1);
    std::ofstream(folder_ / "clip.opus", std::ios::binary) << test::to_ogg(encoded_, kLength);
  }
  ~PlayoutPulse() override { ::unsetenv("PULSE_SERVER"); }

  // For plays that must still sound when a busy machine has joined them late.
  void use_long_clip() const {
    std::ofstream(folder_ / "clip.opus", std::ios::binary)
        << test::to_ogg(test::encode(test::chirp(20 * kRate)), 20 * kRate);
  }
  PlayRequest request(const test::PlayerRun& run, milliseconds in) const {
    return {.play = PlayId{"p"},
            .clip = folder_ / "clip.opus",
            .start = run.now() + in,
            .lead_in = milliseconds{500},
            .volume = 1.0};
  }
};

TEST_F(PlayoutPulse, ThreeNodesSoundTogetherAndWhatTheClipSays) {
  server_.start_capture();
  const std::string start = std::to_string(to_us(system_now().wall + milliseconds{8'500}));
  {
    std::vector<std::unique_ptr<test::Child>> nodes;
    for (int i = 0; i < 3; ++i) {
      const std::string n = std::to_string(i);
      nodes.push_back(std::make_unique<test::Child>(
          std::vector<std::string>{std::string{LOA_BIN_DIR} + "/../tests/bin/play_once", "--clip",
                                   (folder_ / "clip.opus").string(), "--sink", "pulse:n" + n, "--start-us", start,
                                   "--lead-in-ms", "2000", "--id", "p" + n, "--record", (folder_ / "wav").string()},
          folder_ / ("out" + n)));
    }
    for (std::size_t i = 0; i < nodes.size(); ++i)
      EXPECT_EQ(nodes[i]->wait(), 0) << test::read_whole_file(folder_ / ("out" + std::to_string(i)));
  }
  const auto channels = server_.take_capture();

  const auto clip = test::decode(encoded_, kLength);
  const std::int64_t first = onset(channels[0]);
  ASSERT_LT(first + 3 * kRate, static_cast<std::int64_t>(channels[0].size())) << "n0 stayed silent";
  const std::int64_t clip_first = onset(clip);
  for (std::size_t node = 0; node < 3; ++node) {
    // A piece from the second second on, looked for 30 ms either way. It is short, because a busy machine bends the
    // sound server's time within a second.
    constexpr std::int64_t kPiece = kRate / 5;
    const Match sound = match(clip, channels[node], clip_first + kRate, first + kRate, kPiece, kRate * 30 / 1000);
    EXPECT_GT(sound.likeness, 0.9) << "n" << node << " does not sound like the clip";
    const Match skew = match(channels[0], channels[node], first + kRate, first + kRate, kPiece, kRate * 30 / 1000);
    EXPECT_GT(skew.likeness, 0.9) << "n" << node << " is more than 30 ms from n0";
    EXPECT_TRUE(std::filesystem::exists(folder_ / "wav" / ("p" + std::to_string(node) + ".wav")));
  }
  EXPECT_EQ(onset(channels[3]), static_cast<std::int64_t>(channels[3].size())) << "sound on a channel nobody plays to";
}

// Whatever the node holds, what leaves it outside a play is nothing but zeros, to the last bit: all the time that a
// play is armed, with its stream open, and behind its end; and for ever when it is never released.
TEST_F(PlayoutPulse, NothingButZerosLeavesItOutsideAPlay) {
  server_.start_capture();
  test::PlayerRun run("pulse:n0");
  PlayRequest play = request(run, milliseconds{8'500});
  play.lead_in = milliseconds{2'000};
  play.longest = milliseconds{2'000};  // the clip goes on behind it
  run.play(play);
  ASSERT_TRUE(run.run_until_ended());
  PlayRequest silent = request(run, milliseconds{2'500});
  silent.play = PlayId{"never-released"};
  run.player().arm(silent);
  run.run_until(silent.start + milliseconds{1'500});
  run.player().stop(silent.play);
  ASSERT_TRUE(run.run_until_ended(2));
  const auto channels = server_.take_capture();

  const std::vector<float>& heard = channels[0];
  const auto is_sound = [](float sample) { return sample != 0.0F; };
  const auto first = std::find_if(heard.begin(), heard.end(), is_sound);
  ASSERT_NE(first, heard.end()) << "the play itself stayed silent";
  const auto last = std::find_if(heard.rbegin(), heard.rend(), is_sound).base();
  const auto sounded = static_cast<std::int64_t>(last - first);
  // As long as the play may sound, and what a busy machine stretches.
  EXPECT_GT(sounded, kRate * 17 / 10);
  EXPECT_LE(sounded, kRate * 2 + kRate / 20);
  EXPECT_GT(first - heard.begin(), 3 * kRate) << "the lead-in is in the capture";
  EXPECT_GT(heard.end() - last, 4 * kRate) << "the play that was not released is in the capture";
  EXPECT_EQ(std::count_if(channels[1].begin(), channels[1].end(), is_sound), 0);
}

// Through one open stream, so the distance of the two onsets is that of their planned starts.
TEST_F(PlayoutPulse, WhatFollowsSoundsItsPlannedTimeBehindTheFirst) {
  server_.start_capture();
  test::PlayerRun run("pulse:n0");
  PlayRequest first = request(run, milliseconds{8'500});
  first.lead_in = milliseconds{2'000};
  run.play(first);
  PlayRequest second = first;
  second.play = PlayId{"second"};
  second.start = first.start + milliseconds{4'500};
  run.player().follow(second);
  run.player().release(second.play);
  ASSERT_TRUE(run.run_until_ended(2));
  for (const PlayEnded& ended : run.ended()) EXPECT_EQ(ended.end, PlayEnd::kCompleted) << ended.problem;
  ASSERT_EQ(run.started().size(), 2U);
  const auto channels = server_.take_capture();

  const std::int64_t at = onset(channels[0]);
  constexpr std::int64_t kPiece = kRate / 5;
  const Match again =
      match(channels[0], channels[0], at + kRate, at + kRate + 9 * kRate / 2, kPiece, kRate * 30 / 1000);
  EXPECT_GT(again.likeness, 0.9) << "the second is more than 30 ms from its place";
}

TEST_F(PlayoutPulse, AnOutputThatIsNotThereFailsWithItsName) {
  test::PlayerRun run("pulse:nobody");
  run.play(request(run, milliseconds{600}));
  ASSERT_TRUE(run.run_until_ended());
  EXPECT_EQ(run.ended().front().end, PlayEnd::kFailed);
  EXPECT_NE(run.ended().front().problem.find("nobody"), std::string::npos) << run.ended().front().problem;
}

TEST_F(PlayoutPulse, AServerThatDiesFailsThePlay) {
  use_long_clip();
  test::PlayerRun run("pulse:n0");
  PlayRequest play = request(run, milliseconds{600});
  run.play(play);
  run.set_on_event([&](const PlayerEvent& event) {
    if (std::holds_alternative<PlayStarted>(event)) server_.process().send_signal(SIGKILL);
  });
  ASSERT_TRUE(run.run_until_ended());
  EXPECT_EQ(run.ended().front().end, PlayEnd::kFailed);
  EXPECT_NE(run.ended().front().problem, "");
}

// The server stands still: threads that wait for it are left behind, the main loop is not among them.
TEST_F(PlayoutPulse, AServerThatHangsFailsThePlayAndNotTheNode) {
  server_.process().send_signal(SIGSTOP);
  test::PlayerRun run("pulse:n0");
  run.play(request(run, milliseconds{600}));
  ASSERT_TRUE(run.run_until_ended());
  EXPECT_EQ(run.ended().front().end, PlayEnd::kFailed);
  EXPECT_NE(run.ended().front().problem.find("does not open"), std::string::npos) << run.ended().front().problem;

  // The next one does not wait for the first to come free, and with the server alive again it sounds.
  server_.process().send_signal(SIGCONT);
  run.play(request(run, milliseconds{3'000}));
  ASSERT_TRUE(run.run_until_ended(2));
  EXPECT_EQ(run.ended()[1].end, PlayEnd::kCompleted) << run.ended()[1].problem;
}

TEST_F(PlayoutPulse, AServerThatHangsDuringAPlayFailsIt) {
  use_long_clip();
  test::PlayerRun run("pulse:n0");
  run.play(request(run, milliseconds{600}));
  run.set_on_event([&](const PlayerEvent& event) {
    if (std::holds_alternative<PlayStarted>(event)) server_.process().send_signal(SIGSTOP);
  });
  ASSERT_TRUE(run.run_until_ended());
  EXPECT_EQ(run.ended().front().end, PlayEnd::kFailed);
  EXPECT_NE(run.ended().front().problem.find("takes no samples"), std::string::npos) << run.ended().front().problem;
}

}  // namespace
}  // namespace loa::playout
