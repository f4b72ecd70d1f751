// One play on an open output: which samples it gives, whether they may pass, and what is known of them afterwards.
// Knows no device, so that several can follow each other through one.
//
// Positions count 48 kHz samples from the planned instant of the sound's first sample: negative = silence before it.
//
// Three threads. The output's streaming thread renders; whoever sees a block leave for the device or leave it writes it
// down; the play's own thread reports. stop(), release() and end() are for any thread. What one of them says last wins
// over nothing: the first end stands.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audio/opus/packet_source.h"
#include "audio/playout/output_gate.h"
#include "audio/playout/player.h"
#include "audio/playout/rendered.h"
#include "audio/playout/timeline.h"

namespace loa::playout {

// The shortest silence before a first sample on an output that is opened for it; a request for less gets this.
inline constexpr milliseconds kMinLeadIn{300};
[[nodiscard]] milliseconds lead_in_of(const PlayRequest& request);
inline constexpr milliseconds kRejoinSilence{40};               // after a stall
inline constexpr std::int64_t kBlock = opus::kSampleRate / 50;  // what an output is given at once

[[nodiscard]] std::int64_t to_samples(nanoseconds t);  // rounded down
[[nodiscard]] nanoseconds to_time(std::int64_t samples);

class Voice {
 public:
  // Opens the clip; `record` is a folder for a WAV of what leaves. Throws loa::Error when it is no clip.
  Voice(PlayRequest request, std::optional<std::filesystem::path> record, std::function<void(PlayerEvent)> post);

  [[nodiscard]] std::int64_t position_at(StationTime t) const { return to_samples(t - request_.start); }
  // Behind its last sample; earlier once it is stopped.
  [[nodiscard]] std::int64_t sound_end() const { return sound_end_.load(); }

  // Any thread.
  void stop() { is_stopped_.store(true); }
  void release() { gate_.release(); }
  [[nodiscard]] bool is_stopped() const { return is_stopped_.load(); }

  // Before anything else of the streaming thread's: its first block is that of `position`. Throws file.cannot_write.
  void begin(std::int64_t position);
  struct Block {
    std::int64_t position = 0;
    std::size_t size = 0;    // 0: it has nothing more to give
    bool is_joined = false;  // something was left out before it
  };
  // The next block, at `now`. When its moment is over, silence is left out, and sound is joined in step: behind
  // `settling` of silence when nothing of it has sounded yet, so that the device tells its position rightly. A clip
  // that is broken ends there, with set_problem().
  [[nodiscard]] Block render(std::span<std::int16_t> out, std::int64_t now, milliseconds settling);

  // A block leaves, or has left, for the device; `device_at_zero`: where position 0 lies in the device's stream, where
  // that is known; `leaves`: when its first sample does, where that is. Throws file.cannot_write.
  void add_block(std::int64_t position, std::span<const std::int16_t> samples, std::int64_t now,
                 std::optional<nanoseconds> device_at_zero, std::optional<StationTime> leaves);
  // One reading of the device's clock as it is corrected, and of ours.
  void add_reading(nanoseconds device, StationTime station);
  // It fails with `why` when it ends.
  void set_problem(std::string why);

  // The first sample and the seconds heard, once they are known.
  void report(StationTime now);
  // Whether the last block that it was given has left.
  [[nodiscard]] bool is_out(StationTime now);
  // Everything it was given has left: it ends as a whole, as it was stopped, or as set_problem() says.
  void finish(StationTime now);
  void end(PlayEnd how, const std::string& why, StationTime now);

 private:
  void catch_up(std::int64_t now, milliseconds settling, Block& block);
  void hold_back();
  // With the lock:
  [[nodiscard]] std::int64_t sounding(StationTime now) const;
  [[nodiscard]] std::int64_t heard(StationTime now) const;
  void post_started(StationTime now);

  const PlayRequest request_;
  const std::optional<std::filesystem::path> record_;
  const std::function<void(PlayerEvent)> post_;
  std::unique_ptr<opus::PacketSource> source_;  // until begin()
  std::atomic<std::int64_t> sound_end_;
  OutputGate gate_;
  std::unique_ptr<Timeline> timeline_;  // the streaming thread's from begin() on
  bool is_broken_ = false;              // the same thread's
  std::atomic<bool> is_stopped_{false};
  std::atomic<bool> has_ended_{false};

  // Protects what follows.
  std::mutex mutex_;
  std::unique_ptr<Rendered> rendered_;
  std::string problem_;
  std::int64_t next_audible_ = 0;               // where the timeline means to begin
  std::optional<std::int64_t> audible_from_;    // of the first audible block that came by
  std::optional<nanoseconds> first_in_device_;  // where its first sample lies in the device's stream
  std::optional<StationTime> first_left_;       // when it left, where no device tells
  std::optional<nanoseconds> device_at_zero_;   // as the last block went in
  nanoseconds device_now_{};                    // last reading
  std::int64_t handed_end_ = 0;                 // position behind the last block
  std::vector<nanoseconds> readings_;           // station − device time around the first sample
  milliseconds reported_{0};
  bool is_started_posted_ = false;
  bool is_drained_ = false;
};

}  // namespace loa::playout
