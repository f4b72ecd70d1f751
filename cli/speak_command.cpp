#include <iostream>
#include <memory>

#include "cli/command.h"
#include "cli/speak/speak.h"

namespace loa::cli {

void add_speak(CLI::App& app, Action& chosen) {
  const auto wanted = std::make_shared<SpeakArguments>();
  CLI::App* speaking =
      app.add_subcommand("speak", "Live speech from a file, or from a line: arecord … | loa speak --input -");
  speaking->add_option("--input", wanted->input, "Ogg Opus, WAV (mono, 16 bits, 48 kHz), or - for such samples")
      ->required();
  speaking->add_option("--title", wanted->title, "what it is, for the evidence")->required();
  speaking->add_option("--area", wanted->areas, "where; may come several times");
  speaking->add_option("--node", wanted->nodes, "a single loudspeaker; may come several times");
  speaking->add_flag("--all", wanted->is_everywhere, "every loudspeaker");
  speaking->add_option("--volume", wanted->volume_pct, "1 to 100")->required();
  speaking->add_option("--class", wanted->announcement_class, "normal or priority");
  add_office(*speaking, wanted->office);
  speaking->callback([wanted, &chosen] { chosen = [wanted] { return speak(*wanted, std::cout, std::cerr); }; });
}

}  // namespace loa::cli
