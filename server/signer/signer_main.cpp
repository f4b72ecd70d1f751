// loa-signer: holds the station key, and signs what a station may say.
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/config/config.h"
#include "common/crypto/keys.h"
#include "common/sandbox/sandbox.h"
#include "common/service/service.h"
#include "common/trust/trust_folder.h"
#include "server/signer/journal.h"
#include "server/signer/listener.h"
#include "server/signer/sequence_file.h"
#include "server/signer/signatory.h"

namespace loa::signer {
namespace {

namespace fs = std::filesystem;

constexpr seconds kTurn{5};
constexpr seconds kTellCounts{3600};

struct Settings {
  StationId station;
  fs::path key;
  fs::path trust;
  fs::path socket;
  fs::path state;
  uid_t server = 0;
};

// By name, or by number where a container knows no names.
std::optional<uid_t> find_user(const std::string& name) {
  if (const passwd* entry = ::getpwnam(name.c_str())) return entry->pw_uid;
  uid_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return number;
}

Settings load_settings(const fs::path& file) {
  config::ConfigFile config(file);
  Settings settings;
  settings.station = StationId{config.id("station.id")};
  settings.key = config.path("station.key");
  settings.trust = config.path("station.trust");
  settings.socket = config.path("signer.socket");
  settings.state = config.path("signer.state");
  const std::string server = config.text("signer.server_user");
  if (const auto user = find_user(server))
    settings.server = *user;
  else
    config.refuse("signer.server_user", "a user of this machine");
  config.finish();
  return settings;
}

// What the server's user could write in or put another in the place of, it could fill with a root of its own.
void require_not_the_servers(const fs::path& path, uid_t server) {
  struct stat state {};
  if (::stat(path.c_str(), &state) != 0) throw Error("file.cannot_read", {path.string(), std::strerror(errno)});
  const bool is_shared = (state.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (state.st_mode & S_ISVTX) == 0;
  if (state.st_uid == server || is_shared) throw Error("signer.trust_open", {path.string()});
}

trust::TrustFolder load_trust(const Settings& settings) {
  // On a trial ward both are one user, and nothing is to be kept from it.
  if (settings.server != ::geteuid()) {
    for (fs::path path = fs::canonical(settings.trust); path != path.root_path(); path = path.parent_path())
      require_not_the_servers(path, settings.server);
    for (const fs::directory_entry& entry : fs::directory_iterator(settings.trust))
      require_not_the_servers(entry.path(), settings.server);
  }
  return trust::load_trust_folder(settings.trust, settings.station);
}

std::atomic<bool> g_ended{false};

// Blocked but within turn(), so that none is missed between a look at g_ended and the wait.
sigset_t catch_end() {
  struct sigaction action {};
  action.sa_handler = [](int) { g_ended = true; };
  sigset_t blocked;
  ::sigemptyset(&blocked);
  for (const int signal : {SIGTERM, SIGINT}) {
    ::sigaction(signal, &action, nullptr);
    ::sigaddset(&blocked, signal);
  }
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &blocked, &before);
  ::sigdelset(&before, SIGTERM);
  ::sigdelset(&before, SIGINT);
  return before;
}

void tell_counts(const Listener& listener) {
  for (const auto& [what, counts] :
       {std::pair{"signed", &listener.signed_counts()}, std::pair{"refused", &listener.refused_counts()}})
    for (const auto& [name, count] : *counts) log::info(what, {{"what", name}, {"count", std::to_string(count)}});
}

int run(const Settings& settings) {
  const Language language = language_of_environment();
  const sigset_t mask = catch_end();
  trust::TrustFolder trusted = load_trust(settings);
  crypto::SecretKey key = crypto::load_secret_key(settings.key);
  const std::string key_id = crypto::key_id(key.public_key());
  if (!trusted.book.is_station_key(key_id)) throw Error("trust.server_key", {settings.key.string(), key_id});
  fs::create_directories(settings.state);
  fs::permissions(settings.state, fs::perms::owner_all);
  SequenceFile sequence(settings.state / "sequence");
  Journal journal(settings.state);
  Signatory signatory(settings.station, std::move(key), *trusted.book.policy(), sequence.reserved(),
                      [&sequence](std::int64_t until) { sequence.reserve(until); });
  Listener listener(settings.socket, settings.server, signatory, journal);
  journal.write_start(key_id, system_now().wall);
  log::info("signer started", {{"station", settings.station.str()}, {"key", key_id}, {"version", LOA_VERSION}});
  Service service;

  // Every file is open. From here on there is nothing but the socket.
  sandbox::leave_network(sandbox::Means::kPlain);
  sandbox::give_up_privileges({std::nullopt, std::nullopt, 4 * Journal::kMostBytes});
  sandbox::seal({"accept4", "fallocate", "fdatasync", "getsockopt"});
  service.say_ready(render({"service.signer_ready", {settings.station.str(), key_id}}, language));

  MonoTime tell = system_now().mono + kTellCounts;
  while (!g_ended) {
    listener.turn(kTurn, &mask);
    const MonoTime now = system_now().mono;
    service.say_alive(now);
    if (now >= tell) {
      tell_counts(listener);
      tell = now + kTellCounts;
    }
  }
  service.say_stopping(render({"service.stopping", {}}, language));
  tell_counts(listener);
  log::info("signer ended");
  return 0;
}

}  // namespace
}  // namespace loa::signer

int main(int argc, char** argv) {
  CLI::App app{"loa-signer: holds the station key and signs what a station may say"};
  app.set_version_flag("--version", LOA_VERSION);
  std::string file;
  app.add_option("--config", file, "configuration file (TOML)")->required();
  bool is_check = false;
  app.add_flag("--check-config", is_check, "only read the configuration, and tell every mistake in it");
  CLI11_PARSE(app, argc, argv);
  loa::log::init("loa-signer");
  try {
    loa::sandbox::close_descriptors_above(2);
    loa::sandbox::forbid_dumps();  // before there is a secret
    const auto settings = loa::signer::load_settings(file);
    return is_check ? loa::config::tell_good(file) : loa::signer::run(settings);
  } catch (const loa::Error& error) {
    std::fprintf(stderr, "loa-signer: %s\n", loa::render(error.text(), loa::language_of_environment()).c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "loa-signer: %s\n", error.what());
  }
  return 1;
}
