#include "server/disk/disk_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scratch_folder.h"
#include "tests/support/wait.h"

namespace loa::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> codes(const Alarms& alarms) {
  std::vector<std::string> found;
  for (const Text& alarm : alarms.list()) found.push_back(alarm.code);
  return found;
}

TEST(DiskWatch, WarnsBelowOneLimitAndKeepsTheRestBelowTheOther) {
  Alarms alarms;
  const DiskLimits limits{200, 100};
  const auto with = [&](std::uint64_t free) {
    judge_disk("/data", free, limits, alarms);
    return codes(alarms);
  };
  EXPECT_THAT(with(200'000'000), IsEmpty());
  EXPECT_THAT(with(199'999'999), ElementsAre("disk.low"));
  EXPECT_EQ(alarms.list()[0].args, (std::vector<std::string>{"/data", "200"}));
  EXPECT_THAT(with(99'999'999), ElementsAre("disk.reserved"));
  EXPECT_THAT(with(100'000'000), ElementsAre("disk.low"));
  EXPECT_THAT(with(200'000'000), IsEmpty());
  EXPECT_EQ(keep_free_bytes(limits), 100'000'000U);
}

TEST(DiskWatch, LooksByItself) {
  const test::ScratchFolder folder;
  Alarms alarms;
  const DiskWatch watch(folder.path(), {1'000'000'000, 0}, alarms);
  EXPECT_TRUE(test::becomes_true([&] { return codes(alarms) == std::vector<std::string>{"disk.low"}; }));
}

TEST(DiskWatch, OfAFolderThatIsNotThereNothingIsKnown) {
  EXPECT_FALSE(free_bytes("/no such folder"));
}

}  // namespace
}  // namespace loa::server
