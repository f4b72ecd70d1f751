// Recordings become clips on a thread of its own, one at a time; each in loa-intake, a separate process. What is text
// is read aloud first, by the speech engine.
#pragma once

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "server/core/messages.h"
#include "server/core/server_core.h"
#include "server/speech/engine.h"

namespace loa::server {

struct IntakeSettings {
  std::filesystem::path recordings;  // folder of them as they came: the evidence of what was recorded
  std::filesystem::path clips;       // folder
  speech::EngineOptions engine = {};
  std::filesystem::path program = {};  // loa-intake; empty: the one beside this program
};

class IntakeWorker final : public Intake {
 public:
  // Makes the folders. `post` is called on the worker's thread. Throws Error (file.*).
  IntakeWorker(IntakeSettings settings, std::function<void(ServerMessage)> post);
  ~IntakeWorker() override;

  void keep(const RecordingId& recording, const std::filesystem::path& uploaded) override;
  void discard(const RecordingId& recording, const std::filesystem::path& uploaded) override;
  void forget(const RecordingId& recording) override;
  void start(const RecordingId& recording) override;
  void speak(const RecordingId& recording, const std::string& spoken) override;

  // What an end between keep() and the books has left. Once, when the core has started what the books know.
  void remove_unbooked();

 private:
  struct Job {
    RecordingId recording;
    std::optional<std::string> spoken;  // to be read aloud into it first
  };
  // Under another name until the books know it.
  [[nodiscard]] std::filesystem::path unbooked(const RecordingId& recording) const;
  void add(Job job);
  void run(const std::stop_token& stop);
  void ingest(const Job& job, const std::stop_token& stop);
  void read_aloud(const Job& job, const std::stop_token& stop);

  const IntakeSettings settings_;
  const std::function<void(ServerMessage)> post_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Job> waiting_;  // protected by mutex_
  std::jthread thread_;      // last: it uses everything above
};

}  // namespace loa::server
