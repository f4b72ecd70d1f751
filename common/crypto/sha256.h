// SHA-256 (FIPS 180-4): names clips, keys and plans. Any thread; one Sha256 belongs to one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "common/base/bytes.h"

namespace loa::crypto {

using Digest = std::array<std::uint8_t, 32>;

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(ByteView bytes);
  // The digest of everything so far; afterwards the object begins anew.
  [[nodiscard]] Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] Digest sha256(ByteView bytes);

// Reads in pieces of 64 KiB: memory does not grow with the file. Throws Error file.cannot_read.
[[nodiscard]] Digest sha256_of_file(const std::filesystem::path& file);

// 64 lower-case hexadecimal digits.
[[nodiscard]] std::string to_hex(const Digest& digest);

}  // namespace loa::crypto
