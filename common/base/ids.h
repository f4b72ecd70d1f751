// Names of things, one type each, so that a node's name cannot stand where an area's is wanted.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace loa {

// Lower-case letters, digits and hyphens, 1–64 characters, a letter or digit first: safe in a topic, a URL, a file name
// and an MQTT user name alike.
[[nodiscard]] constexpr bool is_valid_id(std::string_view text) {
  if (text.empty() || text.size() > 64 || text.front() == '-') return false;
  for (const char c : text)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
  return true;
}

template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string value) : value_(std::move(value)) {}

  [[nodiscard]] const std::string& str() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  auto operator<=>(const Id&) const = default;  // NOLINT(modernize-use-nullptr): the 0 is the compiler's own

 private:
  std::string value_;
};

using StationId = Id<struct StationTag>;            // one ward: phu-lien
using NodeId = Id<struct NodeTag>;                  // one loudspeaker site
using AreaId = Id<struct AreaTag>;                  // a place in the tree of areas
using RecordingId = Id<struct RecordingTag>;        // what somebody uploaded, as it came
using AnnouncementId = Id<struct AnnouncementTag>;  // a clip with its title, text and class
using ScheduleId = Id<struct ScheduleTag>;          // when and where an announcement airs
using CampaignId = Id<struct CampaignTag>;          // announcements that take turns, or that must be heard for days
using ComplaintId = Id<struct ComplaintTag>;        // what a resident said about a loudspeaker
using PersonId = Id<struct PersonTag>;              // somebody who works with the ward; the name they sign in by
using PlayId = Id<struct PlayTag>;                  // one occurrence of one schedule; the same on every node
using ClipHash = Id<struct ClipTag>;                // SHA-256 of the Ogg Opus file, 64 lower-case hex digits

}  // namespace loa

template <class Tag>
struct std::hash<loa::Id<Tag>> {
  std::size_t operator()(const loa::Id<Tag>& id) const noexcept { return std::hash<std::string>{}(id.str()); }
};
