// Clips in a folder: <sha256>.opus, and <sha256>.part while it comes. A clip gets its name only when it is whole and on
// the disk. A file's time of change is when its clip was last verified, which is when it was played.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "common/http/client.h"
#include "node-agent/core/messages.h"
#include "node-agent/core/node_core.h"

namespace loa::node {

struct DiskCacheOptions {
  std::filesystem::path folder;   // made when missing
  std::string server_url;         // https://host:port
  std::int64_t budget_mb = 1024;  // for clips, whole and coming
  http::ClientOptions http;
};

class DiskCache final : public ClipCache {
 public:
  // `post` is called on the fetching thread. Throws Error (file.*, http.cannot_load_certificates).
  DiskCache(DiskCacheOptions options, std::function<void(NodeMessage)> post);
  ~DiskCache() override;

  [[nodiscard]] bool has(const ClipHash& clip, std::int64_t bytes) override;
  [[nodiscard]] bool verify(const ClipHash& clip) override;
  void discard(const ClipHash& clip) override;
  void pin(std::set<ClipHash> clips) override;
  [[nodiscard]] std::filesystem::path path(const ClipHash& clip) const override;
  void fetch(const ClipHash& clip, std::int64_t bytes) override;

 private:
  struct Wanted {
    ClipHash clip;
    std::int64_t bytes = 0;
  };
  void run(const std::stop_token& stop);
  void bring(const Wanted& wanted, const std::stop_token& stop);
  // Evicts the least recently played clips that are not pinned until the wanted one fits into the budget. Throws
  // cache.full, cache.disk_full; nothing is evicted for a clip that cannot fit.
  void make_room(const Wanted& wanted);
  [[nodiscard]] std::filesystem::path part(const ClipHash& clip) const;

  const DiskCacheOptions options_;
  const std::function<void(NodeMessage)> post_;
  http::Client client_;  // used by the fetching thread
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<Wanted> wanted_;  // protected by mutex_
  std::set<ClipHash> pinned_;     // protected by mutex_
  std::jthread thread_;           // last: it uses everything above
};

}  // namespace loa::node
