#include "audio/opus/repeated_source.h"

#include <algorithm>
#include <utility>

#include "audio/opus/ogg_opus_reader.h"

namespace loa::opus {

RepeatedSource::RepeatedSource(std::filesystem::path clip, std::int64_t every)
    : clip_(std::move(clip)), every_(every), turn_(OggOpusReader::open(clip_)) {}

Pulled RepeatedSource::pull() {
  Pulled pulled = turn_->pull();
  auto* packet = std::get_if<OpusPacket>(&pulled);
  if (packet == nullptr || packet->position >= every_) {
    turn_ = OggOpusReader::open(clip_);
    begins_ += every_;
    pulled = turn_->pull();
    packet = std::get_if<OpusPacket>(&pulled);
    if (packet == nullptr) return pulled;
  }
  packet->samples = std::min(packet->samples, every_ - packet->position);
  packet->position += begins_;
  packet->stream_start += begins_;
  return pulled;
}

void RepeatedSource::skip_to(std::int64_t position) {
  const std::int64_t begins = std::max<std::int64_t>(position, 0) / every_ * every_;
  if (begins > begins_) {
    turn_ = OggOpusReader::open(clip_);
    begins_ = begins;
  }
  if (position > begins_) turn_->skip_to(position - begins_);
}

}  // namespace loa::opus
