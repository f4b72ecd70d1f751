#include "node-agent/guards/link_guard.h"

#include <algorithm>

namespace loa::node {

LinkGuard::Advice LinkGuard::judge(const Signs& signs, MonoTime now) {
  const bool is_answerless = signs.link == Link::kUp && signs.server == Server::kPresent;
  if (signs.life > life_) {
    life_ = signs.life;
    step_ = Step::kWell;
  }
  // A server that has been away owed nothing meanwhile.
  if (signs.link == Link::kUp && signs.server == Server::kAway) life_ = std::max(life_, now);
  if (now - std::max(life_, acted_) < kPatience) return Advice::kNone;
  if (is_answerless && step_ == Step::kRebuilt) return signs.sound == Sound::kPlaying ? Advice::kNone : Advice::kGiveUp;
  acted_ = now;
  if (is_answerless) step_ = Step::kRebuilt;
  return Advice::kRebuild;
}

}  // namespace loa::node
