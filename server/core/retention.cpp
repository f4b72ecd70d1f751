// What is no evidence does not stay for ever: docs/retention.md.
#include <string>

#include "common/base/error.h"
#include "common/base/log.h"
#include "server/core/server_core.h"

namespace loa::server {
namespace {

constexpr std::chrono::hours kForgetEvery{1};

}  // namespace

void ServerCore::forget_old(Now now) {
  if (now.mono < next_forgetting_) return;
  next_forgetting_ = now.mono + kForgetEvery;
  for (const RecordingId& recording : store_.old_recordings(now.wall - settings_.retention.recordings)) {
    try {
      intake_.forget(recording);
    } catch (const Error& error) {
      log::error("recording not removed", {{"recording", recording.str()}, {"why", error.what()}});
      continue;  // again in an hour
    }
    store_.together([&] {
      store_.forget_recording(recording, now.wall);
      store_.add_audit({}, {"forget_recording", recording.str(), "", ""}, now.wall);
    });
  }
  const int texts = store_.forget_complaint_texts(now.wall - settings_.retention.complaint_texts);
  if (texts > 0) log::info("old complaints have no text any more", {{"count", std::to_string(texts)}});
}

}  // namespace loa::server
