#include <iostream>
#include <memory>

#include "cli/command.h"
#include "cli/ward/run.h"

namespace loa::cli {

void add_ward(CLI::App& app, Action& chosen) {
  struct Words {
    WardArguments arguments;
    bool once = false;
  };
  const auto words = std::make_shared<Words>();
  CLI::App* ward = app.add_subcommand("ward", "A whole ward on this machine");
  ward->require_subcommand(1);
  CLI::App* command =
      ward->add_subcommand("run", "Start broker, server and three loudspeakers, air a recording, report");
  command->add_option("--data", words->arguments.folder, "folder that keeps keys, data and what was heard")->required();
  command->add_option("--web", words->arguments.web, "folder of the console's files")->required();
  command->add_option("--recording", words->arguments.recording, "what to air")->required();
  command->add_option("--chime", words->arguments.chime, "what sounds before it, until the ward has rules of its own");
  command->add_option("--http-port", words->arguments.http_port, "console and API (default 8443)");
  command->add_option("--broker-port", words->arguments.broker_port, "MQTT over TLS (default 8883)");
  command->add_option("--ahead", words->arguments.ahead_s, "seconds until it airs (default 20)")
      ->check(CLI::Range(10, 3600));
  command->add_option("--volume", words->arguments.volume_pct, "percent (default 60)")->check(CLI::Range(1, 100));
  command->add_flag("--once", words->once, "end after the report: 0 if all played, else 1");
  command->callback([words, &chosen] {
    chosen = [words] {
      words->arguments.stay = words->once ? WardStay::kOnce : WardStay::kUntilStopped;
      return run_ward(words->arguments, std::cout, std::cerr);
    };
  });
}

}  // namespace loa::cli
