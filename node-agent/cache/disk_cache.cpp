#include "node-agent/cache/disk_cache.h"

#include <utility>

#include "common/base/error.h"
#include "common/crypto/files.h"
#include "common/crypto/sha256.h"

namespace loa::node {
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
    return crypto::to_hex(crypto::sha256_of_file(path(clip))) == clip.str();
  } catch (const Error&) {
    return false;
  }
}

void DiskCache::discard(const ClipHash& clip) {
  std::error_code ignored;  // what cannot be removed will not verify either
  std::filesystem::remove(path(clip), ignored);
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
    try {
      bring(wanted, stop);
      post_(ClipFetched{wanted.clip});
    } catch (const Error& error) {
      post_(ClipFailed{wanted.clip, error.text()});
    } catch (const std::exception& error) {
      post_(ClipFailed{wanted.clip, {"fetch.failed", {error.what()}}});
    }
  }
}

void DiskCache::bring(const Wanted& wanted, const std::stop_token& stop) {
  const std::filesystem::path part = options_.folder / (wanted.clip.str() + ".part");
  http::Download download;
  download.url = options_.server_url + "/clips/" + wanted.clip.str();
  download.file = part;
  download.bytes = static_cast<std::uint64_t>(wanted.bytes);
  download.etag = wanted.clip.str();
  client_.download(download, {}, stop);
  if (crypto::to_hex(crypto::sha256_of_file(part)) != wanted.clip.str()) {
    // Resuming from bad bytes would never end.
    std::filesystem::remove(part);
    throw Error("fetch.wrong_hash", {wanted.clip.str()});
  }
  crypto::rename_durably(part, path(wanted.clip));
}

}  // namespace loa::node
