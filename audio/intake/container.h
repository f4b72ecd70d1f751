// What kind of file this is, from its first bytes: the one place that decides what intake opens at all. A fixed list,
// not GStreamer's type finding, so that a playlist, a manifest or an archive never reaches a parser.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace loa::intake {

enum class Container { kWav, kMpegAudio, kAdts, kFlac, kOgg, kIsoMedia, kMatroska };

// Enough for a sniff; an ID3 tag may be longer and is skipped by `start` of the answer.
inline constexpr std::size_t kSniffBytes = 65'536;

struct Sniffed {
  Container container = Container::kWav;
  // Length that the header promises, in seconds, where it can be read here (WAV, MP3 with a Xing/Info frame). Other
  // containers tell their demuxer. A recorder that could not seek back promises nothing.
  std::optional<double> declared_s;
};

// How many bytes of tags (ID3v2) stand before the sound; 0 when none. Look at the bytes after them instead.
[[nodiscard]] std::uint64_t tag_length(std::span<const std::uint8_t> head);

// `head`: the first bytes after any tag, at most kSniffBytes. Pure; any bytes are safe.
[[nodiscard]] std::optional<Sniffed> sniff(std::span<const std::uint8_t> head);

}  // namespace loa::intake
