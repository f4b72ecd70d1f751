#include "server/reports/allowance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loa::server {
namespace {

using std::chrono::minutes;
using testing::ElementsAre;
using testing::IsEmpty;

const WallTime kStart = *parse_utc("2026-11-24T00:00:00Z");
const ScheduleId kSchedule{"s-1"};

WallTime at(int minute) {
  return kStart + minutes{minute};
}
Writing written(int minute, const char* person) {
  return {at(minute), PersonId{person}};
}
ApprovalStep step(int minute, const char* person, StepKind kind, const char* comment = "") {
  return {at(minute), PersonId{person}, kind, comment};
}
Allowance by(int minute, const char* person) {
  return {at(minute), PersonId{person}};
}

TEST(Allowances, WhoeverWroteItWhereThatIsEnough) {
  EXPECT_THAT(allowances_of(kSchedule, {}, {}), IsEmpty()) << "nobody knows";
  const std::vector writings = {written(10, "operator"), written(30, "other")};
  // The approval was of the announcement, before there was a schedule; another's schedule waits.
  const std::vector steps = {step(1, "editor", StepKind::kSubmitted), step(5, "chairman", StepKind::kApproved),
                             step(10, "editor", StepKind::kScheduled, "s-2"), step(20, "deputy", StepKind::kApproved)};
  EXPECT_THAT(allowances_of(kSchedule, writings, steps), ElementsAre(by(10, "operator"), by(30, "other")));
}

TEST(Allowances, WhoeverApprovedItWhereItHadToWait) {
  const std::vector writings = {written(10, "editor"), written(30, "editor")};
  const std::vector steps = {
      step(10, "editor", StepKind::kScheduled, "s-1"), step(15, "chairman", StepKind::kReturned),
      step(20, "chairman", StepKind::kApproved),       step(30, "editor", StepKind::kScheduled, "s-1"),
      step(40, "deputy", StepKind::kApproved),         step(50, "editor", StepKind::kEdited),
      step(60, "chairman", StepKind::kApproved),
  };
  EXPECT_THAT(allowances_of(kSchedule, writings, steps),
              ElementsAre(by(20, "chairman"), by(40, "deputy"), by(60, "chairman")));
}

TEST(Allowances, AnAiringIsAllowedByTheLastWordBeforeIt) {
  const std::vector allowances = {by(10, "operator"), by(20, "chairman")};
  EXPECT_EQ(allowance_at(allowances, at(9)), std::nullopt);
  EXPECT_EQ(allowance_at(allowances, at(10)), by(10, "operator"));
  EXPECT_EQ(allowance_at(allowances, at(19)), by(10, "operator"));
  EXPECT_EQ(allowance_at(allowances, at(99)), by(20, "chairman"));
}

}  // namespace
}  // namespace loa::server
