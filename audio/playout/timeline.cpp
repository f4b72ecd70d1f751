#include "audio/playout/timeline.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace loa::playout {
namespace {

constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kConcealBlock = opus::kSampleRate / 50;

std::int16_t to_sample(float value) {
  return static_cast<std::int16_t>(std::lrint(std::clamp(value * 32768.0F, -32768.0F, 32767.0F)));
}

}  // namespace

Timeline::Timeline(std::unique_ptr<opus::PacketSource> source, TimelineShape shape)
    : source_(std::move(source)),
      decoder_(std::in_place, 0),
      volume_(std::clamp(shape.volume, 0.0F, 1.0F)),
      ramp_in_(shape.ramp_in),
      limit_(shape.limit > 0 ? shape.limit : kForever),
      position_(std::min<std::int64_t>(shape.start, 0)) {}

std::int64_t Timeline::end() const {
  const std::int64_t natural = source_ended_ ? decoded_end() : source_->length().value_or(kForever);
  return std::min(limit_, natural);
}

float Timeline::gain_at(std::int64_t position) const {
  float gain = volume_;
  const std::int64_t sounded = position - audible_from_ + 1;
  if (sounded < ramp_in_) gain *= static_cast<float>(sounded) / static_cast<float>(ramp_in_);
  // A sound that ends by itself ends as it was recorded; one that is cut is faded.
  if (limit_ < source_->length().value_or(kForever) && limit_ - position < kFadeOut)
    gain *= static_cast<float>(limit_ - position) / static_cast<float>(kFadeOut);
  return gain;
}

std::size_t Timeline::render(std::span<std::int16_t> out) {
  std::size_t done = 0;
  if (position_ < audible_from_) {
    done = static_cast<std::size_t>(
        std::clamp<std::int64_t>(std::min(audible_from_, end()) - position_, 0, static_cast<std::int64_t>(out.size())));
    std::fill_n(out.begin(), done, std::int16_t{0});
    position_ += static_cast<std::int64_t>(done);
    return done;
  }
  while (done < out.size() && position_ < end()) {
    if (fresh_ || position_ >= decoded_end()) {
      if (!decode_next()) break;
      continue;
    }
    const std::int64_t until =
        std::min({decoded_end(), end(), position_ + static_cast<std::int64_t>(out.size() - done)});
    for (; position_ < until; ++position_)
      out[done++] = to_sample(decoded_[static_cast<std::size_t>(position_ - decoded_from_)] * gain_at(position_));
  }
  return done;
}

void Timeline::follow_with_silence(std::int64_t samples) {
  decoded_from_ = fresh_ ? position_ : decoded_end();
  decoded_.assign(static_cast<std::size_t>(samples), 0.0F);
  fresh_ = false;
}

void Timeline::conceal(std::int64_t samples) {
  follow_with_silence(samples);
  decoder_->conceal(decoded_);
}

bool Timeline::decode_next() {
  while (!waiting_) {
    if (const std::int64_t from = fresh_ ? position_ : decoded_end(); missing_until_ && *missing_until_ > from) {
      conceal(std::min(*missing_until_ - from, kConcealBlock));
      return true;
    }
    missing_until_.reset();
    opus::Pulled pulled = source_->pull();
    if (std::holds_alternative<opus::EndOfPackets>(pulled)) {
      if (fresh_) {
        decoded_.clear();
        decoded_from_ = position_;
        fresh_ = false;
      }
      source_ended_ = true;
      return false;
    }
    if (const auto* missing = std::get_if<opus::NothingYet>(&pulled)) {
      missing_until_ = missing->until > 0 ? missing->until : (fresh_ ? position_ : decoded_end()) + kConcealBlock;
      continue;
    }
    auto& packet = std::get<opus::OpusPacket>(pulled);
    // What comes after its moment is not played later: that would shift all the rest.
    if (fresh_ || packet.position >= decoded_end() || packet.stream_start != stream_start_)
      waiting_ = std::move(packet);
  }
  if (waiting_->stream_start != stream_start_) {
    const std::int64_t between = waiting_->stream_start - (fresh_ ? position_ : decoded_end());
    if (between > 0) {
      follow_with_silence(std::min(between, kConcealBlock));
      return true;
    }
    stream_start_ = waiting_->stream_start;
    decoder_.emplace(waiting_->gain_q8);
  }
  const std::int64_t gap = waiting_->position - (fresh_ ? position_ : decoded_end());
  if (gap > kConcealBlock) {
    conceal(std::min(gap - kConcealBlock, kConcealBlock));
    return true;
  }
  if (gap > 0) {
    const bool has_past = !fresh_;
    follow_with_silence(gap);
    if (has_past) decoder_->recover(waiting_->bytes, decoded_);
    return true;
  }
  const std::int64_t samples = waiting_->samples;
  decoded_.resize(static_cast<std::size_t>(opus::kMaxPacketSamples));
  const auto got = static_cast<std::int64_t>(decoder_->decode(waiting_->bytes, decoded_));
  decoded_.resize(static_cast<std::size_t>(std::min(got, samples)));
  decoded_from_ = waiting_->position;
  fresh_ = false;
  waiting_.reset();
  return true;
}

void Timeline::join(std::int64_t position, std::int64_t audible_from) {
  position_ = std::max(position_, position);
  audible_from_ = std::max(audible_from, position_);
  ramp_in_ = std::max(ramp_in_, kJoinRampIn);
  source_->skip_to(audible_from_);
  if (waiting_ && waiting_->position + waiting_->samples <= audible_from_ - opus::kPreRoll) waiting_.reset();
  decoder_->reset();
  decoded_.clear();
  fresh_ = true;
}

void Timeline::skip_silence(std::int64_t position) {
  position_ = std::max(position_, std::min(position, audible_from_));
}

void Timeline::stop() {
  limit_ = std::min(limit_, position_ < audible_from_ ? position_ : position_ + kFadeOut);
}

}  // namespace loa::playout
