// Who sounds when several want the same loudspeaker, and what the ward's own rules allow: docs/schedules.md §1 to §3.
// Pure: the same claims give the same fates, in whatever order they come.
#pragma once

#include <bitset>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/chime.h"
#include "common/base/ids.h"
#include "common/base/policy.h"
#include "common/base/time.h"
#include "common/base/vocabulary.h"
#include "schedules/arbitration/areas.h"

namespace loa::schedules {

// Ascending precedence within a class.
enum class Source { kSchedule, kRelay, kLive };

// A part of the day in which the ward airs, on every day that has sound.
struct Session {
  std::string name;
  std::chrono::minutes from{0};   // of the local day
  std::chrono::minutes until{0};  // after `from`, at most 24 h
  milliseconds longest{0};        // of sound at one loudspeaker, all in all
  bool operator==(const Session&) const = default;
};

// A part of the local day and the loudest in it.
struct AreaCeiling {
  std::chrono::minutes from{0};
  std::chrono::minutes until{0};  // after `from`, at most 24 h
  int volume_pct = 0;             // 1 … 100
  bool operator==(const AreaCeiling&) const = default;
};
// Places of one kind, as QCVN 26:2025/BTNMT tells apart homes from schools, hospitals and pagodas.
struct AreaClass {
  std::string name;
  std::vector<AreaId> areas;  // with everything below them that is in no other class
  std::vector<AreaCeiling> ceilings;
  bool operator==(const AreaClass&) const = default;
};

// What sounds before an announcement, so that people listen and the amplifier's first moments cost no word.
struct Chime {
  AnnouncementId announcement;  // whose sound it is
  ClipHash clip;
  milliseconds duration{0};  // of the clip
  // To the first sample of what it announces.
  [[nodiscard]] milliseconds length() const { return duration + kChimePause; }
  bool operator==(const Chime&) const = default;
};

// What the ward's decision allows. Not the policy of the root key, which stands over it (schedules/policy.h).
struct WardRules {
  std::optional<QuietHours> quiet;
  std::bitset<7> weekdays{0x7F};   // with sound; bit 0 is Monday
  std::vector<Session> sessions;   // ascending, apart from each other; none: any hour
  milliseconds gap{0};             // of silence between two plays at one loudspeaker
  std::vector<AreaClass> classes;  // no area is in two
  std::map<AnnouncementClass, Chime> chimes;
  bool operator==(const WardRules&) const = default;
};

// In the order they are asked. kPast: the place came free after the due time.
enum class Clause { kQuietHours, kWeekday, kOutsideSessions, kSessionFull, kPast };
[[nodiscard]] std::string_view to_string(Clause clause);
[[nodiscard]] std::optional<Clause> parse_clause(std::string_view text);

// What a schedule wants each time it comes due, and what it would put up with.
struct Terms {
  AnnouncementClass announcement_class = AnnouncementClass::kNormal;
  Source source = Source::kSchedule;
  int rank = 0;                          // the ward's own order, lower first
  std::vector<AreaTree::Index> areas;    // at least one, each with all below it; none inside another
  milliseconds length{0};                // > 0, chime included
  std::optional<milliseconds> stagger;   // silence between the end in one area and the start in the next
  milliseconds later{0};                 // how much later it may be put
  milliseconds shortest{0};              // what it may be cut to; 0: whole or not at all
  std::optional<std::uint32_t> session;  // of the rules: anywhere in it, packed; `later` is then the rest of it
  bool excepted = false;                 // by a reason of the ward's list

  [[nodiscard]] bool is_lifted() const { return excepted || announcement_class == AnnouncementClass::kEmergency; }
  [[nodiscard]] bool is_staggered() const;
  // Of the start in the n-th area after that in the first, when it sounds so long in each.
  [[nodiscard]] milliseconds offset(std::size_t n, milliseconds sounding) const;
  // From the start in the first area to the end in the last.
  [[nodiscard]] milliseconds total() const { return offset(areas.size() - 1, length) + length; }
};

struct Claim {
  std::uint32_t schedule = 0;  // the caller's number, ascending in the order in which they were made
  const Terms* terms = nullptr;
  WallTime due;  // of one in a session: when the session begins
};

enum class Verdict { kPlays, kShifted, kShortened, kCancelled };
[[nodiscard]] std::string_view to_string(Verdict verdict);
[[nodiscard]] std::optional<Verdict> parse_verdict(std::string_view text);

// The occurrence that had the place.
struct LostTo {
  std::uint32_t schedule = 0;
  WallTime due;
  bool operator==(const LostTo&) const = default;
};
using Why = std::variant<std::monostate, Clause, LostTo>;

struct Fate {
  Verdict verdict = Verdict::kCancelled;
  WallTime start;          // in the first area; of a cancelled one: due
  milliseconds length{0};  // 0 when cancelled
  Why why;                 // what stood in the way; monostate when it plays
  bool operator==(const Fate&) const = default;
};

struct LocalDay {
  WallTime from;    // its midnight
  WallTime until;   // the next one
  int weekday = 0;  // 0 is Monday
};

// Keeps its memory from day to day. One thread at a time.
class Arbiter {
 public:
  // Both outlive it; the tree may grow.
  Arbiter(const AreaTree& areas, const WardRules& rules);

  // What is placed already: what the day before has sounding after midnight, what has begun.
  struct Held {
    Claim claim;
    Fate fate;
  };
  // The fate of each claim that is due on `day`, in the order of `claims`; none begins before `not_before`.
  [[nodiscard]] std::vector<Fate> decide(const LocalDay& day, std::span<const Claim> claims,
                                         std::span<const Held> held = {}, WallTime not_before = WallTime::min());

  // What was decided and is gone: the areas of all that sounded, and how many of what is left go before the first.
  struct Gone {
    std::size_t turn = SIZE_MAX;
    std::vector<AreaTree::Index> areas;
  };
  // The same day once more: `claims` in their order (goes_before) with their `fates`, none for those that have come
  // since; `held` as before. Decides only what came, and of what goes after a change those that share a loudspeaker
  // with it. Returns which of `fates` are other ones now, ascending.
  [[nodiscard]] std::vector<std::size_t> decide_again(const LocalDay& day, std::span<const Claim> claims,
                                                      std::span<std::optional<Fate>> fates, const Gone& gone,
                                                      std::span<const Held> held = {},
                                                      WallTime not_before = WallTime::min());

 private:
  struct Sound {
    WallTime from;
    WallTime until;
    const Claim* claim = nullptr;
  };
  struct Stretch {
    WallTime from;
    WallTime until;
  };
  struct Place {
    std::vector<Sound> own;          // what goes to this area itself, ascending, apart
    std::vector<Stretch> below;      // when anything inside it sounds, ascending, apart
    std::vector<milliseconds> used;  // by session, of `own`
    std::vector<milliseconds> most_used_below;
    bool is_changed = false;  // what goes to this area itself
    bool is_changed_below = false;
  };
  struct Blocked {
    Why why;
    std::optional<WallTime> next;  // the next start that is worth a try; none: no start of this day is
  };
  struct Search {
    std::optional<WallTime> start;
    Why first;  // what stood against the due time
    Why last;
  };

  void begin(const LocalDay& day, WallTime not_before);
  [[nodiscard]] Fate decide_one(const Claim& claim) const;
  [[nodiscard]] WallTime latest_start(const Claim& claim, milliseconds total) const;
  [[nodiscard]] Search find_start(const Claim& claim, milliseconds length, WallTime latest) const;
  [[nodiscard]] std::optional<Blocked> blocked(const Terms& terms, milliseconds length, WallTime start) const;
  [[nodiscard]] std::optional<Blocked> blocked_by_rule(const Terms& terms, milliseconds length, WallTime start) const;
  [[nodiscard]] std::optional<Blocked> blocked_by_sound(AreaTree::Index area, milliseconds offset, WallTime from,
                                                        WallTime until) const;
  [[nodiscard]] const Claim& winner_below(AreaTree::Index area, WallTime from, WallTime until) const;
  // How long a play that starts there may last, at most its length.
  [[nodiscard]] milliseconds room(const Claim& claim, WallTime start) const;
  [[nodiscard]] std::optional<std::size_t> session_of(WallTime from, WallTime until) const;
  [[nodiscard]] std::optional<WallTime> next_session(WallTime after) const;
  [[nodiscard]] milliseconds used(AreaTree::Index area, std::size_t session) const;
  // Takes its place at its loudspeakers; takes its length of its session.
  void place(const Claim& claim, const Fate& fate);
  void count(const Claim& claim, const Fate& fate);
  void use(AreaTree::Index area, std::size_t session, milliseconds length);
  // From here on, what sounds in these areas is not what it was.
  void change(std::span<const AreaTree::Index> areas);
  [[nodiscard]] bool hears_a_change(const Terms& terms) const;

  const AreaTree& areas_;
  const WardRules& rules_;
  LocalDay day_;
  WallTime not_before_;
  std::vector<Stretch> quiet_;  // about the day
  std::vector<Place> places_;   // by area
  std::vector<AreaTree::Index> touched_;
};

// The total order of docs/schedules.md §2.
[[nodiscard]] bool goes_before(const Claim& a, const Claim& b);

}  // namespace loa::schedules
