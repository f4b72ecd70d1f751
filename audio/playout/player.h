// Turns Opus packets into sound at planned station times. One player for clips and channels alike, one sound at a time:
// what sounds is decided by the plan, never by the player.
//
// Threads: every function is called on the main loop's thread; events come on that thread too, never from inside a
// call to the player. Nothing here throws for a play that fails: it ends in an event.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "audio/opus/live_feed.h"
#include "common/base/ids.h"
#include "common/base/time.h"

namespace loa::playout {

// Arm a play this long before its lead-in begins: sound servers report their position wrongly for some seconds after a
// stream is opened, and the player opens early enough to see through that when it is told in time. Later is allowed.
inline constexpr milliseconds kArmAhead{6500};

struct PlayRequest {
  PlayId play;
  std::filesystem::path clip;  // Ogg Opus, verified by the caller immediately before; empty with a feed
  std::shared_ptr<opus::LiveFeed> feed = nullptr;  // a live channel instead of the clip
  milliseconds every{0};                           // the clip again and again, from beginning to beginning; 0 = once
  // What sounds first, as `clip`; the clip's first sample is then at position clip_at of the sound, with silence
  // between the two.
  std::optional<std::filesystem::path> chime = std::nullopt;
  milliseconds clip_at{0};     // 0 without a chime
  StationTime start;           // due time of the sound's first sample at the loudspeaker
  milliseconds lead_in{4000};  // silence sent before it: wakes amplifiers and lets the sink settle
  milliseconds ramp_in{20};    // linear fade at the first sample (longer when joining late)
  milliseconds longest{0};     // hard stop at this position of the sound, the same on every node; 0 = its own length,
                               // which one with `feed` or `every` has not
  // Sounds as soon as the device takes samples, whatever that costs in exactness during its first seconds.
  bool is_urgent = false;
  double volume = 0.0;  // linear gain 0…1 after the house loudness; no default that sounds
};

// The first sample has left for the loudspeaker.
struct PlayStarted {
  PlayId play;
  StationTime first_sample;    // measured, see start_error
  nanoseconds start_error{0};  // measured minus planned; positive = late
  milliseconds joined_at{0};   // position in the sound of the first audible sample; 0 unless joined late
};
struct PlayProgress {  // about once a second
  PlayId play;
  milliseconds heard{0};
};
enum class PlayEnd { kCompleted, kStopped, kFailed };
struct PlayEnded {
  PlayId play;
  PlayEnd end = PlayEnd::kFailed;
  milliseconds heard{0};                               // samples of the sound rendered by the sink
  std::optional<double> loudness_lufs = std::nullopt;  // BS.1770 integrated, of what was rendered, after volume
  std::optional<double> peak_dbfs = std::nullopt;      // highest sample, after volume
  std::string problem = {};                            // kFailed: text for the log, e.g. what GStreamer said
};
using PlayerEvent = std::variant<PlayStarted, PlayProgress, PlayEnded>;

class Player {
 public:
  virtual ~Player() = default;
  // Gets everything ready so that the first sample is due at request.start. A start in the past joins in step: the
  // part that is over is skipped. Every other play that is armed or playing is ended first (kStopped).
  // Nothing of it sounds before release().
  virtual void arm(PlayRequest request) = 0;
  // The same behind all that is armed or plays, none of which is ended by it: through the same open output, so that a
  // session has no pause but the plan's. Comes in step when the one before it ends later than its own start.
  virtual void follow(PlayRequest request) = 0;
  // The play may sound: the caller has written down that it begins. Until then it is silent; released after its
  // start it joins in step. Unknown plays are ignored.
  virtual void release(const PlayId& play) = 0;
  // Ends the play with a short fade (≤ 50 ms); PlayEnded{kStopped} follows. Unknown plays are ignored.
  virtual void stop(const PlayId& play) = 0;
  virtual void set_on_event(std::function<void(PlayerEvent)> on_event) = 0;
};

}  // namespace loa::playout
