#include "audio/opus/packet_decoder.h"

#include <algorithm>
#include <new>

#include <opus/opus.h>

#include "audio/opus/packet_source.h"
#include "common/base/error.h"

namespace loa::opus {
namespace {

constexpr std::size_t kConcealed = kSampleRate / 10;
constexpr std::size_t kConcealStep = kSampleRate / 400;  // 2.5 ms, the grain of opus_decode without a packet

struct DecoderDeleter {
  void operator()(OpusDecoder* decoder) const { opus_decoder_destroy(decoder); }
};

}  // namespace

struct PacketDecoder::Impl {
  std::unique_ptr<OpusDecoder, DecoderDeleter> decoder;
  std::size_t concealed = 0;  // in the gap that lasts
};

PacketDecoder::PacketDecoder(int gain_q8) : impl_(std::make_unique<Impl>()) {
  int error = OPUS_OK;
  impl_->decoder.reset(opus_decoder_create(kSampleRate, 1, &error));
  if (!impl_->decoder) throw std::bad_alloc();
  if (opus_decoder_ctl(impl_->decoder.get(), OPUS_SET_GAIN(gain_q8)) != OPUS_OK)
    throw Error("opus.bad_packet", {"gain out of range"});
}

PacketDecoder::~PacketDecoder() = default;

std::size_t PacketDecoder::decode(std::span<const std::uint8_t> packet, std::span<float> out) {
  const int got = opus_decode_float(impl_->decoder.get(), packet.data(), static_cast<opus_int32>(packet.size()),
                                    out.data(), static_cast<int>(out.size()), 0);
  if (got < 0) throw Error("opus.bad_packet", {opus_strerror(got)});
  impl_->concealed = 0;
  return static_cast<std::size_t>(got);
}

void PacketDecoder::conceal(std::span<float> out) {
  while (!out.empty()) {
    const std::size_t room = std::min(out.size(), kConcealed - impl_->concealed) / kConcealStep * kConcealStep;
    const std::size_t step = std::min(room, kConcealStep * 8);
    if (step == 0) break;
    if (opus_decode_float(impl_->decoder.get(), nullptr, 0, out.data(), static_cast<int>(step), 0) < 0) break;
    impl_->concealed += step;
    out = out.subspan(step);
  }
  std::fill(out.begin(), out.end(), 0.0F);
}

void PacketDecoder::recover(std::span<const std::uint8_t> packet, std::span<float> out) {
  if (out.size() % kConcealStep != 0) return conceal(out);
  const int got = opus_decode_float(impl_->decoder.get(), packet.data(), static_cast<opus_int32>(packet.size()),
                                    out.data(), static_cast<int>(out.size()), 1);
  if (got < 0) return conceal(out);
  std::fill(out.begin() + got, out.end(), 0.0F);
}

void PacketDecoder::reset() {
  opus_decoder_ctl(impl_->decoder.get(), OPUS_RESET_STATE);
  impl_->concealed = 0;
}

}  // namespace loa::opus
