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
  static Rule every_day(const std::string& time) {
    return Recurring{{civil::parse_time("2026-11-01T" + time),
                      civil::Zone{"Asia/Ho_Chi_Minh"},
                      {recurrence::parse_rule("FREQ=DAILY")},
                      {},
                      {},
                      {},
                      {}},
                     {}};
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

TEST_F(TheTimetable, TheNearestAreaClassSetsTheCeilingOfEachPartOfTheDay) {
  WardRules rules;
  rules.classes = {{"homes", {AreaId{"ward"}}, {{6h, 21h, 70}, {0h, 6h, 40}}},
                   {"school", {AreaId{"north"}}, {{7h, 17h, 30}, {12h, 13h, 20}}}};
  const Timetable table(kPlaces, rules, Almanac{civil::Zone{"Asia/Ho_Chi_Minh"}, {}});
  const auto ceiling = [&](const char* area, nanoseconds from, milliseconds length) {
    return table.ceiling(AreaId{area}, at(from), length);
  };
  EXPECT_EQ(ceiling("south", 12h, 1min), 70);
  EXPECT_EQ(ceiling("north", 12h, 1min), 20);
  EXPECT_EQ(ceiling("north", 6h, 1h), 100) << "over when its own class begins to say something";
  EXPECT_EQ(ceiling("north", 11h + 59min, 1min), 30);
  EXPECT_EQ(ceiling("north", 18h, 1min), 100) << "its own class says nothing of the evening";
  EXPECT_EQ(ceiling("south", 5h + 59min, 1min), 40);
  EXPECT_EQ(ceiling("south", 6h, 1min), 70);
  EXPECT_EQ(ceiling("south", 5h + 59min, 2min), 40) << "the lowest that it touches";
  EXPECT_EQ(ceiling("south", 20h + 59min, 2min), 70);
  EXPECT_EQ(ceiling("south", 21h, 1min), 100);
  EXPECT_EQ(ceiling("south", 23h + 59min, 2min), 40) << "over midnight";
  EXPECT_EQ(refusal([&] { (void)ceiling("nowhere", 6h, 1min); }), "area.unknown");
  EXPECT_EQ(table_.ceiling(AreaId{"north"}, at(12h), 1min), 100);
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

TEST_F(TheTimetable, ASingleLoudspeakerIsReachedBesideAreas) {
  const NodeId pole{"pole"};
  table_.put(once("ward", at(7h), 2min));
  table_.put(once("south", at(16h), 2min, {AreaId{"south"}}));
  static_cast<void>(table_.soundings(AreaId{"north"}, at(6h), at(18h)));  // asked before the loudspeaker has a place
  Schedule alone = once("alone", at(7h + 30min), 2min, {});
  alone.nodes = {pole};
  EXPECT_EQ(refusal([&] { table_.put(alone); }), "area.unknown");
  EXPECT_EQ(table_.spot(AreaId{"north"}, pole), AreaId{"north"});
  table_.add({place_of(pole), AreaId{"north"}});
  const AreaId spot = table_.spot(AreaId{"north"}, pole);
  EXPECT_EQ(heard(spot.str().c_str(), at(6h), at(18h)), (std::vector<std::string>{"ward"}));
  table_.put(alone);
  EXPECT_EQ(heard(spot.str().c_str(), at(6h), at(18h)), (std::vector<std::string>{"ward", "alone"}));
  EXPECT_EQ(heard("north", at(6h), at(18h)), (std::vector<std::string>{"ward"})) << "nobody else there hears it";
  // The union: an area, and one loudspeaker of another.
  Schedule both = once("both", at(17h), 2min, {AreaId{"south"}});
  both.nodes = {pole};
  table_.put(both);
  EXPECT_EQ(heard(spot.str().c_str(), at(6h), at(18h)), (std::vector<std::string>{"ward", "alone", "both"}));
  EXPECT_EQ(heard("south", at(6h), at(18h)), (std::vector<std::string>{"ward", "south", "both"}));
  EXPECT_TRUE(table_.reaches(both.places(), spot));
  EXPECT_FALSE(table_.reaches(both.places(), AreaId{"north"}));
}

TEST_F(TheTimetable, ASingleLoudspeakerMeetsWhatItsAreasHear) {
  for (const char* pole : {"a", "b"}) table_.add({place_of(NodeId{pole}), AreaId{"north"}});
  const auto at_pole = [&](const char* id, const char* pole) {
    Schedule schedule = once(id, at(7h), 2min, {});
    schedule.nodes = {NodeId{pole}};
    return schedule;
  };
  table_.put(at_pole("first", "a"));
  table_.put(at_pole("beside", "b"));
  table_.put(at_pole("second", "a"));
  EXPECT_EQ(told(), "first plays 420, beside plays 420, second shifted 422 after first");
  table_.put(once("all", at(7h), 2min, {AreaId{"north"}}));
  EXPECT_EQ(told(), "first plays 420, beside plays 420, second shifted 422 after first, all shifted 424 after first");
  // One of which the area is named as well is reached once, staggered ones after the areas.
  Schedule staggered = once("staggered", at(17h), 2min, {AreaId{"south"}, AreaId{"north"}});
  staggered.nodes = {NodeId{"a"}};
  staggered.stagger = 1min;
  table_.put(staggered);
  EXPECT_EQ(table_.soundings(place_of(NodeId{"a"}), at(17h), at(18h)).size(), 1U);
  EXPECT_EQ(table_.soundings(place_of(NodeId{"a"}), at(17h), at(18h)).front().start, at(17h + 3min));
}

// Whatever was asked before, and whenever a loudspeaker got its place.
TEST_F(TheTimetable, APlaceChangesNoFate) {
  table_.put(once("ward", at(7h), 2min));
  table_.put(once("north", at(7h), 2min, {AreaId{"north"}}));
  const std::string before = told();
  const Foresight foreseen = table_.foresee(kDay, kDay + days{3});
  table_.add({place_of(NodeId{"pole"}), AreaId{"north"}});
  EXPECT_EQ(told(), before);
  EXPECT_TRUE(difference(foreseen, table_.foresee(kDay, kDay + days{3})).changes.empty());
  EXPECT_EQ(table_.soundings(place_of(NodeId{"pole"}), at(6h), at(9h)).size(), 2U);
}

TEST_F(TheTimetable, WhatWouldBeWithoutASchedule) {
  Schedule daily = once("daily", at(7h), 2min);
  daily.rule = every_day("07:00");
  table_.put(once("before", at(6h), 2min));
  table_.put(daily);
  table_.put(once("loser", at(7h), 2min));
  table_.put(once("other", at(17h), 2min));
  static_cast<void>(table_.settle(at(0h), at(6h + 30min)));
  const std::string whole = told();
  const std::string tomorrow = told(kDay + days{1});
  const Foresight before = table_.foresee(kDay, kDay + days{3});
  const std::vector<ScheduleId> gone = {ScheduleId{"daily"}, ScheduleId{"unknown"}};
  const Difference without = difference(before, table_.foresee_without(gone, kDay, kDay + days{3}));
  EXPECT_EQ(without.cancelled, 3);
  EXPECT_EQ(without.moved, 1) << "the loser has its time again";
  EXPECT_EQ(told(), whole) << "nothing is gone";
  EXPECT_EQ(told(kDay + days{1}), tomorrow);
  EXPECT_TRUE(difference(before, table_.foresee(kDay, kDay + days{3})).changes.empty());
  EXPECT_NE(table_.find(ScheduleId{"daily"}), nullptr);
  // As removing it does, and with its age it goes before whoever came later.
  table_.remove(ScheduleId{"daily"});
  const Difference removed = difference(before, table_.foresee(kDay, kDay + days{3}));
  EXPECT_EQ(removed.changes.size(), without.changes.size());
  EXPECT_EQ(removed.cancelled, without.cancelled);
  EXPECT_EQ(told(), "before plays 360, loser plays 420, other plays 1020");
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
  EXPECT_EQ(sounding.play(), play_id(ScheduleId{"a"}, at(7h)));
}

TEST_F(TheTimetable, AStaggeredPlayIsOnePlayWithAStartInEachArea) {
  Schedule schedule = once("a", at(7h), 2min, {AreaId{"south"}, AreaId{"north"}});
  schedule.stagger = 10s;
  table_.put(schedule);
  const auto north = table_.soundings(AreaId{"north"}, at(0h), at(24h)).at(0);
  const auto south = table_.soundings(AreaId{"south"}, at(0h), at(24h)).at(0);
  EXPECT_EQ(south.start, at(7h));
  EXPECT_EQ(north.start, at(7h) + 130s);
  EXPECT_EQ(north.play(), south.play());
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

TEST_F(TheTimetable, WhatCrossesMidnightAtTheSameTimeElsewhereLeavesItsPlace) {
  Timetable table{kPlaces, WardRules{}, Almanac{civil::Zone{"Asia/Ho_Chi_Minh"}, {}}};
  Schedule eve = once("eve", at(23h + 59min), 5min, {AreaId{"north"}});
  table.put(eve);
  table.put(once("morrow", at(0h, days{1}), 1min, {AreaId{"north"}}));
  EXPECT_EQ(table.day(kDay + days{1})[0].fate.start, at(4min, days{1}));
  eve.areas = {AreaId{"south"}};
  eve.made = at(1h);
  table.replace(eve);
  EXPECT_EQ(table.day(kDay + days{1})[0].fate.start, at(0h, days{1}));
}

// Found by calendars_test, seed 8434.
TEST_F(TheTimetable, WhatWasMovedToTheEndOfADayHasItsGapOnTheNext) {
  WardRules rules;
  rules.gap = 30s;
  Timetable table{kPlaces, rules, Almanac{civil::Zone{"Asia/Ho_Chi_Minh"}, {}}};
  table.put(once("long", at(23h), 49min + 30s));
  table.put(once("moved", at(23h), 10min));
  table.put(once("morrow", at(0h, days{1}), 1min));
  EXPECT_EQ(table.day(kDay)[1].fate.start, at(23h + 50min));
  EXPECT_EQ(table.day(kDay + days{1})[0].fate.start, at(30s, days{1}));
  EXPECT_EQ(table.day(kDay + days{1})[0].winner->id, ScheduleId{"moved"});
}

// What an edit moves over one midnight may move something over the next.
TEST_F(TheTimetable, AnEditReachesAsManyDaysAsItMoves) {
  WardRules rules;
  rules.gap = 30s;
  Timetable table{kPlaces, rules, Almanac{civil::Zone{"Asia/Ho_Chi_Minh"}, {}}};
  table.put(once("eve", at(23h + 55min), 10min));
  Schedule filler = once("filler", at(10min, days{1}), 23h + 44min);
  filler.announcement_class = AnnouncementClass::kEmergency;
  table.put(filler);
  Schedule pushed = once("pushed", at(0h, days{1}), 5min + 30s);
  pushed.later = 24h;
  table.put(pushed);
  table.put(once("last", at(0h, days{2}), 1min));
  EXPECT_EQ(table.day(kDay + days{1})[0].fate.start, at(23h + 54min + 30s, days{1}));
  EXPECT_EQ(table.day(kDay + days{2})[0].fate.start, at(30s, days{2}));
  table.remove(ScheduleId{"eve"});
  EXPECT_EQ(table.day(kDay + days{2})[0].fate.start, at(0h, days{2}));
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

// Found by calendars_test, seed 552571.
TEST_F(TheTimetable, WhatMayOverrunASessionTakesNothingOfItFromWhoGoesBefore) {
  table_.put(once("promised", at(7h), 50min));
  Schedule excepted = once("excepted", at(6h + 30min), 15min);
  excepted.exception = Exception{ExceptionReason::kRepair, "who asked"};
  table_.put(excepted);
  static_cast<void>(table_.settle(at(6h), at(6h + 31min)));
  table_.put(once("elsewhere", at(17h), 1min));
  EXPECT_EQ(told(), "excepted plays 390, promised plays 420, elsewhere plays 1020");
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

// --- versions

TEST_F(TheTimetable, AnotherVersionKeepsTheAgeAndWhatHasBegun) {
  Schedule daily = once("b", at(0h), 10min, {AreaId{"north"}});
  daily.rule = every_day("06:30");
  table_.put(daily);
  table_.put(once("a", at(7h, days{1}), 2min));
  EXPECT_EQ(told(), "b plays 390");
  EXPECT_EQ(table_.settle(at(6h), at(6h + 35min)).size(), 1U);

  Schedule edited = daily;
  edited.rule = every_day("07:00");
  edited.areas = {AreaId{"ward"}};
  edited.volume_pct = 40;
  edited.made = table_.settled_until();
  table_.replace(edited);
  EXPECT_EQ(told(), "b plays 390, b plays 420") << "what sounds already goes on";
  EXPECT_EQ(told(kDay + days{1}), "b plays 420, a shifted 430 after b") << "edited, it is as old as it was";
  EXPECT_EQ(heard("south", at(0h), at(24h)).size(), 1U);
  const auto north = table_.soundings(AreaId{"north"}, at(0h), at(24h));
  ASSERT_EQ(north.size(), 2U);
  EXPECT_EQ(*north[0].schedule, daily);
  EXPECT_EQ(*north[1].schedule, edited);
  EXPECT_EQ(*table_.find(ScheduleId{"b"}), edited);
  EXPECT_TRUE(table_.settle(at(6h), at(6h + 36min)).empty()) << "settled twice";
  // A play that has begun holds its place against the new version too.
  Schedule again = edited;
  again.made = table_.settled_until();
  again.rule = every_day("06:38");
  again.later = 1h;
  table_.replace(again);
  EXPECT_EQ(told(), "b plays 390, b shifted 400 after b");
}

TEST_F(TheTimetable, NothingOfTheNewVersionIsDueBeforeItAndNothingOfTheOldOneAfter) {
  Schedule urgent = once("urgent", at(7h), 30min);
  table_.put(urgent);
  Schedule waits = once("b", at(0h), 2min);
  waits.rule = every_day("07:00");
  table_.put(waits);
  EXPECT_EQ(told(), "urgent plays 420, b shifted 450 after urgent");
  static_cast<void>(table_.settle(at(6h), at(7h + 10min)));
  waits.made = table_.settled_until();
  table_.replace(waits);
  EXPECT_EQ(told(), "urgent plays 420") << "was due before the edit and had not begun";
  EXPECT_EQ(told(kDay + days{1}), "b plays 420");
}

TEST_F(TheTimetable, AVersionIsTakenBack) {
  Schedule daily = once("b", at(0h), 10min);
  daily.rule = every_day("07:00");
  table_.put(daily);
  static_cast<void>(table_.settle(at(6h), at(6h + 31min)));
  const std::string before = told() + told(kDay + days{1});
  Schedule edited = daily;
  edited.rule = every_day("16:00");
  edited.made = table_.settled_until();
  table_.replace(edited);
  EXPECT_NE(told() + told(kDay + days{1}), before);
  table_.take_back(ScheduleId{"b"});
  EXPECT_EQ(told() + told(kDay + days{1}), before);
  EXPECT_EQ(*table_.find(ScheduleId{"b"}), daily);
}

TEST_F(TheTimetable, AVersionThatCannotBePlacedLeavesTheOneBefore) {
  Schedule daily = once("b", at(0h), 10min);
  daily.rule = every_day("07:00");
  table_.put(daily);
  const std::string before = told();
  Schedule edited = daily;
  edited.made = at(1h);
  edited.areas = {AreaId{"moon"}};
  EXPECT_EQ(refusal([&] { table_.replace(edited); }), "area.unknown");
  edited.areas = daily.areas;
  edited.session = "noon";
  EXPECT_EQ(refusal([&] { table_.replace(edited); }), "schedule.unknown_session");
  EXPECT_EQ(told(), before);
  EXPECT_EQ(*table_.find(ScheduleId{"b"}), daily);
}

TEST_F(TheTimetable, FormerVersionsComeBackFromTheBooks) {
  Schedule former = once("b", at(0h), 10min, {AreaId{"north"}});
  former.rule = every_day("07:00");
  former.session = "morning";
  table_.put(former);
  const auto settled = table_.settle(at(5h), at(7h + 1min));
  ASSERT_EQ(settled.size(), 1U);

  WardRules other = rules_;
  other.sessions = {{"noon", 6h, 12h, 1h}};  // the session of the former version is gone
  Timetable again{kPlaces, other, Almanac{civil::Zone{"Asia/Ho_Chi_Minh"}, {}}};
  Schedule edited = former;
  edited.session.reset();
  edited.rule = every_day("07:05");
  edited.areas = {AreaId{"ward"}};
  edited.made = at(7h + 1min);
  again.put(edited, {former});
  again.restore(settled, at(7h + 1min));
  EXPECT_EQ(again.day(kDay).size(), 2U);
  const auto sounds = again.soundings(AreaId{"north"}, at(0h), at(24h));
  ASSERT_EQ(sounds.size(), 2U);
  EXPECT_EQ(*sounds[0].schedule, former);
  EXPECT_EQ(again.soundings(AreaId{"south"}, at(0h), at(24h)).size(), 1U);
}

TEST_F(TheTimetable, FormerVersionsAreForgottenWithTheirHistory) {
  Schedule daily = once("b", at(0h), 10min);
  daily.rule = every_day("07:00");
  table_.put(daily);
  for (int day = 0; day < 80; ++day) {
    static_cast<void>(table_.settle(at(7h, days{day}), at(8h, days{day})));
    daily.made = table_.settled_until();
    daily.rank = day;
    table_.replace(daily);
    EXPECT_EQ(told(kDay + days{day}), "b plays 420") << day;
    EXPECT_EQ(told(kDay + days{day + 1}), "b plays 420") << day;
  }
}

TEST_F(TheTimetable, WhatChangesItsTimeHasMoved) {
  const FateOf early{ScheduleId{"a"}, at(6h), {Verdict::kPlays, at(6h), 2min, {}}};
  const FateOf late{ScheduleId{"a"}, at(17h), {Verdict::kPlays, at(17h), 2min, {}}};
  const FateOf other{ScheduleId{"b"}, at(17h), {Verdict::kPlays, at(17h), 2min, {}}};
  const FateOf far{ScheduleId{"a"}, at(18h), {Verdict::kPlays, at(18h), 2min, {}}};
  const Difference moved = difference(std::vector{early}, std::vector{late});
  EXPECT_EQ(moved.moved, 1);
  EXPECT_EQ(moved.added + moved.cancelled, 0);
  ASSERT_EQ(moved.changes.size(), 1U);
  EXPECT_EQ(moved.changes[0].due, at(17h));
  EXPECT_EQ(moved.changes[0].before->start, at(6h));
  for (const FateOf& no_move : {other, far}) {
    const Difference apart = difference(std::vector{early}, std::vector{no_move});
    EXPECT_EQ(apart.moved, 0);
    EXPECT_EQ(apart.added, 1);
    EXPECT_EQ(apart.cancelled, 1);
    ASSERT_EQ(apart.changes.size(), 2U);
    EXPECT_EQ(apart.changes[0].due, at(6h));
  }
  const Difference fewer = difference(std::vector{early, late}, std::vector{far});
  EXPECT_EQ(fewer.moved, 1);
  EXPECT_EQ(fewer.cancelled, 1);
  EXPECT_EQ(fewer.changes[1].before->start, at(17h));
}

Chime chime_of(const char* name, milliseconds duration) {
  return {AnnouncementId{name}, ClipHash{std::string{"clip-of-"} + name}, duration};
}

// A timetable whose rules have a chime of 4.7 s for what is of class normal: with its pause, 5 s.
class Chimed : public TheTimetable {
 protected:
  static WardRules rules() {
    WardRules rules;
    rules.sessions = {{"morning", 6h, 8h, 1h}};
    rules.gap = 6s;
    rules.chimes[AnnouncementClass::kNormal] = chime_of("bells", 4'700ms);
    return rules;
  }
  static std::unique_ptr<Timetable> table_of(const WardRules& rules) {
    return std::make_unique<Timetable>(kPlaces, rules, Almanac{civil::Zone{"Asia/Ho_Chi_Minh"}, {}});
  }
  static Schedule in_session(const char* id, milliseconds length) {
    Schedule schedule = once(id, kMidnight + 6h, length);
    schedule.session = "morning";
    return schedule;
  }
  static inline const WallTime kMidnight = civil::Zone{"Asia/Ho_Chi_Minh"}.to_wall(kDay);

  // `id start-of-day-in-seconds+length`, comma after comma
  static std::string sounds(Timetable& table, const char* area = "ward") {
    std::string text;
    for (const Sounding& each : table.soundings(AreaId{area}, kMidnight, kMidnight + 24h))
      text += (text.empty() ? "" : ", ") + each.schedule->id.str() + " " +
              std::to_string((each.start - kMidnight) / 1s) + "+" + std::to_string(each.length / 1s) +
              (each.chime != nullptr ? " " + each.chime->announcement.str() : "") + (each.is_cut() ? " cut" : "");
    return text;
  }
};

TEST_F(Chimed, AClaimIsAsLongAsItsChimeItsPauseAndItsClip) {
  const auto table = table_of(rules());
  Schedule silent = once("silent", at(7h), 1min);
  silent.chime = ChimeTerm::kNone;
  Schedule urgent = once("urgent", at(7h), 1min);
  urgent.announcement_class = AnnouncementClass::kPriority;
  table->put(once("a", at(7h), 1min));
  table->put(silent);
  table->put(urgent);
  EXPECT_EQ(sounds(*table), "urgent 25200+60, a 25266+65 bells, silent 25337+60");
}

TEST_F(Chimed, ASessionIsPackedWithTheChimesAndIsFullWithThem) {
  WardRules tight = rules();
  tight.sessions[0].longest = 2min;
  const auto table = table_of(tight);
  table->put(in_session("a", 50s));
  table->put(in_session("b", 50s));
  EXPECT_EQ(sounds(*table), "a 21600+55 bells, b 21661+55 bells");
  table->put(in_session("c", 6s));
  EXPECT_EQ(sounds(*table), "a 21600+55 bells, b 21661+55 bells") << "with its chime it is 11 s, and 10 are left";
  table->put(in_session("d", 5s));
  EXPECT_EQ(sounds(*table), "a 21600+55 bells, b 21661+55 bells, d 21722+10 bells");
}

TEST_F(Chimed, QuietHoursBeginBeforeTheEndOfTheWhole) {
  WardRules night = rules();
  night.sessions.clear();
  night.quiet = QuietHours{21h, 5h};
  const auto table = table_of(night);
  Schedule last = once("last", at(21h - 1min), 55s);
  last.later = 0ms;
  table->put(last);
  Schedule too_long = once("too-long", at(21h - 1min, days{1}), 55s + 1ms);
  too_long.later = 0ms;
  table->put(too_long);
  EXPECT_EQ(sounds(*table), "last 75540+60 bells");
  const auto next = table->day(kDay + days{1});
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].fate.why, Why{Clause::kQuietHours});
}

TEST_F(Chimed, WhatIsShortenedLosesOfItsAnnouncementAndNeverOfItsChime) {
  const auto table = table_of(rules());
  Schedule urgent = once("urgent", at(7h + 30s), 1min);
  urgent.announcement_class = AnnouncementClass::kPriority;
  table->put(urgent);
  Schedule cut = once("cut", at(7h), 1min);
  cut.later = 0ms;
  cut.shortest = 19s;
  table->put(cut);
  // 24 s are free: 5 of the chime and 19 of the announcement.
  EXPECT_EQ(sounds(*table), "cut 25200+24 bells cut, urgent 25230+60");
  table->remove(ScheduleId{"cut"});
  cut.shortest = 20s;
  table->put(cut);
  EXPECT_EQ(sounds(*table), "urgent 25230+60") << "20 s of it would need 25";
}

TEST_F(Chimed, AStaggeredPlayHasItsChimeInEachArea) {
  const auto table = table_of(rules());
  Schedule schedule = once("a", at(7h), 1min, {AreaId{"south"}, AreaId{"north"}});
  schedule.stagger = 10s;
  table->put(schedule);
  EXPECT_EQ(sounds(*table, "south"), "a 25200+65 bells");
  EXPECT_EQ(sounds(*table, "north"), "a 25275+65 bells");
}

TEST_F(Chimed, WhatHasBegunKeepsTheChimeItBeganWith) {
  const auto table = table_of(rules());
  Schedule staggered = once("a", at(7h), 1min, {AreaId{"south"}, AreaId{"north"}});
  staggered.stagger = 10s;
  table->put(staggered);
  table->put(once("later", at(7h + 30min), 1min));
  const auto settled = table->settle(at(7h), at(7h) + 1s);
  ASSERT_EQ(settled.size(), 1U);
  EXPECT_EQ(settled[0].chime, chime_of("bells", 4'700ms));
  EXPECT_EQ(sounds(*table, "north"), "a 25275+65 bells, later 27000+65 bells");

  WardRules other = rules();
  other.chimes[AnnouncementClass::kNormal] = chime_of("gong", 9'700ms);
  for (const WardRules& after : {other, WardRules{}}) {
    const auto again = table_of(after);
    again->put(staggered);
    again->put(once("later", at(7h + 30min), 1min));
    again->restore(settled, at(7h) + 1s);
    EXPECT_EQ(sounds(*again, "north"),
              std::string{"a 25275+65 bells, later 27000+"} + (after.chimes.empty() ? "60" : "70 gong"));
    EXPECT_EQ(sounds(*again, "south").substr(0, 16), "a 25200+65 bells");
  }
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
