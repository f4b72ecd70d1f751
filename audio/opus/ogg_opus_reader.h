// Reads one Ogg Opus file (RFC 7845) as packets on a timeline. Holds a page or two in memory, never the file.
//
// Strict, because clips are made by our own intake and checked by hash: one logical stream, channel mapping family 0,
// every page intact and in order, granule positions exact, an end-of-stream page at the very end. Anything else throws
// loa::Error: opus.not_opus, opus.unsupported, opus.truncated or opus.corrupt. Bytes from outside never do worse.
#pragma once

#include <filesystem>
#include <istream>
#include <memory>

#include "audio/opus/packet_source.h"

namespace loa::opus {

class OggOpusReader final : public PacketSource {
 public:
  // Also throws file.cannot_read.
  [[nodiscard]] static std::unique_ptr<OggOpusReader> open(const std::filesystem::path& path);
  // `stream` must be able to seek. `name` stands in errors.
  OggOpusReader(std::unique_ptr<std::istream> stream, std::string name);
  ~OggOpusReader() override;
  OggOpusReader(const OggOpusReader&) = delete;
  OggOpusReader& operator=(const OggOpusReader&) = delete;

  [[nodiscard]] Pulled pull() override;
  void skip_to(std::int64_t position) override;
  [[nodiscard]] std::optional<std::int64_t> length() const override;
  [[nodiscard]] int channels() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace loa::opus
