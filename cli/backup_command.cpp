#include <iostream>
#include <memory>

#include "cli/backup/backup.h"
#include "cli/backup/restore.h"
#include "cli/command.h"

namespace loa::cli {

void add_backup(CLI::App& app, Action& chosen) {
  const auto arguments = std::make_shared<BackupArguments>();
  CLI::App* command = app.add_subcommand("backup", "Keep a copy of a ward's books, sound and keys; its server may run");
  command->add_option("--config", arguments->server, "the server's server.toml")->required();
  command->add_option("--to", arguments->to, "folder of backups; each is a folder in it")->required();
  command->add_option("--signer", arguments->signer, "signer.toml: the station key goes into the backup too");
  command->add_option("--with", arguments->with, "a file or folder that goes along, e.g. the broker's configuration");
  command->add_option("--keep", arguments->keep, "keep so many backups of this ward, remove older ones")
      ->check(CLI::Range(1, 10'000));
  command->callback(
      [arguments, &chosen] { chosen = [arguments] { return run_backup(*arguments, std::cout, std::cerr); }; });
}

void add_restore(CLI::App& app, Action& chosen) {
  const auto arguments = std::make_shared<RestoreArguments>();
  CLI::App* command = app.add_subcommand("restore", "Put a backup into an empty folder that a ward starts from");
  command->add_option("--from", arguments->from, "one backup, as loa backup named it")->required();
  command->add_option("--to", arguments->to, "a folder that is empty or not there")->required();
  command->callback(
      [arguments, &chosen] { chosen = [arguments] { return run_restore(*arguments, std::cout, std::cerr); }; });
}

}  // namespace loa::cli
