#include "server/intake/intake_worker.h"

#include <cmath>
#include <string_view>
#include <utility>

#include "audio/intake/ingest.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/crypto/files.h"

namespace loa::server {
namespace {

constexpr std::string_view kUnbooked = ".new-";

}  // namespace

IntakeWorker::IntakeWorker(IntakeSettings settings, std::function<void(ServerMessage)> post)
    : settings_(std::move(settings)), post_(std::move(post)) {
  std::filesystem::create_directories(settings_.recordings);
  std::filesystem::create_directories(settings_.clips);
  intake::remove_abandoned(settings_.clips);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

IntakeWorker::~IntakeWorker() = default;

void IntakeWorker::keep(const RecordingId& recording, const std::filesystem::path& uploaded) {
  crypto::rename_durably(uploaded, unbooked(recording));
}

void IntakeWorker::discard(const RecordingId& recording, const std::filesystem::path& uploaded) {
  std::error_code ignored;  // nothing better can be done, and the next start empties the uploads
  std::filesystem::remove(uploaded, ignored);
  std::filesystem::remove(unbooked(recording), ignored);
  std::filesystem::remove(settings_.recordings / recording.str(), ignored);
}

void IntakeWorker::forget(const RecordingId& recording) {
  const std::filesystem::path file = settings_.recordings / recording.str();
  std::error_code failed;
  std::filesystem::remove(file, failed);
  if (failed) throw Error("file.cannot_write", {file.string(), failed.message()});
}

std::filesystem::path IntakeWorker::unbooked(const RecordingId& recording) const {
  return settings_.recordings / std::string{kUnbooked}.append(recording.str());
}

void IntakeWorker::remove_unbooked() {
  for (const auto& entry : std::filesystem::directory_iterator(settings_.recordings)) {
    if (!entry.path().filename().string().starts_with(kUnbooked)) continue;
    log::info("an upload that nobody was told is kept goes", {{"file", entry.path().string()}});
    std::error_code ignored;
    std::filesystem::remove(entry.path(), ignored);
  }
}

void IntakeWorker::start(const RecordingId& recording) {
  // Not made durable: after a power cut the next start finds it under either name.
  std::error_code is_there_already;
  std::filesystem::rename(unbooked(recording), settings_.recordings / recording.str(), is_there_already);
  add({recording, std::nullopt});
}

void IntakeWorker::speak(const RecordingId& recording, const std::string& spoken) {
  add({recording, spoken});
}

void IntakeWorker::add(Job job) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(job));
  changed_.notify_one();
}

void IntakeWorker::run(const std::stop_token& stop) {
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) return;
      job = std::move(waiting_.front());
      waiting_.pop_front();
    }
    ingest(job, stop);
  }
}

void IntakeWorker::read_aloud(const Job& job, const std::stop_token& stop) {
  // Under this name until it is whole; what a restart leaves is written anew.
  const std::filesystem::path draft = settings_.recordings / (".speech-" + job.recording.str());
  speech::speak(settings_.engine, *job.spoken, draft, stop);
  crypto::rename_durably(draft, settings_.recordings / job.recording.str());
}

void IntakeWorker::ingest(const Job& job, const std::stop_token& stop) {
  const RecordingId& recording = job.recording;
  int last_pct = 0;
  const auto on_progress = [&](double share) {
    const int pct = static_cast<int>(share * 100);
    if (pct < last_pct + 10) return;
    last_pct = pct;
    post_(IntakeProgressed{recording, pct});
  };
  try {
    if (job.spoken) read_aloud(job, stop);
    intake::IngestOptions options;
    options.program = settings_.program;
    const intake::IngestedClip made =
        intake::ingest(settings_.recordings / recording.str(), settings_.clips, options, on_progress, stop);
    post_(IntakeEnded{recording, Clip{made.sha256, static_cast<std::int64_t>(made.bytes),
                                      milliseconds{std::llround(made.duration_s * 1000)}, made.input_lufs,
                                      made.output_lufs, made.output_true_peak_dbtp, made.bitrate}});
  } catch (const Error& error) {
    // Cut off by our own end: the next start begins it again.
    if (stop.stop_requested()) return;
    post_(IntakeEnded{recording, error.text()});
  } catch (const std::exception& error) {
    log::error("intake failed", {{"recording", recording.str()}, {"why", error.what()}});
    post_(IntakeEnded{recording, Text{"intake.broke_down", {error.what()}}});
  }
}

}  // namespace loa::server
