#include <iostream>
#include <memory>

#include "cli/command.h"
#include "cli/ward/init.h"
#include "cli/ward/provision.h"
#include "cli/ward/run.h"
#include "common/base/error.h"

namespace loa::cli {

namespace {

void add_init(CLI::App& ward, Action& chosen) {
  const auto arguments = std::make_shared<InitArguments>();
  CLI::App* command = ward.add_subcommand(
      "init", "Make the keys, certificates and broker configuration of an installed ward; again: renew certificates");
  command->add_option("--root", arguments->root,
                      "folder of the root key, on its USB stick; keys stay as they are without");
  command->add_option("--name", arguments->names,
                      "what consoles and nodes call this machine, name or address; repeatable");
  command->add_option("--config", arguments->server, "server.toml (default /etc/loa/server.toml)");
  command->add_option("--signer", arguments->signer, "signer.toml (default /etc/loa/signer/signer.toml)");
  command->add_option("--broker", arguments->broker, "folder of the broker's configuration (default /etc/loa/broker)");
  command->add_option("--policy", arguments->policy,
                      "what nodes may play, when and how loud (default /etc/loa/policy.toml)");
  command->add_option("--broker-address", arguments->broker_address, "what the broker listens on (default 0.0.0.0)");
  const auto renew = std::make_shared<bool>(false);
  command->add_flag("--renew", *renew, "issue the certificates anew, e.g. for another name");
  command->callback([arguments, renew, &chosen] {
    arguments->certificates = *renew ? Certificates::kRenew : Certificates::kKeep;
    chosen = [arguments] { return run_init(*arguments, system_now().wall, std::cout, std::cerr); };
  });
}

// A trial ward's people have no telephone.
void add_digits(CLI::App& ward, Action& chosen) {
  struct Words {
    std::string folder, person;
  };
  const auto words = std::make_shared<Words>();
  CLI::App* command =
      ward.add_subcommand("digits", "The six digits that the telephone of a trial ward's person would show");
  command->add_option("--data", words->folder, "folder of `loa ward run`")->required();
  command->add_option("--person", words->person, "chairman or admin")->required();
  command->callback([words, &chosen] {
    chosen = [words] {
      if (!is_valid_id(words->person)) throw Error("person.unknown", {words->person});
      std::cout << digits_of(words->folder, PersonId{words->person}, system_now().wall) << '\n';
      return 0;
    };
  });
}

}  // namespace

void add_ward(CLI::App& app, Action& chosen) {
  struct Words {
    WardArguments arguments;
    bool once = false;
  };
  const auto words = std::make_shared<Words>();
  CLI::App* ward = app.add_subcommand("ward", "A whole ward on this machine");
  ward->require_subcommand(1);
  add_init(*ward, chosen);
  add_digits(*ward, chosen);
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
