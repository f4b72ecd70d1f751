// Which loudspeaker a player drives, and what listens to it, as an operator writes it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace loa::playout {

enum class SinkKind {
  kAlsa,   // alsa:<device>      alsa:default, alsa:hw:0,0
  kPulse,  // pulse:<sink name>  PulseAudio or PipeWire's server; pulse: or pulse:default = the server's default
  kFile,   // file:<directory>   no sound: one WAV per play, <play id>.wav, paced like a device
};

struct SinkConfig {
  SinkKind kind = SinkKind::kFile;
  std::string device;  // kAlsa, kPulse; empty = default
  // Keeps what went to the sink, one WAV per play; required by kFile, optional beside a device.
  std::optional<std::filesystem::path> record;
};

// As parse_sink reads it, without the recording of a device: for logs and problems.
[[nodiscard]] std::string describe(const SinkConfig& config);
// `record` is the directory for WAVs of what a device was given, empty = none; file: has its own. Throws
// playout.bad_sink, and file.cannot_write when a directory cannot be made.
[[nodiscard]] SinkConfig parse_sink(std::string_view text, std::string_view record = {});

// What listens to a loudspeaker: alsa:<device> or pulse:<source>, a microphone or the monitor of a sink.
struct SourceConfig {
  SinkKind kind = SinkKind::kPulse;  // kAlsa, kPulse
  std::string device;                // empty = default
};
[[nodiscard]] std::string describe(const SourceConfig& config);
// Throws playout.bad_source.
[[nodiscard]] SourceConfig parse_source(std::string_view text);

}  // namespace loa::playout
