#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/keys/policy_file.h"
#include "common/base/error.h"
#include "tests/support/scratch_folder.h"

namespace loa::cli {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr const char* kRules =
    "ceiling_pct = [50, 50, 50, 50, 50, 60, 80, 80, 80, 80, 80, 80, 80, 80, 80, 80, 80, 80, 80, 60, 50, 50, 50, 50]\n"
    "longest_play_s = 1800\nminutes_per_day = 120\nstarts_per_hour = 12\n";

class PolicyFileTest : public testing::Test {
 protected:
  Policy load(const std::string& text) {
    std::ofstream(scratch_ / "policy.toml") << text;
    return load_policy_file(scratch_ / "policy.toml");
  }
  std::string failure(const std::string& text) {
    try {
      (void)load(text);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  }
  static std::string with(const std::string& rules, const std::string& more = "") {
    return "[policy]\nutc_offset_min = 420\n[default]\n" + rules + more;
  }
  const test::ScratchFolder scratch_;
};

TEST_F(PolicyFileTest, AWholeOne) {
  const Policy policy = load(with(std::string{"quiet_from = 21:00:00\nquiet_to = 05:30:00\n"} + kRules,
                                  std::string{"[nodes.tdp-01]\n"} + kRules));
  EXPECT_EQ(policy.utc_offset, 420min);
  EXPECT_EQ(policy.by_default.quiet, (QuietHours{21h, 5h + 30min}));
  EXPECT_EQ(policy.by_default.ceiling_pct[5], 60);
  EXPECT_EQ(policy.by_default.longest_play, 1800s);
  EXPECT_EQ(policy.by_default.most_per_day, 120min);
  EXPECT_EQ(policy.by_default.starts_per_hour, 12);
  EXPECT_EQ(policy.rules_of(NodeId{"tdp-01"}).quiet, std::nullopt) << "rules of its own stand instead of the default";
  EXPECT_EQ(policy.rules_of(NodeId{"tdp-02"}), policy.by_default);
}

TEST_F(PolicyFileTest, EveryMistakeWithItsLine) {
  const std::string said = failure(
      "[policy]\nutc_offset_min = 900\n[default]\nquiet_from = \"21:00\"\nceiling_pct = [1, 2]\n"
      "longest_play_s = 0\nminutes_per_day = 1441\nloud = true\n");
  for (const char* part :
       {":2: policy.utc_offset_min", ":4: default.quiet_from", ":5: default.ceiling_pct", ":6: default.longest_play_s",
        ":7: default.minutes_per_day", "default.starts_per_hour", ":8: default.loud: unknown key"})
    EXPECT_THAT(said, HasSubstr(part));
}

TEST_F(PolicyFileTest, QuietHoursHaveTwoEndsThatDiffer) {
  for (const char* quiet :
       {"quiet_from = 21:00:00\n", "quiet_to = 21:00:00\n", "quiet_from = 21:00:00\nquiet_to = 21:00:00\n",
        "quiet_from = 21:00:30\nquiet_to = 05:00:00\n"})
    EXPECT_THAT(failure(with(quiet + std::string{kRules})), HasSubstr("quiet_")) << quiet;
}

TEST_F(PolicyFileTest, ANodesRulesAreWholeAndItsNameAnId) {
  EXPECT_THAT(failure(with(kRules, "[nodes.tdp-01]\nstarts_per_hour = 1\n")), HasSubstr("nodes.tdp-01.ceiling_pct"));
  EXPECT_THAT(failure(with(kRules, std::string{"[nodes.Big]\n"} + kRules)), HasSubstr("nodes.Big"));
  EXPECT_THAT(failure(with(kRules, "[nodes]\ntdp-01 = 3\n")), HasSubstr("nodes.tdp-01: unknown key"));
  EXPECT_THAT(failure(with(kRules, "[nodes.tdp-01.more]\nx = 1\n")), HasSubstr("nodes.tdp-01"));
  EXPECT_THAT(failure(with(kRules, "[more.deep]\n")), HasSubstr("more.deep: unknown key"));
  EXPECT_EQ(failure(with(kRules)), "");
}

}  // namespace
}  // namespace loa::cli
