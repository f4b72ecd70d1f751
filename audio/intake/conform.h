// Makes a clip out of samples: the house loudness, the peak ceiling, Opus. The house rule is domain.md §4.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "audio/intake/clip_facts.h"
#include "audio/intake/sample_source.h"

namespace loa::intake {

struct EncodeSettings {
  int bitrate_bps = 24'000;
  int complexity = 10;
};

// Where the file goes. begin() is called before each attempt and throws away what an earlier one wrote.
class ClipSink {
 public:
  virtual ~ClipSink() = default;
  virtual void begin() = 0;
  virtual void write(std::span<const std::uint8_t> bytes) = 0;
};

// Reads the source twice: once to measure, once to encode; more often only when the encoded clip is not what was
// planned. `on_progress` gets 0…1. Throws loa::Error intake.empty_sound, intake.too_short, intake.silent or
// intake.cannot_conform, and whatever the source and the sink throw; what is in the sink is then useless.
[[nodiscard]] ClipFacts make_clip(const OpenSource& open, ClipSink& sink, const EncodeSettings& settings,
                                  const std::function<void(double)>& on_progress);

}  // namespace loa::intake
