// Opus packets on a timeline: what a clip on disk and a live channel have in common, so that one player serves both.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace loa::opus {

// Opus counts time in 48 kHz samples whatever it carries (RFC 6716 §2.1, RFC 7845 §4); so does everything after it
// here.
inline constexpr std::int64_t kSampleRate = 48'000;
// A decoder that starts in mid-stream needs this much before its output is right (RFC 7845 §4.2: 80 ms).
inline constexpr std::int64_t kPreRoll = kSampleRate * 80 / 1000;
// The longest packet: 120 ms (RFC 6716 §3.2.5).
inline constexpr std::int64_t kMaxPacketSamples = kSampleRate * 120 / 1000;

struct OpusPacket {
  std::vector<std::uint8_t> bytes;
  std::int64_t position = 0;  // of its first sample; what stands before stream_start is for the decoder only
  std::int64_t samples = 0;   // how many of its samples belong to the sound; fewer than it decodes to at a trimmed end
  // A sound may be made of several streams, one after the other, with silence in between: where this packet's stream
  // begins to sound, and so which stream it is. Each is decoded by itself.
  std::int64_t stream_start = 0;
  int gain_q8 = 0;  // that the stream's maker asks for, in 1/256 dB (RFC 7845 §5.1: applied by the decoder)
};
// A live source: the next packet has not come, and its moment is now.
struct NothingYet {
  std::int64_t until = 0;  // position behind what is missing, more than 0; 0: not known, some 20 ms
};
struct EndOfPackets {};
using Pulled = std::variant<OpusPacket, NothingYet, EndOfPackets>;

// One thread at a time.
class PacketSource {
 public:
  virtual ~PacketSource() = default;
  // The next packet. Within one stream positions never go back, and a gap between two packets is loss. Throws
  // loa::Error when the source is broken; it then stays broken.
  [[nodiscard]] virtual Pulled pull() = 0;
  // Drops packets that are not needed for sound from `position` on, keeping kPreRoll before it. Never goes back.
  virtual void skip_to(std::int64_t position) = 0;
  // Samples from 0 to the end; nullopt when the end is not known yet (live).
  [[nodiscard]] virtual std::optional<std::int64_t> length() const = 0;
};

}  // namespace loa::opus
