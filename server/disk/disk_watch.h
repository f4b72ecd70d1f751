// Tells before the server's disk is full, and keeps its last part for the books: uploads, which are large, leave it
// alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <thread>

#include "server/core/alarms.h"

namespace loa::server {

// Megabytes of 10^6 bytes that are free; the first more than the second, or it warns too late.
struct DiskLimits {
  std::int64_t warn_free_mb = 2'000;  // below it an alarm
  std::int64_t reserve_mb = 500;      // below it nothing large is taken
};

[[nodiscard]] std::uint64_t keep_free_bytes(const DiskLimits& limits);

// What a process without privileges may still write to the folder's file system; none when it cannot be told.
[[nodiscard]] std::optional<std::uint64_t> free_bytes(const std::filesystem::path& folder);

// Raises and clears disk.low and disk.reserved.
void judge_disk(const std::filesystem::path& folder, std::uint64_t free, const DiskLimits& limits, Alarms& alarms);

// Looks every 5 s on a thread of its own.
class DiskWatch {
 public:
  // `alarms` outlives it.
  DiskWatch(std::filesystem::path folder, DiskLimits limits, Alarms& alarms);

 private:
  std::jthread thread_;
};

}  // namespace loa::server
