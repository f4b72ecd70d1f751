#include "server/http/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/crypto/keys.h"

namespace loa::server {
namespace {

using testing::HasSubstr;
using testing::Not;

Node enrolled(const std::string& id) {
  return {NodeId{id}, AreaId{"to-1"}, "Tổ 1", crypto::SecretKey::make().public_key()};
}

NodeReport report() {
  NodeReport report;
  report.seen = parse_utc("2026-11-27T00:00:00Z").value();
  report.status.plan = "abc";
  report.status.clock_state = ClockState::kSynced;
  report.status.clock_error = std::chrono::microseconds{1500};
  report.status.clips_wanted = 5;
  report.status.clips_ready = 3;
  report.status.outbox = 2;
  report.status.refused = {{"signature", 4}};
  return report;
}

TEST(Metrics, TellOfEachLoudspeakerWhatItLastSaid) {
  WardFigures figures;
  figures.nodes = {{enrolled("n-1"), report(), "abc"}, {enrolled("n-2"), report(), "def"}};
  figures.nodes[1].report->status.presence = wire::Presence::kOffline;
  const std::string text = metrics_text(figures);
  EXPECT_THAT(text, HasSubstr("# TYPE loa_node_online gauge\n"));
  EXPECT_THAT(text, HasSubstr("loa_node_online{node=\"n-1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("loa_node_online{node=\"n-2\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("loa_node_plan_current{node=\"n-1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("loa_node_plan_current{node=\"n-2\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("loa_node_clock_state{node=\"n-1\",state=\"synced\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("loa_node_clock_error_seconds{node=\"n-1\"} 0.0015\n"));
  EXPECT_THAT(text, HasSubstr("loa_node_clips_missing{node=\"n-1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("loa_node_outbox{node=\"n-1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("loa_node_refused_messages{node=\"n-1\",check=\"signature\"} 4\n"));
}

TEST(Metrics, OneThatWasNeverHeardOfIsNotOnlineAndOneThatIsNotEnrolledIsNotThere) {
  WardFigures figures;
  figures.nodes = {{enrolled("silent"), std::nullopt, ""}, {enrolled("gone"), report(), "abc"}};
  figures.nodes[1].node.public_key.reset();
  const std::string text = metrics_text(figures);
  EXPECT_THAT(text, HasSubstr("loa_node_online{node=\"silent\"} 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("loa_node_last_seen_timestamp_seconds{node=\"silent\"}")));
  EXPECT_THAT(text, Not(HasSubstr("gone")));
}

TEST(Metrics, ANodeWithoutAPlanIsNotCurrentWhenNoneWasMadeForIt) {
  WardFigures figures;
  figures.nodes = {{enrolled("n-1"), report(), ""}};
  figures.nodes[0].report->status.plan.clear();
  EXPECT_THAT(metrics_text(figures), HasSubstr("loa_node_plan_current{node=\"n-1\"} 0\n"));
}

TEST(Metrics, CountEveryResultAlsoWhenThereWasNone) {
  WardFigures figures;
  figures.outcomes = {{OutcomeResult::kPlayed, 7}, {OutcomeResult::kMissed, 1}};
  figures.alarms = {{"signer.away", {"x"}}};
  const std::string text = metrics_text(figures);
  EXPECT_THAT(text, HasSubstr("loa_outcomes_last_day{result=\"played\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("loa_outcomes_last_day{result=\"missed\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("loa_outcomes_last_day{result=\"late\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("loa_alarm{code=\"signer.away\"} 1\n"));
}

}  // namespace
}  // namespace loa::server
