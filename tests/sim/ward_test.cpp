// Whole wards on a virtual clock. LOA_DAYS=n runs n bad days instead of 4, LOA_SEED=n that one alone; a failing seed
// stands in the message.
#include <cstdlib>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schedules/schedule.h"
#include "tests/sim/world.h"

namespace loa::sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

std::map<std::pair<NodeId, PlayId>, wire::Outcome> outcomes_of(Ward& ward) {
  std::map<std::pair<NodeId, PlayId>, wire::Outcome> found;
  server::OutcomeFilter all;
  all.limit = 1'000'000;
  for (server::OutcomeRow& row : ward.books.load_outcomes(all))
    found[{row.node, row.outcome.play}] = std::move(row.outcome);
  return found;
}

nanoseconds sounded_of(const SimNode& node, const PlayId& play) {
  nanoseconds total{0};
  for (const Sounded& sounded : node.sounded())
    if (sounded.play == play) total += sounded.until - sounded.from;
  return total;
}

int times_sounded(const SimNode& node, const PlayId& play) {
  int times = 0;
  for (const Sounded& sounded : node.sounded()) times += sounded.play == play ? 1 : 0;
  return times;
}

TEST(Ward, EveryNodePlaysInStepAndTheServerKnows) {
  Ward ward(1, 8);
  for (auto& node : ward.nodes) node->start();
  ward.world.run_until(ward.world.now() + minutes{1});
  const AnnouncementId announcement = ward.announce(seconds{30});
  const WallTime start = ward.world.now() + minutes{2};
  ASSERT_EQ(ward.schedule(announcement, start, minutes{1}, AreaId{"phu-lien"}), "");
  ward.world.run_until(start + minutes{2});

  const PlayId play = ward.scheduled.begin()->first;
  const auto outcomes = outcomes_of(ward);
  ASSERT_EQ(outcomes.size(), 8U);
  for (const auto& node : ward.nodes) {
    const wire::Outcome& outcome = outcomes.at({node->id(), play});
    EXPECT_EQ(outcome.result, OutcomeResult::kPlayed) << outcome.reason;
    EXPECT_EQ(outcome.clock_state, ClockState::kSynced);
    ASSERT_EQ(node->sounded().size(), 1U);
    // True time of the first sample: within the bound the node itself states, its drift until then included.
    const nanoseconds error = node->sounded()[0].from - start;
    EXPECT_LE(std::chrono::abs(error), *outcome.clock_error + milliseconds{2}) << node->id().str();
    EXPECT_EQ(node->owed(), 0);
  }
}

TEST(Ward, AChimeSoundsFirstOnEveryNode) {
  constexpr milliseconds kClipAt{2'400 + 300};
  Ward ward(11, 4);
  for (auto& node : ward.nodes) node->start();
  ward.world.run_until(ward.world.now() + minutes{1});
  ward.set_chime(ward.announce(milliseconds{2'400}));
  const WallTime start = ward.world.now() + minutes{2};
  ASSERT_EQ(ward.schedule(ward.announce(seconds{30}), start, minutes{1}, AreaId{"phu-lien"}), "");
  ward.world.run_until(start + minutes{2});
  const PlayId play = ward.scheduled.begin()->first;
  const auto outcomes = outcomes_of(ward);
  ASSERT_EQ(outcomes.size(), 4U);
  for (const auto& node : ward.nodes) {
    const wire::Outcome& outcome = outcomes.at({node->id(), play});
    EXPECT_EQ(outcome.result, OutcomeResult::kPlayed);
    EXPECT_EQ(outcome.reason, "");
    EXPECT_GE(outcome.heard, kClipAt + seconds{30} - milliseconds{300});
    ASSERT_EQ(node->sounded().size(), 1U);
    EXPECT_LE(std::chrono::abs(node->sounded()[0].from - start), *outcome.clock_error + milliseconds{2});
  }
}

TEST(Ward, AStopOrderSilencesOneNodeAndSaysSo) {
  Ward ward(2, 2);
  for (auto& node : ward.nodes) node->start();
  ward.world.run_until(ward.world.now() + minutes{1});
  const WallTime start = ward.world.now() + seconds{30};
  ASSERT_EQ(ward.schedule(ward.announce(minutes{5}), start, seconds{0}, AreaId{"phu-lien"}), "");
  ward.world.run_until(start + seconds{20});
  ward.stop(ward.nodes[0]->id());
  ward.world.run_until(start + minutes{7});
  const PlayId play = ward.scheduled.begin()->first;
  const auto outcomes = outcomes_of(ward);
  EXPECT_EQ(outcomes.at({ward.nodes[0]->id(), play}).result, OutcomeResult::kStopped);
  EXPECT_EQ(outcomes.at({ward.nodes[0]->id(), play}).reason, reason::kStopOrder);
  EXPECT_LT(sounded_of(*ward.nodes[0], play), seconds{21});
  EXPECT_EQ(outcomes.at({ward.nodes[1]->id(), play}).result, OutcomeResult::kPlayed);
}

TEST(Ward, ACancelledScheduleIsSilentAndOwesNothing) {
  Ward ward(3, 2);
  for (auto& node : ward.nodes) node->start();
  ward.world.run_until(ward.world.now() + minutes{1});
  const WallTime start = ward.world.now() + minutes{5};
  ASSERT_EQ(ward.schedule(ward.announce(seconds{30}), start, minutes{1}, AreaId{"phu-lien"}), "");
  ward.world.run_until(ward.world.now() + minutes{1});
  ward.cancel_all();
  ward.world.run_until(start + hours{1});
  EXPECT_TRUE(outcomes_of(ward).empty());
  for (const auto& node : ward.nodes) EXPECT_TRUE(node->sounded().empty());
}

TEST(Ward, CancellingStopsWhatSounds) {
  Ward ward(4, 2);
  for (auto& node : ward.nodes) node->start();
  ward.world.run_until(ward.world.now() + minutes{1});
  const WallTime start = ward.world.now() + seconds{20};
  ASSERT_EQ(ward.schedule(ward.announce(minutes{2}), start, minutes{1}, AreaId{"phu-lien"}), "");
  ward.world.run_until(start + seconds{10});
  ward.cancel_all();
  ward.world.run_until(start + hours{1});
  for (const auto& [key, outcome] : outcomes_of(ward)) {
    EXPECT_EQ(outcome.result, OutcomeResult::kStopped);
    EXPECT_EQ(outcome.reason, reason::kCancelled);
  }
  EXPECT_EQ(outcomes_of(ward).size(), 2U);
  for (const auto& node : ward.nodes) EXPECT_LT(node->sounded().at(0).until, start + seconds{11});
}

TEST(Ward, ANodeAloneStillPlaysAndReportsLater) {
  Ward ward(5, 2);
  for (auto& node : ward.nodes) node->start();
  ward.world.run_until(ward.world.now() + minutes{1});
  const WallTime start = ward.world.now() + hours{3};
  ASSERT_EQ(ward.schedule(ward.announce(seconds{30}), start, minutes{1}, AreaId{"phu-lien"}), "");
  ward.world.run_until(ward.world.now() + minutes{1});
  for (auto& node : ward.nodes) node->disconnect();
  ward.world.run_until(start + minutes{30});
  for (const auto& [key, outcome] : outcomes_of(ward)) EXPECT_EQ(outcome.reason, reason::kNoReport);
  EXPECT_EQ(outcomes_of(ward).size(), 2U);

  for (auto& node : ward.nodes) node->connect();
  ward.world.run_until(start + minutes{31});
  for (const auto& [key, outcome] : outcomes_of(ward)) {
    EXPECT_EQ(outcome.result, OutcomeResult::kPlayed);
    EXPECT_EQ(outcome.clock_state, ClockState::kHoldover);
    EXPECT_TRUE(outcome.historical);
  }
}

TEST(Ward, ANodeThatStartsLateJoinsInStep) {
  Ward ward(6, 2);
  ward.nodes[0]->start();
  ward.world.run_until(ward.world.now() + minutes{1});
  const WallTime start = ward.world.now() + seconds{30};
  ASSERT_EQ(ward.schedule(ward.announce(minutes{2}), start, minutes{2}, AreaId{"phu-lien"}), "");
  ward.world.run_until(start + seconds{20});
  ward.nodes[1]->start();
  ward.world.run_until(start + minutes{5});
  const PlayId play = ward.scheduled.begin()->first;
  const wire::Outcome late = outcomes_of(ward).at({ward.nodes[1]->id(), play});
  EXPECT_EQ(late.result, OutcomeResult::kLate) << late.reason;
  EXPECT_EQ(late.reason, reason::kJoinedLate);
  ASSERT_EQ(ward.nodes[1]->sounded().size(), 1U);
  EXPECT_NEAR(static_cast<double>((ward.nodes[1]->sounded()[0].until - ward.nodes[0]->sounded()[0].until).count()), 0,
              50e6);
}

TEST(Ward, ARottenClipIsFetchedAnewBeforeItSounds) {
  Ward ward(7, 1);
  ward.nodes[0]->start();
  ward.world.run_until(ward.world.now() + minutes{1});
  const WallTime start = ward.world.now() + minutes{5};
  ASSERT_EQ(ward.schedule(ward.announce(seconds{30}), start, minutes{1}, AreaId{"phu-lien"}), "");
  ward.world.run_until(ward.world.now() + minutes{2});
  ward.nodes[0]->wipe_clip_bytes();
  ward.world.run_until(start + minutes{2});
  const auto outcomes = outcomes_of(ward);
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_NE(outcomes.begin()->second.result, OutcomeResult::kMissed) << outcomes.begin()->second.reason;
}

TEST(Ward, ABrokerThatForgetsEverythingIsRepaired) {
  Ward ward(8, 4);
  for (auto& node : ward.nodes) node->start();
  ward.world.run_until(ward.world.now() + minutes{1});
  ASSERT_EQ(ward.schedule(ward.announce(seconds{30}), ward.world.now() + hours{1}, minutes{1}, AreaId{"phu-lien"}), "");
  // The plans are published and at once forgotten: nobody has them but the server.
  ward.broker.wipe();
  ward.world.run_until(ward.world.now() + minutes{1});
  for (const auto& node : ward.nodes) {
    const auto report = ward.books.load_report(node->id());
    ASSERT_TRUE(report.has_value());
    EXPECT_EQ(report->status.plan, ward.books.load_plan(node->id())->name) << node->id().str();
  }
}

TEST(Ward, OverlapsAndShortNoticeAreRefused) {
  Ward ward(9, 2);
  const AnnouncementId announcement = ward.announce(minutes{2});
  const WallTime start = ward.world.now() + hours{1};
  EXPECT_EQ(ward.schedule(announcement, ward.world.now() + seconds{2}, seconds{0}, AreaId{"phu-lien"}),
            "schedule.too_soon");
  EXPECT_EQ(ward.schedule(announcement, start, seconds{0}, AreaId{"to-0"}), "");
  EXPECT_EQ(ward.schedule(announcement, start + minutes{1}, seconds{0}, AreaId{"phu-lien"}), "schedule.overlaps");
  EXPECT_EQ(ward.schedule(announcement, start + minutes{2} + seconds{12}, seconds{0}, AreaId{"phu-lien"}), "");
  EXPECT_EQ(ward.schedule(announcement, start, seconds{0}, AreaId{"nowhere"}), "area.unknown");
}

TEST(Ward, APlanThatWouldBeTooLongHoldsTheFirstPlaysAndReachesTheNode) {
  Ward ward(10, 1);
  ward.nodes[0]->start();
  ward.world.run_until(ward.world.now() + minutes{1});
  ward.crash_server();
  const WallTime first = ward.world.now() + hours{1};
  for (int i = 1; i <= 1100; ++i) {
    schedules::Schedule schedule;
    schedule.id = ScheduleId{"s-" + ward.world.id() + ward.world.id()};
    schedule.announcement = ward.announce(seconds{3});
    schedule.areas = {AreaId{"phu-lien"}};
    schedule.rule = schedules::Once{first + seconds{15} * i};
    schedule.volume_pct = 60;
    ward.books.add_schedule(schedule, ward.world.now());
  }
  ward.start_server();
  ASSERT_EQ(ward.schedule(ward.announce(seconds{3}), first, seconds{0}, AreaId{"phu-lien"}), "");
  ward.world.run_until(ward.world.now() + minutes{1});

  const auto issued = ward.books.load_plan(ward.nodes[0]->id());
  ASSERT_TRUE(issued.has_value());
  EXPECT_LE(issued->body.size(), wire::kLongestBody);
  EXPECT_EQ(ward.books.load_report(ward.nodes[0]->id())->status.plan, issued->name);
  const auto promised = ward.books.promised_plays(ward.nodes[0]->id());
  EXPECT_GT(promised.size(), 400U);
  EXPECT_EQ(promised.front(), ward.scheduled.begin()->first);
}

struct Kill {
  milliseconds at;  // after the planned start
  milliseconds for_how_long;
};

struct AfterKill {
  wire::Outcome outcome;
  std::vector<Sounded> pieces;
};

// One play of one node that is killed once; everything else goes well.
AfterKill play_with_kill(AnnouncementClass announcement_class, milliseconds duration, milliseconds late, Kill kill) {
  Ward ward(11, 1);
  SimNode& node = *ward.nodes[0];
  node.start();
  ward.world.run_until(ward.world.now() + minutes{1});
  const WallTime start = ward.world.now() + minutes{1};
  EXPECT_EQ(ward.schedule(ward.announce(duration, announcement_class), start, late, AreaId{"phu-lien"}), "");
  ward.world.run_until(start + kill.at);
  node.crash();
  ward.world.run_until(start + kill.at + kill.for_how_long);
  node.start();
  ward.world.run_until(start + duration + minutes{2});
  const auto outcomes = outcomes_of(ward);
  EXPECT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(node.owed(), 0);
  for (const Sounded& piece : node.sounded()) {
    EXPECT_GE(piece.from, start - milliseconds{100}) << "out of step";
    EXPECT_LE(piece.until, start + duration + milliseconds{100}) << "out of step";
  }
  for (std::size_t i = 1; i < node.sounded().size(); ++i) {
    EXPECT_GE(node.sounded()[i].from, node.sounded()[i - 1].until);
  }
  return {outcomes.begin()->second, node.sounded()};
}

std::string named(Kill kill, const AfterKill& after) {
  return "killed at " + std::to_string(kill.at.count()) + " ms for " + std::to_string(kill.for_how_long.count()) +
         " ms: " + std::string{to_string(after.outcome.result)} + " " + after.outcome.reason + ", heard " +
         std::to_string(after.outcome.heard.count()) + " ms in " + std::to_string(after.pieces.size()) + " pieces";
}

nanoseconds length_of(const std::vector<Sounded>& pieces) {
  nanoseconds total{0};
  for (const Sounded& piece : pieces) total += piece.until - piece.from;
  return total;
}

constexpr milliseconds kKillStep{490};
// From the restart to the next sound: the clock must be known again, and a late join takes a moment.
constexpr milliseconds kBack{1500};

TEST(Ward, KilledBeforeTheFirstSampleItPlays) {
  for (Kill kill{milliseconds{-14'000}, seconds{2}}; kill.at < milliseconds{0}; kill.at += kKillStep) {
    const AfterKill after = play_with_kill(AnnouncementClass::kNormal, seconds{60}, seconds{30}, kill);
    SCOPED_TRACE(named(kill, after));
    ASSERT_EQ(after.pieces.size(), 1U);
    // Back within the first ten milliseconds it has joined late, and what was heard may be the same as of a whole play.
    if (after.outcome.result == OutcomeResult::kPlayed) {
      EXPECT_GE(after.outcome.heard, milliseconds{59'990});
    } else {
      EXPECT_EQ(after.outcome.result, OutcomeResult::kLate);
      EXPECT_LT(after.outcome.heard, seconds{60});
    }
    const milliseconds back = kill.at + kill.for_how_long + kBack;
    EXPECT_GE(after.outcome.heard, seconds{60} - std::max(back, milliseconds{0}));
  }
}

TEST(Ward, KilledWhenLittleWasHeardItComesBackInStep) {
  for (Kill kill{milliseconds{100}, seconds{3}}; kill.at < seconds{29}; kill.at += kKillStep) {
    const AfterKill after = play_with_kill(AnnouncementClass::kNormal, seconds{60}, seconds{60}, kill);
    SCOPED_TRACE(named(kill, after));
    ASSERT_EQ(after.pieces.size(), 2U);
    EXPECT_EQ(after.outcome.result, OutcomeResult::kLate);
    if (kill.at > milliseconds{400}) {
      EXPECT_EQ(after.outcome.reason, reason::kNodeRestarted);
    }
    EXPECT_GE(length_of(after.pieces), seconds{60} - kill.for_how_long - kBack);
    EXPECT_LE(after.outcome.heard, length_of(after.pieces) + milliseconds{1});
    EXPECT_GE(after.outcome.heard, length_of(after.pieces) - seconds{7});
  }
}

TEST(Ward, KilledWhenMuchWasHeardOrTooLateItStaysAsItIs) {
  for (Kill kill{seconds{37}, seconds{3}}; kill.at < seconds{60}; kill.at += kKillStep) {
    const AfterKill after = play_with_kill(AnnouncementClass::kNormal, seconds{60}, seconds{60}, kill);
    SCOPED_TRACE(named(kill, after));
    EXPECT_EQ(after.pieces.size(), 1U);
    EXPECT_EQ(after.outcome.result, OutcomeResult::kPartial);
    EXPECT_EQ(after.outcome.reason, reason::kNodeRestarted);
    EXPECT_GE(after.outcome.heard, length_of(after.pieces) - seconds{7});
  }
  for (Kill kill{milliseconds{400}, seconds{11}}; kill.at < seconds{29}; kill.at += kKillStep) {
    const AfterKill after = play_with_kill(AnnouncementClass::kNormal, seconds{60}, seconds{10}, kill);
    SCOPED_TRACE(named(kill, after));
    EXPECT_EQ(after.pieces.size(), 1U);
    EXPECT_EQ(after.outcome.result, OutcomeResult::kPartial);
  }
}

TEST(Ward, AnEmergencyComesBackWheneverItWasKilled) {
  for (Kill kill{milliseconds{400}, seconds{3}}; kill.at < seconds{85}; kill.at += kKillStep) {
    const AfterKill after = play_with_kill(AnnouncementClass::kEmergency, seconds{90}, seconds{5}, kill);
    SCOPED_TRACE(named(kill, after));
    ASSERT_EQ(after.pieces.size(), 2U);
    EXPECT_EQ(after.outcome.result, OutcomeResult::kLate);
    EXPECT_EQ(after.outcome.reason, reason::kNodeRestarted);
    EXPECT_GE(length_of(after.pieces), seconds{90} - kill.for_how_long - kBack);
  }
}

TEST(Ward, WhatWasStoppedDoesNotComeBackAfterACrash) {
  for (milliseconds at{-9'000}; at < seconds{20}; at += 3 * kKillStep) {
    Ward ward(12, 1);
    SimNode& node = *ward.nodes[0];
    node.start();
    ward.world.run_until(ward.world.now() + minutes{1});
    const WallTime start = ward.world.now() + minutes{1};
    ASSERT_EQ(
        ward.schedule(ward.announce(minutes{1}, AnnouncementClass::kEmergency), start, minutes{1}, AreaId{"phu-lien"}),
        "");
    ward.world.run_until(start + at);
    ward.stop(node.id());
    // The order is carried out and the play not yet over when the power fails.
    const std::size_t heard = node.sounded().size();
    while (node.sounded().size() == heard && ward.world.now() < start + at + milliseconds{150})
      ward.world.run_until(ward.world.now() + milliseconds{1});
    node.crash();
    ward.world.run_until(ward.world.now() + seconds{2});
    node.start();
    ward.world.run_until(start + minutes{3});
    const auto outcomes = outcomes_of(ward);
    ASSERT_EQ(outcomes.size(), 1U);
    EXPECT_EQ(outcomes.begin()->second.result, OutcomeResult::kStopped) << at.count();
    EXPECT_LE(node.sounded().size(), at > milliseconds{0} ? 1U : 0U) << at.count();
  }
}

TEST(Ward, WithoutASignerTheNodesPlayOnAndWhatIsOwedComesWithIt) {
  Ward ward(31, 2);
  for (auto& node : ward.nodes) node->start();
  ward.world.run_until(ward.world.now() + minutes{1});
  const AnnouncementId announcement = ward.announce(seconds{30});
  const WallTime first = ward.world.now() + minutes{5};
  ASSERT_EQ(ward.schedule(announcement, first, seconds{60}, AreaId{"phu-lien"}), "");
  ward.world.run_until(ward.world.now() + minutes{1});
  ward.crash_signer();
  ward.world.run_until(ward.world.now() + minutes{1});
  EXPECT_EQ(ward.schedule(announcement, first + minutes{30}, seconds{60}, AreaId{"phu-lien"}), "signer.away");
  ward.world.run_until(first + minutes{1});
  for (const auto& node : ward.nodes) {
    EXPECT_EQ(node->sounded().size(), 1U) << "the plan is held, the clock too";
    EXPECT_EQ(node->owed(), 1) << "nobody acknowledges";
  }
  // The server begins anew meanwhile, without a link: its will cannot be signed.
  ward.crash_server();
  ward.start_server();
  ward.world.run_until(first + minutes{2});
  ward.start_signer();
  ward.world.run_until(first + minutes{3});
  for (const auto& node : ward.nodes) EXPECT_EQ(node->owed(), 0);
  EXPECT_EQ(outcomes_of(ward).size(), 2U);
  EXPECT_EQ(ward.schedule(announcement, first + minutes{30}, seconds{60}, AreaId{"phu-lien"}), "");
  ward.world.run_until(first + minutes{32});
  EXPECT_EQ(outcomes_of(ward).size(), 4U);
}

// A day with everything going wrong. What must hold whatever happens:
//   every planned play has exactly one outcome per node, once all is quiet;
//   no part of a play sounds twice on a node, nothing sounds that was not scheduled;
//   what is called played sounded whole, what is called missed did not sound;
//   nothing sounds at another time than planned;
//   nothing is owed any more.
void run_bad_day(std::uint64_t seed) {
  SCOPED_TRACE("LOA_SEED=" + std::to_string(seed));
  Ward ward(seed, 6);
  ward.broker.set_loss(0.05);
  for (auto& node : ward.nodes) node->start();
  std::vector<AnnouncementId> announcements;
  announcements.reserve(5);
  for (int i = 0; i < 4; ++i) announcements.push_back(ward.announce(seconds{ward.world.number(3, 240)}));
  announcements.push_back(ward.announce(seconds{ward.world.number(3, 240)}, AnnouncementClass::kEmergency));
  // Every other day has a chime; an emergency has none.
  const milliseconds chime{seed % 2 == 0 ? 0 : 2'400};
  if (chime > milliseconds{0}) ward.set_chime(ward.announce(chime));
  const auto clip_at = [&](const wire::Outcome& outcome) {
    const bool has_chime = chime > milliseconds{0} && outcome.announcement != announcements.back();
    return has_chime ? chime + milliseconds{300} : milliseconds{0};
  };
  const WallTime end = ward.world.now() + hours{4};
  while (ward.world.now() < end) {
    ward.world.run_until(ward.world.now() + seconds{ward.world.number(1, 90)});
    SimNode& node = *ward.nodes[static_cast<std::size_t>(ward.world.number(0, 5))];
    switch (ward.world.number(0, 10)) {
      case 0:
        node.crash();
        break;
      case 1:
        node.disconnect();
        break;
      case 2:
        ward.broker.wipe();
        break;
      case 3:
        ward.crash_server();
        break;
      case 4:
        node.wipe_clip_bytes();
        break;
      case 5:
        ward.stop(node.id());
        break;
      case 6:
        ward.crash_signer();
        break;
      default: {
        const auto area =
            ward.world.chance(0.5) ? AreaId{"phu-lien"} : AreaId{"to-" + std::to_string(ward.world.number(0, 2))};
        (void)ward.schedule(announcements[static_cast<std::size_t>(ward.world.number(0, 4))],
                            ward.world.now() + seconds{ward.world.number(5, 1200)}, seconds{ward.world.number(0, 120)},
                            area);
      }
    }
    if (ward.world.chance(0.6)) {
      ward.start_server();
      ward.start_signer();
      for (auto& each : ward.nodes) {
        each->start();
        each->connect();
      }
    }
  }
  // All is quiet: everything runs, everything is connected, and time passes.
  ward.broker.set_loss(0);
  ward.start_server();
  ward.start_signer();
  for (auto& node : ward.nodes) {
    node->start();
    node->connect();
  }
  ward.world.run_until(ward.world.now() + minutes{50});

  const auto outcomes = outcomes_of(ward);
  int planned = 0;
  for (const auto& node : ward.nodes) {
    EXPECT_EQ(node->owed(), 0) << node->id().str();
    for (const Sounded& sounded : node->sounded()) {
      EXPECT_TRUE(ward.scheduled.contains(sounded.play));
      // In pieces only where a crash cut it off; each piece in its place, so that no part of it sounds twice.
      const wire::Outcome& outcome = outcomes.at({node->id(), sounded.play});
      if (times_sounded(*node, sounded.play) > 1) {
        EXPECT_NE(outcome.result, OutcomeResult::kPlayed) << node->id().str() << " " << sounded.play.str();
      }
      const WallTime start = wall_from_station(outcome.planned);
      EXPECT_GE(sounded.from, start - seconds{2});
      EXPECT_LE(sounded.until, start + clip_at(outcome) + ward.clips.at(*outcome.clip) + seconds{2});
    }
    for (const PlayId& play : ward.books.promised_plays(node->id())) {
      ++planned;
      const auto found = outcomes.find({node->id(), play});
      ASSERT_NE(found, outcomes.end()) << node->id().str() << " " << play.str();
      const wire::Outcome& outcome = found->second;
      const nanoseconds sounded = sounded_of(*node, play);
      const milliseconds duration = ward.clips.at(*outcome.clip);
      const std::string what =
          node->id().str() + " " + play.str() + " " + std::string{to_string(outcome.result)} + " " + outcome.reason;
      if (outcome.result == OutcomeResult::kPlayed) {
        // Without its chime it sounds at its own place.
        const bool is_alone = outcome.reason == reason::kChimeMissing;
        EXPECT_GE(sounded + milliseconds{300}, (is_alone ? milliseconds{0} : clip_at(outcome)) + duration) << what;
        const WallTime due = wall_from_station(outcome.planned) + (is_alone ? clip_at(outcome) : milliseconds{0});
        for (const Sounded& each : node->sounded())
          if (each.play == play) {
            EXPECT_LE(std::chrono::abs(each.from - due), seconds{2}) << what;
          }
      } else if (outcome.result == OutcomeResult::kMissed && outcome.reason != reason::kNodeRestarted) {
        EXPECT_EQ(sounded, nanoseconds{0}) << what;
      } else if (outcome.result == OutcomeResult::kLate) {
        EXPECT_GT(sounded, nanoseconds{0}) << what;
      }
    }
  }
  EXPECT_GT(planned, 20);
}

TEST(Ward, BadDays) {
  if (const char* seed = std::getenv("LOA_SEED")) {
    run_bad_day(std::strtoull(seed, nullptr, 10));
    return;
  }
  const char* days = std::getenv("LOA_DAYS");
  const std::uint64_t count = days == nullptr ? 4 : std::strtoull(days, nullptr, 10);
  for (std::uint64_t seed = 100; seed < 100 + count && !HasFailure(); ++seed) run_bad_day(seed);
}

}  // namespace
}  // namespace loa::sim
