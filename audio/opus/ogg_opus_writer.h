// Writes one Ogg Opus file (RFC 7845): mono, 20 ms packets, one page a second, the end trimmed to the sample.
//
// The same packets always give the same bytes: serial number, vendor and tags are constants, so that a clip's SHA-256
// depends on its sound alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace loa::opus {

// One thread at a time.
class OggOpusWriter {
 public:
  using Sink = std::function<void(std::span<const std::uint8_t>)>;

  // Writes the two header packets. `sink` takes bytes in order and throws when it cannot; that throw passes through and
  // the writer is then useless.
  OggOpusWriter(std::size_t pre_skip, Sink sink);
  ~OggOpusWriter();
  OggOpusWriter(const OggOpusWriter&) = delete;
  OggOpusWriter& operator=(const OggOpusWriter&) = delete;

  void write(std::span<const std::uint8_t> packet);
  // Ends the stream after `samples` audible samples: the packets written must hold at least pre_skip + samples and less
  // than a packet more, else std::logic_error. Nothing may be written afterwards.
  void finish(std::uint64_t samples);

  [[nodiscard]] std::uint64_t bytes_written() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace loa::opus
