// One self-test: the tone that went to the player, the ear that listens to it, and what follows from both.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "audio/playout/player.h"
#include "audio/selftest/hearing.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/time.h"
#include "common/wire/messages.h"

namespace loa::node {

// The tone on this node's disk.
struct TestTone {
  std::filesystem::path clip;
  ClipHash hash;
};
inline constexpr milliseconds kToneDuration{selftest::kToneLength * 1000 / opus::kSampleRate};

// What an ear heard of a test, or why it could not listen (monitor.*).
struct ToneHeard {
  PlayId test;
  std::variant<selftest::Hearing, Text> heard;
};

// What listens to a self-test: a microphone in the cabinet, or a loop-back of what goes out.
class Ear {
 public:
  virtual ~Ear() = default;
  enum class Listening { kNoMonitor, kYes };
  // Listens around a tone that is due at the loudspeaker at `due`, at least kHearBefore from now. kYes: one ToneHeard
  // follows, about kHearBehind after it. Neither waits nor throws.
  [[nodiscard]] virtual Listening listen(const PlayId& test, StationTime due) = 0;
};

// Of a cabinet that has none.
class NoEar final : public Ear {
 public:
  [[nodiscard]] Listening listen(const PlayId& /*test*/, StationTime /*due*/) override { return Listening::kNoMonitor; }
};

// The core's thread; pure but for the player and the ear, which outlive it. One test at a time; each ends in exactly
// one result, at the latest at deadline().
class SelfTest {
 public:
  SelfTest(playout::Player& player, Ear& ear) : player_(player), ear_(ear) {}

  // None is running. `request` is the tone at the volume of `result`, which says what is known so far.
  void begin(playout::PlayRequest request, wire::TestResult result, StationTime due, MonoTime deadline);
  [[nodiscard]] bool is_running() const { return running_.has_value(); }
  [[nodiscard]] bool is(const PlayId& play) const { return running_ && running_->result.test == play; }
  [[nodiscard]] const wire::TestResult& result() const { return running_->result; }  // so far
  [[nodiscard]] MonoTime deadline() const { return running_->deadline; }
  // Ends what sounds; the result comes with the player's word.
  void stop(std::string_view why);

  // The result, when this was the last word it needs.
  [[nodiscard]] std::optional<wire::TestResult> on_ended(const playout::PlayEnded& ended);
  [[nodiscard]] std::optional<wire::TestResult> on_heard(const ToneHeard& heard);
  // Somebody owes a word and will not say it any more.
  [[nodiscard]] wire::TestResult give_up();

 private:
  struct Running {
    wire::TestResult result;
    MonoTime deadline;
    std::string_view stop_reason;
    Ear::Listening listening = Ear::Listening::kNoMonitor;
    std::optional<playout::PlayEnded> ended;
    std::optional<ToneHeard> heard;
  };
  [[nodiscard]] std::optional<wire::TestResult> result_if_all_is_said();
  [[nodiscard]] wire::TestResult conclude();

  playout::Player& player_;
  Ear& ear_;
  std::optional<Running> running_;
};

}  // namespace loa::node
