#include "node-agent/core/selftest.h"

#include <utility>

#include "common/base/log.h"

namespace loa::node {
namespace {

// A tone that comes out fainter than this below what was commanded did not go out as it should.
constexpr double kRenderedWithinDb = 6.0;
// Lost to the sink at most, as of a play.
constexpr milliseconds kWholeWithin{250};

bool is_rendered(const playout::PlayEnded& ended, const wire::TestResult& result) {
  return ended.end == playout::PlayEnd::kCompleted && ended.heard + kWholeWithin >= kToneDuration &&
         ended.peak_dbfs.value_or(-200) + kRenderedWithinDb >= result.commanded_dbfs.value_or(0);
}

TestVerdict verdict_of(selftest::HearingGrade grade) {
  switch (grade) {
    case selftest::HearingGrade::kClear:
      return TestVerdict::kOk;
    case selftest::HearingGrade::kWeak:
      return TestVerdict::kWeak;
    case selftest::HearingGrade::kNothing:
      break;
  }
  return TestVerdict::kNotHeard;
}

}  // namespace

void SelfTest::begin(playout::PlayRequest request, wire::TestResult result, StationTime due, MonoTime deadline) {
  const PlayId test = result.test;
  Running running;
  running.result = std::move(result);
  running.deadline = deadline;
  running.listening = ear_.listen(test, due);
  running_ = std::move(running);
  player_.arm(std::move(request));
  player_.release(test);
}

void SelfTest::stop(std::string_view why) {
  if (!running_->stop_reason.empty() || running_->ended) return;
  running_->stop_reason = why;
  player_.stop(running_->result.test);
}

std::optional<wire::TestResult> SelfTest::on_ended(const playout::PlayEnded& ended) {
  if (!is(ended.play)) return std::nullopt;
  running_->ended = ended;
  return result_if_all_is_said();
}

std::optional<wire::TestResult> SelfTest::on_heard(const ToneHeard& heard) {
  if (!is(heard.test)) return std::nullopt;
  running_->heard = heard;
  return result_if_all_is_said();
}

wire::TestResult SelfTest::give_up() {
  // The player may still hold it.
  if (!running_->ended) player_.stop(running_->result.test);
  return conclude();
}

std::optional<wire::TestResult> SelfTest::result_if_all_is_said() {
  if (!running_->ended) return std::nullopt;
  // Nobody needs to hear that nothing went out.
  const bool is_heard = running_->heard || running_->listening == Ear::Listening::kNoMonitor ||
                        !is_rendered(*running_->ended, running_->result);
  return is_heard ? std::optional{conclude()} : std::nullopt;
}

wire::TestResult SelfTest::conclude() {
  const Running all = *std::exchange(running_, std::nullopt);
  wire::TestResult result = all.result;
  if (all.ended && all.ended->heard > milliseconds{0}) result.rendered_dbfs = all.ended->peak_dbfs;
  if (!all.ended || !is_rendered(*all.ended, result)) {
    const bool is_displaced = all.ended && all.ended->end == playout::PlayEnd::kStopped;
    result.verdict = TestVerdict::kNotRendered;
    result.reason = !all.stop_reason.empty() ? all.stop_reason
                    : is_displaced           ? reason::kOutputBusy
                                             : reason::kOutputFailed;
    return result;
  }
  const auto* hearing = all.heard ? std::get_if<selftest::Hearing>(&all.heard->heard) : nullptr;
  if (hearing == nullptr) {
    result.verdict = TestVerdict::kNoMonitor;
    if (all.listening == Ear::Listening::kYes) result.reason = reason::kMonitorFailed;
    if (all.heard) {
      const Text& why = std::get<Text>(all.heard->heard);
      log::error(why.code, {{"why", render(why, Language::kEnglish)}});
    }
    return result;
  }
  result.verdict = verdict_of(selftest::grade(*hearing));
  result.heard_dbfs = hearing->level_dbfs;
  result.snr_db = hearing->snr_db;
  if (result.verdict != TestVerdict::kNotHeard) result.delay = hearing->delay;
  return result;
}

}  // namespace loa::node
