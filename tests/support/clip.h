// Clips for tests of playout: made here, the same bytes every time, so that what sounds can be checked to the sample.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "audio/opus/packet_source.h"

namespace loa::test {

// A chirp that rises from 300 to 3,000 Hz over its length, at half of full scale: every moment sounds unlike every
// other, so that a shift shows.
[[nodiscard]] std::vector<float> chirp(std::int64_t samples);

struct EncodedClip {
  std::int64_t pre_skip = 0;
  std::vector<std::vector<std::uint8_t>> packets;  // 20 ms each
};
[[nodiscard]] EncodedClip encode(std::span<const float> sound);
// The Ogg Opus file of it.
[[nodiscard]] std::string to_ogg(const EncodedClip& clip, std::int64_t samples);

// All that a decoder gives for the file, from the sound's first sample on, before any gain.
[[nodiscard]] std::vector<float> decode(const EncodedClip& clip, std::int64_t samples);

// One Ogg page taken apart (RFC 3533 §6), to put faults into a file that libogg itself would never write.
struct OggPage {
  std::uint8_t flags = 0;  // 1 continued, 2 first, 4 last
  std::int64_t granule = 0;
  std::uint32_t serial = 0;
  std::uint32_t sequence = 0;
  std::string lacing;
  std::string body;
};
[[nodiscard]] std::vector<OggPage> take_apart(const std::string& file);
// With fresh checksums.
[[nodiscard]] std::string put_together(const std::vector<OggPage>& pages);
// Any bytes: every whole page in them gets the checksum it should have, so that a fuzzer comes past it.
void repair_checksums(std::string& bytes);

}  // namespace loa::test
