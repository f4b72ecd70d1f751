#include "cli/backup/backup.h"

#include <csignal>
#include <fstream>
#include <regex>
#include <set>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/backup/manifest.h"
#include "cli/backup/restore.h"
#include "cli/backup/ward_paths.h"
#include "cli/ward/provision.h"
#include "common/config/config.h"
#include "common/crypto/sha256.h"
#include "common/db/database.h"
#include "server/signer/sequence_file.h"
#include "server/store/migrations.h"
#include "server/store/store.h"
#include "tests/support/child.h"
#include "tests/support/error_code.h"
#include "tests/support/scratch_folder.h"

namespace loa::cli {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using test::code_of;
using test::read_whole_file;
using testing::HasSubstr;
using testing::IsEmpty;

const WallTime kNow = *parse_utc("2026-11-24T02:15:00Z");
constexpr std::int64_t kYear = 366LL * 24 * 3600 * 1'000'000;

void write(const fs::path& file, const std::string& content) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  if (!fs::exists(folder)) return names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

// A ward's files as its programs leave them, with one area, one clip and one recording; nothing runs.
class BackupTest : public testing::Test {
 protected:
  BackupTest() {
    WardPlan plan;
    plan.folder = folder_ / "ward";
    plan.station = StationId{"phu-lien"};
    plan.web = folder_ / "web";
    plan.http_port = 8443;
    plan.broker_port = 8883;
    (void)provision(plan, kNow);
    server::Store store = server::Store::make_writer(db::Database::open_writer(data() / "server.db"));
    store.add_area({AreaId{"phu-lien"}, std::nullopt, "Phường Phù Liễn"}, kNow);
    const RecordingId recording{"r-1"};
    store.add_recording({recording, "chào.wav", 5, kNow, server::RecordingState::kIngesting, 0, {}, {}});
    server::Clip clip;
    clip.hash = ClipHash{hash_};
    clip.bytes = static_cast<std::int64_t>(sound_.size());
    clip.duration = milliseconds{1000};
    clip.bitrate = 24'000;
    store.save_clip_of(recording, clip, kNow);
    write(clip_file(), sound_);
    write(data() / "recordings/r-1", "chào");
    signer::SequenceFile sequence(signer_state() / "sequence");
    sequence.reserve(kSequence);
    write(signer_state() / "journal.0", "{}\n");
    arguments_.server = ward() / "station/server.toml";
    arguments_.to = backups();
  }

  [[nodiscard]] fs::path ward() const { return folder_ / "ward"; }
  [[nodiscard]] fs::path data() const { return ward() / "server"; }
  [[nodiscard]] fs::path signer_state() const {
    fs::create_directories(ward() / "signer/state");
    return ward() / "signer/state";
  }
  [[nodiscard]] fs::path backups() const { return folder_ / "backups"; }
  [[nodiscard]] fs::path restored() const { return folder_ / "restored"; }
  [[nodiscard]] fs::path clip_file() const { return data() / "clips" / (hash_ + ".opus"); }
  void give_signer() { arguments_.signer = ward() / "signer/signer.toml"; }
  fs::path back_up(WallTime now = kNow) const { return make_backup(arguments_, now); }
  RestoredWard restore(const fs::path& backup, WallTime now = kNow + hours{1}) const {
    return restore_backup({backup, restored()}, now);
  }
  // A backup that is refused leaves nothing, neither at its place nor beside it.
  void expect_refused(const fs::path& backup, const std::string& code, WallTime now = kNow + hours{1}) const {
    const auto before = names_in(folder_.path());
    EXPECT_EQ(code_of([&] { (void)restore(backup, now); }), code);
    EXPECT_EQ(names_in(folder_.path()), before);
  }
  // As somebody would who can write there and knows the manifest.
  static void rewrite_manifest(const fs::path& backup, const std::function<void(Manifest&)>& change) {
    Manifest manifest = load_manifest(backup);
    change(manifest);
    fs::remove(backup / kManifestFile);
    fs::remove(backup / kManifestSumFile);
    save_manifest(manifest, backup);
  }

  static constexpr std::int64_t kSequence = 1'795'486'560'000'000;  // about kNow
  const test::ScratchFolder folder_;
  const std::string sound_ = "OggS and what follows";
  const std::string hash_ = crypto::to_hex(crypto::sha256(view_bytes(sound_)));
  BackupArguments arguments_;
};

TEST_F(BackupTest, WhatIsRestoredIsTheWardThatWasBackedUp) {
  give_signer();
  write(folder_ / "mosquitto/conf.d/loa.conf", "listener 8883\n");
  arguments_.with = {folder_ / "mosquitto", ward() / "broker/broker.pem"};
  const fs::path backup = back_up();
  EXPECT_EQ(backup.filename(), "loa-phu-lien-20261124T021500Z");
  (void)restore(backup);

  db::Database books = db::Database::open_writer(restored() / "server/server.db");
  db::check_integrity(books);
  server::Store store = server::Store::make_writer(std::move(books));
  ASSERT_EQ(store.load_areas().size(), 1U);
  EXPECT_EQ(store.load_areas()[0].name, "Phường Phù Liễn");
  const std::map<std::string, fs::path> same = {
      {"server/clips/" + hash_ + ".opus", clip_file()},
      {"server/recordings/r-1", data() / "recordings/r-1"},
      {"station/authority.key", ward() / "station/authority.key"},
      {"station/https.key.pem", ward() / "station/https.key.pem"},
      {"station/trust/policy.json", ward() / "station/trust/policy.json"},
      {"signer/station.key", ward() / "signer/station.key"},
      {"signer/trust/root.pub", ward() / "station/trust/root.pub"},
      {"signer/journal.0", signer_state() / "journal.0"},
      {"with/mosquitto/conf.d/loa.conf", folder_ / "mosquitto/conf.d/loa.conf"},
      {"with/broker.pem", ward() / "broker/broker.pem"},
  };
  for (const auto& [name, original] : same)
    EXPECT_EQ(read_whole_file(restored() / name), read_whole_file(original)) << name;
}

TEST_F(BackupTest, TheConfigurationNamesTheRestoredFilesAndTheRestIsToldToThePerson) {
  give_signer();
  const RestoredWard ward_there = restore(back_up());
  config::ConfigFile server(restored() / "station/server.toml");
  EXPECT_EQ(server.path("station.data").lexically_normal(), restored() / "server");
  for (const WardPath& path : server_paths()) {
    if (path.kind != PathKind::kFile && path.kind != PathKind::kFolder) continue;
    const fs::path named = server.path_or_none(path.key);
    if (named.empty()) continue;
    EXPECT_EQ(named.lexically_normal(), restored() / "station" / path.place);
    EXPECT_TRUE(fs::exists(named)) << path.key;
  }
  // What the machine has, and what is no path, stays.
  EXPECT_EQ(server.path("broker.pid_file"), ward() / "broker/pid");
  EXPECT_EQ(server.integer("http.port", 1, 65'535), 8443);
  std::vector<std::string> keys;
  for (const RestoredWard::Place& place : ward_there.to_adapt) keys.push_back(place.key);
  EXPECT_THAT(keys,
              testing::UnorderedElementsAre("station/server.toml signer.socket", "station/server.toml http.web",
                                            "station/server.toml broker.revocation_list",
                                            "station/server.toml broker.pid_file", "signer/signer.toml signer.socket"));
}

TEST_F(BackupTest, EveryPathThatTheProgramsReadIsKnown) {
  const auto keys_of = [](std::span<const WardPath> paths) {
    std::set<std::string> keys;
    for (const WardPath& path : paths) keys.emplace(path.key);
    return keys;
  };
  const auto keys_in = [](const char* source) {
    const std::string text = read_whole_file(fs::path{LOA_SOURCE_DIR} / source);
    const std::regex call(R"re(config\.path(?:_or_none)?\("([^"]+)"\))re");
    std::set<std::string> keys;
    for (std::sregex_iterator at(text.begin(), text.end(), call), end; at != end; ++at) keys.insert((*at)[1]);
    return keys;
  };
  EXPECT_EQ(keys_of(server_paths()), keys_in("server/main.cpp"));
  EXPECT_EQ(keys_of(signer_paths()), keys_in("server/signer/signer_main.cpp"));
}

TEST_F(BackupTest, OnlyItsOwnerReadsItAndTheStationKeyIsThereOnlyWhenAskedFor) {
  const fs::path plain = back_up();
  EXPECT_FALSE(fs::exists(plain / "signer"));
  EXPECT_EQ(read_whole_file(plain / "manifest.json").find("station.key"), std::string::npos);
  give_signer();
  for (const fs::path& backup : {plain, back_up(kNow + hours{1})}) {
    struct stat state {};
    ASSERT_EQ(::stat(backup.c_str(), &state), 0);
    EXPECT_EQ(state.st_mode & 0777U, 0700U);
    for (const auto& entry : fs::recursive_directory_iterator(backup)) {
      if (entry.is_directory()) continue;
      ASSERT_EQ(::stat(entry.path().c_str(), &state), 0);
      EXPECT_EQ(state.st_mode & 0777U, 0600U) << entry.path();
    }
  }
}

// Nodes remember the last sequence and take nothing that is not above it.
TEST_F(BackupTest, TheSequenceGoesOnAboveWhateverNodesCanHaveSeen) {
  give_signer();
  const fs::path backup = back_up();
  EXPECT_EQ(load_manifest(backup).sequence, kSequence);
  // The signer lived on for a week and ran an hour ahead of the clock.
  const WallTime later = kNow + hours{7 * 24};
  const std::int64_t seen = to_us(later + hours{1});
  (void)restore(backup, later);
  EXPECT_GT(signer::SequenceFile(restored() / "signer/state/sequence").reserved(), seen);
}

TEST_F(BackupTest, ASequenceAheadOfTheClockStaysAhead) {
  const std::int64_t ahead = to_us(kNow) + 3 * kYear;
  { signer::SequenceFile(signer_state() / "sequence").reserve(ahead); }
  give_signer();
  (void)restore(back_up());
  EXPECT_EQ(signer::SequenceFile(restored() / "signer/state/sequence").reserved(), ahead + kYear);
}

TEST_F(BackupTest, WithoutTheSignersFilesTheBooksTellTheSequence) {
  {
    db::Database books = db::Database::open_writer(data() / "server.db");
    books.execute(
        "INSERT INTO nodes (node_id, area_id, name, created_us) VALUES ('n-1', 'phu-lien', 'Loa 1', 0);"
        "INSERT INTO plans VALUES ('n-1', 2795486560000000, '', 0, '', '')");
  }
  (void)restore(back_up());
  EXPECT_EQ(signer::SequenceFile(restored() / "signer/state/sequence").reserved(), 2'795'486'560'000'000 + kYear);
  EXPECT_FALSE(fs::exists(restored() / "signer/station.key"));
  // The server makes new plans, above it: the node may hold a later one than this.
  server::Store store = server::Store::make_reader(db::Database::open_reader(restored() / "server/server.db"));
  EXPECT_TRUE(store.load_node(NodeId{"n-1"}));
  EXPECT_FALSE(store.load_plan(NodeId{"n-1"}));
}

TEST_F(BackupTest, ItIsRestoredIntoAnEmptyFolderOnly) {
  const fs::path backup = back_up();
  write(restored() / "x", "mine");
  expect_refused(backup, "backup.not_empty");
  EXPECT_EQ(read_whole_file(restored() / "x"), "mine");
  fs::remove(restored() / "x");
  (void)restore(backup);
  EXPECT_TRUE(fs::exists(restored() / "server/server.db"));
  expect_refused(backup, "backup.not_empty");
}

TEST_F(BackupTest, WhatWasDamagedOrChangedIsRefused) {
  const fs::path good = back_up();
  const auto copy = [&](const char* name) {
    fs::copy(good, folder_ / name, fs::copy_options::recursive);
    return folder_ / name;
  };
  const std::string clip = "server/clips/" + hash_ + ".opus";

  const fs::path changed = copy("changed");
  write(changed / clip, sound_ + "!");
  expect_refused(changed, "backup.bad_content");
  const fs::path missing = copy("missing");
  fs::remove(missing / clip);
  expect_refused(missing, "backup.bad_content");
  const fs::path more = copy("more");
  write(more / "station/more.toml", "");
  expect_refused(more, "backup.bad_content");
  const fs::path linked = copy("linked");
  fs::rename(linked / clip, folder_ / "elsewhere");
  fs::create_symlink(folder_ / "elsewhere", linked / clip);
  expect_refused(linked, "backup.bad_content");
  const fs::path led_out = copy("led_out");
  write(folder_ / "outside", "x");
  fs::rename(led_out / "server", folder_ / "server");
  fs::create_directory_symlink(folder_ / "server", led_out / "server");
  expect_refused(led_out, "backup.bad_content");
  const fs::path torn = copy("torn");
  fs::remove(torn / "manifest.sha256");
  expect_refused(torn, "file.cannot_read");
  expect_refused(folder_ / "none", "file.cannot_read");

  // Books that are damaged although every sum is right.
  const fs::path damaged = copy("damaged");
  std::string pages = read_whole_file(damaged / "server/server.db");
  pages.replace(8192, 4096, std::string(4096, '\x7f'));
  write(damaged / "server/server.db", pages);
  rewrite_manifest(damaged, [&](Manifest& manifest) {
    for (BackedUpFile& file : manifest.files)
      if (file.path == "server/server.db") file.sha256 = crypto::to_hex(crypto::sha256(view_bytes(pages)));
  });
  expect_refused(damaged, "db.damaged");
}

TEST_F(BackupTest, OneOfALaterProgramAnotherWardOrTheFutureIsRefused) {
  const fs::path backup = back_up();
  expect_refused(backup, "backup.clock", kNow - seconds{1});
  rewrite_manifest(backup, [](Manifest& manifest) { ++manifest.schema; });
  expect_refused(backup, "backup.newer");
  rewrite_manifest(backup, [](Manifest& manifest) { manifest.schema = 1; });
  expect_refused(backup, "backup.bad_content");
  rewrite_manifest(backup, [](Manifest& manifest) {
    manifest.schema = static_cast<int>(server::migrations().size());
    manifest.station = StationId{"kien-an"};
  });
  expect_refused(backup, "backup.other_station");
}

TEST_F(BackupTest, WhenSoundIsMissingOrDamagedNothingIsLeftThatLooksLikeABackup) {
  write(clip_file(), "other");
  EXPECT_EQ(code_of([&] { back_up(); }), "backup.bad_clip");
  fs::remove(clip_file());
  EXPECT_EQ(code_of([&] { back_up(); }), "backup.bad_clip");
  EXPECT_THAT(names_in(backups()), IsEmpty());
}

TEST_F(BackupTest, AFullDiskLeavesNothing) {
  // To the program it looks the same: the write fails.
  (void)std::signal(SIGXFSZ, SIG_IGN);
  write(folder_ / "large", std::string(2 << 20, 'x'));
  arguments_.with = {folder_ / "large"};
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{1 << 20, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string code = code_of([&] { back_up(); });
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(code, "file.cannot_write");
  EXPECT_THAT(names_in(backups()), IsEmpty());
}

TEST_F(BackupTest, WhatAKillLeftIsRemovedByTheNextAndTwoDoNotRunAtOnce) {
  write(backups() / ".loa-backup-0123/server/server.db", "half");
  const int held = ::open(backups().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(::flock(held, LOCK_EX), 0);
  EXPECT_EQ(code_of([&] { back_up(); }), "backup.already_running");
  EXPECT_TRUE(fs::exists(backups() / ".loa-backup-0123"));
  ::close(held);
  const fs::path made = back_up();
  EXPECT_THAT(names_in(backups()), testing::ElementsAre(made.filename().string()));
  EXPECT_EQ(code_of([&] { back_up(); }), "file.exists");
}

TEST_F(BackupTest, TheOldestOfThisWardGoAndNeverTheOneThatWasJustMade) {
  const fs::path first = back_up(kNow);
  const fs::path second = back_up(kNow + hours{24});
  write(backups() / "loa-kien-an-20200101T000000Z/manifest.json", "another's");
  // A copy that is not whole is neither kept count of nor removed.
  const fs::path broken = backups() / "loa-phu-lien-20300101T000000Z";
  write(broken / "manifest.json", "{}");
  arguments_.keep = 2;
  const fs::path third = back_up(kNow + hours{48});
  EXPECT_FALSE(fs::exists(first));
  EXPECT_TRUE(fs::exists(second));
  EXPECT_TRUE(fs::exists(third));
  EXPECT_TRUE(fs::exists(broken));
  EXPECT_TRUE(fs::exists(backups() / "loa-kien-an-20200101T000000Z"));
  // The clock was set back.
  arguments_.keep = 1;
  const fs::path last = back_up(kNow - hours{24});
  EXPECT_TRUE(fs::exists(last));
  EXPECT_FALSE(fs::exists(third));
  EXPECT_EQ(load_manifest(last).station.str(), "phu-lien");
}

TEST_F(BackupTest, ABackupThatFailsRemovesNone) {
  const fs::path good = back_up();
  arguments_.keep = 1;
  fs::remove(clip_file());
  EXPECT_EQ(code_of([&] { back_up(kNow + hours{24}); }), "backup.bad_clip");
  EXPECT_TRUE(fs::exists(good));
}

TEST_F(BackupTest, BadWordsAreRefused) {
  arguments_.with = {folder_ / "none"};
  EXPECT_EQ(code_of([&] { back_up(); }), "file.cannot_read");
  write(folder_ / "a/conf", "1");
  write(folder_ / "b/conf", "2");
  arguments_.with = {folder_ / "a/conf", folder_ / "b/conf"};
  EXPECT_EQ(code_of([&] { back_up(); }), "backup.same_name");
  arguments_.with.clear();
  write(folder_ / "other/signer.toml",
        "[station]\nid = \"kien-an\"\nkey = \"k\"\ntrust = \"t\"\n[signer]\nsocket = \"s\"\nstate = \"st\"\n");
  arguments_.signer = folder_ / "other/signer.toml";
  EXPECT_EQ(code_of([&] { back_up(); }), "backup.other_station");
  arguments_.signer.reset();
  write(folder_ / "empty.toml", "[station]\nid = \"phu-lien\"\n");
  arguments_.server = folder_ / "empty.toml";
  EXPECT_EQ(code_of([&] { back_up(); }), "config.bad");
  EXPECT_THAT(names_in(backups()), IsEmpty());
}

TEST_F(BackupTest, TheToolSaysWhatItMadeOrOneLineOfWhatWasWrong) {
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ(run_backup(arguments_, out, err), 0);
  EXPECT_THAT(out.str(), HasSubstr(backups().string() + "/loa-phu-lien-"));
  EXPECT_THAT(err.str(), IsEmpty());
  EXPECT_EQ(run_restore({folder_ / "none", restored()}, out, err), 1);
  EXPECT_EQ(std::ranges::count(err.str(), '\n'), 1);
}

}  // namespace
}  // namespace loa::cli
