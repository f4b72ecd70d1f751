// Encodes one clip and listens to what it decodes to. A codec does not keep the peaks it is given: a frame that would
// come out above the ceiling is taken back, turned down around its peak, and encoded again, before anything is written.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "audio/intake/loudness.h"
#include "audio/intake/true_peak.h"
#include "audio/opus/frame_codec.h"
#include "audio/opus/ogg_opus_writer.h"

namespace loa::intake {

// Measured on the decoded file, not on what went in.
struct EncodedClip {
  std::uint64_t samples = 0;
  std::uint64_t bytes = 0;
  std::optional<double> lufs;
  double true_peak = 0.0;  // linear
  std::uint64_t frames_redone = 0;
};

// Mono 48 kHz. One thread at a time.
class ClipEncoder {
 public:
  // `ceiling`: linear true peak that the decoded clip shall not exceed.
  ClipEncoder(const opus::EncoderSettings& settings, float ceiling, opus::OggOpusWriter::Sink sink);

  void add(std::span<const float> samples);
  // Writes the rest. `true_peak` above the ceiling says that some frame could not be tamed: the file is whole, but the
  // caller has to begin again with less.
  [[nodiscard]] EncodedClip finish();

 private:
  // Everything that one frame changes.
  struct Coders {
    opus::FrameEncoder encoder;
    opus::FrameDecoder decoder;
    TruePeakMeter peak;
  };
  struct Frame {
    std::uint64_t number = 0;
    std::array<float, opus::kFrameSamples> input{};
    // The coders before this frame, kept only when the frame is loud: copying them costs, and a codec does not lift
    // what lies far below the ceiling above it.
    Coders before;
    bool has_before = false;
    std::array<std::uint8_t, opus::kLongestPacket> packet{};
    std::size_t packet_length = 0;
    std::array<float, opus::kFrameSamples> decoded{};
  };
  // A smooth dent in the gain around one peak.
  struct Dip {
    std::uint64_t centre = 0;
    float depth = 0.0F;  // 0…1: the gain at the centre is 1 - depth
  };

  void encode(Frame& frame);
  void add_frame();
  void turn_down(Frame& frame, Frame* previous, int tries);
  void commit(const Frame& frame);
  void commit_decoded(std::span<const float> decoded);

  const float ceiling_;
  Coders now_;
  opus::OggOpusWriter writer_;
  LoudnessMeter loudness_;
  std::array<Frame, 2> frames_;  // the newest, and the one before it, which may still be taken back
  std::uint64_t frame_count_ = 0;
  std::vector<Dip> dips_;
  std::vector<float> waiting_;  // samples of the next frame
  std::uint64_t samples_ = 0;
  std::uint64_t decoded_ = 0;  // samples that came out of committed frames, the pre-skip included
  std::uint64_t redone_ = 0;
  bool given_up_ = false;  // the clip is above the ceiling already: nothing after that is worth an effort
};

}  // namespace loa::intake
