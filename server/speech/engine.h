// The engine that reads aloud: a program of the ward's choice, given text and asked for WAV. What it must keep to is in
// docs/speech.md.
//
// The program gets the text, one line of UTF-8, on its standard input, no environment, no other open file and a process
// group of its own; no shell is between. It ends with the call: killed with all that it started when it takes too long,
// gives too much, or is told to stop.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace loa::speech {

// Stands in a word of the command for the file that the WAV is wanted in. Without it the WAV is on standard output.
inline constexpr std::string_view kWavPlace = "{wav}";

struct EngineOptions {
  // Program and words, at least one. 140 words a minute are about three syllables a second: slow enough for streets
  // that echo.
  std::vector<std::string> command = {"espeak-ng", "-v", "vi", "-s", "140", "-b", "1", "--stdin", "--stdout"};
  std::chrono::seconds time_limit{120};
  std::uint64_t largest_wav = std::uint64_t{200} << 20;  // what the intake takes
};

// Reads `text` aloud into the file `wav`, which is written anew. Blocks until it is done; any thread. Throws Error
// speech.no_engine, speech.timed_out, speech.too_much, speech.engine_failed, speech.not_wav, speech.stopped or file.*;
// then there is no such file.
void speak(const EngineOptions& options, std::string_view text, const std::filesystem::path& wav,
           const std::stop_token& stop);

}  // namespace loa::speech
