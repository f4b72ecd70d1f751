#include "cli/backup/ward_paths.h"

#include <algorithm>
#include <array>

#include "common/config/config.h"
#include "common/crypto/files.h"

namespace loa::cli {
namespace {

constexpr std::size_t kLargestConfig = std::size_t{1024} * 1024;

constexpr auto kServerPaths = std::to_array<WardPath>({
    {"station.data", "../server", PathKind::kOwn},
    {"signer.socket", "", PathKind::kMachine},
    {"http.certificate", "https.pem", PathKind::kFile},
    {"http.certificate_key", "https.key.pem", PathKind::kFile},
    {"http.web", "", PathKind::kMachine},
    {"http.tiles", "", PathKind::kMachine},
    {"broker.authority", "broker-authority.pem", PathKind::kFile},
    {"broker.certificate", "server-client.pem", PathKind::kFile},
    {"broker.certificate_key", "server-client.key.pem", PathKind::kFile},
    {"broker.revocation_list", "", PathKind::kMachine},
    {"broker.pid_file", "", PathKind::kMachine},
    {"enrolment.authority", "authority.pem", PathKind::kFile},
    {"enrolment.authority_key", "authority.key", PathKind::kFile},
    {"enrolment.trust", "trust", PathKind::kFolder},
    {"calendar.holidays", "holidays.toml", PathKind::kFile},
    {"calendar.templates", "templates", PathKind::kFolder},
    {"speech.words", "words.toml", PathKind::kFile},
    {"reports.file", "reports.toml", PathKind::kFile},
    {"notify.webhook_token", "webhook.token", PathKind::kFile},
    {"notify.smtp_password", "smtp.password", PathKind::kFile},
    {"notify.authorities", "notify-authorities.pem", PathKind::kFile},
});

constexpr auto kSignerPaths = std::to_array<WardPath>({
    {"station.key", "station.key", PathKind::kFile},
    {"station.trust", "trust", PathKind::kFolder},
    {"signer.socket", "", PathKind::kMachine},
    {"signer.state", "state", PathKind::kOwn},
});

}  // namespace

std::span<const WardPath> server_paths() {
  return kServerPaths;
}

std::span<const WardPath> signer_paths() {
  return kSignerPaths;
}

std::filesystem::path WardConfig::at(std::string_view key) const {
  const auto found = std::ranges::find_if(paths, [&](const NamedPath& path) { return path.what.key == key; });
  return found == paths.end() ? std::filesystem::path{} : found->path;
}

WardConfig load_ward_config(const std::filesystem::path& file, std::span<const WardPath> paths) {
  const std::filesystem::path absolute = std::filesystem::absolute(file);
  const Bytes content = crypto::read_small_file(absolute, kLargestConfig);
  config::ConfigFile config({absolute, view_text(content)});
  WardConfig found;
  found.station = config.id("station.id");
  std::map<std::string, std::string> texts;
  for (const WardPath& what : paths) {
    const std::filesystem::path path = config.path_or_none(what.key);
    if (path.empty()) continue;
    found.paths.push_back({what, path.lexically_normal()});
    texts[std::string{what.key}] =
        what.kind == PathKind::kMachine ? found.paths.back().path.string() : std::string{what.place};
  }
  // A folder that the program writes is what a backup is about.
  for (const WardPath& what : paths)
    if (what.kind == PathKind::kOwn && found.at(what.key).empty()) (void)config.path(what.key);
  if (config.has_mistakes()) config.finish();
  found.moved = config::with_texts({absolute, view_text(content)}, texts);
  return found;
}

}  // namespace loa::cli
