// A ward that is backed up while it works, loses its machine, and comes back from the backup.
#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "common/db/database.h"
#include "tests/support/wait.h"
#include "tests/support/ward_fixture.h"

namespace loa::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using std::chrono::seconds;

constexpr seconds kAhead{9};

class BackupLife : public testing::Test {
 protected:
  [[nodiscard]] std::vector<std::string> backup_words() const {
    return {std::string{LOA_BIN_DIR} + "/loa",
            "backup",
            "--config",
            (ward_.folder() / "station/server.toml").string(),
            "--signer",
            (ward_.folder() / "signer/signer.toml").string(),
            "--to",
            backups().string()};
  }
  [[nodiscard]] fs::path backups() const { return ward_.folder() / "backups"; }
  [[nodiscard]] std::vector<fs::path> whole() const {
    std::vector<fs::path> found;
    if (!fs::exists(backups())) return found;
    for (const auto& entry : fs::directory_iterator(backups()))
      if (entry.path().filename().string().starts_with("loa-")) found.push_back(entry.path());
    return found;
  }
  void add_area(int number) {
    ward_.post("/api/areas", {{"area", "a-" + std::to_string(number)}, {"name", "Khu " + std::to_string(number)}});
  }
  static std::int64_t count_areas(const fs::path& file) {
    db::Database books = db::Database::open_reader(file);
    db::check_integrity(books);
    db::Statement count = books.prepare("SELECT count(*) FROM areas WHERE area_id LIKE 'a-%'");
    return count.step() ? count.get_int(0) : 0;
  }
  // The highest sequence that the loudspeaker took a plan with, as it has it on its disk.
  [[nodiscard]] std::int64_t plan_floor() const {
    db::Database books = db::Database::open_reader(ward_.node_folder(0) / "data/node.db");
    db::Statement floor = books.prepare("SELECT max(seq) FROM floors WHERE type = 'plan'");
    return floor.step() ? floor.get_int(0) : 0;
  }
  [[nodiscard]] fs::path output() const { return ward_.folder() / "log/backup"; }

  Ward ward_{LOA_BIN_DIR, fs::path{LOA_WEB_DIR}, 1};
};

TEST_F(BackupLife, AWardComesBackFromABackupThatWasMadeWhileItWorked) {
  ward_.start();
  write_chirp(ward_.folder() / "chirp.wav", std::chrono::milliseconds{1500});
  const std::string announcement = ward_.announce(ward_.folder() / "chirp.wav");
  const std::string aired = ward_.schedule(announcement, kAhead);
  ASSERT_TRUE(becomes_true([&] { return ward_.outcomes_of(aired).size() == 1; }, seconds{60})) << ward_.logs();
  const std::string kept = ward_.schedule(announcement, seconds{3600});

  int written = 0;
  for (; written < 50; ++written) add_area(written);
  const int before = written;
  const json announcements = ward_.get("/api/announcements");
  const json schedules = ward_.get("/api/schedules");
  const json outcomes = ward_.outcomes_of(aired);
  Child backup(backup_words(), output());
  do add_area(written++);
  while (!backup.poll());
  ASSERT_EQ(backup.wait(), 0) << read_whole_file(output());
  ASSERT_EQ(whole().size(), 1U);
  const std::int64_t held = count_areas(whole()[0] / "server/server.db");
  EXPECT_GE(held, before) << "what was answered before the backup began is in it";
  EXPECT_LE(held, written);

  // The node takes one more plan that the backup knows nothing of; then the machine is lost.
  const std::string lost = ward_.schedule(announcement, seconds{7200});
  ASSERT_TRUE(becomes_true([&] { return ward_.is_ready(0); })) << ward_.logs();
  const std::int64_t seen = plan_floor();
  ward_.kill_server();
  ward_.kill_signer();
  fs::remove_all(ward_.folder() / "server");
  fs::remove_all(ward_.folder() / "signer/state");
  fs::remove(ward_.folder() / "signer/station.key");

  const fs::path there = ward_.folder() / "restored";
  const auto ended = ward_.tool({"restore", "--from", whole()[0].string(), "--to", there.string()});
  ASSERT_EQ(ended.result, 0) << ended.output;
  const Child signer({std::string{LOA_BIN_DIR} + "/loa-signer", "--config", (there / "signer/signer.toml").string()},
                     ward_.folder() / "log/restored-signer");
  const Child server({std::string{LOA_BIN_DIR} + "/loa-server", "--config", (there / "station/server.toml").string()},
                     ward_.folder() / "log/restored-server");
  ASSERT_TRUE(becomes_true([&] { return plan_floor() > seen && ward_.is_ready(0); }, seconds{60})) << ward_.logs();
  EXPECT_EQ(ward_.get("/api/announcements"), announcements);
  EXPECT_EQ(ward_.get("/api/schedules"), schedules);
  EXPECT_EQ(ward_.outcomes_of(aired), outcomes);
  EXPECT_EQ(ward_.request(http::Method::kGet, "/api/schedules/" + kept).status, 200);
  EXPECT_EQ(ward_.request(http::Method::kGet, "/api/schedules/" + lost).status, 404);
  const std::string next = ward_.schedule(announcement, kAhead);
  ASSERT_TRUE(becomes_true([&] { return ward_.outcomes_of(next).size() == 1; }, seconds{60})) << ward_.logs();
  EXPECT_EQ(ward_.outcomes_of(next)[0].at("result"), "played");
}

TEST_F(BackupLife, ABackupThatIsKilledAtAnyMomentLeavesNoHalfOfOne) {
  ward_.start_broker();
  ward_.start_signer();
  ward_.start_server();
  for (int i = 0; i < 12; ++i) {
    Child backup(backup_words(), output());
    // A little later each time.
    int drafts = 0;
    while (!backup.poll() && drafts <= i * 40) {
      if (!fs::exists(backups())) continue;
      for (const auto& entry : fs::directory_iterator(backups()))
        drafts += static_cast<int>(entry.path().filename().string().starts_with("."));
    }
    backup.send_signal(SIGKILL);
    (void)backup.wait();
    for (const fs::path& made : whole()) {
      const fs::path there = ward_.folder() / "restored";
      const auto ended = ward_.tool({"restore", "--from", made.string(), "--to", there.string()});
      EXPECT_EQ(ended.result, 0) << ended.output;
      fs::remove_all(there);
      fs::remove_all(made);
    }
  }
  ASSERT_EQ(Child(backup_words(), output()).wait(), 0) << read_whole_file(output());
  EXPECT_EQ(std::distance(fs::directory_iterator(backups()), {}), 1) << "and what was left is gone";
}

}  // namespace
}  // namespace loa::test
