#include "cli/backup/backup.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ostream>
#include <set>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "cli/backup/durable_folder.h"
#include "cli/backup/manifest.h"
#include "cli/backup/ward_paths.h"
#include "cli/told.h"
#include "common/base/descriptor.h"
#include "common/base/error.h"
#include "common/crypto/files.h"
#include "common/crypto/sha256.h"
#include "common/db/database.h"
#include "common/json/json.h"
#include "server/signer/sequence_file.h"

namespace loa::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kDraft = ".loa-backup-";
constexpr std::string_view kClipEnding = ".opus";

// One at a time in a folder of backups, so that what is left of a former one is known to be nobody's.
class Turn {
 public:
  explicit Turn(const fs::path& folder) : folder_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (!folder_.is_open()) throw Error("file.cannot_read", {folder.string(), std::strerror(errno)});
    if (::flock(folder_.number(), LOCK_EX | LOCK_NB) != 0) throw Error("backup.already_running", {folder.string()});
  }

 private:
  Descriptor folder_;
};

class Backup {
 public:
  Backup(DraftFolder& draft, Manifest& manifest) : draft_(draft), manifest_(manifest) {}

  void add(const fs::path& from, const std::string& name) { manifest_.files.push_back(draft_.copy(from, name)); }

  // Links to files are followed, as whoever reads the original follows them.
  void add_all(const fs::path& from, const std::string& name) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(from))
      if (!entry.is_directory()) add(entry.path(), name + "/" + entry.path().lexically_relative(from).string());
  }

  void add_text(const std::string& text, const std::string& name) {
    crypto::write_file_atomically(draft_.path() / name, view_bytes(text), crypto::Readers::kOwner,
                                  crypto::IfExists::kRefuse);
    list(name);
  }

  // A file that is in the draft already.
  void list(const std::string& name) {
    const fs::path file = draft_.path() / name;
    manifest_.files.push_back(
        {name, static_cast<std::int64_t>(fs::file_size(file)), crypto::to_hex(crypto::sha256_of_file(file))});
  }

  [[nodiscard]] const BackedUpFile& last() const { return manifest_.files.back(); }
  [[nodiscard]] fs::path folder(const std::string& name) {
    fs::create_directories(draft_.path() / name);
    return draft_.path() / name;
  }

 private:
  DraftFolder& draft_;
  Manifest& manifest_;
};

void add_config(Backup& backup, const WardConfig& config, const std::string& folder, const std::string& name) {
  (void)backup.folder(folder);
  for (const NamedPath& named : config.paths) {
    const std::string place = folder + "/" + std::string{named.what.place};
    if (named.what.kind == PathKind::kFile) backup.add(named.path, place);
    if (named.what.kind == PathKind::kFolder) backup.add_all(named.path, place);
  }
  backup.add_text(config.moved, folder + "/" + name);
}

void add_clips(Backup& backup, db::Database& books, const fs::path& clips) {
  db::Statement rows = books.prepare("SELECT sha256 FROM clips ORDER BY sha256");
  while (rows.step()) {
    const std::string hash = rows.get_text(0);
    if (!is_digest(hash)) throw Error("db.damaged", {books.name(), hash});
    const std::string name = hash + std::string{kClipEnding};
    if (!fs::exists(clips / name)) throw Error("backup.bad_clip", {(clips / name).string()});
    backup.add(clips / name, "server/clips/" + name);
    if (backup.last().sha256 != hash) throw Error("backup.bad_clip", {(clips / name).string()});
  }
}

// Of those that are no sound the file goes when that is found out; text that is to be read aloud has none yet.
void add_recordings(Backup& backup, db::Database& books, const fs::path& recordings) {
  db::Statement rows = books.prepare(
      "SELECT recording_id, state = 'ready' FROM recordings WHERE state <> 'refused' ORDER BY recording_id");
  while (rows.step()) {
    const std::string id = rows.get_text(0);
    if (!is_valid_id(id)) throw Error("db.damaged", {books.name(), id});
    if (!fs::exists(recordings / id)) continue;
    try {
      backup.add(recordings / id, "server/recordings/" + id);
    } catch (const Error&) {
      if (rows.get_int(1) != 0 || fs::exists(recordings / id)) throw;
    }
  }
}

void add_books(Backup& backup, Manifest& manifest, const fs::path& data) {
  const std::string name = "server/server.db";
  const fs::path copy = backup.folder("server") / "server.db";
  {
    db::Database live = db::Database::open_reader(data / "server.db");
    db::copy_to(live, copy);
  }
  backup.list(name);
  db::Database books = db::Database::open_reader(copy);
  db::check_integrity(books);
  manifest.schema = db::schema_version(books);
  db::Statement highest = books.prepare("SELECT coalesce(max(seq), 0) FROM plans");
  if (highest.step()) manifest.sequence = std::max(manifest.sequence, highest.get_int(0));
  add_clips(backup, books, data / "clips");
  add_recordings(backup, books, data / "recordings");
}

void add_signer(Backup& backup, Manifest& manifest, const fs::path& file) {
  const WardConfig config = load_ward_config(file, signer_paths());
  if (config.station != manifest.station.str())
    throw Error("backup.other_station", {file.string(), config.station, manifest.station.str()});
  add_config(backup, config, "signer", "signer.toml");
  const fs::path state = config.at("signer.state");
  if (fs::exists(state / "sequence"))
    manifest.sequence = std::max(manifest.sequence, signer::read_reserved(state / "sequence"));
  for (const char* name : {"journal.0", "journal.1"})
    if (fs::exists(state / name)) backup.add(state / name, std::string{"signer/"} + name);
}

void add_besides(Backup& backup, const std::vector<fs::path>& with) {
  std::set<std::string> names;
  for (const fs::path& path : with) {
    const fs::path whole = fs::absolute(path).lexically_normal();
    const std::string name = (whole.has_filename() ? whole : whole.parent_path()).filename().string();
    if (!names.insert(name).second) throw Error("backup.same_name", {path.string(), name});
    if (fs::is_directory(whole))
      backup.add_all(whole, "with/" + name);
    else
      backup.add(whole, "with/" + name);
  }
}

std::string prefix_of(const StationId& station) {
  return "loa-" + station.str() + "-";
}

// Whole backups of the station, the oldest first.
std::vector<std::pair<WallTime, fs::path>> find_backups(const fs::path& folder, const StationId& station) {
  std::vector<std::pair<WallTime, fs::path>> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (!entry.is_directory() || !entry.path().filename().string().starts_with(prefix_of(station))) continue;
    try {
      const Manifest manifest = load_manifest(entry.path());
      if (manifest.station == station) found.emplace_back(manifest.taken, entry.path());
    } catch (const Error&) {
      continue;  // not whole: not ours to count, and somebody may want to look at it
    }
  }
  std::ranges::sort(found);
  return found;
}

// Out of its name first: a kill in between leaves no half of it that looks whole.
void remove_backup(const fs::path& backup) {
  const fs::path draft = backup.parent_path() / (std::string{kDraft} + backup.filename().string());
  fs::rename(backup, draft);
  fs::remove_all(draft);
}

void remove_older(const fs::path& folder, const StationId& station, const fs::path& made, int keep) {
  std::vector<std::pair<WallTime, fs::path>> others = find_backups(folder, station);
  // The new one is known to be good, also when the clock was set back and it does not look newest.
  std::erase_if(others, [&](const auto& other) { return other.second == made; });
  for (std::size_t i = 0; i + static_cast<std::size_t>(keep) - 1 < others.size(); ++i) remove_backup(others[i].second);
}

void remove_drafts(const fs::path& folder) {
  std::vector<fs::path> left;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().starts_with(kDraft)) left.push_back(entry.path());
  for (const fs::path& draft : left) fs::remove_all(draft);
}

// 20261124T021500Z: sorts by time, and every file system takes it.
std::string stamp(WallTime now) {
  std::string text = format_utc(now);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text.substr(0, text.find('.')) + "Z";
}

}  // namespace

fs::path make_backup(const BackupArguments& arguments, WallTime now) {
  const WardConfig config = load_ward_config(arguments.server, server_paths());
  Manifest manifest;
  manifest.station = StationId{config.station};
  manifest.taken = now;
  manifest.version = LOA_VERSION;
  std::error_code error;
  fs::create_directories(arguments.to, error);
  if (error) throw Error("file.cannot_write", {arguments.to.string(), error.message()});
  const fs::path folder = fs::canonical(arguments.to);
  const Turn turn(folder);
  remove_drafts(folder);
  fs::path made = folder / (prefix_of(manifest.station) + stamp(now));
  if (fs::exists(made)) throw Error("file.exists", {made.string()});

  DraftFolder draft(folder, kDraft);
  Backup backup(draft, manifest);
  add_books(backup, manifest, config.at("station.data"));
  add_config(backup, config, "station", "server.toml");
  if (arguments.signer) add_signer(backup, manifest, *arguments.signer);
  add_besides(backup, arguments.with);
  save_manifest(manifest, draft.path());
  draft.place(made);
  if (arguments.keep) remove_older(folder, manifest.station, made, *arguments.keep);
  return made;
}

int run_backup(const BackupArguments& arguments, std::ostream& out, std::ostream& err) {
  return told(err, [&](Language language) {
    const fs::path made = make_backup(arguments, system_now().wall);
    out << render({arguments.signer ? "backup.made_with_key" : "backup.made", {made.string()}}, language) << "\n";
  });
}

}  // namespace loa::cli
