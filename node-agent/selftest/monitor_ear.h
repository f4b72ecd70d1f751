// Listens to a self-test by a microphone in the cabinet or a loop-back of its output.
#pragma once

#include <functional>
#include <memory>

#include "audio/playout/sink_config.h"
#include "audio/playout/station_clock.h"
#include "node-agent/core/selftest.h"

namespace loa::node {

class MonitorEar final : public Ear {
 public:
  // `on_heard` is called on a thread of the ear's. The main thread makes the first (GStreamer is started). `clock`
  // outlives it. Throws playout.no_plugin.
  using OnHeard = std::function<void(ToneHeard)>;
  MonitorEar(playout::SourceConfig source, const playout::StationClock& clock, OnHeard on_heard);
  // A device that hangs is left behind; nothing is said any more.
  ~MonitorEar() override;
  MonitorEar(const MonitorEar&) = delete;
  MonitorEar& operator=(const MonitorEar&) = delete;

  [[nodiscard]] Listening listen(const PlayId& test, StationTime due) override;

 private:
  struct State;
  const std::shared_ptr<State> state_;
};

}  // namespace loa::node
