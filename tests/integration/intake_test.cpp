#include <algorithm>
#include <array>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audio/intake/ingest.h"
#include "cli/encode.h"
#include "common/base/error.h"
#include "common/crypto/sha256.h"

namespace loa::intake {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

const std::string kSpeech = std::string{LOA_SOURCE_DIR} + "/audio/samples/tet_greeting.opus";
const fs::path kChild = fs::path(LOA_BIN_DIR) / "loa-intake";
const fs::path kLoa = fs::path(LOA_BIN_DIR) / "loa";
// For a shell: the folder may hold spaces.
std::string quoted_loa() {
  return "'" + kLoa.string() + "'";
}

struct Ran {
  int code = -1;
  std::string out;
};

Ran run(const std::string& command) {
  Ran ran;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");  // NOLINT(bugprone-command-processor,cert-env33-c)
  if (pipe == nullptr) return ran;
  std::array<char, 4096> bytes{};
  for (std::size_t n = fread(bytes.data(), 1, bytes.size(), pipe); n > 0;
       n = fread(bytes.data(), 1, bytes.size(), pipe))
    ran.out.append(bytes.data(), n);
  const int status = pclose(pipe);
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

// What ffmpeg's own meter says about what ffmpeg's own decoder makes of the file.
struct Heard {
  double lufs = 0.0;
  double peak_db = 0.0;
};
Heard listen(const fs::path& file, const std::string& filters = "") {
  const std::string log = run("ffmpeg -nostats -hide_banner -i '" + file.string() + "' -af '" + filters +
                              "ebur128=peak=true:framelog=verbose' -f null -")
                              .out;
  const auto number_after = [&](const std::string& label) {
    const auto at = log.rfind(label);
    return at == std::string::npos ? std::nan("") : std::atof(log.c_str() + at + label.size());
  };
  return {number_after("I:"), number_after("Peak:")};
}

class Intake : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "loa-intake-test-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    fs::create_directory(clips());
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] fs::path clips() const { return folder_ / "clips"; }
  [[nodiscard]] fs::path file(const std::string& name) const { return folder_ / name; }

  // A recording of the first seconds of the sample, made by ffmpeg.
  fs::path record(const std::string& name, const std::string& options, double seconds = 6.0) const {
    const Ran made = run("ffmpeg -y -nostats -loglevel error -i '" + kSpeech + "' -t " + std::to_string(seconds) + " " +
                         options + " '" + file(name).string() + "'");
    EXPECT_EQ(made.code, 0) << made.out;
    return file(name);
  }
  fs::path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(file(name), std::ios::binary) << bytes;
    return file(name);
  }
  [[nodiscard]] static std::string read(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }
  // A program in place of the child.
  fs::path stand_in(const std::string& script) const {
    fs::path path = write("stand-in", "#!/bin/sh\n" + script);
    fs::permissions(path, fs::perms::owner_all);
    return path;
  }

  [[nodiscard]] IngestedClip take(const fs::path& input) const {
    return ingest(input, clips(), {.program = kChild}, {}, {});
  }
  // The code of the refusal; whatever is refused leaves nothing behind.
  [[nodiscard]] std::string refusal(const fs::path& input, const IngestOptions& options = {.program = kChild},
                                    const std::stop_token& stop = {}) const {
    std::string code = "taken";
    try {
      (void)ingest(input, clips(), options, {}, stop);
    } catch (const Error& error) {
      code = error.code();
      EXPECT_TRUE(is_known_text(code)) << code;
    }
    EXPECT_TRUE(fs::is_empty(clips())) << input;
    return code;
  }

  fs::path folder_;
};

struct Format {
  const char* name;
  const char* options;
};
class EveryFormat : public Intake, public testing::WithParamInterface<Format> {};

TEST_P(EveryFormat, ComesOutAtTheHouseLoudness) {
  const fs::path input = record(GetParam().name, GetParam().options);
  const std::string before = read(input);
  const IngestedClip clip = take(input);
  const fs::path out = clips() / (clip.sha256.str() + ".opus");
  ASSERT_TRUE(fs::exists(out));
  EXPECT_EQ(crypto::to_hex(crypto::sha256_of_file(out)), clip.sha256.str());
  EXPECT_EQ(fs::file_size(out), clip.bytes);
  EXPECT_EQ(std::distance(fs::directory_iterator(clips()), {}), 1);
  EXPECT_NEAR(clip.duration_s, 6.0, 0.1);
  EXPECT_NEAR(static_cast<double>(clip.bitrate), 24'000.0, 6'000.0);
  EXPECT_EQ(read(input), before);

  const Heard heard = listen(out);
  EXPECT_NEAR(heard.lufs, -16.0, 0.5);
  EXPECT_NEAR(heard.lufs, clip.output_lufs, 0.2);
  EXPECT_LE(heard.peak_db, -1.5);
  EXPECT_LE(clip.output_true_peak_dbtp, -1.5);
  // The mean of the channels; the subwoofer's is empty in what ffmpeg made.
  EXPECT_NEAR(clip.input_lufs, listen(input, "pan=mono|c0=c0,").lufs, 6.1);
}

INSTANTIATE_TEST_SUITE_P(
    Recordings, EveryFormat,
    testing::Values(Format{"s16.wav", "-c:a pcm_s16le"}, Format{"u8.wav", "-ar 16000 -c:a pcm_u8"},
                    Format{"s24.wav", "-ar 44100 -ac 2 -c:a pcm_s24le"}, Format{"s32.wav", "-ar 96000 -c:a pcm_s32le"},
                    Format{"f32.wav", "-c:a pcm_f32le"}, Format{"f64.wav", "-c:a pcm_f64le"},
                    Format{"six.wav", "-af 'pan=5.1|FL=c0|FR=c0|FC=c0' -c:a pcm_s16le"},
                    Format{"alaw.wav", "-ar 8000 -c:a pcm_alaw"}, Format{"cbr.mp3", "-ac 2 -c:a libmp3lame -b:a 64k"},
                    Format{"vbr.mp3", "-ar 22050 -c:a libmp3lame -q:a 5 -write_xing 0 -id3v2_version 0"},
                    Format{"a.flac", "-c:a flac"}, Format{"vorbis.ogg", "-c:a libvorbis"},
                    Format{"a.opus", "-c:a libopus"}, Format{"flac.ogg", "-c:a flac -f ogg"},
                    Format{"a.m4a", "-c:a aac"}, Format{"alac.m4a", "-c:a alac"}, Format{"a.aac", "-c:a aac"},
                    Format{"a.webm", "-c:a libopus"},
                    Format{"index_last.mp4", "-f lavfi -i testsrc=size=64x64:rate=5 -c:a aac -c:v mpeg4 -shortest"},
                    Format{"index_first.mp4",
                           "-f lavfi -i testsrc=size=64x64:rate=5 -c:a aac -c:v mpeg4 -shortest -movflags +faststart"},
                    Format{"fragments.mp4", "-c:a aac -movflags +frag_keyframe+empty_moov"}),
    [](const auto& format) {
      std::string name = format.param.name;
      for (char& c : name)
        if (c == '.') c = '_';
      return name;
    });

TEST_F(Intake, GivesTheSameClipForTheSameRecording) {
  const fs::path input = record("a.mp3", "-c:a libmp3lame -b:a 64k");
  EXPECT_EQ(take(input).sha256, take(input).sha256);
}

TEST_F(Intake, TakesAWavThatWasStreamed) {
  for (const std::string& length : {"\xff\xff\xff\xff"s, "\0\0\0\0"s, "\xff\xff\xff\x7f"s}) {
    std::string wav = read(record("s.wav", "-fflags +bitexact -flags:a +bitexact -map_metadata -1 -c:a pcm_s16le"));
    ASSERT_EQ(wav.substr(36, 4), "data");
    wav.replace(40, 4, length);
    EXPECT_NEAR(take(write("streamed.wav", wav)).duration_s, 6.0, 0.01);
  }
}

TEST_F(Intake, TakesARecordingThatLostItsLastMoments) {
  for (const char* name : {"a.wav", "a.mp3", "a.flac", "a.ogg", "a.webm"}) {
    std::string bytes = read(record(name, ""));
    bytes.resize(bytes.size() * 93 / 100);
    EXPECT_NEAR(take(write("cut-"s + name, bytes)).duration_s, 5.6, 0.9) << name;
  }
}

TEST_F(Intake, RefusesARecordingCutBeyondUse) {
  for (const char* name : {"a.wav", "a.mp3", "a.flac", "a.m4a", "a.webm"}) {
    std::string bytes = read(record(name, ""));
    bytes.resize(bytes.size() / 3);
    EXPECT_EQ(refusal(write("cut-"s + name, bytes)), "intake.truncated") << name;
  }
  std::string header = read(record("a.wav", ""));
  header.resize(44);
  EXPECT_NE(refusal(write("header.wav", header)), "taken");
}

TEST_F(Intake, RefusesWhatIsNoRecording) {
  EXPECT_EQ(refusal(write("empty.wav", "")), "intake.empty");
  EXPECT_EQ(refusal(write("text.wav", "xin chào")), "intake.not_audio");
  EXPECT_EQ(refusal(write("noise.mp3", read(kLoa).substr(0, 100'000))), "intake.not_audio");
  EXPECT_EQ(refusal(write("zip.mp3", "PK\3\4"s + std::string(1000, 'x'))), "intake.not_audio");
  EXPECT_EQ(refusal(folder_), "intake.not_a_file");
  EXPECT_EQ(refusal("/dev/zero"), "intake.not_a_file");
  ASSERT_EQ(mkfifo(file("fifo").c_str(), 0600), 0);
  EXPECT_EQ(refusal(file("fifo")), "intake.not_a_file");
  EXPECT_EQ(refusal(file("missing")), "file.cannot_read");
  EXPECT_EQ(refusal(record("silent.wav", "-af volume=0")), "intake.silent");
  EXPECT_EQ(refusal(record("short.wav", "", 0.05)), "intake.too_short");
  EXPECT_EQ(refusal(record("film.mp4", "-f lavfi -i testsrc=size=64x64:rate=5 -an -map 1:v -c:v mpeg4", 2.0)),
            "intake.no_audio_track");
  EXPECT_EQ(refusal(record("adpcm.wav", "-c:a adpcm_ms")), "intake.unsupported_codec");
}

TEST_F(Intake, RefusesWhatWouldOpenAnAddress) {
  EXPECT_EQ(refusal(write("a.m3u", "#EXTM3U\nhttp://127.0.0.1/a.mp3\n")), "intake.not_audio");
  EXPECT_EQ(refusal(write("a.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1/a.ts\n")),
            "intake.not_audio");
  EXPECT_EQ(refusal(write("a.pls", "[playlist]\nFile1=http://127.0.0.1/a.mp3\n")), "intake.not_audio");
  EXPECT_EQ(refusal(write("a.mpd", "<?xml version=\"1.0\"?><MPD/>")), "intake.not_audio");
  EXPECT_EQ(refusal(write("a.smil", "<smil><body><audio src=\"file:///etc/passwd\"/></body></smil>")),
            "intake.not_audio");
  // An MP4 whose sound lies elsewhere: moov/rmra/rmda/rdrf with an address.
  const auto box = [](const std::string& type, const std::string& body) {
    const std::uint32_t size = static_cast<std::uint32_t>(body.size() + 8);
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift);
    return out + type + body;
  };
  const std::string address = "http://127.0.0.1/a.mp4\0"s;
  const std::string rdrf = box("rdrf", "\0\0\0\0url "s + "\0\0\0\x17"s + address);
  EXPECT_NE(refusal(write("elsewhere.mp4", box("ftyp", "qt  \0\0\0\0qt  "s) +
                                               box("moov", box("rmra", box("rmda", rdrf))) + box("mdat", ""))),
            "taken");
}

TEST_F(Intake, RefusesTooMuch) {
  const fs::path big = record("big.wav", "");
  fs::resize_file(big, kLargestInput + 1);
  EXPECT_EQ(refusal(big), "intake.too_large");
  // Ten hours in a few hundred kilobytes.
  const Ran made = run("ffmpeg -y -nostats -loglevel error -f lavfi -i anullsrc=r=8000:cl=mono -t 36000 -c:a flac '" +
                       file("bomb.flac").string() + "'");
  ASSERT_EQ(made.code, 0) << made.out;
  EXPECT_EQ(refusal(file("bomb.flac")), "intake.too_long");
}

TEST_F(Intake, RefusesOddFormats) {
  std::string wav = read(record("s.wav", "-fflags +bitexact -flags:a +bitexact -map_metadata -1 -c:a pcm_s16le"));
  std::string slow = wav;
  slow.replace(24, 4, "\1\0\0\0"s);
  slow.replace(28, 4, "\2\0\0\0"s);
  EXPECT_EQ(refusal(write("1hz.wav", slow)), "intake.odd_format");
  std::string wide = wav;
  wide.replace(22, 2, "\xff\0"s);
  wide.replace(32, 2, "\xfe\1"s);
  EXPECT_EQ(refusal(write("wide.wav", wide)), "intake.odd_format");
  for (const std::string& channels : {"\0\0"s, "\xff\xff"s}) {
    std::string odd = wav;
    odd.replace(22, 2, channels);
    EXPECT_NE(refusal(write("odd.wav", odd)), "taken");
  }
}

TEST_F(Intake, StopsWhenAsked) {
  std::stop_source stop;
  const fs::path input = record("long.wav", "", 19.0);
  std::string code = "taken";
  try {
    (void)ingest(
        input, clips(), {.program = kChild}, [&](double) { stop.request_stop(); }, stop.get_token());
  } catch (const Error& error) {
    code = error.code();
  }
  EXPECT_EQ(code, "intake.cancelled");
  EXPECT_TRUE(fs::is_empty(clips()));
  EXPECT_EQ(refusal(input, {.program = kChild}, stop.get_token()), "intake.cancelled");
}

TEST_F(Intake, ShowsProgressThatNeverFalls) {
  double last = -1.0;
  (void)ingest(record("a.wav", "", 19.0), clips(), {.program = kChild},
               [&](double share) {
                 EXPECT_GE(share, last);
                 EXPECT_LE(share, 1.0);
                 last = share;
               },
               {});
  EXPECT_GE(last, 0.0);
}

TEST_F(Intake, DoesNotTrustItsChild) {
  const fs::path input = record("a.wav", "");
  const auto with = [&](const std::string& script) {
    return refusal(input, {.program = stand_in(script), .patience = std::chrono::milliseconds{300}});
  };
  EXPECT_EQ(with("exec sleep 1000"), "intake.stuck");
  EXPECT_EQ(with("exit 0"), "intake.damaged");
  EXPECT_EQ(with("kill -SEGV $$"), "intake.damaged");
  EXPECT_EQ(with("echo hello >&3"), "intake.broke_down");
  EXPECT_EQ(with("echo 'done 1000000 -20000 -16000 -2000 24000' >&3"), "intake.broke_down");  // but no file
  EXPECT_EQ(with("echo x; echo 'done 1000000 -20000 -9000 -2000 24000' >&3"), "intake.broke_down");
  EXPECT_EQ(with("echo x; for i in 1 2; do echo 'done 1000000 -20000 -16000 -2000 24000' >&3; done"),
            "intake.broke_down");
  EXPECT_EQ(with("echo need_libav >&3"), "intake.broke_down");  // twice
  EXPECT_EQ(with("head -c 100000 /dev/zero >&3"), "intake.broke_down");
  EXPECT_EQ(refusal(input, {.program = file("nowhere")}), "intake.program_missing");
}

TEST_F(Intake, ChecksItsOptions) {
  const fs::path input = record("a.wav", "");
  EXPECT_EQ(refusal(input, {.bitrate_bps = 5'999, .program = kChild}), "intake.bad_option");
  EXPECT_EQ(refusal(input, {.bitrate_bps = 256'001, .program = kChild}), "intake.bad_option");
  EXPECT_EQ(refusal(input, {.complexity = 11, .program = kChild}), "intake.bad_option");
}

TEST_F(Intake, DiesWithItsParentAndItsRestIsSweptUp) {
  const fs::path input = file("long.wav");
  ASSERT_EQ(
      run("ffmpeg -y -nostats -loglevel error -stream_loop 60 -i '" + kSpeech + "' '" + input.string() + "'").code, 0);
  const std::string out = (clips() / "out.opus").string();
  std::string loa = kLoa.string();
  std::string command = "encode";
  std::string in = input.string();
  std::string to = out;
  std::array<char*, 5> argv{loa.data(), command.data(), in.data(), to.data(), nullptr};
  pid_t parent = -1;
  ASSERT_EQ(posix_spawn(&parent, loa.c_str(), nullptr, nullptr, argv.data(), environ), 0);

  // Until it has a child: /proc names it.
  pid_t child = -1;
  const std::string children = "/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children";
  for (int waited = 0; child < 0 && waited < 2'000; ++waited) {
    std::ifstream(children) >> child;
    if (child <= 0) {
      child = -1;
      poll(nullptr, 0, 10);
    }
  }
  ASSERT_GT(child, 0);
  const auto lives = [&] { return fs::exists("/proc/" + std::to_string(child)); };
  EXPECT_EQ(remove_abandoned(clips()), 0U);  // it is being written
  kill(parent, SIGKILL);
  ASSERT_EQ(waitpid(parent, nullptr, 0), parent);
  for (int waited = 0; lives() && waited < 2'000; ++waited) poll(nullptr, 0, 10);
  EXPECT_FALSE(lives());
  EXPECT_FALSE(fs::exists(out));
  EXPECT_EQ(remove_abandoned(clips()), 1U);
  EXPECT_TRUE(fs::is_empty(clips()));
}

TEST_F(Intake, ToolPrintsOneObject) {
  const fs::path input = record("a.wav", "");
  const fs::path out = file("out.opus");
  const Ran ran = run(quoted_loa() + " encode '" + input.string() + "' '" + out.string() + "' --json");
  ASSERT_EQ(ran.code, 0) << ran.out;
  const auto object = nlohmann::json::parse(ran.out);
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  EXPECT_EQ(keys, (std::set<std::string>{"duration_s", "input_lufs", "output_lufs", "output_true_peak_dbtp", "bitrate",
                                         "sha256"}));
  EXPECT_EQ(object.at("sha256"), crypto::to_hex(crypto::sha256_of_file(out)));
  EXPECT_EQ(run(quoted_loa() + " encode '" + input.string() + "' '" + out.string() + "' --bitrate 12").code, 0);
}

TEST_F(Intake, ToolRefusesInOneLineAndLeavesNothing) {
  const fs::path input = write("text.wav", "xin chào");
  const fs::path out = file("out.opus");
  const std::string arguments = " encode '" + input.string() + "' '" + out.string() + "'";
  const Ran vietnamese = run("LOA_LANG=vi " + quoted_loa() + arguments);
  const Ran english = run("LOA_LANG=en " + quoted_loa() + arguments);
  EXPECT_EQ(vietnamese.code, 1);
  EXPECT_EQ(english.code, 1);
  EXPECT_NE(vietnamese.out, english.out);
  for (const Ran& ran : {vietnamese, english, run(quoted_loa() + " encode"), run(quoted_loa() + arguments + " --what"),
                         run(quoted_loa() + arguments + " --bitrate 1000")}) {
    EXPECT_EQ(ran.code, 1);
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 1) << ran.out;
  }
  std::ostringstream words;
  std::ostringstream problems;
  EXPECT_EQ(cli::run_encode({input, out, cli::EncodeOutput::kJson, {.program = kChild}}, words, problems), 1);
  EXPECT_EQ(words.str(), "");
  EXPECT_EQ(problems.str().find('\n'), problems.str().size() - 1);
  EXPECT_FALSE(fs::exists(out));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 2);
  const std::string before = read(kSpeech);
  const fs::path same = write("same.opus", before);
  EXPECT_EQ(run(quoted_loa() + " encode '" + same.string() + "' '" + same.string() + "'").code, 1);
  EXPECT_EQ(read(same), before);
}

}  // namespace
}  // namespace loa::intake
