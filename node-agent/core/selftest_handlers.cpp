// The core's part in a self-test: whether it may begin, what is written down, who is told.
#include <algorithm>

#include "common/base/log.h"
#include "node-agent/core/node_core.h"

namespace loa::node {
namespace {

constexpr seconds kAfterTone{2};                      // until a play may be prepared
constexpr milliseconds kTestPatience = seconds{10};   // behind all that a test waits for
const AnnouncementId kTestAnnouncement{"self-test"};  // in the journal

}  // namespace

void NodeCore::on_test_order(const wire::SelfTestOrder& order, Now now) {
  // What a play is called stands for that play alone in the journal.
  if (find_planned(order.test) != nullptr || store_.load_play(order.test)) {
    refuse({wire::Check::kBody, "the test has the name of a play"}, "order");
    return;
  }
  wire::TestResult result;
  result.test = order.test;
  result.volume_pct = order.volume_pct;
  if (playable_since_) result.at = clock_.at(now.mono);
  const auto ruling = judge_test(order, now);
  if (const auto* why = std::get_if<std::string_view>(&ruling)) {
    result.verdict = TestVerdict::kRefused;
    result.reason = *why;
    finish_test(result, now);
    return;
  }
  const StationTime due = test_due(now);
  wire::Outcome journal;
  journal.play = order.test;
  journal.announcement = kTestAnnouncement;
  journal.clip = settings_.tone.hash;
  journal.planned = due;
  journal.started = due;
  journal.result = OutcomeResult::kPlayed;
  journal.heard = kToneDuration;
  journal.clock_state = estimate_.state(now.mono);
  journal.clock_error = estimate_.error_bound(now.mono);
  store_.save_tested(journal, station_wall(now));

  result.at = due;
  result.volume_pct =
      std::min({order.volume_pct, settings_.ceiling_pct, std::get<schedules::PolicyAllows>(ruling).ceiling_pct});
  result.commanded_dbfs = selftest::to_dbfs(selftest::kTonePeak * result.volume_pct / 100.0);
  playout::PlayRequest request;
  request.play = order.test;
  request.clip = settings_.tone.clip;
  request.start = due - ahead();
  request.lead_in = settings_.lead_in;
  request.longest = kToneDuration + seconds{1};
  request.volume = result.volume_pct / 100.0;
  const MonoTime deadline = clock_.when(due) + kToneDuration + selftest::kHearBehind + kTestPatience;
  self_test_.begin(std::move(request), std::move(result), due, deadline);
  log::info("self-test", {{"test", order.test.str()}});
}

StationTime NodeCore::test_due(Now now) const {
  return clock_.at(now.mono) + ahead() + settings_.lead_in + playout::kArmAhead;
}

Ruling NodeCore::judge_test(const wire::SelfTestOrder& order, Now now) {
  if (!armed_.empty() || self_test_.is_running()) return reason::kBusy;
  if (!playable_since_) return reason::kClockUnknown;
  const StationTime station_now = clock_.at(now.mono);
  const StationTime due = test_due(now);
  if (plan_)
    for (const wire::PlannedPlay& play : plan_->plays)
      if (!settled_.contains(play.play) && last_begin_of(play) >= station_now &&
          prepare_at(play) < due + kToneDuration + kAfterTone)
        return reason::kBusy;
  wire::PlannedPlay tone;
  tone.play = order.test;
  tone.start = due;
  tone.volume_pct = order.volume_pct;
  return judge(tone, kToneDuration, now);
}

void NodeCore::finish_test(const wire::TestResult& result, Now now) {
  log::info(
      "self-test ended",
      {{"test", result.test.str()}, {"verdict", std::string{to_string(result.verdict)}}, {"reason", result.reason}});
  last_test_ = result;
  if (link_state_ == LinkState::kUp) next_status_ = now.mono;
  apply_clock(now);
  store_.save_last_test(result);
}

void NodeCore::rejudge_test(Now now) {
  if (!self_test_.is_running()) return;
  wire::PlannedPlay tone;
  tone.play = self_test_.result().test;
  tone.start = *self_test_.result().at;
  tone.volume_pct = self_test_.result().volume_pct;
  const Ruling ruling = judge(tone, kToneDuration, now);
  if (const auto* refused = std::get_if<std::string_view>(&ruling)) self_test_.stop(*refused);
}

void NodeCore::handle(ToneHeard& message, Now now) {
  if (const auto result = self_test_.on_heard(message)) finish_test(*result, now);
}

void NodeCore::advance_test(Now now) {
  if (!self_test_.is_running()) return;
  if (now.mono >= self_test_.deadline())
    finish_test(self_test_.give_up(), now);
  else
    wake_at(self_test_.deadline());
}

}  // namespace loa::node
