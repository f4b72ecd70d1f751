// Text to sound with real programs: engines that behave, engines that do not, and espeak-ng through the real intake.
#include <array>
#include <cmath>
#include <condition_variable>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <mutex>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio/intake/ingest.h"
#include "common/base/error.h"
#include "server/intake/intake_worker.h"
#include "server/speech/engine.h"
#include "server/speech/lexicon_file.h"
#include "server/speech/reading.h"
#include "tests/support/error_code.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/wait.h"

namespace loa::speech {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kAnnouncement =
    "UBND phường Phù Liễn thông báo: 7h30 ngày 28/11/2026, tổng vệ sinh môi trường tại 42 TDP. "
    "Mọi phản ánh xin gọi 0225.3123.456.";

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class SpeechEngine : public testing::Test {
 protected:
  // A program of the test's own.
  [[nodiscard]] EngineOptions engine(const std::string& script, std::vector<std::string> words = {}) const {
    const fs::path program = folder_ / "engine";
    std::ofstream(program) << "#!/bin/sh\n" << script << "\n";
    chmod(program.c_str(), 0700);
    EngineOptions options;
    options.command = {program.string()};
    options.command.insert(options.command.end(), words.begin(), words.end());
    return options;
  }
  // What it is refused with; the file and everything in progress must then be gone.
  [[nodiscard]] Text refusal(const EngineOptions& options, const std::stop_token& stop = {}) const {
    try {
      speak(options, "xin chào", wav_, stop);
    } catch (const Error& error) {
      EXPECT_TRUE(is_known_text(error.code())) << error.code();
      EXPECT_FALSE(fs::exists(wav_));
      return error.text();
    }
    return {};
  }

  const test::ScratchFolder folder_;
  const fs::path wav_ = folder_ / "said.wav";
  const std::string good_ = "printf 'RIFF....WAVE'; cat";
};

TEST_F(SpeechEngine, GetsOneLineOnItsInputAndGivesWavOnItsOutput) {
  speak(engine(good_), "xin chào", wav_, {});
  EXPECT_EQ(content(wav_), "RIFF....WAVExin chào\n");
  speak(engine(good_), "lần hai", wav_, {});
  EXPECT_EQ(content(wav_), "RIFF....WAVElần hai\n") << "what was there before is written over";
}

TEST_F(SpeechEngine, WritesTheFileThatItsCommandNames) {
  speak(engine("{ printf 'RIFF....WAVE'; cat; } > \"${1#--out=}\"; echo chatter", {"--out={wav}"}), "xin chào", wav_,
        {});
  EXPECT_EQ(content(wav_), "RIFF....WAVExin chào\n") << "and what it prints besides is no sound";
}

TEST_F(SpeechEngine, HasNoShellNoEnvironmentAndNoFilesOfOurs) {
  const std::string words = "; touch " + (folder_ / "broken").string();
  // Some library forgot to say that nobody inherits this.
  const int forgotten = open("/dev/null", O_RDONLY);  // NOLINT(android-cloexec-open): the point of it
  ASSERT_GE(forgotten, 3);
  speak(engine("printf 'RIFF....WAVE'; echo \"$1\"; /usr/bin/env; ls /proc/self/fd | wc -l", {words}), "x", wav_, {});
  close(forgotten);
  EXPECT_FALSE(fs::exists(folder_ / "broken"));
  const std::string told = content(wav_);
  EXPECT_THAT(told, HasSubstr(words));
  EXPECT_EQ(told.find("HOME="), std::string::npos) << told;
  EXPECT_THAT(told, testing::EndsWith("\n4\n")) << "input, output, complaints, and the folder that ls itself reads";
}

TEST_F(SpeechEngine, ThatIsNotThereSaysWhatToInstall) {
  EngineOptions options;
  options.command = {"loa-no-such-engine"};
  const Text why = refusal(options);
  EXPECT_EQ(why.code, "speech.no_engine");
  EXPECT_THAT(render(why, Language::kVietnamese), HasSubstr("apt install espeak-ng"));
  EXPECT_THAT(render(why, Language::kEnglish), HasSubstr("apt install espeak-ng"));
  options.command = {(folder_ / "none").string()};
  EXPECT_EQ(refusal(options).code, "speech.no_engine");
}

TEST_F(SpeechEngine, ThatHangsIsEndedWithAllThatItStarted) {
  const fs::path pid = folder_ / "pid";
  EngineOptions options = engine("/bin/sleep 1000 & echo $! > '" + pid.string() + ".new'; mv '" + pid.string() +
                                 ".new' '" + pid.string() + "'; wait");
  options.time_limit = std::chrono::seconds{1};
  const Text why = refusal(options);
  EXPECT_EQ(why.code, "speech.timed_out");
  EXPECT_EQ(why.args.at(1), "1");
  const int started = std::stoi(content(pid));
  EXPECT_TRUE(test::becomes_true([&] {
    const std::string status = content("/proc/" + std::to_string(started) + "/stat");
    return status.empty() || status.find(") Z") != std::string::npos;
  })) << "what it started still runs";
}

TEST_F(SpeechEngine, ThatIgnoresItsEndOfOutputIsStillWaitedForAndEnded) {
  EngineOptions options = engine("printf 'RIFF....WAVE'; exec >&- 2>&-; exec /bin/sleep 1000");
  options.time_limit = std::chrono::seconds{1};
  EXPECT_EQ(refusal(options).code, "speech.timed_out");
}

TEST_F(SpeechEngine, ThatFloodsIsEnded) {
  for (const char* flood : {"exec cat /dev/zero", "exec cat /dev/zero > \"$1\""}) {
    EngineOptions options = engine(flood, {"{wav}"});
    if (flood == "exec cat /dev/zero"s) options.command.pop_back();
    options.largest_wav = std::uint64_t{1} << 20;
    const Text why = refusal(options);
    EXPECT_EQ(why.code, "speech.too_much") << flood;
    EXPECT_EQ(why.args.at(1), "1");
  }
}

TEST_F(SpeechEngine, ThatFloodsItsComplaintsIsEndedToo) {
  EngineOptions options = engine("exec cat /dev/zero >&2");
  options.time_limit = std::chrono::seconds{1};
  EXPECT_EQ(refusal(options).code, "speech.timed_out");
}

TEST_F(SpeechEngine, ThatDiesSaysHowAndWhatItComplainedOf) {
  Text why = refusal(engine("printf 'RIFF....WAVE'; echo 'model vi.onnx\tnot found' >&2; exit 3"));
  EXPECT_EQ(why.code, "speech.engine_failed");
  EXPECT_EQ(why.args.at(1), "exit 3");
  EXPECT_EQ(why.args.at(2), "model vi.onnx not found");
  why = refusal(engine("kill -SEGV $$"));
  EXPECT_EQ(why.code, "speech.engine_failed");
  EXPECT_EQ(why.args.at(1), "signal 11");
}

TEST_F(SpeechEngine, ThatWritesRubbishIsNoSound) {
  EXPECT_EQ(refusal(engine("cat")).code, "speech.not_wav");
  EXPECT_EQ(refusal(engine("exit 0")).code, "speech.not_wav");
  EXPECT_EQ(refusal(engine("printf 'RIFF....WAV'")).code, "speech.not_wav");
  EXPECT_EQ(refusal(engine("rm -f \"$1\"", {"{wav}"})).code, "speech.not_wav");
  EXPECT_EQ(refusal(engine("rm -f \"$1\"; ln -s /etc/passwd \"$1\"", {"{wav}"})).code, "speech.not_wav");
}

TEST_F(SpeechEngine, IsStoppedWhenItIsTold) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(refusal(engine("exec /bin/sleep 1000"), stop.get_token()).code, "speech.stopped");
}

TEST_F(SpeechEngine, AFolderThatIsNotThereIsNamed) {
  EXPECT_EQ(test::code_of([&] { speak(engine(good_), "x", folder_ / "none" / "said.wav", {}); }), "file.cannot_write");
}

// --- through the worker and the intake

class SpokenRecording : public testing::Test {
 protected:
  server::IntakeEnded ingest(const EngineOptions& options) {
    server::IntakeWorker worker(
        {folder_ / "recordings", folder_ / "clips", options, fs::path{LOA_BIN_DIR} / "loa-intake"},
        [this](server::ServerMessage message) {
          auto* ended = std::get_if<server::IntakeEnded>(&message);
          if (ended == nullptr) return;
          const std::lock_guard lock(mutex_);
          ended_ = *ended;
          changed_.notify_all();
        });
    worker.speak(RecordingId{"r-1"}, spoken_);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_.has_value(); });
    return *ended_;
  }

  const test::ScratchFolder folder_;
  const Reading reading_ = read_text(kAnnouncement, vietnamese());
  const std::string spoken_ = reading_.spoken;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<server::IntakeEnded> ended_;
};

TEST_F(SpokenRecording, OfTheDefaultEngineIsAClipAtTheHouseLoudness) {
  const auto ended = ingest({});
  const auto* clip = std::get_if<server::Clip>(&ended.result);
  ASSERT_NE(clip, nullptr) << render(std::get<Text>(ended.result), Language::kEnglish);
  EXPECT_NEAR(clip->output_lufs, -16.0, 0.5);
  EXPECT_LE(clip->output_true_peak_dbtp, -1.5);
  // The whole text, at about the pace that the preview told.
  const double told = static_cast<double>(reading_.length.count());
  EXPECT_NEAR(static_cast<double>(clip->duration.count()), told, 0.15 * told);
  EXPECT_TRUE(fs::exists(folder_ / "clips" / (clip->hash.str() + ".opus")));
  EXPECT_TRUE(content(folder_ / "recordings" / "r-1").starts_with("RIFF")) << "the sound as it came is kept";
}

TEST_F(SpokenRecording, OfAnEngineThatWritesAFileIsTheSame) {
  EngineOptions options;
  options.command = {"espeak-ng", "-v", "vi", "-s", "140", "-b", "1", "--stdin", "-w", "{wav}"};
  const auto ended = ingest(options);
  ASSERT_NE(std::get_if<server::Clip>(&ended.result), nullptr);
}

TEST_F(SpokenRecording, OfAnEngineThatFailsIsRefused) {
  EngineOptions options;
  options.command = {"false"};
  auto ended = ingest(options);
  EXPECT_EQ(std::get<Text>(ended.result).code, "speech.engine_failed");
  EXPECT_THAT(std::vector(fs::directory_iterator(folder_ / "recordings"), {}), IsEmpty());
  // WAV by its name alone is what the intake is for. Its file stays until the refusal is in the books.
  ended_.reset();
  options.command = {"printf", "RIFF....WAVEfmt rubbish"};
  ended = ingest(options);
  EXPECT_THAT(std::get<Text>(ended.result).code, testing::StartsWith("intake."));
  EXPECT_THAT(std::vector(fs::directory_iterator(folder_ / "clips"), {}), IsEmpty());
}

}  // namespace
}  // namespace loa::speech
