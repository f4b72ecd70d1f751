// Whole calendars at random, small but with all that a schedule can say: planned, edited, settled, read again from the
// books, and sent to the loudspeakers. Whoever decided, what docs/schedules.md promises has to hold.
// LOA_CALENDARS=n calendars instead of a few hundred, from LOA_SEED on; a failure names its seed.
#include "tests/support/calendars.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "common/wire/messages.h"
#include "schedules/policy.h"
#include "schedules/timetable/timetable.h"

namespace loa::schedules {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using test::almanac;
using test::Calendar;
using test::Heard;
using test::kUtcOffset;
using test::random_calendar;
using test::random_schedule;

constexpr int kDays = test::kCalendarDays;

// --- what is told of it

std::vector<FateOf> fates_of(Timetable& table, const Calendar& calendar) {
  return table.fates(calendar.first, calendar.end());
}

// kStarts: without the reason, which for what is already past its due time depends on when it is asked.
enum class Tell { kAll, kStarts };
std::string told(const FateOf& each, Tell tell = Tell::kAll) {
  std::string text = each.schedule.str() + " due " + format_utc(each.due) + " " +
                     std::string{to_string(each.fate.verdict)} + " " + format_utc(each.fate.start) + " " +
                     std::to_string(each.fate.length.count());
  if (tell == Tell::kStarts) return text;
  if (const auto* clause = std::get_if<Clause>(&each.fate.why)) text += " by " + std::string{to_string(*clause)};
  if (each.winner) text += " after " + each.winner->str();
  if (each.silence) text += " for " + each.silence->en;
  return text;
}
std::string told(const std::vector<FateOf>& fates) {
  std::string text;
  for (const FateOf& each : fates) text += told(each) + "\n";
  return text;
}

// Before the first word of what the schedule announces.
milliseconds chime_of(const Calendar& calendar, const Schedule& schedule) {
  const auto chime = calendar.rules.chimes.find(schedule.announcement_class);
  if (schedule.chime == ChimeTerm::kNone || chime == calendar.rules.chimes.end()) return milliseconds{0};
  return chime->second.duration + milliseconds{300};
}

// What a loudspeaker in `area` sounds, as the fates have it.
std::vector<Heard> heard_in(const Calendar& calendar, const std::vector<FateOf>& fates, const AreaId& area,
                            const std::map<ScheduleId, const Schedule*>& schedules) {
  std::vector<Heard> heard;
  for (const FateOf& each : fates) {
    if (each.fate.verdict == Verdict::kCancelled) continue;
    const Schedule& schedule = *schedules.at(each.schedule);
    const milliseconds whole = chime_of(calendar, schedule) + schedule.duration;
    if (const auto from = test::start_in(calendar, schedule, area, each.fate.start, whole))
      heard.push_back({*from, *from + each.fate.length, each.due, &schedule});
  }
  std::ranges::sort(heard, {}, [](const Heard& each) { return std::pair{each.from, each.schedule->id}; });
  return heard;
}

// --- what has to hold

void expect_one_fate_each(const Calendar& calendar, const std::vector<FateOf>& fates,
                          const std::vector<const Schedule*>& schedules) {
  std::map<std::pair<ScheduleId, WallTime>, int> told_times;
  for (const FateOf& each : fates) ++told_times[{each.schedule, each.due}];
  std::map<std::pair<ScheduleId, WallTime>, int> due_once;
  for (const Schedule* schedule : schedules)
    for (civil::Day day = calendar.first; day < calendar.end(); day += days{1})
      for (const Occurrence& occurrence : expand(*schedule, almanac(), day, day + days{1})) {
        WallTime due = occurrence.due;
        if (schedule->session)
          due = almanac().zone.to_wall(day) +
                std::ranges::find(calendar.rules.sessions, *schedule->session, &Session::name)->from;
        if (due >= schedule->made) due_once[{schedule->id, due}] = 1;
      }
  ASSERT_EQ(told_times, due_once);
}

// Whole, or cut in the announcement to no less than the schedule would have it.
void expect_lengths(const Calendar& calendar, const std::vector<FateOf>& fates,
                    const std::map<ScheduleId, const Schedule*>& schedules) {
  for (const FateOf& each : fates) {
    if (each.fate.verdict == Verdict::kCancelled) continue;
    const Schedule& schedule = *schedules.at(each.schedule);
    const milliseconds of_it = each.fate.length - chime_of(calendar, schedule);
    if (each.fate.verdict != Verdict::kShortened) {
      ASSERT_EQ(of_it, schedule.duration) << schedule.id.str();
      continue;
    }
    ASSERT_GE(of_it, schedule.shortest) << schedule.id.str();
    ASSERT_LT(of_it, schedule.duration) << schedule.id.str();
  }
}

// What the server plans for a loudspeaker in `area` is what the loudspeaker, asking the same policy play by play,
// plays.
void expect_agreement(const Calendar& calendar, Timetable& table, const AreaId& area, const std::vector<Heard>& heard) {
  const auto soundings = table.soundings(area, calendar.at(0h), calendar.at(days{kDays}));
  std::vector<std::pair<WallTime, WallTime>> planned;
  planned.reserve(soundings.size());
  for (const Sounding& each : soundings) planned.emplace_back(each.start, each.start + each.length);
  std::vector<std::pair<WallTime, WallTime>> wanted;
  for (const Heard& each : heard)
    if (each.from < calendar.at(days{kDays}) && each.until + each.schedule->late > calendar.at(0h))
      wanted.emplace_back(each.from, each.until);
  ASSERT_EQ(planned, wanted);

  // As server/core/server_core.cpp makes a plan of it.
  std::vector<Sound> sounds;
  sounds.reserve(soundings.size());
  for (const Sounding& each : soundings) sounds.push_back({each.start, each.length});
  const auto verdicts = judge_in_order(calendar.policy, kUtcOffset, sounds);
  wire::Plan plan;
  plan.from = station_from_wall(calendar.at(0h));
  plan.until = station_from_wall(calendar.at(days{kDays}));
  for (std::size_t i = 0; i < soundings.size(); ++i) {
    const auto* allowed = std::get_if<PolicyAllows>(&verdicts[i]);
    if (allowed == nullptr) continue;
    const Sounding& each = soundings[i];
    const Schedule& schedule = *each.schedule;
    // One clip for each length.
    const std::string number = std::to_string(schedule.duration.count());
    const std::string hash = std::string(64 - number.size(), 'f') + number;
    plan.clips[ClipHash{hash}] = {1000, schedule.duration};
    if (each.chime != nullptr) plan.clips[each.chime->clip] = {1000, each.chime->duration};
    plan.plays.push_back({each.play(), schedule.announcement, schedule.announcement_class,
                          station_from_wall(each.start), schedule.late,
                          std::min(schedule.volume_pct, allowed->ceiling_pct), ClipHash{hash},
                          each.is_cut() ? std::optional{each.length} : std::nullopt,
                          each.chime != nullptr ? std::optional{each.chime->clip} : std::nullopt});
  }
  const wire::Header header{StationId{"phu-lien"}, wire::audience_of(NodeId{"node"}), std::string{wire::kServer}, 1,
                            calendar.at(0h),       calendar.at(days{kDays})};
  const auto decoded = wire::decode_body(wire::MessageType::kPlan, wire::encode_body(header, plan));
  const auto* message = std::get_if<wire::Message>(&decoded);
  ASSERT_NE(message, nullptr) << std::get<wire::Refusal>(decoded).detail;
  const auto& received = std::get<wire::Plan>(message->body);

  // As node-agent/core/node_core.cpp begins a play: one after the other, judged by what has sounded.
  std::vector<Sound> sounded;
  for (const wire::PlannedPlay& play : received.plays) {
    const Sound sound{wall_from_station(play.start), wire::length_of(play, received.clips)};
    if (!sounded.empty()) {
      ASSERT_GE(sound.from, sounded.back().from + sounded.back().length);
    }
    const auto verdict = judge(calendar.policy, kUtcOffset, sound, nanoseconds{0}, sounded);
    ASSERT_TRUE(std::holds_alternative<PolicyAllows>(verdict)) << "refused by the node: " << play.play.str();
    ASSERT_LE(play.volume_pct, std::get<PolicyAllows>(verdict).ceiling_pct);
    sounded.push_back(sound);
  }
  std::size_t next = 0;
  for (const Sound& each : sounds) {
    const bool is_played = next < sounded.size() && sounded[next].from == each.from;
    if (is_played) {
      ASSERT_EQ(sounded[next].length, each.length);
    } else {
      ASSERT_TRUE(std::holds_alternative<PolicyRefuses>(
          judge(calendar.policy, kUtcOffset, each, nanoseconds{0}, std::span{sounded}.first(next))))
          << "kept by the server alone: " << format_utc(each.from);
    }
    if (is_played) ++next;
  }
  ASSERT_EQ(next, sounded.size());
}

void expect_all(const Calendar& calendar, Timetable& table, const std::vector<const Schedule*>& schedules) {
  std::map<ScheduleId, const Schedule*> by_id;
  for (const Schedule* each : schedules) by_id[each->id] = each;
  ASSERT_NO_FATAL_FAILURE(expect_one_fate_each(calendar, fates_of(table, calendar), schedules));
  // What is due on the day before may sound after midnight.
  const auto fates = table.fates(calendar.first - days{2}, calendar.end());
  ASSERT_NO_FATAL_FAILURE(expect_lengths(calendar, fates, by_id));
  for (const AreaPlace& place : calendar.places) {
    SCOPED_TRACE(place.id.str());
    const auto heard = heard_in(calendar, fates, place.id, by_id);
    ASSERT_NO_FATAL_FAILURE(expect_quiet_and_apart(calendar, heard));
    ASSERT_NO_FATAL_FAILURE(expect_agreement(calendar, table, place.id, heard));
  }
}

void check(std::uint64_t seed) {
  const Calendar calendar = random_calendar(seed);
  std::vector<const Schedule*> schedules;
  Timetable table = calendar.table();
  for (const Schedule& schedule : calendar.schedules) {
    table.put(schedule);
    schedules.push_back(&schedule);
  }
  ASSERT_NO_FATAL_FAILURE(expect_all(calendar, table, schedules));
  const auto planned = fates_of(table, calendar);

  // An edit that is undone leaves no trace, in whatever order the days are asked about.
  test::Dice dice{seed};
  Timetable edited = calendar.table();
  edited.put(calendar.another);
  for (const Schedule& schedule : calendar.schedules) {
    edited.put(schedule);
    static_cast<void>(edited.day(calendar.first + days{dice.upto(kDays - 1)}));
  }
  edited.remove(calendar.another.id);
  for (civil::Day day = calendar.end(); day > calendar.first; day -= days{1})
    static_cast<void>(edited.day(day - days{1}));
  ASSERT_EQ(told(fates_of(edited, calendar)), told(planned));

  // What has begun stays as it was, whatever is edited.
  const WallTime now = calendar.at(seconds{30 * dice.upto(2 * 60 * 24 * kDays)});
  const WallTime before = now - minutes{dice.upto(300)};
  std::vector<FateOf> settled = table.settle(calendar.at(days{-3}), before);
  std::ranges::move(table.settle(calendar.at(days{-3}), now), std::back_inserter(settled));
  ASSERT_EQ(told(fates_of(table, calendar)), told(planned));
  const ScheduleId removed =
      calendar.schedules[static_cast<std::size_t>(dice.upto(static_cast<int>(calendar.schedules.size()) - 1))].id;
  table.remove(removed);
  table.put(calendar.another);
  std::erase_if(schedules, [&](const Schedule* each) { return each->id == removed; });
  schedules.push_back(&calendar.another);
  ASSERT_NO_FATAL_FAILURE(expect_all(calendar, table, schedules));
  const auto replanned = fates_of(table, calendar);
  std::map<std::pair<WallTime, ScheduleId>, std::string> told_then;
  for (const FateOf& each : settled) told_then[{each.due, each.schedule}] = told(each, Tell::kStarts);
  for (const FateOf& each : replanned) {
    const auto then = told_then.find({each.due, each.schedule});
    if (then != told_then.end()) {
      ASSERT_EQ(told(each, Tell::kStarts), then->second);
    } else if (each.fate.verdict != Verdict::kCancelled) {
      ASSERT_GE(each.fate.start, now);
    }
  }

  // And so it is after a restart.
  Timetable again = calendar.table();
  for (const Schedule* schedule : schedules) again.put(*schedule);
  again.restore(settled, now);
  const auto restored = fates_of(again, calendar);
  ASSERT_EQ(restored.size(), replanned.size());
  for (std::size_t i = 0; i < restored.size(); ++i) {
    const Tell tell = restored[i].due < now ? Tell::kStarts : Tell::kAll;
    ASSERT_EQ(told(restored[i], tell), told(replanned[i], tell));
  }
}

// --- edits

// Without the winner, whom a foresight does not name.
std::string told(const Foresight& foresight) {
  const std::map<std::uint32_t, ScheduleId> ids{foresight.ids->begin(), foresight.ids->end()};
  std::string text;
  for (const auto& day : foresight.days)
    for (const Foresight::Row& each : *day) text += told(FateOf{ids.at(each.schedule), each.due, each.fate}) + "\n";
  return text;
}

std::string told(const Difference& difference) {
  std::string text = std::to_string(difference.added) + " added, " + std::to_string(difference.moved) + " moved, " +
                     std::to_string(difference.cut) + " cut, " + std::to_string(difference.cancelled) + " cancelled, " +
                     std::to_string(difference.silent) + " silent\n";
  for (const Difference::Change& each : difference.changes)
    for (const auto& fate : {each.before, each.after})
      text += fate ? told(FateOf{each.schedule, each.due, *fate}) + "\n" : each.schedule.str() + ": none\n";
  return text;
}

std::string told(const std::vector<Sounding>& soundings) {
  std::string text;
  for (const Sounding& each : soundings)
    text += each.schedule->id.str() + " " + each.play().str() + " " + format_utc(each.start) + " " +
            std::to_string(each.length.count()) + " at " + std::to_string(each.schedule->volume_pct) +
            (each.chime ? " after " + each.chime->clip.str() : "") + "\n";
  return text;
}

// A timetable that is edited again and again, and what it was told, to tell it to another one from the beginning.
class Edited {
 public:
  explicit Edited(std::uint64_t seed) : dice_(seed), calendar_(random_calendar(seed)), table_(calendar_.table()) {
    for (int i = dice_.upto(12); i >= 0; --i) put();
  }

  void edit() {
    const Foresight before = table_.foresee(from(), calendar_.end());
    const std::vector<FateOf> fates_before = table_.fates(from(), calendar_.end());
    for (int i = dice_.upto(2); i >= 0; --i) edit_once();
    const Foresight after = table_.foresee(from(), calendar_.end());
    ASSERT_EQ(told(difference(before, after)), told(difference(fates_before, table_.fates(from(), calendar_.end()))));
    if (dice_.one_in(6)) settle();
  }

  void expect_as_from_the_beginning() {
    Timetable fresh = calendar_.table();
    for (const auto& [id, versions] : versions_)
      fresh.put(versions.back(), {versions.begin(), std::prev(versions.end())});
    if (now_) fresh.restore(settled_, *now_);
    const auto fates = table_.fates(from(), calendar_.end());
    const auto wanted = fresh.fates(from(), calendar_.end());
    ASSERT_EQ(fates.size(), wanted.size());
    std::string without_winner;
    for (std::size_t i = 0; i < fates.size(); ++i) {
      // On a day that has begun the one from the beginning finds what is history placed before all else, and may name
      // that as the winner.
      const Tell tell = now_ && fates[i].due < *now_ + days{1} ? Tell::kStarts : Tell::kAll;
      ASSERT_EQ(told(fates[i], tell), told(wanted[i], tell));
      without_winner += told(FateOf{fates[i].schedule, fates[i].due, fates[i].fate}) + "\n";
    }
    ASSERT_EQ(told(table_.foresee(from(), calendar_.end())), without_winner);
    for (const AreaPlace& place : calendar_.places)
      ASSERT_EQ(told(table_.soundings(place.id, calendar_.at(0h), calendar_.at(days{kDays}))),
                told(fresh.soundings(place.id, calendar_.at(0h), calendar_.at(days{kDays}))));
  }

 private:
  [[nodiscard]] civil::Day from() const { return calendar_.first - days{1}; }

  void put() {
    versions_.emplace_back();
    auto& [id, versions] = versions_.back();
    id = "s" + std::to_string(written_++);
    versions = {random_schedule(dice_, calendar_, id)};
    table_.put(versions.back());
  }

  void edit_once() {
    const int kind = dice_.upto(9);
    if (versions_.empty() || kind < 3) {
      put();
    } else if (kind < 6) {
      const auto one = versions_.begin() + dice_.upto(static_cast<int>(versions_.size()) - 1);
      table_.remove(ScheduleId{one->first});
      versions_.erase(one);
    } else {
      auto& [id, versions] = versions_[static_cast<std::size_t>(dice_.upto(static_cast<int>(versions_.size()) - 1))];
      Schedule next = dice_.one_in(2) ? random_schedule(dice_, calendar_, id) : versions.back();
      if (dice_.one_in(2)) next.areas = {calendar_.places.back().id};
      next.made = std::max({next.made, versions.back().made + 1us, table_.settled_until()});
      table_.replace(next);
      if (dice_.one_in(3)) {
        if (dice_.one_in(2)) static_cast<void>(table_.day(calendar_.first + days{dice_.upto(kDays - 1)}));
        table_.take_back(ScheduleId{id});
      } else {
        versions.push_back(std::move(next));
      }
    }
    // In the middle of edits some days are asked about and others are not.
    if (dice_.one_in(2)) static_cast<void>(table_.day(calendar_.first + days{dice_.upto(kDays - 1)}));
  }

  void settle() {
    const WallTime now = std::max(now_.value_or(calendar_.at(0h)), calendar_.at(seconds{30 * dice_.upto(2 * 60 * 30)}));
    std::ranges::move(table_.settle(calendar_.at(days{-3}), now), std::back_inserter(settled_));
    now_ = now;
  }

  test::Dice dice_;
  const Calendar calendar_;
  Timetable table_;
  int written_ = 0;
  std::vector<std::pair<std::string, std::vector<Schedule>>> versions_;  // by age; each oldest first
  std::vector<FateOf> settled_;
  std::optional<WallTime> now_;
};

TEST(Calendars, KeepWhatIsPromised) {
  const test::Seeds seeds = test::wanted_seeds(300);
  for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    check(seed);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(Calendars, AreAfterAnyEditsAsFromTheBeginning) {
  const test::Seeds seeds = test::wanted_seeds(300);
  for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Edited edited{seed};
    for (int edits = 0; edits < 8; ++edits) {
      SCOPED_TRACE("edits " + std::to_string(edits));
      edited.edit();
      if (!testing::Test::HasFatalFailure()) edited.expect_as_from_the_beginning();
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace loa::schedules
