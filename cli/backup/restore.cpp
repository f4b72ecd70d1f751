#include "cli/backup/restore.h"

#include <algorithm>
#include <ostream>
#include <set>

#include "cli/backup/durable_folder.h"
#include "cli/backup/manifest.h"
#include "cli/backup/ward_paths.h"
#include "cli/told.h"
#include "common/base/error.h"
#include "common/db/database.h"
#include "server/signer/sequence_file.h"
#include "server/store/migrations.h"

namespace loa::cli {
namespace {

namespace fs = std::filesystem;

constexpr microseconds kYear = std::chrono::hours{366 * 24};

[[noreturn]] void bad_content(const fs::path& file, const std::string& why) {
  throw Error("backup.bad_content", {file.string(), why});
}

// Nothing but what the manifest lists, and no link that leads elsewhere.
void compare_names(const Manifest& manifest, const fs::path& backup) {
  std::set<std::string> missing;
  for (const BackedUpFile& file : manifest.files) missing.insert(file.path);
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(backup)) {
    const std::string name = entry.path().lexically_relative(backup).string();
    if (entry.is_symlink() || !(entry.is_directory() || entry.is_regular_file())) bad_content(name, "no regular file");
    if (entry.is_directory() || name == kManifestFile || name == kManifestSumFile) continue;
    if (missing.erase(name) == 0) bad_content(name, "not in the manifest");
  }
  if (!missing.empty()) bad_content(*missing.begin(), "missing");
}

void check_books(const Manifest& manifest, const fs::path& file) {
  db::Database books = db::Database::open_reader(file);
  db::check_integrity(books);
  if (const int schema = db::schema_version(books); schema != manifest.schema)
    bad_content("server/server.db", "schema " + std::to_string(schema) + ", not " + std::to_string(manifest.schema));
}

// A node may have taken a later plan than the books know of. Theirs would be sent to it again and again, with its own
// sequence, and be refused each time; a server that finds none makes a new one.
void forget_plans(const fs::path& file) {
  db::Database books = db::Database::open_writer(file);
  books.execute("DELETE FROM plans");
}

std::vector<RestoredWard::Place> places_to_adapt(const fs::path& folder, const WardConfig& server) {
  std::vector<RestoredWard::Place> places;
  const auto add = [&](const std::string& name, const WardConfig& config) {
    for (const NamedPath& named : config.paths)
      if (named.what.kind == PathKind::kMachine)
        places.push_back({name + " " + std::string{named.what.key}, named.path});
  };
  add("station/server.toml", server);
  if (const fs::path signer = folder / "signer/signer.toml"; fs::exists(signer))
    add("signer/signer.toml", load_ward_config(signer, signer_paths()));
  return places;
}

}  // namespace

std::int64_t sequence_after_restore(std::int64_t known, WallTime now) {
  return std::max(known, to_us(now)) + kYear.count();
}

RestoredWard restore_backup(const RestoreArguments& arguments, WallTime now) {
  const fs::path absolute = fs::absolute(arguments.to).lexically_normal();
  const fs::path to = absolute.has_filename() ? absolute : absolute.parent_path();
  if (fs::exists(to) && !(fs::is_directory(to) && fs::is_empty(to))) throw Error("backup.not_empty", {to.string()});
  const Manifest manifest = load_manifest(arguments.from);
  const int known = static_cast<int>(server::migrations().size());
  if (manifest.schema > known)
    throw Error("backup.newer",
                {arguments.from.string(), std::to_string(manifest.schema), std::to_string(known), manifest.version});
  if (now < manifest.taken) throw Error("backup.clock", {format_utc(manifest.taken), format_utc(now)});
  compare_names(manifest, arguments.from);

  std::error_code error;
  fs::create_directories(to.parent_path(), error);
  if (error) throw Error("file.cannot_write", {to.parent_path().string(), error.message()});
  DraftFolder draft(to.parent_path(), ".loa-restore-");
  for (const BackedUpFile& file : manifest.files) {
    const BackedUpFile copied = draft.copy(arguments.from / file.path, file.path);
    if (copied.bytes != file.bytes || copied.sha256 != file.sha256) bad_content(file.path, "SHA-256 " + copied.sha256);
  }
  check_books(manifest, draft.path() / "server/server.db");
  forget_plans(draft.path() / "server/server.db");
  const WardConfig server = load_ward_config(draft.path() / "station/server.toml", server_paths());
  if (server.station != manifest.station.str())
    throw Error("backup.other_station", {"station/server.toml", server.station, manifest.station.str()});
  const fs::path state = draft.path() / "signer/state";
  fs::create_directories(state);
  fs::permissions(state, fs::perms::owner_all);
  signer::SequenceFile(state / "sequence").reserve(sequence_after_restore(manifest.sequence, now));
  RestoredWard restored{places_to_adapt(draft.path(), server)};
  draft.place(to);
  return restored;
}

int run_restore(const RestoreArguments& arguments, std::ostream& out, std::ostream& err) {
  return told(err, [&](Language language) {
    const RestoredWard restored = restore_backup(arguments, system_now().wall);
    out << render({"backup.restored", {arguments.to.string()}}, language) << "\n";
    for (const RestoredWard::Place& place : restored.to_adapt)
      out << render({"backup.adapt", {place.key, place.path.string()}}, language) << "\n";
  });
}

}  // namespace loa::cli
