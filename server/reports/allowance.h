// Who let a schedule air, from what the books know of it: who wrote it where that was enough, who approved its
// announcement where it had to wait. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/store/store.h"

namespace loa::server {

// From then on it may air by that person's word.
struct Allowance {
  WallTime at;
  PersonId person;
  std::string name = {};  // as the books have it now
  bool operator==(const Allowance&) const = default;
};

// Of one schedule, ascending: `writings` of it or of its campaign, ascending, and the steps of its announcement.
[[nodiscard]] std::vector<Allowance> allowances_of(const ScheduleId& schedule, std::span<const Writing> writings,
                                                   std::span<const ApprovalStep> steps);
// That under which something aired that began then.
[[nodiscard]] std::optional<Allowance> allowance_at(std::span<const Allowance> allowances, WallTime start);

}  // namespace loa::server
