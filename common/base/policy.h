// What the ward's root key lets a loudspeaker do, whoever asks for more. Values shared by the wire, the tool that signs
// them and schedules/policy.h, which judges by them.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <optional>

#include "common/base/ids.h"
#include "common/base/time.h"

namespace loa {

// Minutes of the local day, each 0 … 1439 and not equal; `to` before `from` reaches over midnight.
struct QuietHours {
  std::chrono::minutes from{0};
  std::chrono::minutes to{0};
  bool operator==(const QuietHours&) const = default;
};

inline constexpr std::size_t kHoursOfDay = 24;

struct PolicyRules {
  std::optional<QuietHours> quiet;
  std::array<int, kHoursOfDay> ceiling_pct{};  // by hour of the local day, 0 … 100; an hour of 0 is quiet
  seconds longest_play{0};
  std::chrono::minutes most_per_day{0};  // of sound, by the local day
  int starts_per_hour = 0;               // within any 60 minutes
  bool operator==(const PolicyRules&) const = default;
};

struct Policy {
  std::chrono::minutes utc_offset{0};  // of the local day; Vietnam keeps +07:00 all year
  PolicyRules by_default;
  std::map<NodeId, PolicyRules> nodes;  // instead of by_default
  [[nodiscard]] const PolicyRules& rules_of(const NodeId& node) const {
    const auto own = nodes.find(node);
    return own == nodes.end() ? by_default : own->second;
  }
  bool operator==(const Policy&) const = default;
};

}  // namespace loa
