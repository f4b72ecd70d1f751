// What was signed, when, for whom: evidence after a theft. One line of JSON for each signature but those of clock
// replies, which are hundreds a minute and are counted instead.
//
// Bounded: two files take turns; when one is full the older is emptied and written next. So at least kMostBytes of the
// latest lines are there, at most twice that. A line is with the kernel before its signature leaves, and on the disk
// within kSyncEvery: kill -9 loses nothing, a power cut the last seconds. Both files have their room on the disk from
// the start, where the file system can do that: so a disk that others fill takes no line away.
//
// One thread. After its construction it needs no right to open anything.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "common/base/descriptor.h"
#include "common/base/time.h"
#include "server/signer/signer.h"

namespace loa::signer {

class Journal {
 public:
  static constexpr std::int64_t kMostBytes = 16L * 1024 * 1024;
  static constexpr seconds kSyncEvery{10};

  // `journal.0` and `journal.1` in the folder, made with mode 0600. Throws Error file.cannot_write.
  explicit Journal(const std::filesystem::path& folder, std::int64_t most_bytes = kMostBytes);

  // False when the line could not be written: then there is nothing of it, and it is logged.
  [[nodiscard]] bool write(std::string_view audience, const Signed& what);
  void write_start(std::string_view key_id, WallTime now);
  // Between requests: what has been written for kSyncEvery is made durable.
  void on_idle(MonoTime now);

 private:
  struct Part {
    Descriptor file;
    std::int64_t bytes = 0;
  };
  [[nodiscard]] bool append(const std::string& line);
  void reserve(const Part& part) const;

  const std::int64_t most_bytes_;
  std::array<Part, 2> parts_;
  std::size_t current_ = 0;
  enum class State { kClean, kDirty } state_ = State::kClean;
  MonoTime synced_ = MonoTime::min();
};

}  // namespace loa::signer
