#include "node-agent/amplifier/amplifier.h"

#include <utility>

#include "common/base/log.h"

namespace loa::node {

SwitchedAmplifier::SwitchedAmplifier(std::unique_ptr<AmplifierSwitch> relay, OnDone on_done)
    : relay_(std::move(relay)), on_done_(std::move(on_done)), wanted_(AmplifierState::kOff) {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

SwitchedAmplifier::~SwitchedAmplifier() {
  switch_to(AmplifierState::kOff);
}

void SwitchedAmplifier::switch_to(AmplifierState state) {
  const std::lock_guard lock(mutex_);
  wanted_ = state;
  changed_.notify_one();
}

void SwitchedAmplifier::run(const std::stop_token& stop) {
  while (true) {
    AmplifierState state{};
    {
      std::unique_lock lock(mutex_);
      // What is wanted at the end is still carried out.
      changed_.wait(lock, stop, [this] { return wanted_.has_value(); });
      if (!wanted_) return;
      state = *std::exchange(wanted_, std::nullopt);
    }
    std::optional<Text> problem = relay_->switch_to(state);
    if (problem) log::error(problem->code, {{"why", render(*problem, Language::kEnglish)}});
    on_done_(std::move(problem));
  }
}

AmplifiedPlayer::AmplifiedPlayer(playout::Player& player, Amplifier& amplifier)
    : player_(player), amplifier_(amplifier) {
  player_.set_on_event([this](playout::PlayerEvent event) { on_event(std::move(event)); });
}

void AmplifiedPlayer::arm(playout::PlayRequest request) {
  armed_.insert(request.play);
  amplifier_.switch_to(AmplifierState::kOn);
  player_.arm(std::move(request));
}

void AmplifiedPlayer::follow(playout::PlayRequest request) {
  armed_.insert(request.play);
  amplifier_.switch_to(AmplifierState::kOn);
  player_.follow(std::move(request));
}

void AmplifiedPlayer::on_event(playout::PlayerEvent event) {
  if (const auto* ended = std::get_if<playout::PlayEnded>(&event)) {
    armed_.erase(ended->play);
    if (armed_.empty()) amplifier_.switch_to(AmplifierState::kOff);
  }
  if (on_event_) on_event_(std::move(event));
}

}  // namespace loa::node
