// The tree of areas as numbers, so that a year of plays is placed without comparing names. A loudspeaker that a
// schedule names by itself is a place below its area like any other.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "common/base/ids.h"

namespace loa::schedules {

struct AreaPlace {
  AreaId id;
  std::optional<AreaId> parent;
};

// The place of one loudspeaker. No area has such an id.
[[nodiscard]] AreaId place_of(const NodeId& node);

class AreaTree {
 public:
  using Index = std::uint32_t;
  static constexpr Index kNone = UINT32_MAX;

  AreaTree() = default;
  // In any order. Throws loa::Error area.unknown for a parent that is not among them, area.circle, area.exists.
  explicit AreaTree(std::span<const AreaPlace> places);
  // Below one that is there; one that is there itself stays where it is. Throws area.unknown for its parent.
  void add(const AreaPlace& place);

  [[nodiscard]] std::size_t size() const { return ids_.size(); }
  [[nodiscard]] const AreaId& id(Index area) const { return ids_[area]; }
  [[nodiscard]] Index parent(Index area) const { return parents_[area]; }  // kNone at the top
  [[nodiscard]] std::span<const Index> children(Index area) const { return children_[area]; }
  [[nodiscard]] std::optional<Index> find(const AreaId& id) const;
  // Whether `area` is `other` or lies below it.
  [[nodiscard]] bool is_within(Index area, Index other) const;

 private:
  std::vector<AreaId> ids_;
  std::vector<Index> parents_;
  std::vector<std::vector<Index>> children_;
  std::map<AreaId, Index> by_id_;
};

}  // namespace loa::schedules
