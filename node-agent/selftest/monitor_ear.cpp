#include "node-agent/selftest/monitor_ear.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "audio/playout/gst_capture.h"
#include "audio/playout/gst_runtime.h"

namespace loa::node {

// Shared with the threads that listen, which may outlive the ear.
struct MonitorEar::State {
  const playout::SourceConfig source;
  const playout::StationClock& clock;
  std::mutex mutex;
  std::condition_variable gone;
  OnHeard on_heard;  // protected by mutex; empty when the ear is gone

  State(playout::SourceConfig from, const playout::StationClock& station, OnHeard to)
      : source(std::move(from)), clock(station), on_heard(std::move(to)) {}

  [[nodiscard]] bool is_wanted() {
    const std::lock_guard lock(mutex);
    return static_cast<bool>(on_heard);
  }
  // False when the ear is gone before.
  [[nodiscard]] bool wait_until(MonoTime t) {
    std::unique_lock lock(mutex);
    const nanoseconds wait = t - system_now().mono;
    return !gone.wait_for(lock, wait, [this] { return !on_heard; });
  }
  void say(ToneHeard heard) {
    const std::lock_guard lock(mutex);
    if (on_heard) on_heard(std::move(heard));
  }
};

namespace {

selftest::Hearing hear(const playout::Captured& captured, StationTime due) {
  const std::int64_t due_at = (due - captured.from).count() * (opus::kSampleRate / 1000) / 1'000'000;
  return selftest::find_tone(captured.samples, due_at);
}

}  // namespace

MonitorEar::MonitorEar(playout::SourceConfig source, const playout::StationClock& clock, OnHeard on_heard)
    : state_(std::make_shared<State>(std::move(source), clock, std::move(on_heard))) {
  playout::start_gstreamer(state_->source.kind);
}

MonitorEar::~MonitorEar() {
  const std::lock_guard lock(state_->mutex);
  state_->on_heard = nullptr;
  state_->gone.notify_all();
}

Ear::Listening MonitorEar::listen(const PlayId& test, StationTime due) {
  // The clock may be slewed meanwhile, by less than the search allows for.
  const playout::ClockCalibration clock = state_->clock.calibration();
  const MonoTime from = state_->clock.when(due - selftest::kHearBefore);
  std::thread([state = state_, test, due, clock, from] {
    if (!state->wait_until(from)) return;
    try {
      const playout::Captured captured =
          playout::capture(state->source, clock, due + selftest::kHearBehind, [&state] { return state->is_wanted(); });
      state->say({test, hear(captured, due)});
    } catch (const Error& error) {
      state->say({test, error.text()});
    }
  }).detach();
  return Listening::kYes;
}

}  // namespace loa::node
