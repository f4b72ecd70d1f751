// Recordings become clips on a thread of its own, one at a time; each in loa-intake, a separate process.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "server/core/messages.h"
#include "server/core/server_core.h"

namespace loa::server {

struct IntakeFolders {
  std::filesystem::path recordings;  // as they came: the evidence of what was recorded
  std::filesystem::path clips;
};

class IntakeWorker final : public Intake {
 public:
  // Makes the folders. `post` is called on the worker's thread. Throws Error (file.*).
  IntakeWorker(IntakeFolders folders, std::function<void(ServerMessage)> post);
  ~IntakeWorker() override;

  void keep(const RecordingId& recording, const std::filesystem::path& uploaded) override;
  void discard(const RecordingId& recording, const std::filesystem::path& uploaded) override;
  void start(const RecordingId& recording) override;

 private:
  void run(const std::stop_token& stop);
  void ingest(const RecordingId& recording, const std::stop_token& stop);

  const IntakeFolders folders_;
  const std::function<void(ServerMessage)> post_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<RecordingId> waiting_;  // protected by mutex_
  std::jthread thread_;              // last: it uses everything above
};

}  // namespace loa::server
