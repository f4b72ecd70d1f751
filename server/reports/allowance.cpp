#include "server/reports/allowance.h"

#include <algorithm>
#include <iterator>

namespace loa::server {

std::vector<Allowance> allowances_of(const ScheduleId& schedule, std::span<const Writing> writings,
                                     std::span<const ApprovalStep> steps) {
  std::vector<Allowance> allowances;
  if (writings.empty()) return allowances;
  bool waits = false;
  auto step = steps.begin();
  const auto take_steps = [&](WallTime until) {
    for (; step != steps.end() && step->at < until; ++step) {
      if (step->kind == StepKind::kEdited) {
        waits = true;
      } else if (step->kind == StepKind::kApproved && waits && step->at >= writings.front().at) {
        waits = false;
        allowances.push_back({step->at, step->person});
      }
    }
  };
  for (const Writing& writing : writings) {
    take_steps(writing.at);
    // One that has to wait has its step at the same moment.
    waits = std::ranges::any_of(steps, [&](const ApprovalStep& each) {
      return each.kind == StepKind::kScheduled && each.at == writing.at && each.comment == schedule.str();
    });
    if (!waits) allowances.push_back({writing.at, writing.person});
  }
  take_steps(WallTime::max());
  return allowances;
}

std::optional<Allowance> allowance_at(std::span<const Allowance> allowances, WallTime start) {
  const auto next = std::ranges::upper_bound(allowances, start, {}, &Allowance::at);
  if (next == allowances.begin()) return std::nullopt;
  return *std::prev(next);
}

}  // namespace loa::server
