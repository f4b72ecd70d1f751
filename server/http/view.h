// What a person who is bound to an area sees, docs/people.md §1: of others' work only what reaches it. Internal to
// server/http; made for one request.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "server/people/caller.h"
#include "server/store/store.h"

namespace loa::server {

class View {
 public:
  // Of nobody, and of whoever is not bound, everything is seen.
  View(const Caller* caller, Store& books) : is_bound_(caller != nullptr && caller->area.has_value()) {
    if (!is_bound_) return;
    below_ = books.areas_below(*caller->area);
    line_ = books.areas_above(*caller->area);
    line_.insert(below_.begin(), below_.end());
    made_ = books.made_by(caller->person);
    for (const Node& node : books.load_nodes())
      if (below_.contains(node.area)) nodes_.insert(node.id);
    for (const ScheduleRow& row : books.load_schedules())
      if (sees(row)) heard_here_.insert(row.schedule.announcement);
    for (const Announcement& announcement : books.load_announcements())
      if (sees(announcement)) clips_.insert(announcement.clip);
    for (const Recording& recording : books.load_recordings(std::nullopt))
      if (sees(recording) && recording.clip) clips_.insert(*recording.clip);
  }

  [[nodiscard]] bool is_bound() const { return is_bound_; }
  // Whether things may be done there.
  [[nodiscard]] bool reaches(const AreaId& area) const { return !is_bound_ || below_.contains(area); }
  [[nodiscard]] bool reaches(const NodeId& node) const { return !is_bound_ || nodes_.contains(node); }
  // All that it names.
  [[nodiscard]] bool reaches(const schedules::Schedule& schedule) const {
    return std::ranges::all_of(schedule.areas, [this](const AreaId& area) { return reaches(area); }) &&
           std::ranges::all_of(schedule.nodes, [this](const NodeId& node) { return reaches(node); });
  }
  [[nodiscard]] bool sees(const Area& area) const { return !is_bound_ || line_.contains(area.id); }
  [[nodiscard]] bool sees(const Node& node) const { return reaches(node.area); }
  [[nodiscard]] bool sees(const ScheduleRow& row) const {
    return !is_bound_ || made_.contains(row.schedule.id.str()) ||
           std::ranges::any_of(row.schedule.areas, [this](const AreaId& area) { return line_.contains(area); }) ||
           std::ranges::any_of(row.schedule.nodes, [this](const NodeId& node) { return nodes_.contains(node); });
  }
  [[nodiscard]] bool sees(const Announcement& announcement) const {
    return !is_bound_ || made_.contains(announcement.id.str()) || heard_here_.contains(announcement.id);
  }
  [[nodiscard]] bool sees(const Recording& recording) const { return !is_bound_ || made_.contains(recording.id.str()); }
  [[nodiscard]] bool sees(const Clip& clip) const { return sees(clip.hash); }
  [[nodiscard]] bool sees(const ClipHash& clip) const { return !is_bound_ || clips_.contains(clip); }

  template <class Thing>
  [[nodiscard]] std::vector<Thing> seen(std::vector<Thing> things) const {
    std::erase_if(things, [this](const Thing& thing) { return !sees(thing); });
    return things;
  }

 private:
  bool is_bound_;
  std::set<AreaId> below_;
  std::set<AreaId> line_;   // with those above
  std::set<NodeId> nodes_;  // in `below_`
  std::set<std::string> made_;
  std::set<AnnouncementId> heard_here_;
  std::set<ClipHash> clips_;
};

}  // namespace loa::server
