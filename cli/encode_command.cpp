#include <cmath>
#include <iostream>
#include <memory>

#include "cli/command.h"
#include "cli/encode.h"

namespace loa::cli {

void add_encode(CLI::App& app, Action& chosen) {
  struct Words {
    EncodeArguments arguments;
    double kilobits = 24.0;
    bool json = false;
  };
  const auto words = std::make_shared<Words>();
  CLI::App* command = app.add_subcommand("encode", "Make a clip of house loudness (Ogg Opus) from any recording");
  command->add_option("IN", words->arguments.input, "WAV, MP3, FLAC, Ogg, M4A, WebM or MP4")->required();
  command->add_option("OUT", words->arguments.output, "the clip, e.g. greeting.opus")->required();
  command->add_flag("--json", words->json, "print one JSON object");
  command->add_option("--bitrate", words->kilobits, "kbit/s, 6 to 256 (default 24)");
  command->add_option("--complexity", words->arguments.options.complexity, "0 to 10 (default 10)");
  command->callback([words, &chosen] {
    chosen = [words] {
      EncodeArguments& arguments = words->arguments;
      // What does not fit an int is refused like any other bad bitrate.
      arguments.options.bitrate_bps =
          words->kilobits > 0.0 && words->kilobits < 1e6 ? static_cast<int>(std::lround(words->kilobits * 1000.0)) : 0;
      arguments.format = words->json ? EncodeOutput::kJson : EncodeOutput::kText;
      return run_encode(arguments, std::cout, std::cerr);
    };
  });
}

}  // namespace loa::cli
