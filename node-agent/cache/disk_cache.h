// Clips in a folder: <sha256>.opus, and <sha256>.part while it comes. A clip gets its name only when it is whole and on
// the disk.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "common/http/client.h"
#include "node-agent/core/messages.h"
#include "node-agent/core/node_core.h"

namespace loa::node {

struct DiskCacheOptions {
  std::filesystem::path folder;  // made when missing
  std::string server_url;        // https://host:port
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
  [[nodiscard]] std::filesystem::path path(const ClipHash& clip) const override;
  void fetch(const ClipHash& clip, std::int64_t bytes) override;

 private:
  struct Wanted {
    ClipHash clip;
    std::int64_t bytes = 0;
  };
  void run(const std::stop_token& stop);
  void bring(const Wanted& wanted, const std::stop_token& stop);

  const DiskCacheOptions options_;
  const std::function<void(NodeMessage)> post_;
  http::Client client_;  // used by the fetching thread
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<Wanted> wanted_;  // protected by mutex_
  std::jthread thread_;           // last: it uses everything above
};

}  // namespace loa::node
