#include "tests/support/clip.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "audio/opus/frame_codec.h"
#include "audio/opus/ogg_opus_writer.h"
#include "audio/opus/packet_decoder.h"

namespace loa::test {
namespace {

void append(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFFU);
}

std::uint64_t number(const std::string& in, std::size_t at, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes; i-- > 0;) value = value << 8U | static_cast<std::uint8_t>(in.at(at + i));
  return value;
}

// RFC 3533 §6: polynomial 0x04c11db7, nothing inverted.
std::uint32_t checksum(const std::string& page) {
  std::uint32_t crc = 0;
  for (const char c : page) {
    crc ^= static_cast<std::uint32_t>(static_cast<std::uint8_t>(c)) << 24U;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000'0000U) != 0 ? crc << 1U ^ 0x04C1'1DB7U : crc << 1U;
  }
  return crc;
}

}  // namespace

std::vector<float> chirp(std::int64_t samples) {
  std::vector<float> out(static_cast<std::size_t>(samples));
  const double length = static_cast<double>(samples) / static_cast<double>(opus::kSampleRate);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double t = static_cast<double>(i) / static_cast<double>(opus::kSampleRate);
    out[i] = static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * (300.0 * t + 1350.0 * t * t / length)));
  }
  return out;
}

EncodedClip encode(std::span<const float> sound) {
  opus::FrameEncoder encoder(opus::EncoderSettings{});
  EncodedClip clip{static_cast<std::int64_t>(encoder.lookahead()), {}};
  const std::size_t needed = sound.size() + encoder.lookahead();
  for (std::size_t at = 0; at < needed; at += opus::kFrameSamples) {
    std::array<float, opus::kFrameSamples> frame{};
    if (at < sound.size())
      std::copy_n(sound.begin() + static_cast<std::ptrdiff_t>(at), std::min(frame.size(), sound.size() - at),
                  frame.begin());
    std::array<std::uint8_t, opus::kLongestPacket> packet{};
    const std::size_t size = encoder.encode(frame, packet);
    clip.packets.emplace_back(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(size));
  }
  return clip;
}

std::string to_ogg(const EncodedClip& clip, std::int64_t samples) {
  std::string file;
  opus::OggOpusWriter writer(static_cast<std::size_t>(clip.pre_skip),
                             [&](std::span<const std::uint8_t> bytes) { file.append(bytes.begin(), bytes.end()); });
  for (const auto& packet : clip.packets) writer.write(packet);
  writer.finish(static_cast<std::uint64_t>(samples));
  return file;
}

std::vector<float> decode(const EncodedClip& clip, std::int64_t samples) {
  opus::PacketDecoder decoder(0);
  std::vector<float> all;
  std::vector<float> part(static_cast<std::size_t>(opus::kMaxPacketSamples));
  for (const auto& packet : clip.packets) {
    const std::size_t got = decoder.decode(packet, part);
    all.insert(all.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got));
  }
  all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(clip.pre_skip));
  all.resize(static_cast<std::size_t>(samples));
  return all;
}

std::vector<OggPage> take_apart(const std::string& file) {
  std::vector<OggPage> pages;
  for (std::size_t at = 0; at < file.size();) {
    OggPage page;
    page.flags = static_cast<std::uint8_t>(file.at(at + 5));
    page.granule = static_cast<std::int64_t>(number(file, at + 6, 8));
    page.serial = static_cast<std::uint32_t>(number(file, at + 14, 4));
    page.sequence = static_cast<std::uint32_t>(number(file, at + 18, 4));
    page.lacing = file.substr(at + 27, static_cast<std::uint8_t>(file.at(at + 26)));
    std::size_t body = 0;
    for (const char c : page.lacing) body += static_cast<std::uint8_t>(c);
    page.body = file.substr(at + 27 + page.lacing.size(), body);
    at += 27 + page.lacing.size() + body;
    pages.push_back(std::move(page));
  }
  return pages;
}

std::string put_together(const std::vector<OggPage>& pages) {
  std::string file;
  for (const OggPage& page : pages) {
    std::string out = "OggS";
    append(out, 0, 1);
    append(out, page.flags, 1);
    append(out, static_cast<std::uint64_t>(page.granule), 8);
    append(out, page.serial, 4);
    append(out, page.sequence, 4);
    append(out, 0, 4);
    append(out, page.lacing.size(), 1);
    out += page.lacing + page.body;
    file += out;
  }
  repair_checksums(file);
  return file;
}

void repair_checksums(std::string& bytes) {
  for (std::size_t at = bytes.find("OggS"); at != std::string::npos; at = bytes.find("OggS", at + 1)) {
    if (at + 27 > bytes.size()) return;
    const std::size_t segments = static_cast<std::uint8_t>(bytes[at + 26]);
    if (at + 27 + segments > bytes.size()) continue;
    std::size_t size = 27 + segments;
    for (std::size_t i = 0; i < segments; ++i) size += static_cast<std::uint8_t>(bytes[at + 27 + i]);
    if (at + size > bytes.size()) continue;
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at + 22), 4, '\0');
    const std::uint32_t crc = checksum(bytes.substr(at, size));
    for (std::size_t i = 0; i < 4; ++i) bytes[at + 22 + i] = static_cast<char>(crc >> (8 * i) & 0xFFU);
  }
}

}  // namespace loa::test
