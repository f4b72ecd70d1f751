// What a ward lives through: kill -9 of each program, uploads of anything, a line that keeps breaking.
#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/crypto/sha256.h"
#include "tests/support/forwarder.h"
#include "tests/support/wait.h"
#include "tests/support/ward_fixture.h"

namespace loa::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using std::chrono::seconds;

constexpr seconds kAhead{9};

class Faults : public testing::Test {
 protected:
  void make(int nodes) { ward_ = std::make_unique<Ward>(LOA_BIN_DIR, fs::path{LOA_WEB_DIR}, nodes); }
  std::string announce(std::chrono::milliseconds duration) {
    write_chirp(ward_->folder() / "chirp.wav", duration);
    return ward_->announce(ward_->folder() / "chirp.wav");
  }
  bool becomes_outcome(const std::string& schedule, std::size_t count) {
    return becomes_true([&] { return ward_->outcomes_of(schedule).size() == count; }, seconds{90});
  }
  // Sounding, not only armed: the file grows with the sound.
  bool becomes_sounding(int node, std::size_t bytes) {
    const fs::path folder = ward_->folder() / "heard" / ward_->node_id(node);
    return becomes_true(
        [&] {
          if (!fs::exists(folder)) return false;
          for (const auto& entry : fs::directory_iterator(folder))
            if (fs::file_size(entry.path()) > bytes) return true;
          return false;
        },
        seconds{60});
  }
  // Lead-in of 4 s and so many seconds of sound.
  static std::size_t after(double sound_s) { return static_cast<std::size_t>((4.0 + sound_s) * 48'000 * 2); }
  std::size_t files_in(const std::string& folder) const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(ward_->folder() / "server" / folder)) ++count;
    return count;
  }

  std::unique_ptr<Ward> ward_;
};

TEST_F(Faults, WithoutItsSignerTheWardPlaysOnAndTheOfficeIsToldSo) {
  make(1);
  ward_->start();
  const std::string announcement = announce(std::chrono::milliseconds{8'000});
  const std::string schedule = ward_->schedule(announcement, kAhead);
  ward_->kill_signer();
  const auto alarms = [&] { return ward_->get("/api/alarms"); };
  ASSERT_TRUE(becomes_true([&] { return !alarms().empty(); })) << ward_->logs();
  EXPECT_EQ(alarms()[0].at("code"), "signer.away");
  const auto refused = ward_->request(http::Method::kPost, "/api/stop", R"({"all":true})");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(json::parse(refused.body).at("error").at("code"), "signer.away");
  // Killed and started again meanwhile, the server comes up without a link, and waits.
  ward_->kill_server();
  ward_->start_server();
  ASSERT_TRUE(becomes_true([&] { return !alarms().empty(); })) << ward_->logs();
  EXPECT_TRUE(becomes_sounding(0, after(1.0))) << ward_->logs();
  ward_->start_signer();
  ASSERT_TRUE(becomes_outcome(schedule, 1)) << ward_->logs();
  EXPECT_EQ(ward_->outcomes_of(schedule)[0].at("result"), "played") << ward_->logs();
  EXPECT_TRUE(alarms().empty());
  // As if nothing had been.
  EXPECT_EQ(ward_->request(http::Method::kPost, "/api/stop", R"({"all":true})").status, 202);
  const std::string next = ward_->schedule(announcement, kAhead);
  EXPECT_TRUE(becomes_outcome(next, 1)) << ward_->logs();
}

TEST_F(Faults, ANodeKilledInThePlayComesBackInStepAndSaysSoOnce) {
  make(1);
  ward_->start();
  const std::string schedule = ward_->schedule(announce(std::chrono::milliseconds{20'000}), kAhead);
  ASSERT_TRUE(becomes_sounding(0, after(1.5))) << ward_->logs();
  ward_->kill_node(0);
  ward_->start_node(0);
  ASSERT_TRUE(becomes_outcome(schedule, 1)) << ward_->logs();
  const json outcome = ward_->outcomes_of(schedule).at(0);
  EXPECT_EQ(outcome.at("result"), "late") << outcome.dump() << ward_->logs();
  EXPECT_EQ(outcome.at("reason"), "node_restarted");
  // Nothing twice: what was heard before and after the kill is less than the whole.
  EXPECT_LT(outcome.at("heard_ms"), 20'000);
  EXPECT_GT(outcome.at("heard_ms"), 5'000);
  EXPECT_TRUE(becomes_true([&] { return ward_->report_of(0).value("outbox", 1) == 0; })) << ward_->logs();
  EXPECT_EQ(ward_->outcomes_of(schedule).size(), 1U);
}

TEST_F(Faults, ANodeSaysWhetherItCrashedOrTheServicesWatchdogEndedIt) {
  make(1);
  ward_->start();
  const auto says = [&](const char* why) {
    ward_->start_node(0);
    return becomes_true([&] {
      const json report = ward_->report_of(0);
      return report.is_object() && report.at("online") && report.at("health").is_object() &&
             report.at("health").at("restart") == why;
    });
  };
  ward_->kill_node(0);
  EXPECT_TRUE(says("crash")) << ward_->logs();
  ward_->end_node(0, SIGABRT);
  EXPECT_TRUE(says("watchdog")) << ward_->logs();
  ward_->end_node(0, SIGTERM);
  EXPECT_TRUE(says("clean")) << ward_->logs();
}

TEST_F(Faults, AServerKilledDuringThePlayHearsOfItOnce) {
  make(2);
  ward_->start();
  const std::string schedule = ward_->schedule(announce(std::chrono::milliseconds{2000}), kAhead);
  ASSERT_TRUE(becomes_sounding(0, after(0.3))) << ward_->logs();
  ward_->kill_server();
  // It ends while nobody listens.
  ASSERT_TRUE(becomes_sounding(0, after(2.0) - 9600)) << ward_->logs();
  ward_->start_server();
  ASSERT_TRUE(becomes_outcome(schedule, 2)) << ward_->logs();
  for (const json& outcome : ward_->outcomes_of(schedule)) EXPECT_EQ(outcome.at("result"), "played") << outcome.dump();
  // Killed again right after: what it acknowledged is in the books, and nothing comes twice.
  ward_->kill_server();
  ward_->start_server();
  ASSERT_TRUE(ward_->wait_until_ready()) << ward_->logs();
  EXPECT_TRUE(becomes_true([&] {
    return ward_->report_of(0).value("outbox", 1) == 0 && ward_->report_of(1).value("outbox", 1) == 0;
  })) << ward_->logs();
  EXPECT_EQ(ward_->outcomes_of(schedule).size(), 2U);
}

TEST_F(Faults, ABrokerKilledComesBackToEverybody) {
  make(2);
  ward_->start();
  const std::string announcement = announce(std::chrono::milliseconds{1500});
  ward_->kill_broker();
  ward_->start_broker();
  // What is scheduled now reaches both only when server and nodes have found the broker again by themselves.
  const std::string schedule = ward_->schedule(announcement, seconds{20});
  ASSERT_TRUE(becomes_outcome(schedule, 2)) << ward_->logs();
  for (const json& outcome : ward_->outcomes_of(schedule)) EXPECT_EQ(outcome.at("result"), "played") << outcome.dump();
}

// Nobody hears an order while the broker is away, and the loudspeaker sounds on from what it holds. What the office was
// told is accepted reaches it with the broker, also when the server has been restarted in between.
TEST_F(Faults, AStopThatWasAcceptedWithoutABrokerReachesTheNodeWithIt) {
  make(1);
  ward_->start();
  const std::string announcement = announce(std::chrono::milliseconds{60'000});
  for (const bool is_server_killed : {false, true}) {
    SCOPED_TRACE(is_server_killed ? "the server is killed meanwhile" : "the server lives");
    const std::string schedule = ward_->schedule(announcement, kAhead);
    ASSERT_TRUE(becomes_true([&] { return ward_->report_of(0).at("playing").is_string(); }, seconds{60}))
        << ward_->logs();
    ASSERT_TRUE(becomes_sounding(0, after(2.0))) << ward_->logs();
    ward_->kill_broker();
    ward_->post("/api/stop", {{"all", true}, {"why", "nhầm bài"}});
    if (is_server_killed) {
      ward_->kill_server();
      ward_->start_server();
    }
    ASSERT_TRUE(becomes_sounding(0, after(6.0))) << "it could not know\n" << ward_->logs();
    ward_->start_broker();
    ASSERT_TRUE(becomes_outcome(schedule, 1)) << ward_->logs();
    const json outcome = ward_->outcomes_of(schedule).at(0);
    EXPECT_EQ(outcome.at("result"), "stopped") << outcome.dump() << ward_->logs();
    EXPECT_EQ(outcome.at("reason"), "stop_order");
    EXPECT_LT(outcome.at("heard_ms"), 50'000);
    EXPECT_GT(outcome.at("heard_ms"), 4'000);
    (void)ward_->request(http::Method::kDelete, "/api/schedules/" + schedule);  // the next one may stand in its place
    fs::remove_all(ward_->folder() / "heard" / ward_->node_id(0));
    fs::create_directory(ward_->folder() / "heard" / ward_->node_id(0));
  }
}

TEST_F(Faults, UploadsOfAnythingAreRefusedAndLeaveNothing) {
  make(0);
  ward_->start();
  const auto file = [&](const char* name, const std::string& content) {
    fs::path path = ward_->folder() / name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  };
  std::string words;
  while (words.size() < 100'000) words += "Kính thưa toàn thể bà con. ";
  const std::map<std::string, fs::path> uploads = {
      {"no sound", file("words.mp3", words)},
      {"empty", file("empty.wav", "")},
      {"playlist", file("list.m3u", "#EXTM3U\n#EXTINF:1,x\nhttp://127.0.0.1:" + std::to_string(ward_->http_port()) +
                                        "/api/health\n")},
      {"another playlist", file("list.pls", "[playlist]\nFile1=file:///etc/passwd\nNumberOfEntries=1\n")}};
  for (const auto& [name, path] : uploads) {
    SCOPED_TRACE(name);
    const auto answer = ward_->upload(path);
    if (answer.status != 202) {
      EXPECT_EQ(answer.status / 100, 4) << answer.body;
      continue;
    }
    const std::string id = json::parse(answer.body).at("recording");
    json recording;
    ASSERT_TRUE(becomes_true([&] {
      recording = ward_->get("/api/recordings/" + id);
      return recording.at("state") != "ingesting";
    })) << ward_->logs();
    EXPECT_EQ(recording.at("state"), "refused");
    EXPECT_FALSE(recording.at("refusal").at("vi").get<std::string>().empty());
  }
  const fs::path large = file("large.wav", "RIFF");
  fs::resize_file(large, 201ULL * 1024 * 1024);
  EXPECT_EQ(ward_->upload(large).status, 413);

  for (const char* folder : {"uploads", "recordings", "clips"})
    EXPECT_TRUE(becomes_true([&] { return files_in(folder) == 0; })) << folder;
  EXPECT_EQ(ward_->get("/api/health").at("state"), "ok");
  EXPECT_TRUE(ward_->get("/api/clips").empty());
  EXPECT_FALSE(announce(std::chrono::milliseconds{1000}).empty()) << "and what is sound is still taken";
}

TEST_F(Faults, AClipArrivesOverALineThatKeepsBreaking) {
  make(1);
  Forwarder line("127.0.0.1", ward_->http_port());
  // Four records of TLS; what of a record has arrived when the line breaks is lost. Without resuming the clip would
  // never be whole.
  constexpr std::uint64_t kPiece = 70'000;
  line.cut_after(kPiece);
  ward_->set_node_url(0, "https://localhost:" + std::to_string(line.port()));
  ward_->start();
  const std::string announcement = announce(std::chrono::milliseconds{50'000});
  const json clip = ward_->get("/api/clips").at(0);
  ASSERT_GT(clip.at("bytes").get<std::uint64_t>(), 2 * kPiece);
  (void)ward_->schedule(announcement, seconds{3600});
  ASSERT_TRUE(becomes_true([&] { return ward_->report_of(0).value("clips_ready", 0) == 1; }, seconds{60}))
      << ward_->logs();
  EXPECT_GE(line.connections(), 3U);
  const fs::path held = ward_->folder() / "nodes" / ward_->node_id(0) / "data" / "clips" /
                        (clip.at("sha256").get<std::string>() + ".opus");
  EXPECT_EQ(crypto::to_hex(crypto::sha256_of_file(held)), clip.at("sha256"));
}

}  // namespace
}  // namespace loa::test
