// The open live channels: takes speech from the console, or a clip for nodes that do not hold it, and publishes the
// bundles of docs/protocol.md §6. A thread of its own, so that what the core is busy with is not heard.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "common/base/bytes.h"
#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/link/link.h"
#include "server/core/channels.h"
#include "server/core/messages.h"

namespace loa::live {

struct LiveDeskSettings {
  StationId station;
  std::filesystem::path clips;       // folder of <sha256>.opus
  std::filesystem::path recordings;  // of speech that is going on; what is left there by an earlier run is removed
  int bundle_frames = 5;             // 3…10: 60 to 200 ms in one message
  // From the arrival of speech here to its moment at the loudspeakers: a bundle, the way, and what a node holds.
  milliseconds delay{320};
  // When a node loses frames, those to come are put so much further ahead, up to the most; a channel that is opened
  // later begins with what the last one came to.
  milliseconds delay_step{120};
  milliseconds longest_delay{1400};
};

class LiveDesk final : public server::Channels {
 public:
  // `publish` and `post` for any thread.
  LiveDesk(LiveDeskSettings settings, std::function<void(link::Publication)> publish,
           std::function<bool(server::ServerMessage)> post);
  // Closes what is open.
  ~LiveDesk() override;
  LiveDesk(const LiveDesk&) = delete;
  LiveDesk& operator=(const LiveDesk&) = delete;

  [[nodiscard]] crypto::PublicKey open(const PlayId& play, StationTime first,
                                       const std::optional<ClipHash>& clip) override;
  void note_lost(const PlayId& play, const NodeId& node, milliseconds lost) override;
  void close(const PlayId& play) override;

  // Any thread. One message of a speaker: octet 0 and an Opus packet of 20 ms, mono; or octet 1 and samples, 16 bits,
  // little-endian, mono, 48 kHz, at most a second. False: there is no such channel any more. Throws Error
  // live.bad_audio.
  bool speak(const PlayId& play, ByteView message);

  static constexpr std::uint8_t kOpus = 0;
  static constexpr std::uint8_t kSamples = 1;

 private:
  class Channel;
  struct Spoken {
    PlayId play;
    Bytes message;
    StationTime came;
  };
  void run(const std::stop_token& stop);

  const LiveDeskSettings settings_;
  const std::function<void(link::Publication)> publish_;
  const std::function<bool(server::ServerMessage)> post_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  // Protected by mutex_; a channel itself is the thread's once it is in there.
  std::map<PlayId, std::shared_ptr<Channel>> channels_;
  std::deque<Spoken> spoken_;
  std::deque<std::shared_ptr<Channel>> closed_;
  milliseconds delay_;  // of a channel that is opened now
  std::map<PlayId, std::map<NodeId, milliseconds>> lost_;
  std::map<PlayId, milliseconds> wanted_;  // delays of open channels that are to grow
  std::map<PlayId, MonoTime> grown_;       // when each last grew
  std::jthread thread_;                    // last: it uses everything above
};

}  // namespace loa::live
