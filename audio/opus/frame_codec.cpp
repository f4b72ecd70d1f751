#include "audio/opus/frame_codec.h"

#include <new>
#include <stdexcept>
#include <string>

#include <opus/opus.h>

namespace loa::opus {
namespace {

constexpr int kExpectedLossPct = 10;  // what makes libopus spend bits on FEC

// libopus documents its states as plain memory that memcpy may copy, so a vector's own copy is enough.
std::vector<std::max_align_t> room_for(int bytes) {
  if (bytes <= 0) throw std::bad_alloc();
  return std::vector<std::max_align_t>((static_cast<std::size_t>(bytes) + sizeof(std::max_align_t) - 1) /
                                       sizeof(std::max_align_t));
}

OpusEncoder* encoder_in(std::vector<std::max_align_t>& state) {
  return reinterpret_cast<OpusEncoder*>(state.data());
}

OpusDecoder* decoder_in(std::vector<std::max_align_t>& state) {
  return reinterpret_cast<OpusDecoder*>(state.data());
}

void require(int code, const char* what) {
  if (code != OPUS_OK) throw std::invalid_argument(std::string{what} + ": " + opus_strerror(code));
}

}  // namespace

FrameEncoder::FrameEncoder(const EncoderSettings& settings) : state_(room_for(opus_encoder_get_size(1))) {
  OpusEncoder* encoder = encoder_in(state_);
  // AUDIO, as opusenc does: at this bitrate libopus still picks its speech modes by itself when it hears speech, and a
  // greeting with music or a chime is not forced through them.
  require(opus_encoder_init(encoder, kCodecRate, 1,
                            settings.is_live_speech ? OPUS_APPLICATION_VOIP : OPUS_APPLICATION_AUDIO),
          "opus encoder");
  require(opus_encoder_ctl(encoder, OPUS_SET_BITRATE(settings.bitrate_bps)), "opus bitrate");
  require(opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(settings.complexity)), "opus complexity");
  require(opus_encoder_ctl(encoder, OPUS_SET_VBR(1)), "opus vbr");
  require(opus_encoder_ctl(encoder, OPUS_SET_VBR_CONSTRAINT(settings.is_live_speech ? 1 : 0)), "opus vbr constraint");
  if (settings.is_live_speech) {
    require(opus_encoder_ctl(encoder, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE)), "opus signal");
    require(opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(1)), "opus fec");
    require(opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(kExpectedLossPct)), "opus loss");
  }
  opus_int32 lookahead = 0;
  require(opus_encoder_ctl(encoder, OPUS_GET_LOOKAHEAD(&lookahead)), "opus lookahead");
  lookahead_ = static_cast<std::size_t>(lookahead);
}

std::size_t FrameEncoder::encode(std::span<const float, kFrameSamples> frame,
                                 std::span<std::uint8_t, kLongestPacket> out) {
  const opus_int32 length = opus_encode_float(encoder_in(state_), frame.data(), static_cast<int>(kFrameSamples),
                                              out.data(), static_cast<opus_int32>(out.size()));
  if (length < 1) throw std::runtime_error(std::string{"opus encode: "} + opus_strerror(length));
  return static_cast<std::size_t>(length);
}

FrameDecoder::FrameDecoder() : state_(room_for(opus_decoder_get_size(1))) {
  require(opus_decoder_init(decoder_in(state_), kCodecRate, 1), "opus decoder");
}

void FrameDecoder::decode(std::span<const std::uint8_t> packet, std::span<float, kFrameSamples> out) {
  const int samples = opus_decode_float(decoder_in(state_), packet.data(), static_cast<opus_int32>(packet.size()),
                                        out.data(), static_cast<int>(kFrameSamples), 0);
  if (samples != static_cast<int>(kFrameSamples)) throw std::runtime_error("opus decode: not a packet of 20 ms");
}

}  // namespace loa::opus
