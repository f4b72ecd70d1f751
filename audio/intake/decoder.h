// Decodes any audio file we take to mono 48 kHz with GStreamer. Runs inside the sandboxed child only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "audio/intake/clip_facts.h"
#include "audio/intake/container.h"
#include "audio/intake/sample_source.h"

namespace loa::intake {

// A file cut off (a recorder that died, an upload that broke) is taken when at least this share of what it promises is
// there. Less, and what would go on air is not what somebody recorded.
inline constexpr double kUsableShare = 0.8;

// AAC, ALAC and AMR need libav: by far the largest body of parsing code and 40 MB. It is loaded only for files that
// turn out to need it.
enum class Codecs { kPlain, kWithLibav };

// Starts GStreamer with nothing but a fixed list of plugins, each loaded from its file by name; no scanning, no
// registry, nothing from the environment. Must come before the process is sealed, and once. Throws
// intake.plugin_missing.
void load_codecs(Codecs codecs);

// Thrown by a source when the sound is coded in a way that only Codecs::kWithLibav can read.
struct NeedsLibav {};

// Decodes `fd` (a regular file) from its start. The fd stays the caller's; one source at a time. Throws
//   intake.not_audio, intake.no_audio_track, intake.unsupported_codec, intake.odd_format: before the first samples
//   intake.too_long: as soon as more than kLongestSeconds have been decoded
//   intake.truncated, intake.damaged: at the end, or where decoding broke.
[[nodiscard]] std::unique_ptr<SampleSource> open_decoder(int fd);

}  // namespace loa::intake
