#include "server/people/approval.h"

#include <array>
#include <utility>

#include "common/base/error.h"
#include "server/people/names.h"

namespace loa::server {
namespace {

constexpr std::array<std::pair<Category, std::string_view>, 3> kCategories = {
    {{Category::kNotice, "notice"}, {Category::kDisclosure, "disclosure"}, {Category::kGreeting, "greeting"}}};
constexpr std::array<std::pair<ApprovalState, std::string_view>, 5> kStates = {
    {{ApprovalState::kDraft, "draft"},
     {ApprovalState::kSubmitted, "submitted"},
     {ApprovalState::kApproved, "approved"},
     {ApprovalState::kReturned, "returned"},
     {ApprovalState::kWithdrawn, "withdrawn"}}};
constexpr std::array<std::pair<StepKind, std::string_view>, 7> kSteps = {{{StepKind::kMade, "made"},
                                                                          {StepKind::kEdited, "edited"},
                                                                          {StepKind::kScheduled, "scheduled"},
                                                                          {StepKind::kSubmitted, "submitted"},
                                                                          {StepKind::kApproved, "approved"},
                                                                          {StepKind::kReturned, "returned"},
                                                                          {StepKind::kWithdrawn, "withdrawn"}}};

}  // namespace

std::string_view to_string(Category category) {
  return name_of(kCategories, category);
}
std::optional<Category> parse_category(std::string_view text) {
  return value_of(kCategories, text);
}
std::string_view to_string(ApprovalState state) {
  return name_of(kStates, state);
}
std::optional<ApprovalState> parse_approval_state(std::string_view text) {
  return value_of(kStates, text);
}
std::string_view to_string(StepKind kind) {
  return name_of(kSteps, kind);
}
std::optional<StepKind> parse_step_kind(std::string_view text) {
  return value_of(kSteps, text);
}

void require_may_approve(const Approver& approver, Category category, const std::set<PersonId>& hands) {
  if (approver.role != Role::kChairman && !(approver.is_deputy && may_be_deputy(approver.role)))
    throw Error("approval.not_an_approver");
  if (!hands.contains(approver.person)) return;
  const bool is_own_greeting = category == Category::kGreeting && approver.role == Role::kChairman && hands.size() == 1;
  if (!is_own_greeting) throw Error("approval.own_work");
}

bool schedules_at_once(Role role) {
  return role == Role::kChairman || role == Role::kOperator;
}

bool may_be_deputy(Role role) {
  return role == Role::kEditor || role == Role::kOperator || role == Role::kChairman;
}

}  // namespace loa::server
