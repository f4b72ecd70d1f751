// Puts together what is said: words and the pauses between them. Internal to server/speech.
#pragma once

#include <string>
#include <string_view>

#include "server/speech/reading.h"

namespace loa::speech {

// The stronger of two that meet is kept.
enum class Pause { kNone, kComma, kStop, kQuestion, kExclamation };

class Speaker {
 public:
  void say(std::string_view words);  // may hold commas of its own
  void pause(Pause pause);
  [[nodiscard]] bool is_silent_since_start() const { return spoken_.empty(); }
  [[nodiscard]] Pause pending() const { return pending_; }
  // Fills spoken, syllables and length.
  void finish(Reading& reading);

 private:
  std::string spoken_;
  Pause pending_ = Pause::kNone;
};

}  // namespace loa::speech
