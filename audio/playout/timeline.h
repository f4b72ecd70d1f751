// What sounds when: turns a source of Opus packets into the samples of one play, silence, ramps, skips and the hard
// stop included. Clocked by whoever calls render(), so that a test can ask for any sample of any play.
//
// Positions count 48 kHz samples from the planned instant of the sound's first sample: negative = lead-in. Equal
// positions sound at equal station times on every node, however late each of them came in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "audio/opus/packet_decoder.h"
#include "audio/opus/packet_source.h"

namespace loa::playout {

struct TimelineShape {
  std::int64_t start = 0;    // first position to render; silence up to 0
  std::int64_t ramp_in = 0;  // linear fade from silence at the first audible sample
  std::int64_t limit = 0;    // hard stop at this position, faded; 0 = the source's own end
  float volume = 0.0F;       // linear gain
};

inline constexpr std::int64_t kFadeOut = opus::kSampleRate * 40 / 1000;      // at stop() and at the limit
inline constexpr std::int64_t kJoinRampIn = opus::kSampleRate * 150 / 1000;  // a late join begins softly

// One thread at a time. render() and join() throw loa::Error when the source is broken; nothing sounds after that.
class Timeline {
 public:
  Timeline(std::unique_ptr<opus::PacketSource> source, TimelineShape shape);

  // Of the next sample that render() gives.
  [[nodiscard]] std::int64_t position() const { return position_; }
  // Where silence ends. Renders never cross it, so that a block begins with the first audible sample.
  [[nodiscard]] std::int64_t audible_from() const { return audible_from_; }
  [[nodiscard]] bool ended() const { return position_ >= end(); }

  // Fills `out` from the front; returns how many samples. Fewer than out.size() before audible_from() and at the end.
  [[nodiscard]] std::size_t render(std::span<std::int16_t> out);
  // Goes on at `position` (not before position()): silence up to `audible_from`, then the sound, in step, with a soft
  // ramp. For nodes that come late and for sinks that stood still.
  void join(std::int64_t position, std::int64_t audible_from);
  // Leaves out silence only: the sound begins where it would have begun.
  void skip_silence(std::int64_t position);
  // Fades out over kFadeOut from position() on, then ends.
  void stop();

 private:
  [[nodiscard]] std::int64_t end() const;
  [[nodiscard]] float gain_at(std::int64_t position) const;
  [[nodiscard]] std::int64_t decoded_end() const { return decoded_from_ + static_cast<std::int64_t>(decoded_.size()); }
  // Replaces decoded_ by what follows it. False when the source has nothing more.
  [[nodiscard]] bool decode_next();
  // Makes decoded_ so many zeros that follow it.
  void follow_with_silence(std::int64_t samples);
  void conceal(std::int64_t samples);

  const std::unique_ptr<opus::PacketSource> source_;
  std::optional<opus::PacketDecoder> decoder_;  // of the stream that begins at stream_start_
  std::optional<std::int64_t> stream_start_;    // none: nothing has been decoded yet
  const float volume_;
  std::int64_t ramp_in_;
  std::int64_t limit_;  // kForever = none
  std::int64_t position_;
  std::int64_t audible_from_ = 0;
  bool source_ended_ = false;

  std::vector<float> decoded_;  // samples from decoded_from_ on
  std::int64_t decoded_from_ = 0;
  bool fresh_ = true;  // nothing decoded since the start or the last join: decoded_ means nothing yet
  std::optional<std::int64_t> missing_until_;  // what does not come in time is concealed up to here
  std::optional<opus::OpusPacket> waiting_;    // pulled, but a gap comes before it
};

}  // namespace loa::playout
