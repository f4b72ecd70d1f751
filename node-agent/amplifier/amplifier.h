// The amplifier of a cabinet: on before the silence that leads a play in, off when nothing is armed any more.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <thread>

#include "audio/playout/player.h"
#include "common/base/error.h"

namespace loa::node {

enum class AmplifierState { kOff, kOn };

class Amplifier {
 public:
  virtual ~Amplifier() = default;
  // Never waits and never throws: a play sounds also when its amplifier cannot be reached, which may be on.
  virtual void switch_to(AmplifierState state) = 0;
};

// What really switches: a command or a line. May wait; one thread.
class AmplifierSwitch {
 public:
  virtual ~AmplifierSwitch() = default;
  // Nothing, or why the amplifier may not be in that state (amplifier.*); the next call tries anew.
  [[nodiscard]] virtual std::optional<Text> switch_to(AmplifierState state) = 0;
};

// Switches on a thread of its own. One wish at a time; of several that wait, the last is carried out. Off when made and
// when destroyed.
class SwitchedAmplifier final : public Amplifier {
 public:
  // What became of the last switching: nothing, or why it failed. On the amplifier's thread.
  using OnDone = std::function<void(std::optional<Text> problem)>;
  SwitchedAmplifier(std::unique_ptr<AmplifierSwitch> relay, OnDone on_done);
  // Waits for the last switching.
  ~SwitchedAmplifier() override;

  void switch_to(AmplifierState state) override;

 private:
  void run(const std::stop_token& stop);

  const std::unique_ptr<AmplifierSwitch> relay_;
  const OnDone on_done_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<AmplifierState> wanted_;  // protected by mutex_
  std::jthread thread_;                   // last: it uses everything above
};

// A player with its amplifier. The loop's thread, as Player.
class AmplifiedPlayer final : public playout::Player {
 public:
  // Both outlive it. Takes the player's events.
  AmplifiedPlayer(playout::Player& player, Amplifier& amplifier);

  void arm(playout::PlayRequest request) override;
  void follow(playout::PlayRequest request) override;
  void release(const PlayId& play) override { player_.release(play); }
  void stop(const PlayId& play) override { player_.stop(play); }
  void set_on_event(std::function<void(playout::PlayerEvent)> on_event) override { on_event_ = std::move(on_event); }

 private:
  void on_event(playout::PlayerEvent event);

  playout::Player& player_;
  Amplifier& amplifier_;
  std::function<void(playout::PlayerEvent)> on_event_;
  std::set<PlayId> armed_;  // that have not ended
};

}  // namespace loa::node
