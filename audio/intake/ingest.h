// Turns a file that somebody made, of any kind and intent, into a clip of house loudness. The file is only ever read by
// a separate process that can do nothing else (common/sandbox, decoder.h); this side starts it, watches it, and
// believes little of what it says.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>

#include "common/base/ids.h"

namespace loa::intake {

inline constexpr std::uint64_t kLargestInput = 200'000'000;

struct IngestOptions {
  int bitrate_bps = 24'000;  // 6 000 … 256 000; the mean that Opus aims at
  int complexity = 10;       // 0 … 10
  // The program that does the work. Empty: loa-intake beside the running program.
  std::filesystem::path program;
  // A child that says nothing for this long is stuck and is ended.
  std::chrono::milliseconds patience{30'000};
};

struct IngestedClip {
  ClipHash sha256;          // of the file
  std::uint64_t bytes = 0;  // of the file
  double duration_s = 0.0;
  double input_lufs = 0.0;             // BS.1770 integrated, of the input mixed to mono
  double output_lufs = 0.0;            // of what the file decodes to: -16 ± 0.5
  double output_true_peak_dbtp = 0.0;  // of what the file decodes to: at most -1.5
  std::int64_t bitrate = 0;            // bit/s, mean over the whole file
};

using OnProgress = std::function<void(double)>;  // 0…1, never falling

// Makes `directory`/<sha256>.opus. The file appears whole and synced to disk or not at all; when it was there already
// it is replaced by the same bytes. The same input and options give the same file.
//
// Blocks for about 1/60 of the sound's length; call it on a worker thread. `on_progress` is called on that thread.
// `stop` may be requested from any thread and ends the work within moments. The calling thread must outlive the call:
// the child dies with it.
//
// Throws loa::Error and leaves nothing behind:
//   intake.not_a_file, .empty, .too_large, .not_audio, .no_audio_track, .unsupported_codec, .odd_format, .empty_sound,
//   .too_short, .too_long, .silent, .truncated, .damaged, .cannot_conform       the file; trying again does not help
//   intake.cancelled                                                              `stop` was requested
//   intake.bad_option, .program_missing, .plugin_missing, .sandbox, .stuck, .broke_down, .output,
//   file.cannot_read, file.cannot_write                                           this machine
[[nodiscard]] IngestedClip ingest(const std::filesystem::path& input, const std::filesystem::path& directory,
                                  const IngestOptions& options, const OnProgress& on_progress,
                                  const std::stop_token& stop);

// The same into a file of the caller's choice, which must not be the input.
[[nodiscard]] IngestedClip ingest_to(const std::filesystem::path& input, const std::filesystem::path& file,
                                     const IngestOptions& options, const OnProgress& on_progress,
                                     const std::stop_token& stop);

// Removes what a process killed in the middle of an ingest left in `directory`; how many files. Work in progress, of
// this process or another, stays. For a server's start.
std::size_t remove_abandoned(const std::filesystem::path& directory);

}  // namespace loa::intake
