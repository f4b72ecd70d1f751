// The fates of a whole ward, day by day: what its schedules come to under its rules. The server plans from it, and the
// same answers explain any day.
//
// What has begun is history: it stays as it was decided, whatever is scheduled afterwards, and holds its place.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/time.h"
#include "schedules/arbitration/arbiter.h"
#include "schedules/arbitration/areas.h"
#include "schedules/schedule.h"

namespace loa::schedules {

// One occurrence and what becomes of it. The pointers live until the timetable is next changed.
struct Decided {
  const Schedule* schedule = nullptr;
  WallTime due;
  Fate fate;
  const Schedule* winner = nullptr;  // when the place was lost to another
  std::optional<Silence> silence;    // when the schedule's own calendar took it out; the fate is then cancelled
};

// One sound at one area, whole: the chime, where it has one, and the announcement. The pointers live as above.
struct Sounding {
  const Schedule* schedule = nullptr;
  WallTime start;
  milliseconds length{0};
  WallTime first_start;  // in the first area of a staggered one
  const Chime* chime = nullptr;
  [[nodiscard]] PlayId play() const { return play_id(schedule->id, first_start); }
  // Cut before the end of its announcement.
  [[nodiscard]] bool is_cut() const;
};

// The same without what dies with the timetable: for the books, and to compare two states.
struct FateOf {
  ScheduleId schedule;
  WallTime due;
  Fate fate;
  std::optional<ScheduleId> winner = std::nullopt;
  std::optional<Silence> silence = std::nullopt;
  std::optional<Chime> chime = std::nullopt;  // of a settled one that sounds: later rules change nothing of it
};

// The fates of some days as they were decided, to be compared with what an edit makes of them. Shares each day with the
// timetable until that day is decided anew, so it costs nothing to keep; outlives the timetable.
struct Foresight {
  struct Row {
    WallTime due;
    std::uint32_t schedule = 0;  // by age
    Fate fate;                   // of what the schedule's own calendar took out: cancelled, without a reason
  };
  using Ids = std::vector<std::pair<std::uint32_t, ScheduleId>>;
  std::vector<std::shared_ptr<const std::vector<Row>>> days;  // each ascending by due time, then by age
  std::shared_ptr<const Ids> ids;                             // of all schedules then, ascending
};

// One thread at a time. Decides a day when it is first asked about. After edits it decides again what of the day they
// can have touched, so that its answers are those of a timetable that never had anything else.
class Timetable {
 public:
  // Throws Error area.* when the places are no tree.
  Timetable(std::span<const AreaPlace> places, WardRules rules, Almanac almanac);
  Timetable(const Timetable&) = delete;
  Timetable& operator=(const Timetable&) = delete;
  ~Timetable() = default;

  // Another place of the tree, below one that is there, which nothing is scheduled for yet: a loudspeaker, before a
  // schedule names it. Changes no fate; one that is there stays where it is. Throws Error area.unknown.
  void add(const AreaPlace& place);
  // Where a loudspeaker in `area` hears: its own place, where it has one.
  [[nodiscard]] AreaId spot(const AreaId& area, const NodeId& node) const;

  // Adds it as the youngest; its id is new. `former` are its versions before this one, oldest first: of them is what
  // history has from before the next one was made. Throws Error area.unknown, schedule.no_area,
  // schedule.unknown_session and recurrence.too_many (in the days that were asked about so far), and then has changed
  // nothing. A rule that gives too many only in days that are asked about later is silent on those, and says so.
  void put(Schedule schedule, std::vector<Schedule> former = {});
  // Another version of the schedule with this id, which keeps its age: nothing of the new one is due before it was
  // made, nothing of the one before sounds any more unless history has it. It is made after the one before and not
  // before settled_until(). Throws as put().
  void replace(Schedule schedule);
  // Undoes the last replace() of it.
  void take_back(const ScheduleId& schedule);
  // With its former versions. An unknown id is no error.
  void remove(const ScheduleId& schedule);
  // Whether one of `areas` is `area` or holds it. Unknown areas hold nothing.
  [[nodiscard]] bool reaches(std::span<const AreaId> areas, const AreaId& area) const;
  // Its newest version.
  [[nodiscard]] const Schedule* find(const ScheduleId& schedule) const;

  // Everything due on that day of the zone, ascending by due time, then by age of the schedule.
  [[nodiscard]] std::vector<Decided> day(civil::Day day);

  // Everything due on the days [from, until): to compare it with what an edit makes of it, and as a list.
  [[nodiscard]] Foresight foresee(civil::Day from, civil::Day until);
  // The same as foresee() would answer after remove() of all of these, which stay.
  [[nodiscard]] Foresight foresee_without(std::span<const ScheduleId> schedules, civil::Day from, civil::Day until);
  [[nodiscard]] std::vector<FateOf> fates(civil::Day from, civil::Day until);

  // What a loudspeaker in `area` is to play that starts before `until` and may still sound after `from`, begun as late
  // as its schedule allows. Ascending. Throws Error area.unknown.
  [[nodiscard]] std::vector<Sounding> soundings(const AreaId& area, WallTime from, WallTime until);

  // The loudest, in percent, that the ward's rules let a sound at `area` be: the lowest ceiling of the parts of the day
  // it touches, of the class that the nearest area at or above it is in; 100 without any. Throws Error area.unknown.
  [[nodiscard]] int ceiling(const AreaId& area, WallTime from, milliseconds length) const;

  // What begins before `now`, or was cancelled and due before, is history from here on; `now` never goes back. What of
  // it was not yet, from the day of `since` on. History is kept for kHistory.
  std::vector<FateOf> settle(WallTime since, WallTime now);
  // History that was settled before this timetable was made, and until when; before any day is asked about. What is of
  // an unknown schedule is ignored.
  void restore(std::span<const FateOf> settled, WallTime until);
  static constexpr std::chrono::days kHistory{8};
  // What begins from here on is open.
  [[nodiscard]] WallTime settled_until() const { return settled_until_; }

  [[nodiscard]] civil::Day day_of(WallTime instant) const { return civil::day_of(almanac_.zone.to_civil(instant)); }
  [[nodiscard]] WallTime midnight(civil::Day day) const { return almanac_.zone.to_wall(day); }

 private:
  struct Version {
    Schedule schedule;
    Terms terms;
  };
  struct Entry {
    Version current;
    std::list<Version> former;  // oldest first
    // The version that was in force then.
    [[nodiscard]] const Version& at(WallTime due) const;
  };
  using Due = std::vector<std::pair<civil::Day, std::vector<Occurrence>>>;  // by first day of a chunk
  struct TakenOut {
    std::uint32_t schedule = 0;
    WallTime due;
    Silence why;
  };
  using Key = std::pair<WallTime, std::uint32_t>;  // due, schedule
  using Rows = std::vector<Foresight::Row>;
  // What sounds on a day, by area.
  struct ByArea {
    std::vector<std::uint32_t> begin;  // in `soundings`, of each area and of one more
    std::vector<Sounding> soundings;   // ascending in each area
  };
  enum class Decision {
    kNone,
    kBeforeEdits,  // claims came, which have no fate yet, and went, which are `gone`
    kMade
  };
  struct DayBook {
    LocalDay span;
    std::vector<Claim> claims;  // once decided, in the order in which they are (goes_before)
    std::vector<TakenOut> taken_out;
    WallTime ends_by = WallTime::min();  // the last moment at which one of `claims` may still sound
    Decision decision = Decision::kNone;
    std::uint64_t edit = 0;                  // up to which the decision is known to be right
    std::vector<Arbiter::Held> held_over;    // what crossed the midnight before, when it was decided
    std::vector<std::optional<Fate>> fates;  // of `claims`
    Arbiter::Gone gone;
    std::optional<ByArea> by_area;     // none: nobody has asked since
    std::shared_ptr<const Rows> told;  // the same
    std::vector<Key> untold;           // the rows of `told` that may be others by now
  };

  [[nodiscard]] Terms terms_of(const Schedule& schedule) const;
  // By the rules in force; null without one.
  [[nodiscard]] const Chime* chime_of(const Schedule& schedule) const;
  [[nodiscard]] const Chime* remember(const Chime& chime);
  // A version that is over only has what history says, and its session may be gone.
  [[nodiscard]] Version former_version(Schedule schedule) const;
  // On the chunks of days that were asked about.
  [[nodiscard]] Due expand_loaded(const Schedule& schedule) const;
  // The same of one chunk; when that cannot be told, one silence that says so.
  [[nodiscard]] std::vector<Occurrence> expand_or_say(const Schedule& schedule, civil::Day chunk) const;
  [[nodiscard]] Due expand_loaded_or_say(const Schedule& schedule) const;
  [[nodiscard]] AreaTree::Index index_of(const AreaId& area) const;
  DayBook& load(civil::Day day);
  DayBook& decided(civil::Day day);
  void decide(DayBook& book, std::vector<Arbiter::Held> held);
  void decide_again(DayBook& book, std::span<const Arbiter::Held> held);
  // Nothing of it is history, and all of it may still begin.
  [[nodiscard]] bool is_ahead(const DayBook& book) const;
  const ByArea& by_area(DayBook& book) const;
  const std::shared_ptr<const Rows>& told_rows(DayBook& book) const;
  [[nodiscard]] std::optional<Foresight::Row> row_of(const DayBook& book, const Key& key) const;
  [[nodiscard]] std::vector<Arbiter::Held> crossing_midnight(civil::Day day);
  [[nodiscard]] WallTime latest_end(const Claim& claim, const LocalDay& day) const;
  void enter(std::uint32_t number, const Entry& entry, const std::vector<Occurrence>& occurrences);
  void enter(std::uint32_t number, const Entry& entry, const Due& due);
  void enter_history(civil::Day chunk, std::optional<std::uint32_t> number);
  void add(DayBook& book, const Claim& claim) const;
  static void take(DayBook& book, std::size_t claim);
  static void untell(DayBook& book, const Key& key);
  void leave(std::uint32_t number);
  void forget_decision(civil::Day day);
  [[nodiscard]] static FateOf written(Decided decided);
  [[nodiscard]] Decided told(std::uint32_t number, WallTime due, const Fate& fate) const;
  // What a day tells, as it tells it.
  struct InOrder {
    Key key;
    std::size_t claim = 0;
    const TakenOut* taken_out = nullptr;  // instead of a claim
  };
  [[nodiscard]] static std::vector<InOrder> in_order(const DayBook& book);
  [[nodiscard]] Decided told(const DayBook& book, const InOrder& each) const;

  AreaTree areas_;
  const WardRules rules_;
  const Almanac almanac_;
  Arbiter arbiter_;
  std::map<std::uint32_t, Entry> entries_;  // by age
  std::map<ScheduleId, std::uint32_t> numbers_;
  std::shared_ptr<const Foresight::Ids> ids_;  // none: others than they were
  std::uint32_t next_number_ = 0;
  std::map<civil::Day, DayBook> days_;  // whole chunks of days, each entered for every schedule
  std::uint64_t edit_ = 0;              // counts what made a decision doubtful
  struct Settled {
    Fate fate;
    const Chime* chime = nullptr;  // in former_chimes_
  };
  std::map<Key, Settled> history_;
  std::list<Chime> former_chimes_;   // each once
  WallTime settled_until_;           // nothing yet: 1970
  WallTime over_ = WallTime::min();  // what is due on days before holds no place any more
};

// What an edit changes, by occurrence. Where the times of one schedule are others than before, a sound that goes and
// one that comes less than half a day from it are one that moves.
struct Difference {
  int added = 0;      // sounds that would not have
  int moved = 0;      // sounds at another time
  int cut = 0;        // sounds for another length
  int cancelled = 0;  // does not sound any more
  int silent = 0;     // is new and will not sound
  struct Change {
    ScheduleId schedule;
    WallTime due;                // of `after`, where there is one
    std::optional<Fate> before;  // none: no such occurrence
    std::optional<Fate> after;
  };
  std::vector<Change> changes;  // every one, ascending by due time
};
[[nodiscard]] Difference difference(std::span<const FateOf> before, std::span<const FateOf> after);
// Of the same days of one timetable; costs what has changed.
[[nodiscard]] Difference difference(const Foresight& before, const Foresight& after);

}  // namespace loa::schedules
