// `loa ward run`: a whole ward on this machine, from a recording to the proof of what was heard.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>

namespace loa::cli {

enum class WardStay { kUntilStopped, kOnce };

struct WardArguments {
  std::filesystem::path folder;     // keeps everything
  std::filesystem::path web;        // the console's files
  std::filesystem::path recording;  // what is aired; its words stand beside it in <name>.txt
  std::filesystem::path chime;      // the ward's chime, unless it has rules already; none when empty
  std::uint16_t http_port = 8443;
  std::uint16_t broker_port = 8883;
  int ahead_s = 20;
  int volume_pct = 60;
  WardStay stay = WardStay::kUntilStopped;
};

// Starts broker, server and three nodes, airs the recording on all of them, prints the outcomes. 0 when all three
// played; else 1 after one line on `err`. SIGINT and SIGTERM end everything in order. The main thread.
[[nodiscard]] int run_ward(const WardArguments& arguments, std::ostream& out, std::ostream& err);

}  // namespace loa::cli
