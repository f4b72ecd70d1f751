// An open file descriptor that is closed with its owner, and what is done with one to the end: the system call alone
// may do half.
//
// Any thread, one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "common/base/bytes.h"
#include "common/base/error.h"

namespace loa {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  // Some file systems report a failed write only here: false, with errno.
  [[nodiscard]] bool close();

 private:
  int number_ = -1;
};

// What could not be written, by errno: file.disk_full when there is no room, else file.cannot_write.
[[nodiscard]] Error cannot_write(const std::filesystem::path& file, int problem);

// `file` stands in the errors.
// Throws file.cannot_write, file.disk_full.
void write_all(const Descriptor& to, ByteView content, const std::filesystem::path& file);
// At most as much as there is room for; 0 at the end. Throws file.cannot_read.
[[nodiscard]] std::size_t read_some(const Descriptor& from, std::span<std::uint8_t> room,
                                    const std::filesystem::path& file);
// What a file or folder holds, names included, survives a power cut from here on. Throws file.cannot_write,
// file.disk_full.
void sync_path(const std::filesystem::path& path);

}  // namespace loa
