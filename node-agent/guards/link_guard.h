// Sees a link that shows no life although there should be some: a client library that is stuck. First the link is built
// anew; when that does not help, the process is, by the service that started it. Pure; one thread.
#pragma once

#include "common/base/time.h"

namespace loa::node {

// sysexits.h: a failure that a new start may mend; the service restarts the node on it.
inline constexpr int kExitLinkDead = 75;

class LinkGuard {
 public:
  explicit LinkGuard(MonoTime now) : life_(now), acted_(now) {}

  enum class Link { kDown, kUp };
  enum class Server { kAway, kPresent };  // by its own last word; when it is away nobody answers
  enum class Sound { kSilent, kPlaying };
  struct Signs {
    Link link = Link::kDown;
    MonoTime life;  // the last message, or that the link came up
    Server server = Server::kAway;
    Sound sound = Sound::kSilent;
  };
  enum class Advice { kNone, kRebuild, kGiveUp };

  // kRebuild: put a new link in place. kGiveUp: end the process; never while something sounds, and never because the
  // network is down, since the node plays on without it.
  [[nodiscard]] Advice judge(const Signs& signs, MonoTime now);

  static constexpr std::chrono::minutes kPatience{5};

 private:
  MonoTime life_;
  MonoTime acted_;
  enum class Step { kWell, kRebuilt };
  Step step_ = Step::kWell;
};

}  // namespace loa::node
