// When and where an announcement airs. Values only: no I/O, no clock of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/base/vocabulary.h"
#include "schedules/civil/zone.h"
#include "schedules/holidays/day_rule.h"
#include "schedules/recurrence/recurrence_set.h"

namespace loa::schedules {

// One instant.
struct Once {
  WallTime start;
  bool operator==(const Once&) const = default;
};
// One message's share of a campaign. The pool goes round in laps: each lap has every message once, and the next lap
// begins one message further on, so that none keeps a weekday or a session to itself. In any stretch two messages have
// been heard equally often, or once more.
struct Rotation {
  int place = 0;     // of the message in the pool: 0 … pool − 1
  int pool = 1;      // messages
  int per_turn = 1;  // different messages in each turn: 1 … pool
  int session = 0;   // which of the day's turns: 0 … sessions − 1
  int sessions = 1;  // turns of each occurrence
  // Whether the message has a place in the n-th turn of its session, from 0.
  [[nodiscard]] bool has_turn(std::int64_t n) const;
  bool operator==(const Rotation&) const = default;
};
// By RFC 5545, RFC 7529, what holidays make of it, and the turn in a campaign. Turns are counted from the first
// occurrence; a day that the calendar takes out is no turn.
struct Recurring {
  recurrence::RecurrenceSet set;
  holidays::DayRule days;
  std::optional<Rotation> rotation = std::nullopt;
  bool operator==(const Recurring&) const = default;
};
using Rule = std::variant<Once, Recurring>;

// Why a schedule may air against the ward's rules.
enum class ExceptionReason { kGreatHoliday, kPoliticalEvent, kEmergency, kRepair };
[[nodiscard]] std::string_view to_string(ExceptionReason reason);
[[nodiscard]] std::optional<ExceptionReason> parse_exception_reason(std::string_view text);
struct Exception {
  ExceptionReason reason = ExceptionReason::kGreatHoliday;
  std::string words;  // who asked for it, and why
  bool operator==(const Exception&) const = default;
};

// Which chime a schedule has.
enum class ChimeTerm { kOfItsClass, kNone };
// Only what is not of its class has a word.
[[nodiscard]] std::optional<std::string_view> to_string(ChimeTerm term);
[[nodiscard]] std::optional<ChimeTerm> parse_chime_term(std::string_view text);

struct Schedule {
  ScheduleId id;
  AnnouncementId announcement;
  std::optional<CampaignId> campaign;  // that it is a part of
  AnnouncementClass announcement_class = AnnouncementClass::kNormal;
  std::vector<AreaId> areas;  // with everything below them; staggered in this order, then the single loudspeakers
  std::vector<NodeId> nodes;  // single loudspeakers beside them
  Rule rule;
  std::optional<std::string> session;   // of the ward's rules: packed into it on the day, whatever time the rule says
  int rank = 0;                         // the ward's own order within a class, lower first
  milliseconds later{0};                // how much later it may be put when it loses its time
  milliseconds shortest{0};             // what it may be cut to; 0: whole or not at all
  std::optional<milliseconds> stagger;  // silence between the end in one area and the start in the next
  std::optional<Exception> exception;
  std::optional<std::string> form;   // id of the template that it was made from
  std::optional<std::string> event;  // id of the holiday that it is the greeting for: see reminders
  milliseconds late{0};              // how late a play may still begin
  int volume_pct = 0;                // 0 … 100
  ChimeTerm chime = ChimeTerm::kOfItsClass;
  // Whether somebody has said that it may air; until then each occurrence is silent.
  enum class Approval { kGiven, kWanting };
  Approval approval = Approval::kGiven;
  ClipHash clip;
  milliseconds duration{0};  // of the clip
  WallTime made;             // nothing is due before
  bool operator==(const Schedule&) const = default;
  // Everything that it names, as places of the tree.
  [[nodiscard]] std::vector<AreaId> places() const;
};

// Why a calendar takes an occurrence out, as it is said: `30/4 là Ngày Giải phóng miền Nam`. Kept as words, because it
// is evidence: names of days may change later.
struct Silence {
  std::string vi;
  std::string en;
  bool operator==(const Silence&) const = default;
};

// One time that a schedule comes due.
struct Occurrence {
  WallTime due;
  std::optional<Silence> silence;
};

// The ward's own calendar.
struct Almanac {
  civil::Zone zone;
  holidays::HolidayCalendar holidays;
};
// Occurrences due on the days [from, until) of the almanac's zone, ascending. Throws Error recurrence.too_many.
[[nodiscard]] std::vector<Occurrence> expand(const Schedule& schedule, const Almanac& almanac, civil::Day from,
                                             civil::Day until);

// Depends on the schedule and its start alone, so every node and every re-planning gives the same one, and an
// occurrence that is moved is a new play.
// Of whole seconds. A schedule's id of at most kLongestScheduleId makes a valid id of a play.
inline constexpr std::size_t kLongestScheduleId = 47;
[[nodiscard]] PlayId play_id(const ScheduleId& schedule, WallTime start);

}  // namespace loa::schedules
