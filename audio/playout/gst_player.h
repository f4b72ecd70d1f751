// The player on a real node: GStreamer into ALSA, PulseAudio/PipeWire or a file.
//
// How the start error is measured. A sound device has a clock: how many samples have left it (for ALSA by the driver's
// delay, for PulseAudio by the server's timing reports). Where the first sample lies in the device's stream is known
// when it is written; the pairs (station time, device position) read around that moment say at which station time that
// position was played: the median of station time − device time over ± 300 ms. So it contains all that our side and the
// sound server did wrong, but not what the server or the amplifier do not report. The file sink has no device: it
// takes the instant at which the first block really came out of the clock wait, against the instant it was due.
//
// Heard: samples of the sound that were handed over in time and that the device's clock has passed.
#pragma once

#include <memory>

#include "audio/playout/player.h"
#include "audio/playout/sink_config.h"
#include "audio/playout/station_clock.h"

namespace loa::playout {

class GstPlayer final : public Player {
 public:
  // Needs a MainLoop on this thread (GLib's default context) and becomes the listener of `clock`, which outlives it.
  // Throws playout.no_plugin.
  GstPlayer(SinkConfig sink, StationClock& clock);
  // Cuts off what sounds; waits for the sink at most 2 s.
  ~GstPlayer() override;
  GstPlayer(const GstPlayer&) = delete;
  GstPlayer& operator=(const GstPlayer&) = delete;

  void arm(PlayRequest request) override;
  void follow(PlayRequest request) override;
  void release(const PlayId& play) override;
  void stop(const PlayId& play) override;
  void set_on_event(std::function<void(PlayerEvent)> on_event) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace loa::playout
