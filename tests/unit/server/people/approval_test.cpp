#include "server/people/approval.h"

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace loa::server {
namespace {

const PersonId kHoa{"hoa"};
const PersonId kLan{"lan"};

std::string refusal(const Approver& approver, Category category, const std::set<PersonId>& hands) {
  try {
    require_may_approve(approver, category, hands);
    return "";
  } catch (const Error& error) {
    return error.code();
  }
}

TEST(Approval, EveryWordIsReadBack) {
  for (const Category each : {Category::kNotice, Category::kDisclosure, Category::kGreeting})
    EXPECT_EQ(parse_category(to_string(each)), each);
  for (const ApprovalState each : {ApprovalState::kDraft, ApprovalState::kSubmitted, ApprovalState::kApproved,
                                   ApprovalState::kReturned, ApprovalState::kWithdrawn})
    EXPECT_EQ(parse_approval_state(to_string(each)), each);
  for (const StepKind each : {StepKind::kMade, StepKind::kEdited, StepKind::kScheduled, StepKind::kSubmitted,
                              StepKind::kApproved, StepKind::kReturned, StepKind::kWithdrawn})
    EXPECT_EQ(parse_step_kind(to_string(each)), each);
}

TEST(Approval, OnlyTheChairmanOrADeputyOfToday) {
  for (const Role role : kRoles)
    for (const bool is_deputy : {false, true}) {
      const bool may = role == Role::kChairman || (is_deputy && (role == Role::kEditor || role == Role::kOperator));
      EXPECT_EQ(refusal({kHoa, role, is_deputy}, Category::kNotice, {kLan}), may ? "" : "approval.not_an_approver")
          << to_string(role) << is_deputy;
    }
}

TEST(Approval, NobodyApprovesTheOwnWork) {
  EXPECT_EQ(refusal({kHoa, Role::kChairman}, Category::kNotice, {kHoa}), "approval.own_work");
  EXPECT_EQ(refusal({kHoa, Role::kChairman}, Category::kDisclosure, {kHoa, kLan}), "approval.own_work");
  EXPECT_EQ(refusal({kHoa, Role::kEditor, true}, Category::kGreeting, {kHoa}), "approval.own_work");
}

TEST(Approval, TheChairmansOwnGreetingIsExcepted) {
  EXPECT_EQ(refusal({kHoa, Role::kChairman}, Category::kGreeting, {kHoa}), "");
  EXPECT_EQ(refusal({kHoa, Role::kChairman}, Category::kGreeting, {kHoa, kLan}), "approval.own_work")
      << "somebody else had a hand in it";
}

}  // namespace
}  // namespace loa::server
