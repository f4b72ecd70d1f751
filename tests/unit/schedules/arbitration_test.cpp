#include <deque>
#include <ostream>

#include <gtest/gtest.h>

#include "schedules/arbitration/arbiter.h"

namespace loa::schedules {
namespace {

using namespace std::chrono_literals;

const WallTime kMidnight = parse_utc("2026-11-23T17:00:00Z").value();  // Tuesday in Vietnam
const LocalDay kTuesday{kMidnight, kMidnight + 24h, 1};

// ward ─ north ─ alley
//      └ south
class Arbitration : public testing::Test {
 protected:
  const AreaTree tree_{std::vector<AreaPlace>{{AreaId{"ward"}, std::nullopt},
                                              {AreaId{"north"}, AreaId{"ward"}},
                                              {AreaId{"south"}, AreaId{"ward"}},
                                              {AreaId{"alley"}, AreaId{"north"}}}};
  static constexpr AreaTree::Index kWard = 0;
  static constexpr AreaTree::Index kNorth = 1;
  static constexpr AreaTree::Index kSouth = 2;
  static constexpr AreaTree::Index kAlley = 3;

  WardRules rules_;
  LocalDay day_ = kTuesday;
  std::vector<Arbiter::Held> held_;
  std::deque<Terms> terms_;
  std::vector<Claim> claims_;

  Terms& claim(nanoseconds due, milliseconds length, std::vector<AreaTree::Index> areas = {kWard}) {
    terms_.push_back({});
    Terms& terms = terms_.back();
    terms.length = length;
    terms.areas = std::move(areas);
    claims_.push_back({static_cast<std::uint32_t>(claims_.size()), &terms, day_.from + due});
    return terms;
  }
  std::vector<Fate> fates() { return Arbiter{tree_, rules_}.decide(day_, claims_, held_); }

  [[nodiscard]] Fate plays(nanoseconds start, milliseconds length) const {
    return {Verdict::kPlays, day_.from + start, length, {}};
  }
  [[nodiscard]] Fate cancelled(std::uint32_t claim, Why why) const {
    return {Verdict::kCancelled, claims_[claim].due, 0ms, why};
  }
  [[nodiscard]] LostTo lost_to(std::uint32_t claim) const { return {claim, claims_[claim].due}; }
};

TEST_F(Arbitration, PlaysWhatNothingForbids) {
  claim(7h, 1min);
  claim(8h, 1min);
  EXPECT_EQ(fates(), (std::vector<Fate>{plays(7h, 1min), plays(8h, 1min)}));
}

TEST_F(Arbitration, AHigherClassWinsWhateverElseIsSaid) {
  claim(7h + 30s, 1min).rank = -5;
  claim(7h + 59s, 1min).announcement_class = AnnouncementClass::kPriority;
  Terms& emergency = claim(7h + 60s, 1min);
  emergency.announcement_class = AnnouncementClass::kEmergency;
  emergency.rank = 9;
  EXPECT_EQ(fates(), (std::vector<Fate>{cancelled(0, lost_to(2)), cancelled(1, lost_to(2)), plays(7h + 60s, 1min)}));
}

TEST_F(Arbitration, WithinAClassLiveWinsOverRelayOverSchedule) {
  claim(7h, 1min).rank = -1;
  claim(7h, 1min).source = Source::kRelay;
  claim(7h, 1min).source = Source::kLive;
  EXPECT_EQ(fates(), (std::vector<Fate>{cancelled(0, lost_to(2)), cancelled(1, lost_to(2)), plays(7h, 1min)}));
}

TEST_F(Arbitration, TheWardsOrderDecidesThenTheAge) {
  claim(7h, 1min).rank = 2;
  claim(7h + 30s, 1min).rank = 1;
  claim(9h + 30s, 1min);
  claim(9h, 1min);
  claim(9h, 1min);
  EXPECT_EQ(fates(), (std::vector<Fate>{cancelled(0, lost_to(1)), plays(7h + 30s, 1min), plays(9h + 30s, 1min),
                                        cancelled(3, lost_to(2)), cancelled(4, lost_to(2))}));
}

TEST_F(Arbitration, AreasThatDoNotMeetSoundTogether) {
  claim(7h, 1min, {kNorth});
  claim(7h, 1min, {kSouth});
  claim(7h, 1min, {kAlley});
  claim(7h, 1min, {kWard});
  EXPECT_EQ(fates(),
            (std::vector<Fate>{plays(7h, 1min), plays(7h, 1min), cancelled(2, lost_to(0)), cancelled(3, lost_to(0))}));
}

TEST_F(Arbitration, AnAreaNamesTheWinnerDeepBelowIt) {
  claim(7h, 1min, {kAlley});
  claim(7h, 1min, {kWard});
  EXPECT_EQ(fates()[1], cancelled(1, lost_to(0)));
}

TEST_F(Arbitration, ThereIsAGapOnBothSides) {
  rules_.gap = 5s;
  claim(7h, 1min).rank = -1;
  claim(7h + 65s, 1min);
  claim(7h - 65s, 1min);
  EXPECT_EQ(fates(), (std::vector<Fate>{plays(7h, 1min), plays(7h + 65s, 1min), plays(7h - 65s, 1min)}));
  claims_.erase(claims_.begin() + 1, claims_.end());
  claim(7h + 65s - 1ns, 1min);
  claim(7h - 65s + 1ns, 1min);
  EXPECT_EQ(fates()[1], cancelled(1, lost_to(0)));
  EXPECT_EQ(fates()[2], cancelled(2, lost_to(0)));
}

TEST_F(Arbitration, ALoserIsShiftedWithinWhatItAllows) {
  rules_.gap = 5s;
  claim(7h, 2min);
  Terms& loser = claim(7h + 1min, 1min);
  loser.later = 65s;
  EXPECT_EQ(fates()[1], (Fate{Verdict::kShifted, day_.from + 7h + 125s, 1min, lost_to(0)}));
  loser.later = 65s - 1ms;
  EXPECT_EQ(fates()[1], cancelled(1, lost_to(0)));
}

TEST_F(Arbitration, AShiftLeavesNoOneItsPlaceAndKeepsTheDay) {
  claim(7h, 2min);
  claim(7h + 3min, 2min);
  Terms& last = claim(7h, 90s);
  last.rank = 1;
  last.later = 1h;
  EXPECT_EQ(fates()[2].start, day_.from + 7h + 5min);  // the minute between the two is too short
  claims_.clear();
  claim(23h + 50min, 5min);
  Terms& late = claim(23h + 50min, 5min);
  late.later = 1h;
  EXPECT_EQ(fates()[1].start, day_.from + 23h + 55min);
  late.length = 5min + 1ms;
  EXPECT_EQ(fates()[1].verdict, Verdict::kCancelled);
}

TEST_F(Arbitration, WhatMayBeShortenedIsCutBeforeItIsCancelled) {
  rules_.gap = 5s;
  claim(7h + 1min, 10min).rank = -1;
  Terms& loser = claim(7h, 5min);
  loser.shortest = 30s;
  EXPECT_EQ(fates()[1], (Fate{Verdict::kShortened, day_.from + 7h, 55s, lost_to(0)}));
  loser.shortest = 55s + 1ms;
  EXPECT_EQ(fates()[1], cancelled(1, lost_to(0)));
  loser.later = 12min;  // whole and later comes before cut and in time
  loser.shortest = 30s;
  EXPECT_EQ(fates()[1].verdict, Verdict::kShifted);
}

TEST_F(Arbitration, EmergenciesMeetByOrderToo) {
  claim(7h, 1min).announcement_class = AnnouncementClass::kEmergency;
  Terms& second = claim(7h, 1min);
  second.announcement_class = AnnouncementClass::kEmergency;
  second.later = 10min;
  EXPECT_EQ(fates()[1], (Fate{Verdict::kShifted, day_.from + 7h + 1min, 1min, lost_to(0)}));
}

TEST_F(Arbitration, QuietHoursForbidAnyMomentOfSound) {
  rules_.quiet = QuietHours{21h, 5h + 30min};
  claim(5h + 30min, 1min);
  claim(5h + 30min - 1ns, 1min);
  claim(20h + 59min, 1min);
  claim(20h + 59min + 1ns, 1min);
  claim(1h, 1min);
  claim(20h, 5h);  // begins in time and ends in the night
  const auto all = fates();
  EXPECT_EQ(all[0].verdict, Verdict::kPlays);
  EXPECT_EQ(all[1], cancelled(1, Clause::kQuietHours));
  EXPECT_EQ(all[2].verdict, Verdict::kPlays);
  EXPECT_EQ(all[3], cancelled(3, Clause::kQuietHours));
  EXPECT_EQ(all[4], cancelled(4, Clause::kQuietHours));
  EXPECT_EQ(all[5], cancelled(5, Clause::kQuietHours));
}

TEST_F(Arbitration, QuietHoursMayLieWithinADay) {
  rules_.quiet = QuietHours{12h, 13h};
  claim(12h, 1min).later = 2h;
  claim(11h + 59min, 5min).shortest = 30s;
  claim(21h, 1min);
  EXPECT_EQ(fates(), (std::vector<Fate>{{Verdict::kShifted, day_.from + 13h, 1min, Clause::kQuietHours},
                                        {Verdict::kShortened, day_.from + 11h + 59min, 1min, Clause::kQuietHours},
                                        plays(21h, 1min)}));
}

TEST_F(Arbitration, DaysWithoutSound) {
  rules_.weekdays.reset(1);
  claim(7h, 1min).later = 10h;
  EXPECT_EQ(fates()[0], cancelled(0, Clause::kWeekday));
  day_.weekday = 2;
  EXPECT_EQ(fates()[0].verdict, Verdict::kPlays);
}

TEST_F(Arbitration, AnExceptionOrAnEmergencyLiftsTheRulesAndNothingElse) {
  rules_.quiet = QuietHours{21h, 5h};
  rules_.weekdays.reset(1);
  rules_.sessions = {{"morning", 6h, 7h, 1min}};
  claim(3h, 2min).excepted = true;
  claim(3h + 2min, 2min).announcement_class = AnnouncementClass::kEmergency;
  claim(3h + 1min, 2min).excepted = true;
  EXPECT_EQ(fates(), (std::vector<Fate>{plays(3h, 2min), plays(3h + 2min, 2min), cancelled(2, lost_to(0))}));
}

TEST_F(Arbitration, SoundStaysWithinTheSessions) {
  rules_.sessions = {{"morning", 6h, 7h, 15min}, {"afternoon", 17h, 18h, 15min}};
  claim(6h, 1min);
  claim(5h + 59min, 1min);
  claim(6h + 59min, 2min);
  claim(8h, 1min).later = 9h;
  EXPECT_EQ(fates(), (std::vector<Fate>{plays(6h, 1min),
                                        cancelled(1, Clause::kOutsideSessions),
                                        cancelled(2, Clause::kOutsideSessions),
                                        {Verdict::kShifted, day_.from + 17h, 1min, Clause::kOutsideSessions}}));
}

TEST_F(Arbitration, ASessionIsFullAtTheLoudspeakerThatHeardMost) {
  rules_.sessions = {{"morning", 6h, 7h, 5min}, {"afternoon", 17h, 18h, 5min}};
  claim(6h, 3min, {kAlley});
  claim(6h, 1min, {kSouth});
  claim(6h + 10min, 2min + 1ms, {kWard}).later = 12h;  // 5 min and a bit in the alley
  claim(6h + 20min, 2min, {kNorth});
  claim(6h + 30min, 4min, {kSouth});
  claim(6h + 40min, 5min, {kSouth}).shortest = 1s;
  EXPECT_EQ(fates(), (std::vector<Fate>{plays(6h, 3min),
                                        plays(6h, 1min),
                                        {Verdict::kShifted, day_.from + 17h, 2min + 1ms, Clause::kSessionFull},
                                        plays(6h + 20min, 2min),
                                        plays(6h + 30min, 4min),
                                        cancelled(5, Clause::kSessionFull)}));
}

TEST_F(Arbitration, ACutFillsWhatIsLeftOfASession) {
  rules_.sessions = {{"morning", 6h, 7h, 5min}};
  claim(6h, 3min, {kAlley});
  claim(6h + 10min, 4min).shortest = 1min;
  claim(6h + 58min, 4min, {kSouth}).shortest = 1min;
  EXPECT_EQ(fates()[1], (Fate{Verdict::kShortened, day_.from + 6h + 10min, 2min, Clause::kSessionFull}));
  EXPECT_EQ(fates()[2], (Fate{Verdict::kShortened, day_.from + 6h + 58min, 2min, Clause::kOutsideSessions}));
}

TEST_F(Arbitration, ASessionPacksItsAnnouncementsBackToBack) {
  rules_.gap = 5s;
  rules_.sessions = {{"morning", 6h, 7h, 10min}};
  claim(6h, 2min).session = 0;
  claim(6h, 3min).session = 0;
  claim(6h + 1min, 1min);  // with a time of its own
  Terms& last = claim(6h, 4min);
  last.session = 0;
  EXPECT_EQ(fates(), (std::vector<Fate>{plays(6h + 2min + 5s, 2min), plays(6h + 4min + 10s, 3min),
                                        plays(6h + 1min, 1min), plays(6h + 7min + 15s, 4min)}));
  last.length = 4min + 1ms;
  EXPECT_EQ(fates()[3], cancelled(3, Clause::kSessionFull));
  last.shortest = 1min;
  EXPECT_EQ(fates()[3].length, 4min);
}

TEST_F(Arbitration, ASessionEndsForWhatIsExceptedToo) {
  rules_.weekdays.reset(1);
  rules_.sessions = {{"morning", 6h, 6h + 10min, 60min}};
  for (int i = 0; i < 3; ++i) {
    Terms& terms = claim(6h, 4min);
    terms.session = 0;
    terms.excepted = true;
  }
  EXPECT_EQ(fates(), (std::vector<Fate>{plays(6h, 4min), plays(6h + 4min, 4min), cancelled(2, lost_to(1))}));
  terms_.back().shortest = 1min;
  EXPECT_EQ(fates()[2], (Fate{Verdict::kShortened, day_.from + 6h + 8min, 2min, lost_to(1)}));
  terms_.back().length = 11min;
  terms_.back().shortest = 0ms;
  EXPECT_EQ(fates()[2], cancelled(2, Clause::kOutsideSessions));
}

TEST_F(Arbitration, StaggeredAreasFollowEachOtherAndAreOnePlace) {
  rules_.gap = 5s;
  claim(7h + 90s, 10s, {kSouth}).rank = -1;
  Terms& staggered = claim(7h, 1min, {kNorth, kSouth});
  staggered.stagger = 10s;
  staggered.later = 1h;
  EXPECT_EQ(staggered.total(), 130s);
  // South would begin at 7:01:10; it is free from 7:01:45 on.
  EXPECT_EQ(fates()[1], (Fate{Verdict::kShifted, day_.from + 7h + 35s, 1min, lost_to(0)}));
  claim(7h + 35s + 65s, 1s, {kAlley});  // north is done
  claim(7h + 35s + 75s, 1s, {kSouth});  // south sounds
  EXPECT_EQ(fates()[2].verdict, Verdict::kPlays);
  EXPECT_EQ(fates()[3], cancelled(3, lost_to(1)));
}

TEST_F(Arbitration, AnEmergencyIsNeverStaggered) {
  Terms& emergency = claim(7h, 1min, {kNorth, kSouth});
  emergency.stagger = 10s;
  emergency.announcement_class = AnnouncementClass::kEmergency;
  EXPECT_EQ(emergency.total(), 1min);
  claim(7h + 70s, 1min, {kSouth});
  EXPECT_EQ(fates()[1].verdict, Verdict::kPlays);
}

TEST_F(Arbitration, StaggeredOnesAreNotCut) {
  claim(7h + 1min, 10min, {kNorth}).rank = -1;
  Terms& staggered = claim(7h, 2min, {kNorth, kSouth});
  staggered.stagger = 10s;
  staggered.shortest = 10s;
  EXPECT_EQ(fates()[1], cancelled(1, lost_to(0)));
}

TEST_F(Arbitration, WhatCrossesMidnightHoldsItsPlace) {
  rules_.gap = 5s;
  claim(0s, 1min).later = 10min;
  Terms fireworks;
  fireworks.areas = {kNorth};
  fireworks.length = 5min;
  const Claim eve{7, &fireworks, day_.from - 2min};
  held_.push_back({eve, {Verdict::kPlays, eve.due, 5min, {}}});
  EXPECT_EQ(fates()[0], (Fate{Verdict::kShifted, day_.from + 3min + 5s, 1min, LostTo{7, eve.due}}));
}

TEST_F(Arbitration, ADayLeavesNothingToTheNext) {
  rules_.sessions = {{"morning", 6h, 7h, 1min}};
  claim(6h, 1min);
  Arbiter arbiter{tree_, rules_};
  EXPECT_EQ(arbiter.decide(day_, claims_)[0].verdict, Verdict::kPlays);
  day_ = {day_.until, day_.until + 24h, 2};
  claims_[0].due += 24h;
  EXPECT_EQ(arbiter.decide(day_, claims_)[0].verdict, Verdict::kPlays);
}

}  // namespace
}  // namespace loa::schedules
