// A mono 16-bit 48 kHz WAV that is written at positions, and is a valid file after every write: killed at any moment,
// it holds what was written. Places never written read as silence and take no disk space.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace loa::playout {

class WavFile {
 public:
  // Replaces what is there. Throws file.cannot_write.
  explicit WavFile(std::filesystem::path path);
  ~WavFile();
  WavFile(const WavFile&) = delete;
  WavFile& operator=(const WavFile&) = delete;

  // `frame` counts samples from the beginning. Throws file.cannot_write; also beyond 4 GiB, where WAV ends.
  void write_at(std::int64_t frame, std::span<const std::int16_t> samples);

 private:
  void put(std::int64_t offset, std::span<const std::uint8_t> bytes);
  void write_header();

  const std::filesystem::path path_;
  int fd_ = -1;
  std::int64_t frames_ = 0;
};

}  // namespace loa::playout
