#include "audio/intake/clip_encoder.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace loa::intake {
namespace {

constexpr int kTriesPerFrame = 8;
// Of the ceiling. A burst of noise has been seen to come out 8 dB higher than it went in.
constexpr float kLoudShare = 0.2F;
// The attack must fit between the earliest peak of a frame and the start of the frame before it: 960 - 312 samples.
constexpr std::uint64_t kDipHold = 60;
constexpr std::uint64_t kDipAttack = 480;
constexpr std::uint64_t kDipRelease = 2400;
// Asks for a little more than is missing, since the codec answers inexactly.
constexpr float kDipMargin = 0.01F;

float raised_cosine(std::uint64_t at, std::uint64_t length) {
  return static_cast<float>(0.5 +
                            0.5 * std::cos(std::numbers::pi * static_cast<double>(at) / static_cast<double>(length)));
}

// 1 at the centre, 0 far from it.
float dip_shape(std::uint64_t centre, std::uint64_t at) {
  const std::uint64_t distance = at < centre ? centre - at : at - centre;
  const std::uint64_t slope = at < centre ? kDipAttack : kDipRelease;
  if (distance <= kDipHold) return 1.0F;
  if (distance >= kDipHold + slope) return 0.0F;
  return raised_cosine(distance - kDipHold, slope);
}

}  // namespace

ClipEncoder::ClipEncoder(const opus::EncoderSettings& settings, float ceiling, opus::OggOpusWriter::Sink sink)
    : ceiling_(ceiling),
      now_{opus::FrameEncoder(settings), opus::FrameDecoder(), TruePeakMeter()},
      writer_(now_.encoder.lookahead(), std::move(sink)),
      frames_{Frame{.before = now_}, Frame{.before = now_}} {
  waiting_.reserve(opus::kFrameSamples);
}

void ClipEncoder::add(std::span<const float> samples) {
  samples_ += samples.size();
  while (!samples.empty()) {
    const std::size_t count = std::min(opus::kFrameSamples - waiting_.size(), samples.size());
    waiting_.insert(waiting_.end(), samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(count));
    samples = samples.subspan(count);
    if (waiting_.size() == opus::kFrameSamples) add_frame();
  }
}

EncodedClip ClipEncoder::finish() {
  // The codec's delay has to be pushed out, and the last frame filled up.
  const std::uint64_t needed = samples_ + now_.encoder.lookahead();
  const std::uint64_t frames = (needed + opus::kFrameSamples - 1) / opus::kFrameSamples;
  while (frame_count_ < frames) {
    waiting_.resize(opus::kFrameSamples, 0.0F);
    add_frame();
  }
  if (frame_count_ > 0) commit(frames_[(frame_count_ - 1) % 2]);
  const std::array<float, kPeakDelay> silence{};
  now_.peak.add(silence);
  writer_.finish(samples_);
  return {samples_, writer_.bytes_written(), loudness_.integrated(), static_cast<double>(now_.peak.peak()), redone_};
}

void ClipEncoder::encode(Frame& frame) {
  const std::uint64_t start = frame.number * opus::kFrameSamples;
  std::array<float, opus::kFrameSamples> turned_down = frame.input;
  for (const Dip& dip : dips_)
    for (std::size_t i = 0; i < turned_down.size(); ++i)
      turned_down[i] *= 1.0F - dip.depth * dip_shape(dip.centre, start + i);
  frame.packet_length = now_.encoder.encode(turned_down, frame.packet);
  now_.decoder.decode(std::span(frame.packet).first(frame.packet_length), frame.decoded);
  now_.peak.add(frame.decoded);
}

void ClipEncoder::add_frame() {
  Frame& frame = frames_[frame_count_ % 2];
  Frame& previous = frames_[(frame_count_ + 1) % 2];
  const bool has_previous = frame_count_ > 0;
  frame.number = frame_count_;
  std::copy(waiting_.begin(), waiting_.end(), frame.input.begin());
  waiting_.clear();
  const std::uint64_t start = frame.number * opus::kFrameSamples;
  std::erase_if(dips_,
                [&](const Dip& dip) { return dip.centre + kDipHold + kDipRelease + opus::kFrameSamples < start; });

  float highest = 0.0F;
  for (const float x : frame.input) highest = std::max(highest, std::abs(x));
  frame.has_before = highest > kLoudShare * ceiling_;
  if (frame.has_before) frame.before = now_;
  encode(frame);
  // A dip needs room before its peak: two frames are taken back where the one before can be.
  Frame* again = has_previous && previous.has_before ? &previous : nullptr;
  const bool can_repeat = !given_up_ && (again != nullptr || frame.has_before);
  for (int tries = 0; can_repeat && tries < kTriesPerFrame && now_.peak.peak() > ceiling_; ++tries)
    turn_down(frame, again, tries);
  given_up_ = now_.peak.peak() > ceiling_;
  if (has_previous) commit(previous);
  ++frame_count_;
}

void ClipEncoder::turn_down(Frame& frame, Frame* previous, int tries) {
  const std::uint64_t delay = now_.encoder.lookahead();
  const std::uint64_t position = now_.peak.position();
  const float excess = 1.0F - ceiling_ / now_.peak.peak();
  dips_.push_back(
      {position > delay ? position - delay : 0, std::min(1.0F, excess * static_cast<float>(1 + tries) + kDipMargin)});
  if (previous != nullptr) {
    now_ = previous->before;
    encode(*previous);
    ++redone_;
    if (frame.has_before) frame.before = now_;
  } else {
    now_ = frame.before;
  }
  encode(frame);
  ++redone_;
}

void ClipEncoder::commit(const Frame& frame) {
  writer_.write(std::span(frame.packet).first(frame.packet_length));
  commit_decoded(frame.decoded);
}

void ClipEncoder::commit_decoded(std::span<const float> decoded) {
  // Only what a player lets out counts: from the pre-skip to the trimmed end.
  const std::uint64_t from = now_.encoder.lookahead();
  const std::uint64_t to = from + samples_;
  const std::uint64_t begin = std::clamp(from, decoded_, decoded_ + decoded.size());
  const std::uint64_t end = std::clamp(to, begin, decoded_ + decoded.size());
  loudness_.add(decoded.subspan(begin - decoded_, end - begin));
  decoded_ += decoded.size();
}

}  // namespace loa::intake
