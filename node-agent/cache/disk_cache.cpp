#include "node-agent/cache/disk_cache.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/crypto/files.h"
#include "common/crypto/sha256.h"

namespace loa::node {
namespace {

constexpr std::int64_t kMb = std::int64_t{1024} * 1024;
constexpr std::int64_t kSpared = 32 * kMb;  // of the disk, for the node's own database

std::int64_t size_of(const std::filesystem::path& file) {
  std::error_code missing;
  const auto size = std::filesystem::file_size(file, missing);
  return missing ? 0 : static_cast<std::int64_t>(size);
}

}  // namespace

DiskCache::DiskCache(DiskCacheOptions options, std::function<void(NodeMessage)> post)
    : options_(std::move(options)), post_(std::move(post)), client_(options_.http) {
  std::filesystem::create_directories(options_.folder);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

DiskCache::~DiskCache() = default;

bool DiskCache::has(const ClipHash& clip, std::int64_t bytes) {
  std::error_code problem;
  const auto size = std::filesystem::file_size(path(clip), problem);
  return !problem && size == static_cast<std::uintmax_t>(bytes);
}

bool DiskCache::verify(const ClipHash& clip) {
  try {
    if (crypto::to_hex(crypto::sha256_of_file(path(clip))) != clip.str()) return false;
    std::error_code ignored;  // a wrong age costs a fetch at most
    std::filesystem::last_write_time(path(clip), std::filesystem::file_time_type::clock::now(), ignored);
    return true;
  } catch (const Error&) {
    return false;
  }
}

void DiskCache::discard(const ClipHash& clip) {
  std::error_code ignored;  // what cannot be removed will not verify either
  std::filesystem::remove(path(clip), ignored);
}

void DiskCache::pin(std::set<ClipHash> clips) {
  const std::lock_guard lock(mutex_);
  pinned_ = std::move(clips);
}

std::filesystem::path DiskCache::part(const ClipHash& clip) const {
  return options_.folder / (clip.str() + ".part");
}

std::filesystem::path DiskCache::path(const ClipHash& clip) const {
  return options_.folder / (clip.str() + ".opus");
}

void DiskCache::fetch(const ClipHash& clip, std::int64_t bytes) {
  const std::lock_guard lock(mutex_);
  wanted_ = Wanted{clip, bytes};
  changed_.notify_one();
}

void DiskCache::run(const std::stop_token& stop) {
  while (true) {
    Wanted wanted;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return wanted_.has_value(); })) return;
      wanted = *std::exchange(wanted_, std::nullopt);
    }
    const std::int64_t before = size_of(part(wanted.clip));
    try {
      make_room(wanted);
      bring(wanted, stop);
      post_(ClipFetched{wanted.clip, wanted.bytes - before});
    } catch (const Error& error) {
      post_(ClipFailed{wanted.clip, error.text(), std::max<std::int64_t>(size_of(part(wanted.clip)) - before, 0)});
    } catch (const std::exception& error) {
      post_(ClipFailed{wanted.clip, {"fetch.failed", {error.what()}}});
    }
  }
}

void DiskCache::make_room(const Wanted& wanted) {
  struct Held {
    std::filesystem::file_time_type used;
    std::filesystem::path file;
    std::int64_t bytes = 0;
  };
  std::vector<Held> evictable;
  std::int64_t needed = wanted.bytes - size_of(part(wanted.clip));
  const std::lock_guard lock(mutex_);  // nothing that is being pinned may be evicted
  std::int64_t held = 0;
  std::int64_t freeable = 0;
  for (const auto& entry : std::filesystem::directory_iterator(options_.folder)) {
    std::error_code gone;
    const Held each{entry.last_write_time(gone), entry.path(), size_of(entry.path())};
    held += each.bytes;
    const ClipHash clip{entry.path().stem().string()};
    if (gone || clip == wanted.clip || pinned_.contains(clip)) continue;
    freeable += each.bytes;
    evictable.push_back(each);
  }
  const std::int64_t over_budget = held + needed - options_.budget_mb * kMb;
  const auto free = static_cast<std::int64_t>(std::filesystem::space(options_.folder).available);
  const std::int64_t over_disk = needed + kSpared - free;
  if (over_budget > freeable) throw Error("cache.full", {std::to_string(options_.budget_mb)});
  if (over_disk > freeable) throw Error("cache.disk_full", {std::to_string(free / kMb)});
  std::sort(evictable.begin(), evictable.end(), [](const Held& a, const Held& b) { return a.used < b.used; });
  std::int64_t to_free = std::max(over_budget, over_disk);
  for (const Held& each : evictable) {
    if (to_free <= 0) break;
    std::filesystem::remove(each.file);
    to_free -= each.bytes;
    log::info("clip evicted", {{"file", each.file.filename().string().substr(0, 12)}});
  }
}

void DiskCache::bring(const Wanted& wanted, const std::stop_token& stop) {
  const std::filesystem::path coming = part(wanted.clip);
  http::Download download;
  download.url = options_.server_url + "/clips/" + wanted.clip.str();
  download.file = coming;
  download.bytes = static_cast<std::uint64_t>(wanted.bytes);
  download.etag = wanted.clip.str();
  client_.download(download, {}, stop);
  if (crypto::to_hex(crypto::sha256_of_file(coming)) != wanted.clip.str()) {
    // Resuming from bad bytes would never end.
    std::filesystem::remove(coming);
    throw Error("fetch.wrong_hash", {wanted.clip.str()});
  }
  crypto::rename_durably(coming, path(wanted.clip));
}

}  // namespace loa::node
