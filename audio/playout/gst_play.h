// One play: a thread of its own that builds a pipeline, lets it sound and takes it down. Whatever a sink does, block,
// fail or vanish, only this thread waits for it.
#pragma once

#include <functional>
#include <memory>

#include "audio/playout/player.h"
#include "audio/playout/sink_config.h"
#include "audio/playout/station_clock.h"

namespace loa::playout {

// The shortest silence before a first sample; a request for less gets this.
inline constexpr milliseconds kMinLeadIn{300};

class GstPlay {
 public:
  // `post` takes events (PlayEnded last, exactly once) and an empty call when the thread is through; any thread.
  using Post = std::function<void(std::optional<PlayerEvent>)>;
  GstPlay(PlayRequest request, SinkConfig sink, const ClockCalibration& clock, Post post);
  // A thread that hangs in a sink is left behind with what it holds; it touches nothing else any more.
  ~GstPlay();
  GstPlay(const GstPlay&) = delete;
  GstPlay& operator=(const GstPlay&) = delete;

  // All by the owner's thread; none waits.
  void stop();
  void release();
  void set_clock(const ClockCalibration& clock);
  // Says that the play failed, for whoever saw that it makes no progress. No event follows from the thread.
  void give_up(const std::string& problem);
  [[nodiscard]] bool has_ended() const;       // PlayEnded is posted
  [[nodiscard]] bool is_through() const;      // nothing of it is left: the device is free again
  [[nodiscard]] std::uint64_t beats() const;  // grows while samples flow

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace loa::playout
