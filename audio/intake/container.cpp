#include "audio/intake/container.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace loa::intake {
namespace {

using Bytes = std::span<const std::uint8_t>;

bool has(Bytes bytes, std::size_t at, std::string_view text) {
  return at <= bytes.size() && bytes.size() - at >= text.size() &&
         std::equal(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

std::uint32_t big_endian(Bytes bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | bytes[at + i];
  return value;
}

std::uint32_t little_endian(Bytes bytes, std::size_t at, std::size_t count = 4) {
  std::uint32_t value = 0;
  for (std::size_t i = count; i-- > 0;) value = value << 8 | bytes[at + i];
  return value;
}

struct MpegFrame {
  int version = 0;  // 1, 2, or 25 for 2.5
  int layer = 0;    // 1…3; 0 for ADTS
  std::uint32_t rate = 0;
  std::uint32_t samples = 0;
  std::size_t length = 0;
  std::size_t side_end = 0;  // layer III: where a Xing/Info header may begin
};

// ISO 11172-3 §2.4.2.3 and ISO 13818-3. Free-format streams are not taken.
std::optional<MpegFrame> parse_mpeg_header(Bytes bytes, std::size_t at) {
  if (bytes.size() < at + 4 || bytes[at] != 0xff || (bytes[at + 1] & 0xe0) != 0xe0) return std::nullopt;
  const unsigned version_bits = bytes[at + 1] >> 3 & 3U;
  const unsigned layer_bits = bytes[at + 1] >> 1 & 3U;
  const unsigned bitrate_index = bytes[at + 2] >> 4;
  const unsigned rate_index = bytes[at + 2] >> 2 & 3U;
  const unsigned padding = bytes[at + 2] >> 1 & 1U;
  if (version_bits == 1 || layer_bits == 0 || bitrate_index == 0 || bitrate_index == 15 || rate_index == 3)
    return std::nullopt;
  MpegFrame frame;
  frame.version = version_bits == 3 ? 1 : version_bits == 2 ? 2 : 25;
  frame.layer = static_cast<int>(4 - layer_bits);
  constexpr std::array<std::array<std::uint16_t, 15>, 5> kKilobits{
      {{0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
       {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
       {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
       {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
       {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}}};
  const std::size_t table = frame.version == 1 ? static_cast<std::size_t>(frame.layer - 1) : frame.layer == 1 ? 3 : 4;
  const std::uint32_t bits_per_s = kKilobits[table][bitrate_index] * 1000U;
  constexpr std::array<std::uint32_t, 3> kRates{44'100, 48'000, 32'000};
  frame.rate = kRates[rate_index] >> (frame.version == 1 ? 0 : frame.version == 2 ? 1 : 2);
  frame.samples = frame.layer == 1 ? 384 : frame.layer == 3 && frame.version != 1 ? 576 : 1152;
  frame.length = frame.layer == 1 ? (12U * bits_per_s / frame.rate + padding) * 4U
                                  : frame.samples / 8U * bits_per_s / frame.rate + padding;
  const bool mono = bytes[at + 3] >> 6 == 3;
  frame.side_end = 4U + (frame.version == 1 ? (mono ? 17U : 32U) : (mono ? 9U : 17U));
  return frame;
}

// ISO 13818-7 §6.2
std::optional<MpegFrame> parse_adts_header(Bytes bytes, std::size_t at) {
  if (bytes.size() < at + 7 || bytes[at] != 0xff || (bytes[at + 1] & 0xf6) != 0xf0) return std::nullopt;
  MpegFrame frame;
  frame.rate = bytes[at + 2] >> 2 & 15U;  // an index, only compared
  frame.length = (bytes[at + 3] & 3U) << 11 | static_cast<std::size_t>(bytes[at + 4]) << 3 | bytes[at + 5] >> 5;
  if (frame.rate > 12 || frame.length < 7) return std::nullopt;
  return frame;
}

// One sync word is two bytes of chance; three frames that name each other's place and agree are a stream. A file that
// ends before the third must end exactly or be cut inside a frame.
template <class Parse>
std::optional<std::size_t> find_frames(Bytes head, Parse parse) {
  for (std::size_t start = 0; start + 4 <= head.size(); ++start) {
    const std::optional<MpegFrame> first = parse(head, start);
    if (!first) continue;
    std::size_t at = start + first->length;
    int agreeing = 1;
    while (agreeing < 3) {
      const std::optional<MpegFrame> next = parse(head, at);
      if (!next || next->version != first->version || next->layer != first->layer || next->rate != first->rate) break;
      at += next->length;
      ++agreeing;
    }
    if (agreeing == 3) return start;
  }
  return std::nullopt;
}

std::optional<double> xing_length(Bytes head, std::size_t at) {
  const std::optional<MpegFrame> frame = parse_mpeg_header(head, at);
  if (!frame || frame->layer != 3) return std::nullopt;
  const std::size_t xing = at + frame->side_end;
  if (!has(head, xing, "Xing") && !has(head, xing, "Info")) return std::nullopt;
  if (head.size() < xing + 12 || (big_endian(head, xing + 4) & 1U) == 0) return std::nullopt;
  return static_cast<double>(big_endian(head, xing + 8)) * frame->samples / frame->rate;
}

// What a WAV promises: its data length over its byte rate. Lengths near 2³¹ or 2³² are what programs write that cannot
// come back to fill them in, and 0 is what a recorder leaves that died.
std::optional<double> wav_length(Bytes head) {
  constexpr std::uint32_t kUnknownFrom = 0x7fff'0000;
  std::uint32_t byte_rate = 0;
  for (std::size_t at = 12; at + 8 <= head.size();) {
    const std::uint32_t length = little_endian(head, at + 4);
    if (has(head, at, "fmt ") && at + 20 <= head.size()) byte_rate = little_endian(head, at + 16);
    if (has(head, at, "data")) {
      if (byte_rate == 0 || length == 0 || length >= kUnknownFrom) return std::nullopt;
      return static_cast<double>(length) / byte_rate;
    }
    if (length > head.size()) break;
    at += 8 + length + (length & 1U);
  }
  return std::nullopt;
}

}  // namespace

std::uint64_t tag_length(Bytes head) {
  // ID3v2.4 §3.1: a size of 4 × 7 bits, a footer when flag bit 4 is set.
  if (!has(head, 0, "ID3") || head.size() < 10) return 0;
  std::uint64_t length = 0;
  for (std::size_t i = 6; i < 10; ++i) {
    if (head[i] >= 0x80) return 0;
    length = length << 7 | head[i];
  }
  return 10 + length + ((head[5] & 0x10) != 0 ? 10 : 0);
}

std::optional<Sniffed> sniff(Bytes head) {
  if ((has(head, 0, "RIFF") || has(head, 0, "RF64")) && has(head, 8, "WAVE"))
    return Sniffed{Container::kWav, has(head, 0, "RIFF") ? wav_length(head) : std::nullopt};
  if (has(head, 0, "fLaC")) return Sniffed{Container::kFlac, std::nullopt};
  if (has(head, 0, "OggS")) return Sniffed{Container::kOgg, std::nullopt};
  if (has(head, 0, "\x1a\x45\xdf\xa3")) return Sniffed{Container::kMatroska, std::nullopt};
  for (const std::string_view box : {"ftyp", "moov", "mdat", "free", "wide", "skip"})
    if (has(head, 4, box)) return Sniffed{Container::kIsoMedia, std::nullopt};
  // ADTS first: its sync word is also one of MPEG audio, with the layer that MPEG audio does not have.
  const auto adts = find_frames(head, parse_adts_header);
  const auto mpeg = find_frames(head, parse_mpeg_header);
  if (adts && (!mpeg || *adts < *mpeg)) return Sniffed{Container::kAdts, std::nullopt};
  if (mpeg) return Sniffed{Container::kMpegAudio, xing_length(head, *mpeg)};
  return std::nullopt;
}

}  // namespace loa::intake
