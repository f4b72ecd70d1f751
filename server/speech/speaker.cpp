#include "server/speech/speaker.h"

#include <algorithm>

#include "server/speech/letters.h"

namespace loa::speech {
namespace {

// Measured with espeak-ng -v vi at the default speed, docs/speech.md.
constexpr std::chrono::milliseconds kSyllable{265};
constexpr std::chrono::milliseconds kComma{330};
constexpr std::chrono::milliseconds kStop{190};

char sign_of(Pause pause) {
  switch (pause) {
    case Pause::kComma:
      return ',';
    case Pause::kQuestion:
      return '?';
    case Pause::kExclamation:
      return '!';
    case Pause::kNone:
    case Pause::kStop:
      break;
  }
  return '.';
}

}  // namespace

void Speaker::say(std::string_view words) {
  if (words.empty()) return;
  if (!spoken_.empty()) {
    if (pending_ != Pause::kNone) spoken_ += sign_of(pending_);
    spoken_ += ' ';
  }
  pending_ = Pause::kNone;
  spoken_ += words;
}

void Speaker::pause(Pause pause) {
  if (!spoken_.empty()) pending_ = std::max(pending_, pause);
}

void Speaker::finish(Reading& reading) {
  if (pending_ > Pause::kComma) spoken_ += sign_of(pending_);
  pending_ = Pause::kNone;
  reading.spoken = std::move(spoken_);
  reading.syllables = count_syllables(reading.spoken);
  reading.length = reading.syllables * kSyllable;
  for (const char c : reading.spoken) {
    if (c == ',') reading.length += kComma;
    if (c == '.' || c == '?' || c == '!') reading.length += kStop;
  }
}

}  // namespace loa::speech
