// What the server withstands: kill -9 while the office writes, a disk that is full, a disk that fails, books that are
// damaged.
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/office.h"
#include "common/db/database.h"
#include "tests/support/child.h"
#include "tests/support/small_disk.h"
#include "tests/support/wait.h"
#include "tests/support/ward_fixture.h"
#include "tests/support/write_load.h"

namespace loa::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using std::chrono::seconds;

constexpr seconds kAhead{9};
constexpr int kMostAreas = 3000;

class Withstand : public testing::Test {
 protected:
  void make(int nodes) { ward_ = std::make_unique<Ward>(LOA_BIN_DIR, fs::path{LOA_WEB_DIR}, nodes); }
  fs::path data() const { return ward_->folder() / "server"; }
  fs::path config() const { return ward_->folder() / "station" / "server.toml"; }
  fs::path chirp(std::chrono::milliseconds duration) const {
    write_chirp(ward_->folder() / "chirp.wav", duration);
    return ward_->folder() / "chirp.wav";
  }

  struct Answer {
    int status = 0;
    std::string code;
    std::string vi;
  };
  static Answer read(const http::ClientResponse& response) {
    const json body = json::parse(response.body, nullptr, false);
    Answer answer{response.status, {}, {}};
    if (body.is_object() && body.contains("error"))
      answer = {response.status, body["error"].at("code"), body["error"].at("vi")};
    return answer;
  }
  // A small write; those that were taken are to be there at the end.
  Answer add_area() {
    const std::string area = "x-" + std::to_string(++areas_);
    const Answer answer =
        read(ward_->request(http::Method::kPost, "/api/areas", json{{"area", area}, {"name", "Tổ"}}.dump()));
    (answer.status == 201 ? taken_ : refused_).push_back(area);
    return answer;
  }
  void expect_areas_as_answered() {
    std::set<std::string> there;
    for (const json& area : ward_->get("/api/areas")) there.insert(area.at("area"));
    for (const std::string& area : taken_) EXPECT_TRUE(there.contains(area)) << area << " was taken and is lost";
    for (const std::string& area : refused_) EXPECT_FALSE(there.contains(area)) << area << " was refused";
    std::map<std::string, int> rows;
    db::Database books = db::Database::open_reader(data() / "server.db");
    auto audit = books.prepare("SELECT subject FROM audit WHERE action = 'create_area'");
    while (audit.step()) ++rows[audit.get_text(0)];
    for (const std::string& area : taken_) EXPECT_EQ(rows[area], 1) << area;
    for (const std::string& area : refused_) EXPECT_EQ(rows[area], 0) << area;
  }
  void expect_whole_books() {
    const auto verified = ward_->tool({"audit", "verify", "--config", config().string()});
    EXPECT_EQ(verified.result, 0) << verified.output;
    db::Database books = db::Database::open_reader(data() / "server.db");
    EXPECT_NO_THROW(db::check_integrity(books));
  }
  bool has_alarm(const std::string& code) {
    const json alarms = ward_->get("/api/alarms");
    return std::ranges::any_of(alarms, [&](const json& each) { return each.at("code") == code; });
  }
  std::size_t files_in(const char* folder) const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(data() / folder), fs::directory_iterator{}));
  }

  std::unique_ptr<Ward> ward_;
  int areas_ = 0;
  std::vector<std::string> taken_;
  std::vector<std::string> refused_;
};

TEST_F(Withstand, KilledWhileTheOfficeWritesTheServerLosesNothingThatItAcknowledged) {
  make(0);
  ward_->start();
  const std::string announcement = ward_->announce(chirp(std::chrono::milliseconds{1000}));
  const auto token = [&](const char* who) {
    return cli::read_token(ward_->folder() / "office" / (std::string{who} + ".token"));
  };
  WriteLoad load({ward_->url(), ward_->authority(), data(), token("operator"), token("admin"), announcement,
                  ward_->folder() / "chirp.wav", "phu-lien"},
                 1, 3);
  load.start();
  std::size_t before = 0;
  for (int kill = 0; kill < 10; ++kill) {
    // Some writes further, wherever that is.
    ASSERT_TRUE(becomes_true([&] { return load.acknowledged() >= before + 12; })) << ward_->logs();
    ward_->kill_server();
    before = load.acknowledged();
    ward_->start_server();
  }
  load.stop();
  ward_->kill_server();
  ward_->start_server();
  const WriteLoad::Verdict verdict = load.check();
  EXPECT_THAT(verdict.faults, testing::IsEmpty()) << ward_->logs();
  EXPECT_GE(verdict.acknowledged.size(), 8U) << "the load writes of many kinds";
  expect_whole_books();
  // And it would see what is missing.
  db::Database::open_writer(data() / "server.db").execute("DELETE FROM feeds; DELETE FROM tokens WHERE name LIKE 'w%'");
  EXPECT_GT(load.check().lost, 0);
}

TEST_F(Withstand, OnAFullDiskItRefusesClearlyStopsAndLosesNothing) {
  if (const std::string why = SmallDisk::why_not(); !why.empty()) GTEST_SKIP() << "no disk to fill here: " << why;
  make(1);
  SmallDisk disk(data(), 40'000'000);
  std::ofstream(config(), std::ios::app) << "\n[disk]\nwarn_free_mb = 16\nreserve_mb = 8\n";
  ward_->start();
  const fs::path recording = chirp(std::chrono::milliseconds{60'000});
  const std::string announcement = ward_->announce(recording);
  ASSERT_TRUE(ward_->get("/api/alarms").empty());

  // What is large leaves the last part alone: 12 MB are free, 8 of them kept, and 6 wanted.
  std::ofstream(data() / "papers") << std::string(fs::space(data()).available - 12'000'000, 'x');
  EXPECT_TRUE(becomes_true([&] { return has_alarm("disk.low"); })) << ward_->logs();
  const Answer upload = read(ward_->upload(recording));
  EXPECT_EQ(upload.status, 507);
  EXPECT_EQ(upload.code, "http.disk_full");
  EXPECT_EQ(files_in("uploads"), 0U);
  EXPECT_EQ(add_area().status, 201) << "the books have their part";

  const std::string schedule = ward_->schedule(announcement, kAhead);
  ASSERT_TRUE(becomes_true([&] { return ward_->report_of(0).at("playing").is_string(); }, seconds{60}))
      << ward_->logs();
  disk.fill();
  Answer refused;
  for (int i = 0; i < kMostAreas && refused.status != 507; ++i) refused = add_area();
  EXPECT_EQ(refused.status, 507);
  EXPECT_EQ(refused.code, "db.disk_full");
  EXPECT_THAT(refused.vi, testing::HasSubstr("Giải phóng dung lượng"));
  EXPECT_TRUE(becomes_true([&] { return has_alarm("disk.reserved"); }));
  EXPECT_TRUE(has_alarm("disk.full"));
  EXPECT_EQ(read(ward_->upload(recording)).status, 507);
  EXPECT_EQ(ward_->request(http::Method::kPost, "/api/announcements/speech", R"({"title":"a","text":"b"})").status,
            507);
  const auto backup = ward_->tool({"backup", "--config", config().string(), "--to", (data() / "backup").string()});
  EXPECT_EQ(backup.result, 1) << backup.output;

  // It reads, and it stops what sounds; the stop and its outcome come into the books when there is room.
  EXPECT_EQ(ward_->request(http::Method::kGet, "/api/schedules").status, 200);
  const Answer stop = read(ward_->request(http::Method::kPost, "/api/stop", R"({"all":true,"why":"nhầm bài"})"));
  EXPECT_EQ(stop.status, 507);
  EXPECT_EQ(stop.code, "stop.not_booked");
  const auto heard = [&] {
    const fs::path folder = ward_->folder() / "heard" / ward_->node_id(0);
    std::uintmax_t bytes = 0;
    for (const auto& entry : fs::directory_iterator(folder)) bytes += entry.file_size();
    return bytes;
  };
  std::uintmax_t last = 0;
  EXPECT_TRUE(becomes_true([&] {
    const bool is_silent = heard() == last;
    last = heard();
    return is_silent || last > 48'000U * 2 * 60;
  }));
  EXPECT_LT(last, 48'000U * 2 * 60) << "it was stopped";
  EXPECT_TRUE(ward_->outcomes_of(schedule).empty());

  disk.make_room();
  fs::remove(data() / "papers");
  ASSERT_TRUE(becomes_true([&] { return ward_->outcomes_of(schedule).size() == 1; }, seconds{60})) << ward_->logs();
  EXPECT_EQ(ward_->outcomes_of(schedule)[0].at("result"), "stopped");
  EXPECT_EQ(add_area().status, 201);
  EXPECT_TRUE(becomes_true([&] { return ward_->get("/api/alarms").empty(); }, seconds{60})) << ward_->logs();
  db::Database books = db::Database::open_reader(data() / "server.db");
  auto stops = books.prepare("SELECT count(*) FROM audit WHERE action = 'stop' AND after LIKE '%nhầm bài%'");
  ASSERT_TRUE(stops.step());
  EXPECT_EQ(stops.get_int(0), 1);
  expect_areas_as_answered();
  ward_->kill_server();
  ward_->start_server();
  expect_areas_as_answered();
  expect_whole_books();
}

class FailingDisk : public Withstand {
 protected:
  void start() {
    make(0);
    ward_->start_broker();
    ward_->start_signer();
    ::setenv("LOA_FAULTS", (ward_->folder() / "faults").c_str(), 1);
    ::setenv("LD_PRELOAD", (fs::path{LOA_BIN_DIR}.parent_path() / "tests/bin/libloa_faulty_disk.so").c_str(), 1);
    ward_->start_server();
    ::unsetenv("LD_PRELOAD");
  }
  void fail(const std::string& rule) {
    std::ofstream(ward_->folder() / "faults.new") << rule << "\n";
    fs::rename(ward_->folder() / "faults.new", ward_->folder() / "faults");
  }
  void mend() { fs::remove(ward_->folder() / "faults"); }
};

TEST_F(FailingDisk, AWriteThatFailsIsRefusedWholeAndTheNextOneIsTaken) {
  start();
  ASSERT_EQ(add_area().status, 201);
  for (const std::string what : {"write", "sync"}) {
    SCOPED_TRACE(what);
    fail(what + " " + std::to_string(EIO) + " server.db-wal");
    const Answer refused = add_area();
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.code, "db.io_failed");
    EXPECT_THAT(refused.vi, testing::HasSubstr("Kiểm tra ổ đĩa"));
    EXPECT_TRUE(has_alarm("disk.failing"));
    EXPECT_EQ(ward_->request(http::Method::kGet, "/api/areas").status, 200);
    mend();
    EXPECT_EQ(add_area().status, 201) << ward_->logs();
    expect_areas_as_answered();
  }
  EXPECT_TRUE(becomes_true([&] { return ward_->get("/api/alarms").empty(); }, seconds{60}));
  ward_->kill_server();
  ward_->start_server();
  expect_areas_as_answered();
  expect_whole_books();
}

TEST_F(FailingDisk, AnUploadThatCannotBeKeptLeavesNothingAndOneThatWasTakenIsIngestedLater) {
  start();
  const fs::path recording = chirp(std::chrono::milliseconds{500});
  const auto list = [&] { return ward_->get("/api/recordings"); };
  for (const std::string where :
       {"write %d /uploads/", "sync %d /uploads/", "sync %d /recordings", "rename %d /recordings/"}) {
    SCOPED_TRACE(where);
    std::string rule = where;
    fail(rule.replace(rule.find("%d"), 2, std::to_string(EIO)));
    const Answer refused = read(ward_->upload(recording));
    EXPECT_THAT(refused.status, testing::AnyOf(503, 507));
    EXPECT_FALSE(refused.vi.empty());
    mend();
    EXPECT_TRUE(list().empty());
    EXPECT_EQ(files_in("uploads"), 0U);
    EXPECT_EQ(files_in("recordings"), 0U);
  }
  // Taken, and then there is no room for the clip: that says nothing against the recording.
  fail("sync " + std::to_string(ENOSPC) + " /clips");
  const auto taken = ward_->upload(recording);
  ASSERT_EQ(taken.status, 202) << taken.body;
  const std::string id = json::parse(taken.body).at("recording");
  ASSERT_TRUE(becomes_true([&] { return has_alarm("disk.full"); })) << ward_->logs();
  EXPECT_EQ(ward_->get("/api/recordings/" + id).at("state"), "ingesting");
  EXPECT_EQ(files_in("recordings"), 1U);
  mend();
  EXPECT_TRUE(becomes_true([&] { return ward_->get("/api/recordings/" + id).at("state") == "ready"; }, seconds{150}))
      << ward_->logs();
}

TEST_F(Withstand, BooksThatAreDamagedAreNotOpenedAndTheWordsSayWhatToDo) {
  make(0);
  ward_->start();
  for (int i = 0; i < 20; ++i) ASSERT_EQ(add_area().status, 201);
  ward_->kill_server();
  const fs::path file = data() / "server.db";
  { db::Database closes_the_log = db::Database::open_writer(file); }
  {
    std::fstream books(file, std::ios::in | std::ios::out | std::ios::binary);
    for (int page = 2; page < 12; ++page) {
      books.seekp(page * 4096);
      books << std::string(4096, '\xff');
    }
  }
  const fs::path output = ward_->folder() / "damaged.log";
  Child server({(fs::path{LOA_BIN_DIR} / "loa-server").string(), "--config", config().string()}, output);
  ASSERT_TRUE(becomes_true([&] { return server.poll().has_value(); })) << "it starts with damaged books";
  EXPECT_EQ(server.wait(), 1);
  const std::string said = read_whole_file(output);
  EXPECT_THAT(said, testing::HasSubstr("server/server.db"));
  EXPECT_THAT(said, testing::HasSubstr("bản sao lưu"));
}

}  // namespace
}  // namespace loa::test
