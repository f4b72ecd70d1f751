// Frames of a live channel on their way to a player: what came and is not yet due. This is the jitter buffer; how much
// of it there is, the station times of the frames say, which are the same on every node.
//
// Frame n is 20 ms of Opus and begins at n · 20 ms less kLookahead of the sound (docs/protocol.md §6).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "audio/opus/packet_source.h"

namespace loa::opus {

inline constexpr std::int64_t kLiveFrameSamples = kSampleRate / 50;
inline constexpr std::int64_t kLookahead = 312;  // samples; of libopus at 48 kHz, the pre-skip of our files

// Any thread.
class LiveFeed {
 public:
  // A frame whose moment is over is dropped, and so is one that is there already; an empty one was never made.
  void put(std::uint32_t number, std::vector<std::uint8_t>&& frame);

  struct Counts {
    std::int64_t taken = 0;    // frames that sounded
    std::int64_t missing = 0;  // moments without their frame, between the first frame taken and the last
    // How many frames were there in advance when the scarcest came, since it was last asked; none: none came.
    std::optional<std::int64_t> least_ahead;
  };
  [[nodiscard]] Counts counts();

 private:
  friend class LiveSource;
  static constexpr std::size_t kMostHeld = 1'500;  // 30 s: more is no live channel any more

  std::mutex mutex_;  // protects what follows
  std::map<std::uint32_t, std::vector<std::uint8_t>> frames_;
  std::uint32_t next_ = 0;  // the first whose moment is not over
  Counts counts_;
  std::int64_t passed_ = 0;  // moments without their frame since the last one
  bool has_begun_ = false;
};

// Takes from a feed at the moment each frame is due; several may follow each other on one feed, one at a time.
class LiveSource final : public PacketSource {
 public:
  explicit LiveSource(std::shared_ptr<LiveFeed> feed) : feed_(std::move(feed)) {}
  // NothingYet is a moment that passes without its frame.
  [[nodiscard]] Pulled pull() override;
  void skip_to(std::int64_t position) override;
  // Whoever plays it knows when it is over.
  [[nodiscard]] std::optional<std::int64_t> length() const override { return std::nullopt; }

 private:
  std::shared_ptr<LiveFeed> feed_;
};

}  // namespace loa::opus
