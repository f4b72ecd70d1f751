// `loa speak`: live speech from a file or from standard input, docs/live.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "cli/office.h"

namespace loa::cli {

struct SpeakArguments {
  OfficeArguments office;
  std::string input;  // an Ogg Opus file or a WAV file (mono, 16 bits, 48 kHz); "-": samples of that kind, as they come
  std::string title;
  std::vector<std::string> areas;
  std::vector<std::string> nodes;
  bool is_everywhere = false;
  int volume_pct = 0;
  std::string announcement_class = "normal";
};

// Samples in their order: mono, 16 bits, 48 kHz.
class SpeechInput {
 public:
  virtual ~SpeechInput() = default;
  // So many at most; fewer only at the end.
  [[nodiscard]] virtual std::vector<std::int16_t> read(std::size_t most) = 0;
  // Whether it comes in its own time, so that what is not taken now is stale later.
  [[nodiscard]] virtual bool is_line() const { return false; }
};
// Throws Error file.cannot_read, speak.wrong_wav, opus.*.
[[nodiscard]] std::unique_ptr<SpeechInput> open_speech(const std::string& input);

// Speaks to the end of the input, in its own time. 0, or 1 after exactly one line on `err` that says why.
[[nodiscard]] int speak(const SpeakArguments& arguments, std::ostream& out, std::ostream& err);

}  // namespace loa::cli
