// The player with its paced file sink: the whole pipeline, real time, no sound device.
#include <algorithm>
#include <cmath>
#include <csignal>
#include <fstream>

#include <gtest/gtest.h>

#include "audio/playout/timeline.h"
#include "audio/playout/voice.h"
#include "tests/support/child.h"
#include "tests/support/clip.h"
#include "tests/support/player_run.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/wait.h"

namespace loa::playout {
namespace {

constexpr std::int64_t kRate = opus::kSampleRate;
constexpr std::int64_t kLength = 3 * kRate / 2;
constexpr milliseconds kWholeClip{1500};
constexpr milliseconds kLead{400};

std::vector<std::int16_t> samples_of_wav(const std::filesystem::path& file) {
  const std::string bytes = test::read_whole_file(file);
  std::vector<std::int16_t> out;
  for (std::size_t i = 44; i + 1 < bytes.size(); i += 2)
    out.push_back(
        static_cast<std::int16_t>(static_cast<std::uint8_t>(bytes[i]) | static_cast<std::uint8_t>(bytes[i + 1]) << 8U));
  return out;
}

// Of the samples of `sound` at that gain, those that `out` has, each at its place.
double share_of(const std::vector<std::int16_t>& out, const std::vector<float>& sound, float gain) {
  std::int64_t right = 0;
  for (std::size_t i = 0; i < sound.size() && i < out.size(); ++i)
    right += std::abs(static_cast<float>(out[i]) - sound[i] * gain * 32768.0F) < 300.0F ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(sound.size());
}

class PlayoutFile : public testing::Test {
 protected:
  const test::ScratchFolder folder_;
  const test::EncodedClip encoded_ = test::encode(test::chirp(kLength));
  test::PlayerRun run_{"file:" + (folder_ / "wav").string()};

  std::filesystem::path write_clip(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }
  std::filesystem::path clip() const { return write_clip("clip.opus", test::to_ogg(encoded_, kLength)); }

  // Correct to the end of its first page, then a packet that no decoder takes.
  std::filesystem::path damaged_clip() const {
    auto pages = test::take_apart(test::to_ogg(encoded_, kLength));
    pages[3].body[0] = static_cast<char>(0xFF);
    pages[3].body[1] = static_cast<char>(0x3F);
    return write_clip("damaged.opus", test::put_together(pages));
  }

  PlayRequest request(const std::string& id, milliseconds in) const {
    return {.play = PlayId{id},
            .clip = clip(),
            .start = run_.now() + in,
            .lead_in = kLead,
            .ramp_in = milliseconds{0},
            .volume = 1.0};
  }
  // A play that follows another, so long behind its start.
  PlayRequest behind(const PlayRequest& before, const std::string& id, milliseconds later) const {
    PlayRequest made = request(id, {});
    made.start = before.start + later;
    return made;
  }
  void follow(const PlayRequest& request) {
    run_.player().follow(request);
    run_.player().release(request.play);
  }
  std::vector<std::int16_t> wav(const std::string& id) const { return samples_of_wav(folder_ / "wav" / (id + ".wav")); }

  // The share of the clip's samples from `from` on that stand in the WAV where they belong, exactly. A machine that
  // stalls loses some; a shift of one sample loses all.
  double in_place(const std::vector<std::int16_t>& wav, std::int64_t from, std::int64_t to) const {
    const auto decoded = test::decode(encoded_, kLength);
    std::int64_t right = 0;
    for (std::int64_t i = from; i < to; ++i) {
      const auto at = static_cast<std::size_t>(i + kLead.count() * kRate / 1000);
      const float x = decoded[static_cast<std::size_t>(i)] * 32768.0F;
      if (at < wav.size() && std::abs(static_cast<float>(wav[at]) - x) < 300.0F) ++right;
    }
    return static_cast<double>(right) / static_cast<double>(to - from);
  }
};

TEST_F(PlayoutFile, PlaysAClipAtItsInstantAndReportsIt) {
  run_.play(request("p1", milliseconds{700}));
  ASSERT_TRUE(run_.run_until_ended());
  const PlayEnded& ended = run_.ended().front();
  EXPECT_EQ(ended.end, PlayEnd::kCompleted) << ended.problem;
  EXPECT_EQ(ended.play.str(), "p1");
  ASSERT_EQ(run_.started().size(), 1U);
  EXPECT_EQ(run_.started().front().joined_at, milliseconds{0});
  EXPECT_GT(ended.heard, milliseconds{1000});
  EXPECT_LE(ended.heard, milliseconds{1500});
  EXPECT_GE(run_.progress(), 1U);
  // A sine at half of full scale: −9 dBFS RMS.
  ASSERT_TRUE(ended.loudness_lufs);
  EXPECT_NEAR(*ended.loudness_lufs, -9.0, 3.0);
  ASSERT_TRUE(ended.peak_dbfs);
  EXPECT_NEAR(*ended.peak_dbfs, -6.0, 1.5);

  const auto out = wav("p1");
  EXPECT_GE(out.size(), static_cast<std::size_t>(kLength + kLead.count() * kRate / 1000));
  EXPECT_TRUE(std::all_of(out.begin(), out.begin() + kLead.count() * kRate / 1000, [](auto s) { return s == 0; }));
  EXPECT_GT(in_place(out, 0, kLength), 0.7);
}

TEST_F(PlayoutFile, TheChimeIsHeardFirstAndTheAnnouncementAtItsPlace) {
  constexpr std::int64_t kChime = kRate / 2 + 111;
  constexpr milliseconds kClipAt{900};
  const auto chime = test::encode(test::chirp(kChime));
  // Its maker asks for half.
  auto pages = test::take_apart(test::to_ogg(chime, kChime));
  pages[0].body[16] = static_cast<char>(-1541 & 0xFF);
  pages[0].body[17] = static_cast<char>((-1541 >> 8) & 0xFF);
  PlayRequest both = request("both", milliseconds{700});
  both.chime = write_clip("chime.opus", test::put_together(pages));
  both.clip_at = kClipAt;
  run_.play(both);
  ASSERT_TRUE(run_.run_until_ended());
  const PlayEnded& ended = run_.ended().front();
  EXPECT_EQ(ended.end, PlayEnd::kCompleted) << ended.problem;
  EXPECT_GT(ended.heard, kClipAt + milliseconds{1000});
  EXPECT_LE(ended.heard, kClipAt + milliseconds{1500}) << "the whole sound";

  const auto out = wav("both");
  const auto at = static_cast<std::ptrdiff_t>(kLead.count() * kRate / 1000);
  const auto clip_at = at + static_cast<std::ptrdiff_t>(kClipAt.count() * kRate / 1000);
  ASSERT_GT(static_cast<std::ptrdiff_t>(out.size()), clip_at);
  EXPECT_TRUE(std::all_of(out.begin(), out.begin() + at, [](auto s) { return s == 0; }));
  EXPECT_TRUE(std::all_of(out.begin() + at + kChime, out.begin() + clip_at, [](auto s) { return s == 0; }));
  const std::vector<std::int16_t> from_chime(out.begin() + at, out.end());
  EXPECT_GT(share_of(from_chime, test::decode(chime, kChime), 0.5F), 0.7);
  const std::vector<std::int16_t> from_clip(out.begin() + clip_at, out.end());
  EXPECT_GT(share_of(from_clip, test::decode(encoded_, kLength), 1.0F), 0.7);
}

TEST_F(PlayoutFile, AChimeThatCannotBeReadCostsNoWord) {
  constexpr milliseconds kClipAt{500};
  PlayRequest both = request("both", milliseconds{700});
  both.chime = write_clip("chime.opus", "OggS, and no more of it");
  both.clip_at = kClipAt;
  run_.play(both);
  ASSERT_TRUE(run_.run_until_ended());
  EXPECT_EQ(run_.ended().front().end, PlayEnd::kCompleted) << run_.ended().front().problem;
  const auto out = wav("both");
  const auto clip_at = static_cast<std::ptrdiff_t>((kLead + kClipAt).count() * kRate / 1000);
  ASSERT_GT(static_cast<std::ptrdiff_t>(out.size()), clip_at);
  EXPECT_TRUE(std::all_of(out.begin(), out.begin() + clip_at, [](auto s) { return s == 0; }));
  const std::vector<std::int16_t> from_clip(out.begin() + clip_at, out.end());
  EXPECT_GT(share_of(from_clip, test::decode(encoded_, kLength), 1.0F), 0.7);
}

TEST_F(PlayoutFile, JoinsInStepWhenItIsLate) {
  run_.play(request("late", milliseconds{-500}));
  ASSERT_TRUE(run_.run_until_ended());
  EXPECT_EQ(run_.ended().front().end, PlayEnd::kCompleted) << run_.ended().front().problem;
  ASSERT_EQ(run_.started().size(), 1U);
  const std::int64_t joined = run_.started().front().joined_at.count() * kRate / 1000;
  EXPECT_GT(joined, kRate / 2);
  EXPECT_LT(run_.ended().front().heard, milliseconds{1000});
  const auto out = wav("late");
  const auto silent = out.begin() + joined - kRate / 1000 + kLead.count() * kRate / 1000;
  EXPECT_TRUE(std::all_of(out.begin(), silent, [](auto s) { return s == 0; }));
  EXPECT_GT(in_place(out, joined + kJoinRampIn + kRate / 100, kLength), 0.7);
}

TEST_F(PlayoutFile, WhatIsOverIsNotPlayed) {
  run_.play(request("over", milliseconds{-5000}));
  ASSERT_TRUE(run_.run_until_ended());
  EXPECT_EQ(run_.ended().front().end, PlayEnd::kFailed);
  EXPECT_EQ(run_.ended().front().heard, milliseconds{0});
  EXPECT_NE(run_.ended().front().problem.find("Too late"), std::string::npos);
  EXPECT_TRUE(run_.started().empty());
}

TEST_F(PlayoutFile, TheLimitEndsThePlay) {
  PlayRequest limited = request("limited", milliseconds{700});
  limited.longest = milliseconds{600};
  run_.play(limited);
  ASSERT_TRUE(run_.run_until_ended());
  EXPECT_EQ(run_.ended().front().end, PlayEnd::kCompleted);
  EXPECT_LE(run_.ended().front().heard, milliseconds{600});
  const auto out = wav("limited");
  const auto end = static_cast<std::ptrdiff_t>((kLead + milliseconds{600}).count() * kRate / 1000);
  ASSERT_GT(static_cast<std::ptrdiff_t>(out.size()), end);
  EXPECT_TRUE(std::all_of(out.begin() + end, out.end(), [](auto s) { return s == 0; }));
}

TEST_F(PlayoutFile, WhatIsNotReleasedIsNeverHeard) {
  run_.player().arm(request("held", milliseconds{700}));
  ASSERT_TRUE(run_.run_until_ended());
  EXPECT_EQ(run_.ended().front().heard, milliseconds{0});
  EXPECT_TRUE(run_.started().empty());
  const auto out = wav("held");
  EXPECT_GT(out.size(), static_cast<std::size_t>(kRate)) << "the play itself must have run";
  EXPECT_TRUE(std::all_of(out.begin(), out.end(), [](auto s) { return s == 0; }));
}

TEST_F(PlayoutFile, ReleasedLateItJoinsInStep) {
  const PlayRequest held = request("held", milliseconds{700});
  run_.player().arm(held);
  run_.run_until(held.start + milliseconds{400});
  run_.player().release(held.play);
  ASSERT_TRUE(run_.run_until_ended());
  EXPECT_EQ(run_.ended().front().end, PlayEnd::kCompleted) << run_.ended().front().problem;
  ASSERT_EQ(run_.started().size(), 1U);
  const std::int64_t joined = run_.started().front().joined_at.count() * kRate / 1000;
  EXPECT_GE(joined, kRate * 3 / 10);
  const auto out = wav("held");
  const auto silent = out.begin() + joined - kRate / 1000 + kLead.count() * kRate / 1000;
  EXPECT_TRUE(std::all_of(out.begin(), silent, [](auto s) { return s == 0; }));
  EXPECT_GT(in_place(out, joined + kJoinRampIn + kRate / 100, kLength), 0.7);
}

// The main loop, which the core shares, hangs from before the first sample on.
TEST_F(PlayoutFile, TheLimitHoldsAlsoWhileTheCoreIsStuck) {
  PlayRequest limited = request("limited", milliseconds{700});
  limited.longest = milliseconds{600};
  run_.play(limited);
  run_.run_until(limited.start - milliseconds{100});
  const auto end = static_cast<std::size_t>((kLead + milliseconds{600}).count() * kRate / 1000);
  ASSERT_TRUE(test::becomes_true([&] { return wav("limited").size() > end + static_cast<std::size_t>(kRate) / 10; }));
  const auto out = wav("limited");
  EXPECT_FALSE(std::all_of(out.begin(), out.end(), [](auto s) { return s == 0; }));
  EXPECT_TRUE(std::all_of(out.begin() + static_cast<std::ptrdiff_t>(end), out.end(), [](auto s) { return s == 0; }));
}

TEST_F(PlayoutFile, StopFadesWhatSoundsAndReportsWhatWasHeard) {
  run_.play(request("p1", milliseconds{500}));
  run_.set_on_event([&](const PlayerEvent& event) {
    if (std::holds_alternative<PlayStarted>(event)) run_.player().stop(PlayId{"p1"});
  });
  ASSERT_TRUE(run_.run_until_ended());
  EXPECT_EQ(run_.ended().front().end, PlayEnd::kStopped);
  EXPECT_GT(run_.ended().front().heard, milliseconds{0});
  EXPECT_LT(run_.ended().front().heard, milliseconds{1500});
  const auto out = wav("p1");
  EXPECT_EQ(out.back(), 0);
}

TEST_F(PlayoutFile, StopBeforeTheStartIsNoSound) {
  run_.play(request("far", seconds{3600}));
  run_.player().stop(PlayId{"other"});
  run_.player().stop(PlayId{"far"});
  EXPECT_TRUE(run_.ended().empty()) << "an event came from inside a call";
  ASSERT_TRUE(run_.run_until_ended());
  EXPECT_EQ(run_.ended().front().end, PlayEnd::kStopped);
  EXPECT_EQ(run_.ended().front().heard, milliseconds{0});
  EXPECT_FALSE(run_.ended().front().loudness_lufs);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "wav/far.wav"));
}

TEST_F(PlayoutFile, ASecondPlayEndsTheFirst) {
  run_.play(request("first", milliseconds{500}));
  run_.set_on_event([&](const PlayerEvent& event) {
    const auto* started = std::get_if<PlayStarted>(&event);
    if (started != nullptr && started->play.str() == "first") run_.play(request("second", milliseconds{900}));
  });
  ASSERT_TRUE(run_.run_until_ended(2));
  EXPECT_EQ(run_.ended()[0].play.str(), "first");
  EXPECT_EQ(run_.ended()[0].end, PlayEnd::kStopped);
  EXPECT_EQ(run_.ended()[1].play.str(), "second");
  EXPECT_EQ(run_.ended()[1].end, PlayEnd::kCompleted) << run_.ended()[1].problem;
}

TEST_F(PlayoutFile, ASecondArmReplacesOneThatWaits) {
  run_.play(request("first", seconds{3600}));
  run_.play(request("second", seconds{3600}));
  run_.player().stop(PlayId{"second"});
  ASSERT_TRUE(run_.run_until_ended(2));
  EXPECT_EQ(run_.ended()[0].play.str(), "first");
  EXPECT_EQ(run_.ended()[1].play.str(), "second");
}

// Without a pause: the second begins where the first ends, sample by sample, through one open output.
TEST_F(PlayoutFile, WhatFollowsSoundsAtItsInstantThroughTheSameOutput) {
  const PlayRequest first = request("first", milliseconds{700});
  run_.play(first);
  const PlayRequest second = behind(first, "second", kWholeClip);
  follow(second);
  ASSERT_TRUE(run_.run_until_ended(2));
  ASSERT_EQ(run_.started().size(), 2U);
  for (const std::size_t i : {0U, 1U}) {
    EXPECT_EQ(run_.ended()[i].play.str(), i == 0 ? "first" : "second");
    EXPECT_EQ(run_.ended()[i].end, PlayEnd::kCompleted) << run_.ended()[i].problem;
    EXPECT_GT(run_.ended()[i].heard, milliseconds{1000});
    EXPECT_LE(run_.ended()[i].heard, kWholeClip);
    EXPECT_EQ(run_.started()[i].joined_at, milliseconds{0}) << i;
  }
  EXPECT_GT(in_place(wav("first"), 0, kLength), 0.7);
  // Its record begins where the first one ends, not with a lead-in.
  const auto out = wav("second");
  const auto decoded = test::decode(encoded_, kLength);
  const std::int64_t between = to_samples(kWholeClip) - kLength;
  std::int64_t right = 0;
  for (std::int64_t i = 0; i < kLength; ++i)
    if (const auto at = static_cast<std::size_t>(i + between);
        at < out.size() &&
        std::abs(static_cast<float>(out[at]) - decoded[static_cast<std::size_t>(i)] * 32768.0F) < 300.0F)
      ++right;
  EXPECT_GT(static_cast<double>(right), 0.7 * kLength);
}

TEST_F(PlayoutFile, WhatFollowsAStoppedPlayKeepsItsOwnInstant) {
  const PlayRequest first = request("first", milliseconds{600});
  run_.play(first);
  const PlayRequest second = behind(first, "second", kWholeClip + milliseconds{200});
  follow(second);
  run_.run_until(first.start + milliseconds{500});
  run_.player().stop(first.play);
  ASSERT_TRUE(run_.run_until_ended(2));
  EXPECT_EQ(run_.ended()[0].end, PlayEnd::kStopped);
  EXPECT_LT(run_.ended()[0].heard, milliseconds{1200});
  EXPECT_EQ(run_.ended()[1].play.str(), "second");
  EXPECT_EQ(run_.ended()[1].end, PlayEnd::kCompleted) << run_.ended()[1].problem;
  ASSERT_EQ(run_.started().size(), 2U);
  EXPECT_EQ(run_.started()[1].joined_at, milliseconds{0});
  EXPECT_LT(run_.started()[1].start_error, milliseconds{300});
}

TEST_F(PlayoutFile, AFollowerThatIsStoppedOrNotReleasedIsNeverHeard) {
  const PlayRequest first = request("first", milliseconds{600});
  run_.play(first);
  const PlayRequest stopped = behind(first, "stopped", kWholeClip);
  run_.player().follow(stopped);
  const PlayRequest silent = behind(stopped, "silent", kWholeClip);
  run_.player().follow(silent);
  run_.run_until(first.start + milliseconds{300});
  run_.player().stop(stopped.play);
  run_.run_until(silent.start + milliseconds{400});
  run_.player().stop(silent.play);
  ASSERT_TRUE(run_.run_until_ended(3));
  for (const PlayEnded& ended : run_.ended()) {
    if (ended.play == first.play) {
      EXPECT_EQ(ended.end, PlayEnd::kCompleted) << ended.problem;
    } else {
      EXPECT_EQ(ended.end, PlayEnd::kStopped) << ended.play.str();
      EXPECT_EQ(ended.heard, milliseconds{0}) << ended.play.str();
    }
  }
  const auto out = wav("silent");
  EXPECT_TRUE(std::all_of(out.begin(), out.end(), [](auto sample) { return sample == 0; }));
}

TEST_F(PlayoutFile, ABrokenClipTakesNothingFromWhatFollows) {
  PlayRequest broken = request("broken", milliseconds{700});
  broken.clip = damaged_clip();
  run_.play(broken);
  const PlayRequest second = behind(broken, "second", kWholeClip);
  follow(second);
  PlayRequest gone = behind(second, "gone", kWholeClip);
  gone.clip = folder_ / "nowhere.opus";
  run_.player().follow(gone);
  ASSERT_TRUE(run_.run_until_ended(3));
  for (const PlayEnded& ended : run_.ended()) {
    if (ended.play == second.play) {
      EXPECT_EQ(ended.end, PlayEnd::kCompleted) << ended.problem;
    } else {
      EXPECT_EQ(ended.end, PlayEnd::kFailed) << ended.play.str();
      EXPECT_FALSE(ended.problem.empty());
    }
  }
}

TEST_F(PlayoutFile, AnArmEndsAlsoWhatFollows) {
  const PlayRequest first = request("first", milliseconds{500});
  run_.play(first);
  const PlayRequest second = behind(first, "second", kWholeClip);
  run_.player().follow(second);
  run_.run_until(first.start + milliseconds{400});
  run_.play(request("third", milliseconds{1200}));
  ASSERT_TRUE(run_.run_until_ended(3));
  for (const PlayEnded& ended : run_.ended())
    EXPECT_EQ(ended.end, ended.play.str() == "third" ? PlayEnd::kCompleted : PlayEnd::kStopped)
        << ended.play.str() << " " << ended.problem;
}

TEST_F(PlayoutFile, AFollowerOfNothingOpensAnOutputOfItsOwn) {
  PlayRequest only = request("only", milliseconds{700});
  follow(only);
  ASSERT_TRUE(run_.run_until_ended());
  EXPECT_EQ(run_.ended()[0].end, PlayEnd::kCompleted) << run_.ended()[0].problem;
}

TEST_F(PlayoutFile, AClockThatIsSetForwardBringsThePlayForward) {
  run_.play(request("p1", seconds{3600}));
  const Now now = system_now();
  run_.clock().set({now.mono, station_from_wall(now.wall) + seconds{3600} - milliseconds{700}, 0});
  ASSERT_TRUE(run_.run_until_ended());
  EXPECT_EQ(run_.ended().front().end, PlayEnd::kCompleted) << run_.ended().front().problem;
  EXPECT_GT(in_place(wav("p1"), 0, kLength), 0.7);
}

TEST_F(PlayoutFile, ABrokenClipFailsWithWhatWasHeard) {
  PlayRequest broken = request("broken", milliseconds{700});
  broken.clip = damaged_clip();
  run_.play(broken);
  ASSERT_TRUE(run_.run_until_ended());
  EXPECT_EQ(run_.ended().front().end, PlayEnd::kFailed);
  EXPECT_NE(run_.ended().front().problem.find("damaged"), std::string::npos) << run_.ended().front().problem;
  EXPECT_GT(run_.ended().front().heard, milliseconds{500});
  EXPECT_LT(run_.ended().front().heard, milliseconds{1100});
}

TEST_F(PlayoutFile, WhatCannotBeOpenedFailsAndTheNextPlayIsFine) {
  PlayRequest missing = request("missing", milliseconds{500});
  missing.clip = folder_ / "none.opus";
  run_.play(missing);
  ASSERT_TRUE(run_.run_until_ended());
  EXPECT_EQ(run_.ended().front().end, PlayEnd::kFailed);
  EXPECT_NE(run_.ended().front().problem.find("none.opus"), std::string::npos);

  std::filesystem::create_directory(folder_ / "wav/blocked.wav");
  run_.play(request("blocked", milliseconds{500}));
  ASSERT_TRUE(run_.run_until_ended(2));
  EXPECT_EQ(run_.ended()[1].end, PlayEnd::kFailed);

  run_.play(request("fine", milliseconds{500}));
  ASSERT_TRUE(run_.run_until_ended(3));
  EXPECT_EQ(run_.ended()[2].end, PlayEnd::kCompleted) << run_.ended()[2].problem;
}

TEST(PlayoutAlsa, ADeviceThatIsNotThereFailsWithItsName) {
  const test::ScratchFolder folder;
  const auto encoded = test::encode(test::chirp(kRate));
  std::ofstream(folder / "clip.opus", std::ios::binary) << test::to_ogg(encoded, kRate);
  test::PlayerRun run("alsa:hw:31");
  run.play({.play = PlayId{"p"}, .clip = folder / "clip.opus", .start = run.now() + milliseconds{300}});
  ASSERT_TRUE(run.run_until_ended());
  EXPECT_EQ(run.ended().front().end, PlayEnd::kFailed);
  EXPECT_NE(run.ended().front().problem.find("hw:31"), std::string::npos) << run.ended().front().problem;
}

// kill -9 in the middle of a play leaves a WAV that every player opens, with what had come out.
TEST_F(PlayoutFile, AKilledNodeLeavesAValidWav) {
  const auto file = folder_ / "wav/victim.wav";
  test::Child node({std::string{LOA_BIN_DIR} + "/../tests/bin/play_once", "--clip", clip().string(), "--sink",
                    "file:" + (folder_ / "wav").string(), "--in-ms", "500", "--lead-in-ms", "400", "--id", "victim"},
                   folder_ / "out");
  std::error_code none;
  ASSERT_TRUE(test::becomes_true([&] { return std::filesystem::file_size(file, none) > 44 + 48'000 && !none; }));
  node.send_signal(SIGKILL);
  EXPECT_EQ(node.wait(), -SIGKILL);
  const std::string bytes = test::read_whole_file(file);
  std::uint32_t length = 0;
  for (std::size_t i = 4; i-- > 0;) length = length << 8U | static_cast<std::uint8_t>(bytes.at(40 + i));
  EXPECT_GT(length, 40'000U);
  EXPECT_LE(length, bytes.size() - 44);
}

}  // namespace
}  // namespace loa::playout
