#include "schedules/arbitration/areas.h"

#include "common/base/error.h"

namespace loa::schedules {

AreaId place_of(const NodeId& node) {
  return AreaId{"node:" + node.str()};
}

AreaTree::AreaTree(std::span<const AreaPlace> places) {
  for (const AreaPlace& place : places) {
    if (!by_id_.emplace(place.id, static_cast<Index>(ids_.size())).second) throw Error("area.exists", {place.id.str()});
    ids_.push_back(place.id);
  }
  children_.resize(ids_.size());
  for (const AreaPlace& place : places) {
    const auto own = static_cast<Index>(parents_.size());
    parents_.push_back(kNone);
    if (!place.parent) continue;
    const auto parent = find(*place.parent);
    if (!parent) throw Error("area.unknown", {place.parent->str()});
    parents_[own] = *parent;
    children_[*parent].push_back(own);
  }
  for (Index area = 0; area < ids_.size(); ++area) {
    std::size_t steps = 0;
    for (Index at = area; at != kNone; at = parents_[at])
      if (++steps > ids_.size()) throw Error("area.circle", {ids_[area].str()});
  }
}

void AreaTree::add(const AreaPlace& place) {
  if (by_id_.contains(place.id)) return;
  const auto parent = place.parent ? find(*place.parent) : std::nullopt;
  if (place.parent && !parent) throw Error("area.unknown", {place.parent->str()});
  const auto own = static_cast<Index>(ids_.size());
  by_id_.emplace(place.id, own);
  ids_.push_back(place.id);
  parents_.push_back(parent.value_or(kNone));
  children_.emplace_back();
  if (parent) children_[*parent].push_back(own);
}

std::optional<AreaTree::Index> AreaTree::find(const AreaId& id) const {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return std::nullopt;
  return found->second;
}

bool AreaTree::is_within(Index area, Index other) const {
  for (Index at = area; at != kNone; at = parents_[at])
    if (at == other) return true;
  return false;
}

}  // namespace loa::schedules
