#include "schedules/timetable/timetable.h"

#include <gtest/gtest.h>

namespace loa::schedules {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

const civil::Day kDay{std::chrono::local_days{std::chrono::year{2026} / 11 / 24}};  // a Tuesday
const std::vector<AreaPlace> kPlaces = {
    {AreaId{"ward"}, std::nullopt}, {AreaId{"north"}, AreaId{"ward"}}, {AreaId{"south"}, AreaId{"ward"}}};

class TheTimetable : public testing::Test {
 protected:
  WardRules rules_ = [] {
    WardRules rules;
    rules.sessions = {{"morning", 6h, 8h, 1h}, {"afternoon", 16h, 18h, 1h}};
    return rules;
  }();
  Timetable table_{kPlaces, rules_, Almanac{civil::Zone{"Asia/Ho_Chi_Minh"}, {}}};

  [[nodiscard]] WallTime at(nanoseconds of_day, days later = days{0}) const {
    return table_.midnight(kDay + later) + of_day;
  }
  static Schedule once(const char* id, WallTime due, milliseconds length,
                       std::vector<AreaId> areas = {AreaId{"ward"}}) {
    Schedule schedule;
    schedule.id = ScheduleId{id};
    schedule.rule = Once{due};
    schedule.areas = std::move(areas);
    schedule.duration = length;
    schedule.later = 1h;
    return schedule;
  }
  // `id verdict start-of-day-in-minutes`, comma after comma
  std::string told(civil::Day day = kDay) {
    std::string text;
    for (const Decided& each : table_.day(day)) {
      text += (text.empty() ? "" : ", ") + each.schedule->id.str() + " " + std::string{to_string(each.fate.verdict)};
      if (each.fate.verdict != Verdict::kCancelled)
        text += " " + std::to_string((each.fate.start - table_.midnight(day)) / 1min);
      if (each.winner) text += " after " + each.winner->id.str();
    }
    return text;
  }
  std::vector<std::string> heard(const char* area, WallTime from, WallTime until) {
    std::vector<std::string> ids;
    for (const Sounding& each : table_.soundings(AreaId{area}, from, until)) ids.push_back(each.schedule->id.str());
    return ids;
  }
  template <class Act>
  static std::string refusal(Act act) {
    try {
      act();
    } catch (const Error& error) {
      return error.code();
    }
    return "";
  }
};

TEST_F(TheTimetable, DecidesADayByTheOrderInWhichSchedulesWereMade) {
  table_.put(once("b", at(7h), 2min));
  table_.put(once("a", at(7h), 2min));
  EXPECT_EQ(told(), "b plays 420, a shifted 422 after b");
  EXPECT_EQ(told(kDay + days{1}), "");
}

TEST_F(TheTimetable, WhatIsRemovedLeavesItsPlaceToTheOthers) {
  table_.put(once("b", at(7h), 2min));
  table_.put(once("a", at(7h), 2min));
  EXPECT_EQ(told(), "b plays 420, a shifted 422 after b");
  table_.remove(ScheduleId{"b"});
  table_.remove(ScheduleId{"unknown"});
  EXPECT_EQ(told(), "a plays 420");
  EXPECT_EQ(table_.find(ScheduleId{"b"}), nullptr);
  EXPECT_NE(table_.find(ScheduleId{"a"}), nullptr);
}

TEST_F(TheTimetable, ARecurringScheduleIsDueDayAfterDayFromWhenItWasMade) {
  Schedule schedule = once("a", at(0h), 2min);
  schedule.rule = Recurring{{civil::parse_time("2026-11-01T07:00"),
                             civil::Zone{"Asia/Ho_Chi_Minh"},
                             {recurrence::parse_rule("FREQ=DAILY")},
                             {},
                             {},
                             {},
                             {}},
                            {}};
  schedule.made = at(6h);
  table_.put(schedule);
  EXPECT_EQ(told(), "a plays 420");
  EXPECT_EQ(told(kDay - days{1}), "");
  EXPECT_EQ(told(kDay + days{400}), "a plays 420");
  EXPECT_EQ(table_.fates(kDay, kDay + days{40}).size(), 40U);
}

TEST_F(TheTimetable, ASilenceOfTheCalendarIsToldAndTakesNoPlace) {
  Schedule schedule = once("a", at(0h), 2min);
  schedule.rule = Recurring{{civil::parse_time("2026-11-01T07:00"),
                             civil::Zone{"Asia/Ho_Chi_Minh"},
                             {recurrence::parse_rule("FREQ=DAILY")},
                             {},
                             {},
                             {},
                             {}},
                            {{holidays::SkipOn{holidays::DaySet::kNotWorking}}}};
  table_.put(schedule);
  table_.put(once("b", at(7h, days{4}), 2min));  // a Saturday
  EXPECT_EQ(told(kDay + days{4}), "a cancelled, b plays 420");
  const auto saturday = table_.day(kDay + days{4});
  EXPECT_NE(saturday[0].silence->en, "");
  const auto settled = table_.settle(at(0h, days{4}), at(8h, days{4}));
  ASSERT_EQ(settled.size(), 2U);
  EXPECT_EQ(settled[0].silence, saturday[0].silence);
}

TEST_F(TheTimetable, ASessionTakesTheTimeOfItsRules) {
  for (const char* id : {"a", "b"}) {
    Schedule schedule = once(id, at(0h), 2min);
    schedule.session = "afternoon";
    table_.put(schedule);
  }
  EXPECT_EQ(told(), "a plays 960, b plays 962");
}

TEST_F(TheTimetable, RefusesWhatItCannotPlaceAndStaysAsItWas) {
  table_.put(once("a", at(7h), 2min));
  EXPECT_EQ(refusal([&] { table_.put(once("a", at(7h), 1min, {AreaId{"moon"}})); }), "area.unknown");
  EXPECT_EQ(refusal([&] { table_.put(once("a", at(7h), 1min, {})); }), "schedule.no_area");
  Schedule lost = once("a", at(7h), 1min);
  lost.session = "noon";
  EXPECT_EQ(refusal([&] { table_.put(lost); }), "schedule.unknown_session");
  EXPECT_EQ(refusal([&] { static_cast<void>(table_.soundings(AreaId{"moon"}, at(0h), at(1h))); }), "area.unknown");
  EXPECT_EQ(told(), "a plays 420");
}

TEST_F(TheTimetable, AnAreaNamedTwiceOrInsideAnotherIsReachedOnce) {
  table_.put(once("a", at(7h), 2min, {AreaId{"north"}, AreaId{"ward"}, AreaId{"ward"}}));
  EXPECT_EQ(told(), "a plays 420");
  EXPECT_EQ(heard("north", at(0h), at(24h)), (std::vector<std::string>{"a"}));
}

TEST_F(TheTimetable, ALoudspeakerHearsItsAreaAndAllAbove) {
  table_.put(once("everyone", at(7h), 2min));
  table_.put(once("southerners", at(6h + 30min), 2min, {AreaId{"south"}}));
  EXPECT_EQ(heard("south", at(0h), at(24h)), (std::vector<std::string>{"southerners", "everyone"}));
  EXPECT_EQ(heard("north", at(0h), at(24h)), (std::vector<std::string>{"everyone"}));
  EXPECT_EQ(heard("ward", at(0h), at(24h)), (std::vector<std::string>{"everyone"}));
}

TEST_F(TheTimetable, SoundingsAreThoseThatMayStillSound) {
  Schedule schedule = once("a", at(7h), 2min);
  schedule.late = 90s;
  table_.put(schedule);
  EXPECT_TRUE(heard("ward", at(0h), at(7h)).empty());
  EXPECT_EQ(heard("ward", at(0h), at(7h) + 1ns).size(), 1U);
  EXPECT_EQ(heard("ward", at(7h) + 210s - 1ns, at(24h)).size(), 1U);
  EXPECT_TRUE(heard("ward", at(7h) + 210s, at(24h)).empty());
  const auto sounding = table_.soundings(AreaId{"ward"}, at(0h), at(24h)).at(0);
  EXPECT_EQ(sounding.start, at(7h));
  EXPECT_EQ(sounding.length, 2min);
  EXPECT_EQ(sounding.play, play_id(ScheduleId{"a"}, at(7h)));
}

TEST_F(TheTimetable, AStaggeredPlayIsOnePlayWithAStartInEachArea) {
  Schedule schedule = once("a", at(7h), 2min, {AreaId{"south"}, AreaId{"north"}});
  schedule.stagger = 10s;
  table_.put(schedule);
  const auto north = table_.soundings(AreaId{"north"}, at(0h), at(24h)).at(0);
  const auto south = table_.soundings(AreaId{"south"}, at(0h), at(24h)).at(0);
  EXPECT_EQ(south.start, at(7h));
  EXPECT_EQ(north.start, at(7h) + 130s);
  EXPECT_EQ(north.play, south.play);
}

TEST_F(TheTimetable, WhatCrossesMidnightHoldsItsPlaceOnTheNextDay) {
  Timetable table{kPlaces, WardRules{}, Almanac{civil::Zone{"Asia/Ho_Chi_Minh"}, {}}};
  table.put(once("eve", at(23h + 59min), 5min));
  table.put(once("morrow", at(0h, days{1}), 1min));
  const auto morrow = table.day(kDay + days{1});
  ASSERT_EQ(morrow.size(), 1U);
  EXPECT_EQ(morrow[0].fate.start, at(4min, days{1}));
  EXPECT_EQ(morrow[0].winner->id, ScheduleId{"eve"});
  table.remove(ScheduleId{"eve"});
  EXPECT_EQ(table.day(kDay + days{1})[0].fate.start, at(0h, days{1}));
}

TEST_F(TheTimetable, WhatHasBegunIsNotDecidedAnew) {
  table_.put(once("a", at(7h), 10min));
  EXPECT_EQ(table_.settle(at(7h), at(7h)).size(), 0U);
  const auto settled = table_.settle(at(7h), at(7h) + 1s);
  ASSERT_EQ(settled.size(), 1U);
  EXPECT_EQ(settled[0].schedule, ScheduleId{"a"});
  EXPECT_EQ(settled[0].fate.start, at(7h));
  EXPECT_TRUE(table_.settle(at(7h), at(7h) + 2s).empty());

  Schedule urgent = once("urgent", at(7h + 5min), 1min);
  urgent.announcement_class = AnnouncementClass::kPriority;
  table_.put(urgent);
  EXPECT_EQ(told(), "a plays 420, urgent shifted 430 after a");
}

TEST_F(TheTimetable, APlaceThatComesFreeTooLateIsTakenFromThenOn) {
  table_.put(once("a", at(7h), 30min));
  table_.put(once("b", at(7h + 10min), 1min));
  Schedule exact = once("c", at(7h + 10min), 1min);
  exact.later = 5min;
  table_.put(exact);
  EXPECT_EQ(told(), "a plays 420, b shifted 450 after a, c cancelled after a");
  static_cast<void>(table_.settle(at(7h), at(7h + 12min)));
  table_.remove(ScheduleId{"a"});
  EXPECT_EQ(told(), "b shifted 432, c cancelled");
  EXPECT_EQ(table_.day(kDay)[0].fate.why, Why{Clause::kPast});
}

TEST_F(TheTimetable, NothingIsDueBeforeItWasMade) {
  Schedule late = once("late", at(6h + 59min), 1min);
  late.made = at(7h);
  table_.put(late);
  EXPECT_EQ(told(), "");
}

// Once a second from a day on that nobody has asked about yet.
TEST_F(TheTimetable, ARuleThatGivesTooManyIsSilentAndKeepsNobodyElseFromTheirs) {
  Schedule endless = once("endless", at(0h), 1s);
  endless.rule = Recurring{{civil::parse_time("2027-06-01T00:00"),
                            civil::Zone{"Asia/Ho_Chi_Minh"},
                            {recurrence::parse_rule("FREQ=SECONDLY")},
                            {},
                            {},
                            {},
                            {}},
                           {}};
  EXPECT_EQ(told(), "");
  table_.put(endless);
  const civil::Day far = civil::parse_day("2027-07-20");
  const WallTime seven = table_.midnight(far) + 7h;
  table_.put(once("other", seven, 2min));
  EXPECT_EQ(told(far), "other plays 420");
  bool is_said = false;
  for (civil::Day day = far - days{32}; day <= far; day += days{1})
    for (const Decided& each : table_.day(day))
      is_said = is_said || (each.schedule->id == ScheduleId{"endless"} && each.silence && !each.silence->en.empty());
  EXPECT_TRUE(is_said);

  endless.id = ScheduleId{"again"};
  EXPECT_EQ(refusal([&] { table_.put(endless); }), "recurrence.too_many") << "its days were asked about";
  EXPECT_EQ(table_.find(ScheduleId{"again"}), nullptr);
  EXPECT_EQ(told(far), "other plays 420");
}

TEST_F(TheTimetable, HistoryComesBackFromTheBooks) {
  table_.put(once("a", at(7h), 10min));
  table_.put(once("b", at(7h), 10min));
  const auto settled = table_.settle(at(7h), at(7h + 11min));
  ASSERT_EQ(settled.size(), 2U);
  EXPECT_EQ(settled[1].winner, ScheduleId{"a"});

  Timetable again{kPlaces, rules_, Almanac{civil::Zone{"Asia/Ho_Chi_Minh"}, {}}};
  Schedule first = once("b", at(7h), 10min);  // the other way round: alone it would win
  again.put(first);
  again.put(once("a", at(7h), 10min));
  auto known = settled;
  known.push_back({ScheduleId{"gone"}, at(7h), {}});
  again.restore(known, at(7h + 11min));
  const auto day = again.day(kDay);
  ASSERT_EQ(day.size(), 2U);
  EXPECT_EQ(day[0].fate.start, at(7h + 10min));
  EXPECT_EQ(day[0].winner->id, ScheduleId{"a"});
  EXPECT_EQ(day[1].fate.start, at(7h));
  EXPECT_TRUE(again.settle(at(7h), at(7h + 11min)).empty());
}

TEST_F(TheTimetable, OldHistoryIsForgotten) {
  table_.put(once("a", at(7h), 10min));
  static_cast<void>(table_.settle(at(7h), at(7h + 1min)));
  table_.put(once("b", at(7h), 10min));
  EXPECT_EQ(told(), "a plays 420, b shifted 430 after a");
  static_cast<void>(table_.settle(at(7h, days{9}), at(7h, days{9})));
  table_.put(once("c", at(7h), 10min));
  EXPECT_EQ(told(), "a cancelled, b cancelled, c cancelled") << "nothing begins in the past";
}

TEST_F(TheTimetable, WhatWasPutOffBeforeARestoreIsNotPutIntoThePast) {
  table_.put(once("b", at(7h), 1min));
  table_.restore({}, at(7h + 12min));
  EXPECT_EQ(told(), "b shifted 432");
}

TEST_F(TheTimetable, ADifferenceCountsWhatPeopleWillNotice) {
  table_.put(once("moves", at(7h), 2min));
  Schedule fixed = once("loses", at(7h + 4min), 2min);
  fixed.later = 0ms;
  table_.put(fixed);
  Schedule cut = once("is-cut", at(7h + 10min), 6min);
  cut.later = 0ms;
  cut.shortest = 1min;
  table_.put(cut);
  const auto before = table_.fates(kDay, kDay + days{1});
  for (const auto& [id, due, length] : {std::tuple{"new", 7h + 0min, 5min}, std::tuple{"other", 7h + 14min, 1min}}) {
    Schedule urgent = once(id, at(due), length);
    urgent.announcement_class = AnnouncementClass::kPriority;
    table_.put(urgent);
  }
  Schedule hopeless = once("hopeless", at(7h), 1min);
  hopeless.later = 0ms;
  table_.put(hopeless);
  const auto after = table_.fates(kDay, kDay + days{1});
  const Difference change = difference(before, after);
  EXPECT_EQ(change.added, 2);
  EXPECT_EQ(change.moved, 1);
  EXPECT_EQ(change.cut, 1);
  EXPECT_EQ(change.cancelled, 1);
  EXPECT_EQ(change.silent, 1);
  EXPECT_EQ(change.changes.size(), 6U);

  const Difference back = difference(after, before);
  EXPECT_EQ(back.cancelled, 2);
  EXPECT_EQ(back.added, 1);
  EXPECT_EQ(back.silent, 0);
  EXPECT_EQ(difference(before, before).changes.size(), 0U);
}

}  // namespace
}  // namespace loa::schedules
