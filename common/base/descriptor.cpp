#include "common/base/descriptor.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace loa {

Descriptor::~Descriptor() {
  if (is_open()) ::close(number_);
}

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

bool Descriptor::close() {
  return ::close(std::exchange(number_, -1)) == 0;
}

Error cannot_write(const std::filesystem::path& file, int problem) {
  if (problem == ENOSPC || problem == EDQUOT) return Error("file.disk_full", {file.string()});
  return Error("file.cannot_write", {file.string(), std::strerror(problem)});
}

void write_all(const Descriptor& to, ByteView content, const std::filesystem::path& file) {
  while (!content.empty()) {
    const ssize_t count = ::write(to.number(), content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw cannot_write(file, errno);
    content = content.subspan(static_cast<std::size_t>(count));
  }
}

std::size_t read_some(const Descriptor& from, std::span<std::uint8_t> room, const std::filesystem::path& file) {
  for (;;) {
    const ssize_t count = ::read(from.number(), room.data(), room.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) throw Error("file.cannot_read", {file.string(), std::strerror(errno)});
  }
}

void sync_path(const std::filesystem::path& path) {
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor.is_open() || ::fsync(descriptor.number()) != 0) throw cannot_write(path, errno);
}

}  // namespace loa
