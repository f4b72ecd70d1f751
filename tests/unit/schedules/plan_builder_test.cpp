#include "schedules/plan_builder.h"

#include <gtest/gtest.h>

namespace loa::schedules {
namespace {

using namespace std::chrono_literals;

const WallTime kNoon = parse_utc("2027-02-06T12:00:00Z").value();

Schedule once(const std::string& id, WallTime start, milliseconds duration = 60s) {
  Schedule schedule;
  schedule.id = ScheduleId{id};
  schedule.rule = Once{start};
  schedule.duration = duration;
  return schedule;
}

std::vector<std::string> planned(const std::vector<Schedule>& schedules, WallTime from, WallTime until) {
  std::vector<std::string> ids;
  for (const Due& due : plan_for_node(schedules, from, until)) ids.push_back(due.schedule->id.str());
  return ids;
}

TEST(PlanForNode, AscendsByStartThenById) {
  const std::vector<Schedule> schedules = {once("c", kNoon + 2h), once("b", kNoon), once("d", kNoon - 1h),
                                           once("a", kNoon)};
  EXPECT_EQ(planned(schedules, kNoon - 2h, kNoon + 3h), (std::vector<std::string>{"d", "a", "b", "c"}));
}

TEST(PlanForNode, HoldsTheWindowOnly) {
  const std::vector<Schedule> schedules = {once("past", kNoon - 61s), once("sounding", kNoon - 59s),
                                           once("at-end", kNoon + 1h), once("last", kNoon + 1h - 1ns)};
  EXPECT_EQ(planned(schedules, kNoon, kNoon + 1h), (std::vector<std::string>{"sounding", "last"}));
  EXPECT_TRUE(planned({}, kNoon, kNoon + 1h).empty());
}

TEST(PlanForNode, EachDueHasItsScheduleStartAndPlay) {
  const std::vector<Schedule> schedules = {once("a", kNoon)};
  const auto due = plan_for_node(schedules, kNoon, kNoon + 1h);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].schedule, &schedules[0]);
  EXPECT_EQ(due[0].start, kNoon);
  EXPECT_EQ(due[0].play, play_id(ScheduleId{"a"}, kNoon));
}

std::optional<Overlap> overlap(const Schedule& candidate, const std::vector<Schedule>& others) {
  return find_overlap(candidate, others, kNoon - 24h, kNoon + 24h);
}

TEST(FindOverlap, TouchingIsNoOverlapAndANanosecondIs) {
  const Schedule candidate = once("new", kNoon, 60s);
  EXPECT_FALSE(overlap(candidate, {once("after", kNoon + 60s)}));
  EXPECT_TRUE(overlap(candidate, {once("after", kNoon + 60s - 1ns)}));
  EXPECT_FALSE(overlap(candidate, {once("before", kNoon - 30s, 30s)}));
  EXPECT_TRUE(overlap(candidate, {once("before", kNoon - 30s + 1ns, 30s)}));
}

TEST(FindOverlap, OneInsideTheOther) {
  EXPECT_TRUE(overlap(once("new", kNoon, 1h), {once("short", kNoon + 10min, 1s)}));
  EXPECT_TRUE(overlap(once("new", kNoon + 10min, 1s), {once("long", kNoon, 1h)}));
  EXPECT_TRUE(overlap(once("new", kNoon), {once("same", kNoon)}));
}

TEST(FindOverlap, NamesTheFirstThatIsInTheWay) {
  const auto found = overlap(once("new", kNoon, 1h),
                             {once("free", kNoon + 2h), once("taken", kNoon + 30min), once("also", kNoon + 40min)});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->other, ScheduleId{"taken"});
  EXPECT_EQ(found->other_start, kNoon + 30min);
}

TEST(FindOverlap, LooksOnlyIntoItsWindow) {
  const Schedule candidate = once("new", kNoon);
  EXPECT_FALSE(find_overlap(candidate, std::vector{once("same", kNoon)}, kNoon + 1h, kNoon + 2h));
  EXPECT_FALSE(find_overlap(candidate, {}, kNoon - 1h, kNoon + 1h));
  EXPECT_TRUE(find_overlap(candidate, std::vector{once("same", kNoon)}, kNoon, WallTime::max()));
}

}  // namespace
}  // namespace loa::schedules
