#include "server/intake/intake_worker.h"

#include <cmath>
#include <utility>

#include "audio/intake/ingest.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/crypto/files.h"

namespace loa::server {
IntakeWorker::IntakeWorker(IntakeFolders folders, std::function<void(ServerMessage)> post)
    : folders_(std::move(folders)), post_(std::move(post)) {
  std::filesystem::create_directories(folders_.recordings);
  std::filesystem::create_directories(folders_.clips);
  intake::remove_abandoned(folders_.clips);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

IntakeWorker::~IntakeWorker() = default;

void IntakeWorker::keep(const RecordingId& recording, const std::filesystem::path& uploaded) {
  crypto::rename_durably(uploaded, folders_.recordings / recording.str());
}

void IntakeWorker::discard(const RecordingId& recording, const std::filesystem::path& uploaded) {
  std::error_code ignored;  // nothing better can be done, and the next start empties the uploads
  std::filesystem::remove(uploaded, ignored);
  std::filesystem::remove(folders_.recordings / recording.str(), ignored);
}

void IntakeWorker::start(const RecordingId& recording) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(recording);
  changed_.notify_one();
}

void IntakeWorker::run(const std::stop_token& stop) {
  while (true) {
    RecordingId recording;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) return;
      recording = std::move(waiting_.front());
      waiting_.pop_front();
    }
    ingest(recording, stop);
  }
}

void IntakeWorker::ingest(const RecordingId& recording, const std::stop_token& stop) {
  int last_pct = 0;
  const auto on_progress = [&](double share) {
    const int pct = static_cast<int>(share * 100);
    if (pct < last_pct + 10) return;
    last_pct = pct;
    post_(IntakeProgressed{recording, pct});
  };
  try {
    const intake::IngestedClip made =
        intake::ingest(folders_.recordings / recording.str(), folders_.clips, {}, on_progress, stop);
    post_(IntakeEnded{recording, Clip{made.sha256, static_cast<std::int64_t>(made.bytes),
                                      milliseconds{std::llround(made.duration_s * 1000)}, made.input_lufs,
                                      made.output_lufs, made.output_true_peak_dbtp, made.bitrate}});
  } catch (const Error& error) {
    // Cut off by our own end: the next start begins it again.
    if (stop.stop_requested()) return;
    post_(IntakeEnded{recording, error.text()});
    // What is no audio proves nothing and may be anything.
    std::error_code ignored;
    std::filesystem::remove(folders_.recordings / recording.str(), ignored);
  } catch (const std::exception& error) {
    log::error("intake failed", {{"recording", recording.str()}, {"why", error.what()}});
    post_(IntakeEnded{recording, Text{"intake.broke_down", {error.what()}}});
  }
}

}  // namespace loa::server
