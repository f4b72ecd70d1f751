// The figures of a range of days, from rows of the books: docs/reports.md §1. Pure: it reads no clock and no books.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/base/vocabulary.h"
#include "schedules/civil/zone.h"
#include "schedules/schedule.h"
#include "server/reports/allowance.h"
#include "server/reports/rule_hours.h"
#include "server/store/evidence.h"
#include "server/store/store.h"

namespace loa::server {

// Days of the ward's calendar, both included.
struct DayRange {
  civil::Day from;
  civil::Day to;
  bool operator==(const DayRange&) const = default;
};

// Of plays at one or more loudspeakers.
struct PlayCounts {
  std::int64_t airings = 0;
  std::int64_t played = 0;
  std::int64_t late = 0;
  std::int64_t partial = 0;
  std::int64_t stopped = 0;
  std::int64_t missed = 0;
  std::int64_t waiting = 0;
  milliseconds planned_time{0};
  milliseconds heard_time{0};
  milliseconds airtime{0};
  [[nodiscard]] std::int64_t planned() const { return played + late + partial + stopped + missed + waiting; }
  bool operator==(const PlayCounts&) const = default;
};

// Time in which it was to be heard, and in which it was. Nothing watched: nothing is known.
struct Uptime {
  milliseconds watched{0};
  milliseconds heard{0};
  Uptime& operator+=(const Uptime& other) {
    watched += other.watched;
    heard += other.heard;
    return *this;
  }
  bool operator==(const Uptime&) const = default;
};

enum class CampaignPart { kSingle, kRotation, kDisclosure };
[[nodiscard]] std::string_view to_string(CampaignPart part);

struct AnnouncementFigures {
  AnnouncementId id;
  std::string title;
  AnnouncementClass announcement_class = AnnouncementClass::kNormal;
  PlayCounts counts;
};
struct NodeFigures {
  NodeId id;
  std::string name;
  AreaId area;
  PlayCounts counts;
  Uptime uptime;
  bool is_enrolled = false;  // when the range ends
};
struct AreaFigures {
  AreaId id;
  std::string name;
  int depth = 0;          // 0 at the top
  bool is_group = false;  // a tổ dân phố: none below it
  PlayCounts counts;      // with all below
  int loudspeakers = 0;   // enrolled, with all below
  int working = 0;        // of these
  Uptime uptime;
};
struct Coverage {
  int groups = 0;
  int covered = 0;
  int working = 0;
};
struct DisclosureFigures {
  CampaignId id;
  std::string title;
  std::string source;
  int days_needed = 0;
  int days_counted = 0;  // in the range
  int days_proved = 0;   // in the range
  int longest_run = 0;   // of proved days that ends in the range; may begin before
  bool is_cancelled = false;
  [[nodiscard]] bool is_proved() const { return longest_run >= days_needed; }
};
struct DayFigures {
  civil::Day day;
  PlayCounts counts;
};
struct HourFigures {
  std::int64_t airings = 0;
  std::int64_t starts = 0;  // at loudspeakers
  milliseconds heard_time{0};
};
// One airing that sounded outside the ward's rules.
struct OutsideFigures {
  WallTime start;
  std::string title;
  AnnouncementClass announcement_class = AnnouncementClass::kNormal;
  std::int64_t loudspeakers = 0;
  RuleHours::Outside time{};  // by clause, of all loudspeakers together
  std::optional<schedules::Exception> exception;
  bool is_planned = true;
  std::optional<Allowance> allowed = std::nullopt;  // of an exception or an emergency; none: the books do not know
  [[nodiscard]] milliseconds whole() const;
  // An emergency needs no reason.
  [[nodiscard]] bool is_excused() const {
    return is_planned && (exception || announcement_class == AnnouncementClass::kEmergency);
  }
};

// What residents said about one loudspeaker, or about none.
struct ComplaintFigures {
  std::optional<NodeId> node;
  std::string name;
  std::array<std::int64_t, kComplaintKinds.size()> kinds{};
  std::int64_t settled = 0;
  [[nodiscard]] std::int64_t all() const;
};
// Of a quarter, all areas together.
struct SatisfactionFigures {
  std::string quarter;
  std::array<std::int64_t, kBestMark> counts{};
  [[nodiscard]] std::int64_t all() const;
  [[nodiscard]] std::int64_t satisfied() const { return counts[3] + counts[4]; }
};

struct EvidenceFigures {
  DayRange range;
  WallTime made;
  PlayCounts total;
  std::map<std::pair<OutcomeResult, std::string>, std::int64_t> reasons;  // of all but what was whole without a word
  std::vector<AnnouncementFigures> announcements;                         // most airings first
  std::array<PlayCounts, 3> classes;                                      // by AnnouncementClass
  std::array<PlayCounts, 3> campaigns;                                    // by CampaignPart
  std::vector<AreaFigures> areas;                                         // as a tree is read, from the top
  std::vector<NodeFigures> nodes;                                         // by id
  Coverage coverage;
  Uptime uptime;
  std::optional<WallTime> watched_since;       // none: the books have heard nobody yet
  std::vector<DisclosureFigures> disclosures;  // as they were made
  std::vector<DayFigures> days;                // with plays promised, ascending
  std::array<HourFigures, 24> hours;
  std::vector<OutsideFigures> outside;            // ascending by start
  std::vector<ComplaintFigures> complaints;       // most first; about no loudspeaker last
  std::vector<SatisfactionFigures> satisfaction;  // of each quarter that the range touches, where there are marks
  bool has_rules = false;                         // the ward had some in the range
  std::int64_t unplanned = 0;                     // sounds that no plan held, at loudspeakers
  milliseconds unplanned_time{0};
};

// What the figures stand on, beside the plays.
struct EvidenceGround {
  DayRange range;
  civil::Zone zone;
  WallTime made;
  std::vector<Area> areas;
  std::vector<Node> nodes;
  std::map<NodeId, NodeService> services;
  std::vector<Announcement> announcements;
  std::map<ScheduleId, std::vector<schedules::Schedule>> schedules;  // every version, oldest first
  std::vector<FateRow> fates;
  std::vector<RulesSince> rules;
  std::vector<std::pair<Campaign, std::vector<CampaignDay>>> campaigns;  // oldest first, their days ascending
  std::map<ClipHash, milliseconds> clips;
  std::vector<Complaint> complaints;                        // made in the range
  std::vector<Satisfaction> satisfaction;                   // of quarters that the range touches, ascending
  std::map<ScheduleId, std::vector<Allowance>> allowances;  // of those with an exception, and of emergencies

  // The plays that count begin in [from, until).
  [[nodiscard]] WallTime from() const { return zone.to_wall(range.from); }
  [[nodiscard]] WallTime until() const { return std::min(zone.to_wall(range.to + civil::days{1}), made); }
};

class Evidence {
 public:
  // `ground` outlives it.
  explicit Evidence(const EvidenceGround& ground);

  // Of Store::each_play().
  void add(const PlayRow& row);
  [[nodiscard]] EvidenceFigures finish();

 private:
  struct Airing {
    std::size_t announcement = 0;  // in figures_.announcements
    CampaignPart part = CampaignPart::kSingle;
    milliseconds length{0};
    milliseconds airtime{0};
    std::optional<std::size_t> outside;  // in figures_.outside
    std::vector<milliseconds> areas;     // airtime in each; negative where it was not to sound
    bool has_begun = false;              // counted in the hour that it was planned for
    const schedules::Schedule* schedule = nullptr;
    bool is_planned = false;  // somewhere
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  template <class Value>
  using ByText = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

  void add_unplanned(const PlayRow& row);
  Airing& airing_of(const PlayRow& row);
  // What its plan says of it.
  void promise(Airing& airing, const PlayRow& row) const;
  [[nodiscard]] std::size_t announcement_of(std::string_view id);
  // When it sounded, and against which rules.
  void count_sound(Airing& airing, const PlayRow& row);
  void place_areas();
  void tell_nodes();
  void tell_areas();
  void tell_disclosures();
  void tell_residents();

  const EvidenceGround& ground_;
  RuleHours hours_;
  EvidenceFigures figures_;
  ByText<Airing> airings_;
  ByText<std::size_t> announcements_;            // in figures_.announcements
  ByText<std::size_t> nodes_;                    // in figures_.nodes
  std::vector<std::vector<std::size_t>> above_;  // of each node the areas that hold it, in figures_.areas
  ByText<milliseconds> lengths_;                 // by play
  // Rows come by their time, so the day of one is nearly always the day of the one before.
  [[nodiscard]] PlayCounts& day_of(WallTime instant);
  std::map<civil::Day, PlayCounts> days_;
  WallTime day_begins_{};
  WallTime day_ends_{};
  PlayCounts* day_ = nullptr;  // in days_
};

}  // namespace loa::server
