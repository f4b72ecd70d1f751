#include "audio/opus/joined_source.h"

#include <algorithm>
#include <utility>

#include "audio/opus/live_feed.h"
#include "audio/opus/ogg_opus_reader.h"
#include "common/base/error.h"
#include "common/base/log.h"

namespace loa::opus {

JoinedSource::JoinedSource(std::unique_ptr<PacketSource> chime, std::int64_t clip_at,
                           std::unique_ptr<PacketSource> clip)
    : chime_(std::move(chime)), clip_at_(clip_at), clip_(std::move(clip)) {}

std::unique_ptr<JoinedSource> JoinedSource::open(const std::filesystem::path& chime, std::int64_t clip_at,
                                                 std::unique_ptr<PacketSource> clip) {
  std::unique_ptr<PacketSource> first;
  try {
    first = OggOpusReader::open(chime);
  } catch (const Error& error) {
    log::error("the chime is silent", {{"why", error.what()}});
  }
  return std::make_unique<JoinedSource>(std::move(first), clip_at, std::move(clip));
}

std::optional<OpusPacket> JoinedSource::pull_chime() {
  try {
    Pulled pulled = chime_->pull();
    auto* packet = std::get_if<OpusPacket>(&pulled);
    if (packet == nullptr || packet->position >= clip_at_) return std::nullopt;
    packet->samples = std::min(packet->samples, clip_at_ - packet->position);
    return std::move(*packet);
  } catch (const Error& error) {
    log::error("the chime breaks off", {{"why", error.what()}});
    return std::nullopt;
  }
}

Pulled JoinedSource::pull() {
  if (chime_) {
    if (auto packet = pull_chime()) return *std::move(packet);
    chime_.reset();
  }
  if (!clip_->length() && !std::exchange(is_pause_told_, true)) return NothingYet{clip_at_ - kLookahead};
  Pulled pulled = clip_->pull();
  if (auto* packet = std::get_if<OpusPacket>(&pulled)) {
    packet->position += clip_at_;
    packet->stream_start += clip_at_;
  } else if (auto* missing = std::get_if<NothingYet>(&pulled)) {
    missing->until += clip_at_;
  }
  return pulled;
}

void JoinedSource::skip_to(std::int64_t position) {
  if (position >= clip_at_) {
    chime_.reset();
    clip_->skip_to(position - clip_at_);
  } else if (chime_) {
    try {
      chime_->skip_to(position);
    } catch (const Error& error) {
      log::error("the chime breaks off", {{"why", error.what()}});
      chime_.reset();
    }
  }
}

std::optional<std::int64_t> JoinedSource::length() const {
  const auto clip = clip_->length();
  return clip ? std::optional{clip_at_ + *clip} : std::nullopt;
}

}  // namespace loa::opus
