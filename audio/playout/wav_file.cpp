#include "audio/playout/wav_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "common/base/error.h"

namespace loa::playout {
namespace {

constexpr std::int64_t kHeaderBytes = 44;
constexpr std::int64_t kMaxFrames = (0xFFFF'FFFFLL - kHeaderBytes) / 2;
constexpr std::uint32_t kRate = 48'000;

std::string errno_text() {
  return std::error_code(errno, std::generic_category()).message();
}

}  // namespace

WavFile::WavFile(std::filesystem::path path) : path_(std::move(path)) {
  fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd_ < 0) throw Error("file.cannot_write", {path_.string(), errno_text()});
  try {
    write_header();
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

WavFile::~WavFile() {
  ::close(fd_);
}

void WavFile::put(std::int64_t offset, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::pwrite(fd_, bytes.data(), bytes.size(), offset);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) throw Error("file.cannot_write", {path_.string(), errno_text()});
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
    offset += wrote;
  }
}

void WavFile::write_header() {
  std::array<std::uint8_t, kHeaderBytes> header{};
  const auto text = [&](std::size_t at, const char* value) { std::memcpy(&header.at(at), value, 4); };
  const auto number = [&](std::size_t at, std::uint32_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) header.at(at + i) = static_cast<std::uint8_t>(value >> (8 * i));
  };
  const auto bytes = static_cast<std::uint32_t>(frames_ * 2);
  text(0, "RIFF");
  number(4, bytes + static_cast<std::uint32_t>(kHeaderBytes) - 8, 4);
  text(8, "WAVE");
  text(12, "fmt ");
  number(16, 16, 4);
  number(20, 1, 2);  // PCM
  number(22, 1, 2);  // channels
  number(24, kRate, 4);
  number(28, kRate * 2, 4);
  number(32, 2, 2);
  number(34, 16, 2);
  text(36, "data");
  number(40, bytes, 4);
  put(0, header);
}

void WavFile::write_at(std::int64_t frame, std::span<const std::int16_t> samples) {
  if (samples.empty()) return;
  const auto end = frame + static_cast<std::int64_t>(samples.size());
  if (frame < 0 || end > kMaxFrames)
    throw Error("file.cannot_write", {path_.string(), std::error_code(EFBIG, std::generic_category()).message()});
  std::vector<std::uint8_t> bytes(samples.size() * 2);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto value = std::bit_cast<std::uint16_t>(samples[i]);
    bytes[2 * i] = static_cast<std::uint8_t>(value);
    bytes[2 * i + 1] = static_cast<std::uint8_t>(value >> 8U);
  }
  put(kHeaderBytes + frame * 2, bytes);
  // Sound first, then the length that covers it.
  if (end > frames_) {
    frames_ = end;
    write_header();
  }
}

}  // namespace loa::playout
