// An open output: a thread of its own that builds a pipeline, lets one play after another sound through it and takes it
// down when the last has ended. Whatever a sink does, block, fail or vanish, only this thread waits for it.
//
// Plays that follow each other share one device and one stream, because hardware opens once and a stream that is opened
// anew needs seconds until it tells its position rightly.
#pragma once

#include <functional>
#include <memory>

#include "audio/playout/player.h"
#include "audio/playout/sink_config.h"
#include "audio/playout/station_clock.h"

namespace loa::playout {

class GstOutput {
 public:
  // `post` takes events (of each play PlayEnded last, exactly once) and an empty call when the thread is through; any
  // thread.
  using Post = std::function<void(std::optional<PlayerEvent>)>;
  GstOutput(PlayRequest first, SinkConfig sink, const ClockCalibration& clock, Post post);
  // A thread that hangs in a sink is left behind with what it holds; it touches nothing else any more.
  ~GstOutput();
  GstOutput(const GstOutput&) = delete;
  GstOutput& operator=(const GstOutput&) = delete;

  // All by the owner's thread; none waits.
  // It sounds when the one before has ended. False, and nothing happens: the output is closing.
  [[nodiscard]] bool follow(const PlayRequest& request);
  // False: it is none of this output's.
  bool stop(const PlayId& play);
  bool release(const PlayId& play);
  void stop_all();
  void set_clock(const ClockCalibration& clock);
  // Says that the plays failed, for whoever saw that they make no progress. No event follows from the thread.
  void give_up(const std::string& problem);
  [[nodiscard]] bool has_ended() const;       // PlayEnded of all is posted
  [[nodiscard]] bool is_through() const;      // nothing of it is left: the device is free again
  [[nodiscard]] std::uint64_t beats() const;  // grows while samples flow

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace loa::playout
