#include "server/disk/disk_watch.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include <sys/statvfs.h>

#include "common/base/error.h"
#include "common/base/time.h"

namespace loa::server {
namespace {

constexpr std::uint64_t kMb = 1'000'000;
constexpr seconds kLookEvery{5};

void set(Alarms& alarms, const char* code, bool is_raised, const std::filesystem::path& folder, std::int64_t limit_mb) {
  if (is_raised)
    alarms.raise({code, {folder.string(), std::to_string(limit_mb)}});
  else
    alarms.clear(code);
}

void watch(const std::stop_token& stop, const std::filesystem::path& folder, const DiskLimits& limits, Alarms& alarms) {
  std::mutex mutex;
  std::condition_variable_any never;
  while (!stop.stop_requested()) {
    if (const auto free = free_bytes(folder)) judge_disk(folder, *free, limits, alarms);
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, kLookEvery, [] { return false; });
  }
}

}  // namespace

std::uint64_t keep_free_bytes(const DiskLimits& limits) {
  return static_cast<std::uint64_t>(limits.reserve_mb) * kMb;
}

std::optional<std::uint64_t> free_bytes(const std::filesystem::path& folder) {
  struct statvfs facts {};
  if (::statvfs(folder.c_str(), &facts) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(facts.f_bavail) * facts.f_frsize;
}

void judge_disk(const std::filesystem::path& folder, std::uint64_t free, const DiskLimits& limits, Alarms& alarms) {
  const bool is_reserved = free < keep_free_bytes(limits);
  const bool is_low = !is_reserved && free < static_cast<std::uint64_t>(limits.warn_free_mb) * kMb;
  set(alarms, "disk.reserved", is_reserved, folder, limits.reserve_mb);
  set(alarms, "disk.low", is_low, folder, limits.warn_free_mb);
}

DiskWatch::DiskWatch(std::filesystem::path folder, DiskLimits limits, Alarms& alarms)
    : thread_([folder = std::move(folder), limits, &alarms](const std::stop_token& stop) {
        watch(stop, folder, limits, alarms);
      }) {}

}  // namespace loa::server
