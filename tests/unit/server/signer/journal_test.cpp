#include "server/signer/journal.h"

#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "tests/support/no_room.h"
#include "tests/support/scratch_folder.h"

namespace loa::signer {
namespace {

using nlohmann::json;

constexpr std::int64_t kMost = 1000;

class JournalTest : public testing::Test {
 protected:
  void write(Journal& journal, int count) {
    for (int i = 0; i < count; ++i) {
      Signed what;
      what.type = wire::MessageType::kOrder;
      what.seq = ++seq_;
      what.issued = *parse_utc("2026-11-24T00:00:00Z");
      what.body = "{}";
      EXPECT_TRUE(journal.write("node:tdp-01", what));
    }
  }
  [[nodiscard]] std::vector<json> lines(int part) const {
    std::ifstream in(folder_ / ("journal." + std::to_string(part)));
    std::vector<json> found;
    for (std::string line; std::getline(in, line);) found.push_back(json::parse(line));
    return found;
  }
  [[nodiscard]] std::vector<std::int64_t> sequences() const {
    std::vector<std::int64_t> found;
    for (const int part : {0, 1})
      for (const json& line : lines(part)) found.push_back(line.at("seq"));
    std::sort(found.begin(), found.end());
    return found;
  }

  const test::ScratchFolder folder_;
  std::int64_t seq_ = 0;
};

TEST_F(JournalTest, SaysWhatWasSignedForWhom) {
  Journal journal(folder_.path());
  journal.write_start("b45e5dd8c5da7dcf", *parse_utc("2026-11-24T00:00:00Z"));
  write(journal, 1);
  const auto found = lines(0);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0], json::parse(R"({"at":"2026-11-24T00:00:00.000Z","type":"start","key":"b45e5dd8c5da7dcf"})"));
  EXPECT_EQ(found[1], json::parse(R"({"at":"2026-11-24T00:00:00.000Z","type":"order","audience":"node:tdp-01","seq":1,
      "sha256":"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"})"));
}

TEST_F(JournalTest, IsBoundedAndKeepsTheLatest) {
  Journal journal(folder_.path(), kMost);
  write(journal, 200);
  const auto found = sequences();
  EXPECT_EQ(found.back(), 200);
  EXPECT_EQ(found.back() - found.front() + 1, static_cast<std::int64_t>(found.size())) << "no gap";
  std::uintmax_t bytes = 0;
  for (const int part : {0, 1}) bytes += std::filesystem::file_size(folder_ / ("journal." + std::to_string(part)));
  EXPECT_GE(bytes, static_cast<std::uintmax_t>(kMost));
  EXPECT_LE(bytes, static_cast<std::uintmax_t>(2 * kMost + 400));
}

TEST_F(JournalTest, ALineThatCannotBeWrittenIsToldAndLeavesNothingOfItself) {
  Journal journal(folder_.path());
  write(journal, 1);
  Signed what;
  what.type = wire::MessageType::kOrder;
  what.seq = 77;
  {
    const test::NoRoom no_room(std::filesystem::file_size(folder_ / "journal.0") + 10);
    EXPECT_FALSE(journal.write("node:tdp-01", what));
  }
  write(journal, 1);
  EXPECT_EQ(sequences(), (std::vector<std::int64_t>{1, 2}));
}

TEST_F(JournalTest, ItsRoomIsItsOwnFromTheStart) {
  const Journal journal(folder_.path());
  for (const char* name : {"journal.0", "journal.1"}) {
    struct stat facts {};
    ASSERT_EQ(::stat((folder_ / name).c_str(), &facts), 0);
    EXPECT_EQ(facts.st_size, 0);
    EXPECT_GE(facts.st_blocks * 512, Journal::kMostBytes);
  }
}

TEST_F(JournalTest, GoesOnWhereItWasAfterARestart) {
  for (int i = 0; i < 40; ++i) {
    Journal journal(folder_.path(), kMost);
    write(journal, 3);
  }
  const auto found = sequences();
  EXPECT_EQ(found.back(), 120);
  EXPECT_EQ(found.back() - found.front() + 1, static_cast<std::int64_t>(found.size())) << "no gap";
  EXPECT_GE(found.size(), 7U);
}

}  // namespace
}  // namespace loa::signer
