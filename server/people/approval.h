// Who may say that something airs: docs/approval.md. Pure; any thread.
#pragma once

#include <optional>
#include <set>
#include <string_view>

#include "common/base/ids.h"
#include "server/people/role.h"

namespace loa::server {

enum class Category { kNotice, kDisclosure, kGreeting };
[[nodiscard]] std::string_view to_string(Category category);
[[nodiscard]] std::optional<Category> parse_category(std::string_view text);

// As written down; what becomes of an approved one follows from timetable and outcomes.
enum class ApprovalState { kDraft, kSubmitted, kApproved, kReturned, kWithdrawn };
[[nodiscard]] std::string_view to_string(ApprovalState state);
[[nodiscard]] std::optional<ApprovalState> parse_approval_state(std::string_view text);

enum class StepKind { kMade, kEdited, kScheduled, kSubmitted, kApproved, kReturned, kWithdrawn };
[[nodiscard]] std::string_view to_string(StepKind kind);
[[nodiscard]] std::optional<StepKind> parse_step_kind(std::string_view text);

// Somebody who wants to approve or return.
struct Approver {
  PersonId person;
  Role role = Role::kViewer;
  bool is_deputy = false;  // today
};

// Throws Error approval.not_an_approver, or approval.own_work when the approver is one of `hands`, who wrote or changed
// it since it was last approved. A chairman's own greeting, in which nobody else had a hand, is excepted.
void require_may_approve(const Approver& approver, Category category, const std::set<PersonId>& hands);

// Whether what this role schedules of an approved announcement airs without another word.
[[nodiscard]] bool schedules_at_once(Role role);

// Whether somebody in this role may be made a deputy.
[[nodiscard]] bool may_be_deputy(Role role);

}  // namespace loa::server
