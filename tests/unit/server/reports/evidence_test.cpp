#include "server/reports/evidence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/reports/evidence_reader.h"
#include "server/store/migrations.h"
#include "tests/unit/server/reports/report_books.h"

namespace loa::server {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class EvidenceTest : public testing::Test {
 protected:
  [[nodiscard]] EvidenceFigures told(const DayRange& range = kTwoDays, WallTime now = kTold) {
    EvidenceFigures figures;
    store_.in_one_view([&] { figures = tell_evidence(store_, load_ground(store_, range, zone_, now)); });
    return figures;
  }

  const civil::Zone zone_{"Asia/Ho_Chi_Minh"};
  Store store_ = Store::make_writer(db::Database::open_in_memory());
  ReportBooks books_{store_};
};

PlayCounts counts(std::int64_t airings, std::array<std::int64_t, 6> ends, seconds planned, seconds heard,
                  seconds airtime) {
  return {airings, ends[0], ends[1], ends[2], ends[3], ends[4], ends[5], planned, heard, airtime};
}

TEST_F(EvidenceTest, EmptyBooksAreAllZero) {
  const EvidenceFigures figures = told();
  EXPECT_EQ(figures.total, PlayCounts{});
  EXPECT_THAT(figures.announcements, IsEmpty());
  EXPECT_THAT(figures.reasons, IsEmpty());
  EXPECT_THAT(figures.outside, IsEmpty());
  EXPECT_THAT(figures.disclosures, IsEmpty());
  EXPECT_EQ(figures.coverage.groups, 3);
  EXPECT_EQ(figures.coverage.covered, 2);
  EXPECT_EQ(figures.coverage.working, 0);
  EXPECT_EQ(figures.uptime, Uptime{});
  EXPECT_FALSE(figures.watched_since);
  EXPECT_FALSE(figures.has_rules);
}

TEST_F(EvidenceTest, TheWholeIsWhatWasPromisedAndHasBegun) {
  fill(books_);
  const EvidenceFigures figures = told();
  // Greeting at three, storm at two, fees, holiday, and one that waits for its report. What was taken back in time and
  // what is still to come is not among them.
  EXPECT_EQ(figures.total, counts(5, {4, 1, 0, 1, 1, 1}, seconds{3 * 32 + 2 * 60 + 40 + 30 + 30},
                                  seconds{32 + 20 + 60 + 10 + 40 + 30}, seconds{32 + 60 + 40 + 30}));
  EXPECT_EQ(figures.total.planned(), 8);
  EXPECT_THAT(figures.reasons, ElementsAre(Pair(Pair(OutcomeResult::kPlayed, "chime_missing"), 1),
                                           Pair(Pair(OutcomeResult::kLate, "joined_late"), 1),
                                           Pair(Pair(OutcomeResult::kStopped, "stop_order"), 1),
                                           Pair(Pair(OutcomeResult::kMissed, "node_off"), 1)));
}

TEST_F(EvidenceTest, ALoudspeakerThatNeverSaysAWordStandsInTheDenominator) {
  books_.announce("chao", "Lời chào", AnnouncementClass::kNormal, seconds{30});
  const auto greeting = books_.schedule("chao", "chao", at("2026-11-24T14:30"), seconds{30});
  for (const char* node : {"n-1", "n-2"}) books_.plan(node, {greeting}, kMorning + minutes{1});
  books_.outcome("n-1", greeting, OutcomeResult::kPlayed, "", seconds{30});
  EXPECT_EQ(told().total.planned(), 2);
  EXPECT_EQ(told().total.waiting, 1);
  EXPECT_EQ(store_.book_missing_reports(kTold, kTold), 1);
  EXPECT_EQ(told().total.planned(), 2);
  EXPECT_EQ(told().total.missed, 1);
  // A report of what nobody promised makes no share better.
  wire::Outcome invented = outcome_of(play_of(greeting), OutcomeResult::kPlayed, "");
  invented.play = PlayId{"s-nothing-20261124t073000z"};
  store_.book_outcomes(NodeId{"n-2"}, {invented}, kTold);
  EXPECT_EQ(told().total.planned(), 2);
  EXPECT_EQ(told().total.played, 1);
  EXPECT_EQ(told().unplanned, 1);
}

TEST_F(EvidenceTest, EveryGroupAddsUpToTheWhole) {
  fill(books_);
  const EvidenceFigures figures = told();
  ASSERT_EQ(figures.announcements.size(), 3U);
  EXPECT_EQ(figures.announcements[0].title, "Lời chào");
  EXPECT_EQ(figures.announcements[0].counts,
            counts(3, {2, 1, 0, 0, 1, 1}, seconds{3 * 32 + 60}, seconds{32 + 20 + 30}, seconds{32 + 30}));
  EXPECT_EQ(figures.announcements[1].title, "Báo bão");
  EXPECT_EQ(figures.announcements[1].counts, counts(1, {1, 0, 0, 1, 0, 0}, seconds{120}, seconds{70}, seconds{60}));
  EXPECT_EQ(figures.announcements[2].counts, counts(1, {1, 0, 0, 0, 0, 0}, seconds{40}, seconds{40}, seconds{40}));

  EXPECT_EQ(figures.classes[0], counts(4, {3, 1, 0, 0, 1, 1}, seconds{196}, seconds{122}, seconds{102}));
  EXPECT_EQ(figures.classes[1], PlayCounts{});
  EXPECT_EQ(figures.classes[2], figures.announcements[1].counts);

  EXPECT_EQ(figures.campaigns[0], counts(4, {3, 1, 0, 1, 1, 1}, seconds{276}, seconds{152}, seconds{122}));
  EXPECT_EQ(figures.campaigns[1], PlayCounts{});
  EXPECT_EQ(figures.campaigns[2], figures.announcements[2].counts);
}

TEST_F(EvidenceTest, AnAreaHasAllThatIsBelowIt) {
  fill(books_);
  const EvidenceFigures figures = told();
  ASSERT_EQ(figures.areas.size(), 4U);
  EXPECT_EQ(figures.areas[0].id, AreaId{"phu-lien"});
  EXPECT_EQ(figures.areas[0].counts, figures.total);
  EXPECT_FALSE(figures.areas[0].is_group);
  // n-1 and n-10: of the greeting the longer counts as airtime.
  EXPECT_EQ(figures.areas[1].counts, counts(4, {4, 1, 0, 0, 0, 0}, seconds{2 * 32 + 60 + 40 + 30},
                                            seconds{32 + 20 + 60 + 40 + 30}, seconds{162}));
  EXPECT_EQ(figures.areas[1].loudspeakers, 2);
  EXPECT_EQ(figures.areas[1].working, 1);
  EXPECT_EQ(figures.areas[2].counts, counts(3, {0, 0, 0, 1, 1, 1}, seconds{32 + 60 + 30}, seconds{10}, seconds{10}));
  EXPECT_EQ(figures.areas[3].counts, PlayCounts{});
  EXPECT_EQ(figures.coverage.groups, 3);
  EXPECT_EQ(figures.coverage.covered, 2);
  EXPECT_EQ(figures.coverage.working, 1);
}

TEST_F(EvidenceTest, LoudspeakersAreInTheOrderPeopleCount) {
  fill(books_);
  const EvidenceFigures figures = told();
  ASSERT_EQ(figures.nodes.size(), 3U);
  EXPECT_EQ(figures.nodes[1].id, NodeId{"n-2"});
  EXPECT_EQ(figures.nodes[2].id, NodeId{"n-10"});
  EXPECT_EQ(figures.nodes[0].counts, counts(4, {4, 0, 0, 0, 0, 0}, seconds{162}, seconds{162}, seconds{162}));
  EXPECT_EQ(figures.nodes[2].counts, counts(1, {0, 1, 0, 0, 0, 0}, seconds{32}, seconds{20}, seconds{20}));
}

TEST_F(EvidenceTest, ARangeHasItsOwnDaysOnly) {
  fill(books_);
  const civil::Day wednesday = civil::parse_day("2026-11-25");
  EXPECT_EQ(told({wednesday, wednesday}).total, counts(3, {2, 0, 0, 0, 0, 1}, seconds{100}, seconds{70}, seconds{70}));
  const civil::Day tuesday = civil::parse_day("2026-11-24");
  EXPECT_EQ(told({tuesday, tuesday}).total.planned(), 5);
  EXPECT_EQ(told({tuesday - civil::days{1}, tuesday - civil::days{1}}).total, PlayCounts{});
  // A day that has not come.
  EXPECT_EQ(told({wednesday + civil::days{5}, wednesday + civil::days{9}}).total, PlayCounts{});
}

TEST_F(EvidenceTest, EachDayHasWhatItsRangeAloneWouldHave) {
  fill(books_);
  const EvidenceFigures figures = told();
  ASSERT_EQ(figures.days.size(), 2U);
  EXPECT_EQ(figures.days[0].day, civil::parse_day("2026-11-24"));
  EXPECT_EQ(figures.days[1].day, civil::parse_day("2026-11-25"));
  for (const DayFigures& each : figures.days) {
    EXPECT_EQ(each.counts, told({each.day, each.day}).total) << civil::format_day(each.day);
    EXPECT_GT(each.counts.planned(), 0);
  }
}

TEST_F(EvidenceTest, WhatSoundedWithoutAPlanIsToldByItself) {
  fill(books_);
  const EvidenceFigures figures = told();
  EXPECT_EQ(figures.unplanned, 1);
  EXPECT_EQ(figures.unplanned_time, seconds{30});
}

TEST_F(EvidenceTest, HoursCountWhatBeganInThem) {
  fill(books_);
  const EvidenceFigures figures = told();
  EXPECT_EQ(figures.hours[14].airings, 1);
  EXPECT_EQ(figures.hours[14].starts, 2);
  EXPECT_EQ(figures.hours[14].heard_time, seconds{52});
  EXPECT_EQ(figures.hours[22].starts, 2);
  EXPECT_EQ(figures.hours[10].starts, 1);
  EXPECT_EQ(figures.hours[11].starts, 0);
}

TEST_F(EvidenceTest, TheLedgerHasEverySoundOutsideTheRulesWithItsReason) {
  fill(books_);
  const EvidenceFigures figures = told();
  EXPECT_TRUE(figures.has_rules);
  ASSERT_EQ(figures.outside.size(), 3U);
  const auto& [storm, holiday, off] = std::tie(figures.outside[0], figures.outside[1], figures.outside[2]);
  EXPECT_EQ(storm.title, "Báo bão");
  EXPECT_EQ(storm.loudspeakers, 2);
  EXPECT_THAT(storm.time, ElementsAre(seconds{70}, seconds{0}, seconds{0}));
  EXPECT_TRUE(storm.is_excused());
  EXPECT_FALSE(storm.exception);
  EXPECT_THAT(holiday.time, ElementsAre(seconds{0}, seconds{0}, seconds{30}));
  ASSERT_TRUE(holiday.exception);
  EXPECT_EQ(holiday.exception->words, "Ngày hội phường");
  EXPECT_TRUE(holiday.is_excused());
  EXPECT_THAT(off.time, ElementsAre(seconds{0}, seconds{0}, seconds{30}));
  EXPECT_FALSE(off.is_planned);
  EXPECT_FALSE(off.is_excused());
}

TEST_F(EvidenceTest, TheLedgerSaysWhoAllowedAnException) {
  fill(books_);
  const EvidenceFigures unknown = told();
  for (const OutsideFigures& each : unknown.outside) EXPECT_FALSE(each.allowed) << "nobody wrote down who";
  const WallTime before = kMorning;
  for (const char* person : {"operator", "editor", "chairman"})
    store_.add_person(
        {PersonId{person}, std::string{"Bà "} + person, Role::kEditor, std::nullopt, false, false, before});
  store_.add_audit({PersonId{"editor"}, "session"}, {"create_schedule", "s-le", "", "{}"}, before);
  store_.add_step(AnnouncementId{"a-chao"}, {before, PersonId{"editor"}, StepKind::kScheduled, "s-le"});
  store_.add_step(AnnouncementId{"a-chao"}, {before + minutes{1}, PersonId{"chairman"}, StepKind::kApproved, ""});
  store_.add_audit({PersonId{"operator"}, "session"}, {"create_schedule", "s-khan", "", "{}"}, before + minutes{2});
  store_.add_audit({PersonId{"operator"}, "session"}, {"create_schedule", "s-huy", "", "{}"}, before + minutes{2});
  const auto outside = told().outside;
  ASSERT_TRUE(outside[0].allowed);
  EXPECT_EQ(outside[0].allowed->name, "Bà operator") << "an emergency, at once";
  ASSERT_TRUE(outside[1].allowed);
  EXPECT_EQ(outside[1].allowed->person, PersonId{"chairman"}) << "the holiday had to wait";
  EXPECT_EQ(outside[1].allowed->at, before + minutes{1});
  EXPECT_FALSE(outside[2].allowed) << "what nobody allowed has no name";
}

TEST_F(EvidenceTest, AnExceptionIsThatOfTheVersionInForce) {
  fill(books_);
  schedules::Schedule edited = store_.load_schedule(ScheduleId{"s-le"})->schedule;
  edited.exception.reset();
  edited.made = at("2026-11-25T11:00");
  store_.replace_schedule(edited);
  EXPECT_TRUE(told().outside[1].exception);
  edited.exception = schedules::Exception{schedules::ExceptionReason::kRepair, "sửa"};
  edited.made = at("2026-11-25T11:30");
  store_.replace_schedule(edited);
  EXPECT_EQ(told().outside[1].exception->reason, schedules::ExceptionReason::kGreatHoliday);
}

TEST_F(EvidenceTest, ADisclosureIsProvedByItsLongestRun) {
  fill(books_);
  EvidenceFigures figures = told();
  ASSERT_EQ(figures.disclosures.size(), 1U);
  const DisclosureFigures& fees = figures.disclosures[0];
  EXPECT_EQ(fees.source, "15/TB-UBND");
  EXPECT_EQ(fees.days_counted, 2);
  EXPECT_EQ(fees.days_proved, 2);
  EXPECT_EQ(fees.longest_run, 3);  // it began on the day before the range
  EXPECT_TRUE(fees.is_proved());
  store_.save_campaign_day(CampaignId{"c-phi"}, {civil::parse_day("2026-11-24"), 2, 1});
  figures = told();
  EXPECT_EQ(figures.disclosures[0].days_proved, 1);
  EXPECT_EQ(figures.disclosures[0].longest_run, 1);
  EXPECT_FALSE(figures.disclosures[0].is_proved());
  // A day without a count breaks a run as one that was missed does.
  const civil::Day far = civil::parse_day("2026-11-29");
  store_.save_campaign_day(CampaignId{"c-phi"}, {far, 1, 1});
  EXPECT_EQ(told({far, far}).disclosures[0].longest_run, 1);
}

TEST_F(EvidenceTest, UptimeIsTheTimeInWhichItWasHeard) {
  using wire::Presence;
  const WallTime three = at("2026-11-24T15:00");
  books_.hear("n-1", three, Presence::kOnline);
  for (int minute = 1; minute <= 60; ++minute) books_.hear("n-1", three + minutes{minute}, Presence::kOnline);
  books_.hear("n-1", three + minutes{61}, Presence::kOffline);  // its will
  books_.hear("n-1", three + minutes{91}, Presence::kOnline);
  // The server stood still for four hours: nobody knows, so it was not heard.
  books_.hear("n-1", three + minutes{91} + hours{4}, Presence::kOnline);
  books_.hear("n-1", three + minutes{92} + hours{4}, Presence::kOnline);
  const WallTime now = three + minutes{93} + hours{4};
  const EvidenceFigures figures = told(kTwoDays, now);
  EXPECT_EQ(figures.watched_since, three);
  EXPECT_EQ(figures.nodes[0].uptime.watched, minutes{93} + hours{4});
  EXPECT_EQ(figures.nodes[0].uptime.heard, minutes{61} + minutes{2});
  // The others were enrolled, and nobody has heard of them since the books are kept.
  EXPECT_EQ(figures.nodes[1].uptime.watched, minutes{93} + hours{4});
  EXPECT_EQ(figures.nodes[1].uptime.heard, minutes{0});
  EXPECT_EQ(figures.areas[0].uptime, figures.uptime);
  // A row for each change, not for each status.
  EXPECT_EQ(store_.load_services().at(NodeId{"n-1"}).presence.size(), 4U);
  // After the last word only what it still says.
  EXPECT_EQ(told(kTwoDays, now + hours{1}).nodes[0].uptime.heard, minutes{61} + minutes{1});
}

TEST_F(EvidenceTest, UptimeEndsWithTheRevocation) {
  const WallTime three = at("2026-11-24T15:00");
  for (int minute = 0; minute <= 60; ++minute) books_.hear("n-2", three + minutes{minute}, wire::Presence::kOnline);
  store_.revoke_node(NodeId{"n-2"}, "stolen", three + minutes{60});
  const EvidenceFigures figures = told(kTwoDays, three + hours{5});
  EXPECT_EQ(figures.nodes[1].uptime, (Uptime{hours{1}, hours{1}}));
  EXPECT_FALSE(figures.nodes[1].is_enrolled);
  EXPECT_EQ(figures.coverage.covered, 1);
}

TEST_F(EvidenceTest, AnOutcomeThatSaysAnotherInstantIsStillThatOfItsPlay) {
  for (const hours shift : {hours{1}, hours{-1}}) {
    SCOPED_TRACE(shift.count());
    Store store = Store::make_writer(db::Database::open_in_memory());
    ReportBooks books{store};
    books.announce("chao", "Lời chào", AnnouncementClass::kNormal, seconds{30});
    const auto greeting = books.schedule("chao", "chao", at("2026-11-24T14:30"), seconds{30});
    books.plan("n-1", {greeting}, kMorning + minutes{1});
    wire::Outcome said = outcome_of(play_of(greeting), OutcomeResult::kPlayed, "");
    said.planned = station_from_wall(at("2026-11-24T14:30") + shift);
    store.book_outcomes(NodeId{"n-1"}, {said}, kTold);
    const EvidenceFigures figures = tell_evidence(store, load_ground(store, kTwoDays, zone_, kTold));
    EXPECT_EQ(figures.total.played, 1);
    EXPECT_EQ(figures.total.planned(), 1);
    EXPECT_EQ(figures.unplanned, 0);
  }
}

TEST_F(EvidenceTest, WhatIsPlannedAtOneLoudspeakerIsExcusedAtAll) {
  books_.announce("chao", "Lời chào", AnnouncementClass::kNormal, seconds{30});
  schedules::WardRules rules;
  rules.sessions = {{"sáng", hours{6}, hours{7}, minutes{15}}};
  store_.add_ward_rules("12/QĐ-UBND", rules, kMorning);
  const auto greeting = books_.schedule("chao", "chao", at("2026-11-24T14:30"), seconds{30},
                                        schedules::Exception{schedules::ExceptionReason::kRepair, "thử"});
  books_.plan("n-2", {greeting}, kMorning + minutes{1});
  // n-1, which is read first, had no plan of it.
  for (const char* node : {"n-1", "n-2"}) books_.outcome(node, greeting, OutcomeResult::kPlayed, "", seconds{30});
  const EvidenceFigures figures = told();
  EXPECT_EQ(figures.total, counts(1, {1, 0, 0, 0, 0, 0}, seconds{30}, seconds{30}, seconds{30}));
  EXPECT_EQ(figures.unplanned, 1);
  ASSERT_EQ(figures.outside.size(), 1U);
  EXPECT_EQ(figures.outside[0].loudspeakers, 2);
  EXPECT_TRUE(figures.outside[0].is_excused());
  EXPECT_EQ(figures.hours[14].airings, 1);
}

TEST(EvidenceBooks, BothListsAreReadFromTheirIndexes) {
  db::Database database = db::Database::open_in_memory();
  db::migrate(database, migrations());
  for (const auto& [sql, index] :
       {std::pair{
            "SELECT start_us, node_id, play_id, schedule_id, announcement_id FROM planned_plays WHERE cancelled_us "
            "IS NULL AND start_us >= 1 AND start_us < 2 ORDER BY start_us, node_id, play_id",
            "USING COVERING INDEX planned_plays_by_start"},
        {"SELECT planned_us, node_id, play_id, result, reason, started_us, heard_ms FROM outcomes WHERE planned_us >= "
         "1 "
         "AND planned_us < 2 ORDER BY planned_us, node_id, play_id",
         "USING COVERING INDEX outcomes_by_planned"}}) {
    db::Statement plan = database.prepare(std::string{"EXPLAIN QUERY PLAN "} + sql);
    ASSERT_TRUE(plan.step());
    EXPECT_THAT(plan.get_text(3), testing::HasSubstr(index));
    EXPECT_FALSE(plan.step()) << "sorted";
  }
}

}  // namespace
}  // namespace loa::server
