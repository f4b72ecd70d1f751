// The highest sequence that may have been used, on the disk. Two slots in one file are written in turn, each with a
// checksum, so that a write that a power cut tears leaves the other one. The file is opened once and locked: two
// signers on one state would use a sequence twice.
//
// One thread. After open() it needs no right to open anything.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include "common/base/descriptor.h"

namespace loa::signer {

class SequenceFile {
 public:
  // Makes the file, mode 0600, when it is not there. Throws Error file.cannot_read, file.cannot_write,
  // signer.already_running, signer.bad_state (there is one, and no slot of it is whole).
  explicit SequenceFile(const std::filesystem::path& file);

  // 0 when nothing was reserved yet.
  [[nodiscard]] std::int64_t reserved() const { return reserved_; }
  // On the disk when it returns. Throws Error file.cannot_write; what was reserved before stays so.
  void reserve(std::int64_t until);

 private:
  const std::string name_;
  Descriptor file_;
  std::int64_t reserved_ = 0;
  int next_slot_ = 0;
};

// What is reserved in a file that a signer may have open. Throws Error file.cannot_read, signer.bad_state.
[[nodiscard]] std::int64_t read_reserved(const std::filesystem::path& file);

}  // namespace loa::signer
