#include <iostream>
#include <memory>

#include "cli/command.h"
#include "cli/keys/keys.h"

namespace loa::cli {

void add_keys(CLI::App& app, Action& chosen) {
  const auto arguments = std::make_shared<KeysArguments>();
  CLI::App* keys =
      app.add_subcommand("keys", "The ward's root key and what it signs; the folder belongs on a USB stick");
  keys->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, KeysDeed deed) {
    CLI::App* command = keys->add_subcommand(name, what);
    command->add_option("--root", arguments->root, "folder of the root key")->required();
    command->callback([arguments, deed, &chosen] {
      arguments->deed = deed;
      chosen = [arguments] { return run_keys(*arguments, std::cout, std::cerr); };
    });
    return command;
  };
  add("init", "Make a root key for a new ward", KeysDeed::kInit)
      ->add_option("--station", arguments->station, "id of the station, e.g. phu-lien")
      ->required();
  CLI::App* station =
      add("station", "Make a station key for loa-signer and sign it into the trust document", KeysDeed::kStation);
  station->add_option("--out", arguments->file, "the secret key, for loa-signer alone")->required();
  station->add_option("--label", arguments->label, "for people (default: loa-signer)");
  station->add_option("--days", arguments->days, "until nodes ask for a new one (default 730)")
      ->check(CLI::Range(1, 3650));
  CLI::App* emergency = add("emergency", "Vouch for a person's emergency key: with it a message may sound at any hour",
                            KeysDeed::kEmergency);
  emergency->add_option("--key", arguments->key, "the public key, as the settings page shows it")->required();
  emergency->add_option("--label", arguments->label, "whose it is")->required();
  emergency->add_option("--days", arguments->days, "until nodes ask for a new one (default 730)")
      ->check(CLI::Range(1, 3650));
  add("revoke", "Have nodes refuse a station key from now on", KeysDeed::kRevoke)
      ->add_option("--key", arguments->key, "id of the key, as `loa keys show` gives it")
      ->required();
  add("rotate-root", "Hand over to a new root key; nodes follow by themselves", KeysDeed::kRotateRoot);
  add("policy", "Sign what nodes may play, when and how loud", KeysDeed::kPolicy)
      ->add_option("--file", arguments->file, "the policy, TOML")
      ->required();
  add("show", "Show the keys and the policy", KeysDeed::kShow);
  add("export", "Write what loa-server publishes and nodes are set up with; no secrets", KeysDeed::kExport)
      ->add_option("--out", arguments->file, "folder")
      ->required();
}

}  // namespace loa::cli
