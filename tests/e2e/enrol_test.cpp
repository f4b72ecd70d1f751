// A loudspeaker's life with the real programs: added, enrolled, heard, revoked, silent.
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/wait.h"
#include "tests/support/ward_fixture.h"

namespace loa::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

constexpr std::size_t kBytesPerSecond = 2UL * 48'000;
constexpr seconds kAhead{9};

class Enrol : public testing::Test {
 protected:
  Enrol() { ::setenv("LOA_LANG", "en", 1); }

  void make(int nodes) { ward_ = std::make_unique<Ward>(LOA_BIN_DIR, fs::path{LOA_WEB_DIR}, nodes); }
  Ward::Ended office(std::vector<std::string> words) {
    for (std::string& word : ward_->office_words()) words.push_back(std::move(word));
    return ward_->tool(std::move(words));
  }
  [[nodiscard]] std::string announce(std::chrono::milliseconds duration) const {
    write_chirp(ward_->folder() / "chirp.wav", duration);
    return ward_->announce(ward_->folder() / "chirp.wav");
  }
  // Of the newest play at a node; 0 when there is none.
  [[nodiscard]] std::size_t bytes_heard(int node) const {
    const fs::path folder = ward_->folder() / "heard" / ward_->node_id(node);
    std::size_t most = 0;
    if (!fs::exists(folder)) return 0;
    for (const auto& entry : fs::directory_iterator(folder)) most = std::max<std::size_t>(most, fs::file_size(entry));
    return most;
  }
  [[nodiscard]] std::size_t plays_heard(int node) const {
    const fs::path folder = ward_->folder() / "heard" / ward_->node_id(node);
    std::size_t count = 0;
    if (!fs::exists(folder)) return 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder)) ++count;
    return count;
  }

  std::unique_ptr<Ward> ward_;
};

TEST_F(Enrol, ALoudspeakerIsAddedByTheToolAndACodeServesOnce) {
  make(1);
  ward_->start_broker();
  ward_->start_signer();
  ward_->start_server();
  ward_->post("/api/areas", {{"area", "to-0"}, {"name", "Tổ"}});
  const auto added = office({"node", "add", "n-0", "--area", "to-0", "--name", "Loa đầu ngõ"});
  ASSERT_EQ(added.result, 0) << added.output;
  const std::size_t at = added.output.find("    ") + 4;
  const std::string code = added.output.substr(at, 34);
  ASSERT_THAT(code, testing::MatchesRegex("([0-9A-Z]{4}-){6}[0-9A-Z]{4}"));
  EXPECT_THAT(office({"node", "list"}).output, HasSubstr("n-0\tto-0\twaiting\tLoa đầu ngõ\tcode until "));
  // One line each.
  EXPECT_THAT(office({"node", "add", "n-0", "--area", "to-0", "--name", "x"}), testing::Field(&Ward::Ended::result, 1));
  const auto reserved = office({"node", "add", "server", "--area", "to-0", "--name", "x"});
  EXPECT_THAT(reserved.output, HasSubstr("the server's"));
  EXPECT_EQ(std::count(reserved.output.begin(), reserved.output.end(), '\n'), 1) << reserved.output;

  // A typing error is told from a wrong code.
  std::string typed = code;
  typed.front() = code.front() == '7' ? '8' : '7';
  EXPECT_THAT(ward_->enrol(0, typed, ward_->node_folder(0)).output, HasSubstr("typing error"));
  const auto enrolled = ward_->enrol(0, code, ward_->node_folder(0));
  ASSERT_EQ(enrolled.result, 0) << enrolled.output;
  EXPECT_THAT(enrolled.output, HasSubstr("n-0"));
  EXPECT_THAT(ward_->enrol(0, code, ward_->folder() / "other").output, HasSubstr("has been used"));
  EXPECT_FALSE(fs::exists(ward_->folder() / "other"));

  ward_->start_node(0);
  ASSERT_TRUE(ward_->wait_until_ready()) << ward_->logs();
  EXPECT_THAT(ward_->enrol(0, code, ward_->folder() / "other").output, HasSubstr("has been used"));
  EXPECT_THAT(office({"node", "list"}).output, HasSubstr("n-0\tto-0\tenrolled\tLoa đầu ngõ\tonline"));
  EXPECT_THAT(office({"node", "code", "n-0"}).output, HasSubstr("Revoke it first"));
}

TEST_F(Enrol, TheToolTestsALoudspeaker) {
  make(1);
  ward_->start();
  const auto tested = office({"node", "test", "n-0", "--volume", "50"});
  EXPECT_EQ(tested.result, 0) << tested.output << ward_->logs();
  EXPECT_THAT(tested.output, HasSubstr("commanded\t-20.0 dBFS\t50 %"));
  EXPECT_THAT(tested.output, testing::ContainsRegex("rendered\t-(19|20)\\.[0-9] dBFS"));
  EXPECT_THAT(tested.output, HasSubstr("heard\t–"));
  EXPECT_THAT(tested.output, HasSubstr("no_monitor\tThe tone went out; there is no microphone"));
  // The tone and its lead-in are what went to the output.
  EXPECT_NEAR(static_cast<double>(bytes_heard(0)), (4.0 + 1.2) * kBytesPerSecond, 0.5 * kBytesPerSecond);
  EXPECT_TRUE(ward_->get("/api/outcomes").empty()) << "no announcement, no evidence";
  ward_->kill_node(0);
  ASSERT_TRUE(becomes_true([&] { return !ward_->report_of(0).value("online", true); })) << ward_->logs();
  const auto away = office({"node", "test", "n-0"});
  EXPECT_EQ(away.result, 1);
  EXPECT_THAT(away.output, HasSubstr("not connected"));
}

TEST_F(Enrol, ARevokedLoudspeakerFallsSilentAndStaysSo) {
  make(2);
  ward_->start();
  const std::string announcement = announce(std::chrono::milliseconds{8000});
  const std::string schedule = ward_->schedule(announcement, kAhead);
  // Past the lead-in, well inside the sound.
  ASSERT_TRUE(becomes_true([&] { return bytes_heard(1) > 6 * kBytesPerSecond; }, seconds{60})) << ward_->logs();
  const auto revoked = office({"node", "revoke", "n-1", "--reason", "stolen"});
  ASSERT_EQ(revoked.result, 0) << revoked.output;
  ASSERT_TRUE(becomes_true([&] { return !ward_->outcomes_of(schedule).empty(); }, seconds{60})) << ward_->logs();
  EXPECT_GT(bytes_heard(0), 12 * kBytesPerSecond - kBytesPerSecond / 2);
  EXPECT_LT(bytes_heard(1), 10 * kBytesPerSecond) << "it played on";
  ASSERT_TRUE(becomes_true([&] { return ward_->logs().find("session of a revoked node ended") != std::string::npos; }))
      << ward_->logs();
  EXPECT_THAT(office({"node", "list"}).output, HasSubstr("n-1\tto-1\trevoked"));

  // It cannot come back, not even after its own restart; nothing of it is believed and nothing is planned for it.
  ward_->kill_node(1);
  ward_->start_node(1);
  const std::string next = ward_->schedule(announcement, kAhead);
  ASSERT_TRUE(becomes_true([&] { return ward_->outcomes_of(next).size() == 1; }, seconds{60})) << ward_->logs();
  EXPECT_EQ(ward_->outcomes_of(next).at(0).at("node"), "n-0");
  EXPECT_EQ(plays_heard(0), 2U);
  EXPECT_EQ(plays_heard(1), 1U);
  EXPECT_FALSE(ward_->report_of(1).at("online"));
  EXPECT_THAT(ward_->outcomes_of(schedule).dump(), Not(HasSubstr("n-1")));

  // Another machine at the same mast.
  const std::string code = ward_->make_code(1);
  ward_->kill_node(1);
  fs::rename(ward_->node_folder(1), ward_->folder() / "stolen");
  const auto replaced = ward_->enrol(1, code, ward_->node_folder(1));
  ASSERT_EQ(replaced.result, 0) << replaced.output;
  ward_->start_node(1);
  ASSERT_TRUE(becomes_true([&] { return ward_->is_ready(1); }, seconds{60})) << ward_->logs();
}

}  // namespace
}  // namespace loa::test
