#include "audio/opus/live_feed.h"

#include <algorithm>
#include <utility>

namespace loa::opus {

void LiveFeed::put(std::uint32_t number, std::vector<std::uint8_t>&& frame) {
  const std::lock_guard lock(mutex_);
  const std::int64_t ahead = std::int64_t{number} - next_;
  if (!frame.empty()) counts_.least_ahead = std::min(counts_.least_ahead.value_or(ahead), ahead);
  if (ahead < 0 || frames_.size() >= kMostHeld) return;
  frames_.try_emplace(number, std::move(frame));
}

LiveFeed::Counts LiveFeed::counts() {
  const std::lock_guard lock(mutex_);
  Counts counts = counts_;
  counts_.least_ahead.reset();
  return counts;
}

Pulled LiveSource::pull() {
  const std::lock_guard lock(feed_->mutex_);
  LiveFeed& feed = *feed_;
  const auto found = feed.frames_.begin();
  if (found == feed.frames_.end() || found->second.empty()) {
    if (found != feed.frames_.end() && found->first == feed.next_)
      feed.frames_.erase(found);
    else if (feed.has_begun_)
      ++feed.passed_;
    ++feed.next_;
    return NothingYet{std::int64_t{feed.next_} * kLiveFrameSamples - kLookahead};
  }
  // One that comes after a gap shows that the gap stays: the channel keeps its order.
  const std::uint32_t number = found->first;
  // What lies behind the last frame is no loss but the end.
  if (feed.has_begun_) feed.counts_.missing += feed.passed_ + (number - feed.next_);
  feed.passed_ = 0;
  feed.has_begun_ = true;
  ++feed.counts_.taken;
  OpusPacket packet;
  packet.bytes = std::move(found->second);
  packet.position = std::int64_t{number} * kLiveFrameSamples - kLookahead;
  packet.samples = kLiveFrameSamples;
  feed.frames_.erase(found);
  feed.next_ = number + 1;
  return packet;
}

void LiveSource::skip_to(std::int64_t position) {
  const std::lock_guard lock(feed_->mutex_);
  const std::int64_t number = (position - kPreRoll + kLookahead) / kLiveFrameSamples;
  if (number <= std::int64_t{feed_->next_}) return;
  feed_->next_ = static_cast<std::uint32_t>(number);
  feed_->frames_.erase(feed_->frames_.begin(), feed_->frames_.lower_bound(feed_->next_));
}

}  // namespace loa::opus
