#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/backup/manifest.h"
#include "tests/support/error_code.h"
#include "tests/support/scratch_folder.h"

namespace loa::cli {
namespace {

using nlohmann::json;

Manifest sample() {
  Manifest manifest;
  manifest.station = StationId{"phu-lien"};
  manifest.taken = *parse_utc("2026-11-24T02:15:00Z");
  manifest.version = "0.1.0";
  manifest.schema = 10;
  manifest.sequence = 1'795'000'000'000'000;
  manifest.files = {{"server/server.db", 8192, std::string(64, 'a')}, {"with/nhạc chờ.txt", 0, std::string(64, 'b')}};
  return manifest;
}

std::string code_of_text(const std::string& text) {
  return test::code_of([&] { (void)decode_manifest(text, "manifest.json"); });
}
// The sample after one change.
template <class Change>
std::string changed(Change&& change) {
  json value = json::parse(encode_manifest(sample()));
  change(value);
  return value.dump();
}

TEST(BackupManifest, ComesBackAsItWasWritten) {
  const Manifest read = decode_manifest(encode_manifest(sample()), "manifest.json");
  EXPECT_EQ(read.station, sample().station);
  EXPECT_EQ(read.taken, sample().taken);
  EXPECT_EQ(read.version, "0.1.0");
  EXPECT_EQ(read.schema, 10);
  EXPECT_EQ(read.sequence, sample().sequence);
  ASSERT_EQ(read.files.size(), 2U);
  EXPECT_EQ(read.files[0].path, "server/server.db");
  EXPECT_EQ(read.files[0].bytes, 8192);
  EXPECT_EQ(read.files[0].sha256, std::string(64, 'a'));
  EXPECT_EQ(read.files[1].path, "with/nhạc chờ.txt");
}

TEST(BackupManifest, APathThatCouldLeadOutIsRefused) {
  for (const char* path : {"", ".", "..", "/etc/passwd", "../x", "server/../../x", "server/./x", "server//x", "server/",
                           "a\\..\\x", "a\nb", "manifest.json", "manifest.sha256"}) {
    EXPECT_FALSE(is_safe_path(path)) << path;
    EXPECT_EQ(code_of_text(changed([&](json& value) { value["files"][0]["path"] = path; })), "backup.bad_manifest")
        << path;
  }
  for (const char* path : {"a", "...", "..a/b", ".hidden", "server/server.db"}) EXPECT_TRUE(is_safe_path(path)) << path;
}

TEST(BackupManifest, AnotherShapeIsRefused) {
  EXPECT_EQ(code_of_text(changed([](json&) {})), "");
  EXPECT_EQ(code_of_text(""), "backup.bad_manifest");
  EXPECT_EQ(code_of_text("[]"), "backup.bad_manifest");
  for (const char* field : {"format", "station", "taken", "version", "schema", "sequence", "files"})
    EXPECT_EQ(code_of_text(changed([&](json& value) { value.erase(field); })), "backup.bad_manifest") << field;
  EXPECT_EQ(code_of_text(changed([](json& value) { value["format"] = 2; })), "backup.bad_manifest");
  EXPECT_EQ(code_of_text(changed([](json& value) { value["station"] = "Phù Liễn"; })), "backup.bad_manifest");
  EXPECT_EQ(code_of_text(changed([](json& value) { value["taken"] = "yesterday"; })), "backup.bad_manifest");
  EXPECT_EQ(code_of_text(changed([](json& value) { value["sequence"] = 1LL << 53; })), "backup.bad_manifest");
  EXPECT_EQ(code_of_text(changed([](json& value) { value["files"][0]["sha256"] = "00"; })), "backup.bad_manifest");
  EXPECT_EQ(code_of_text(changed([](json& value) { value["files"].push_back(value["files"][0]); })),
            "backup.bad_manifest");
}

TEST(BackupManifest, OneByteOfItThatChangedIsFound) {
  const test::ScratchFolder folder;
  save_manifest(sample(), folder.path());
  EXPECT_EQ(load_manifest(folder.path()).sequence, sample().sequence);
  Manifest other = sample();
  ++other.sequence;
  std::ofstream(folder / "manifest.json") << encode_manifest(other);
  EXPECT_EQ(test::code_of([&] { (void)load_manifest(folder.path()); }), "backup.bad_manifest");
  std::filesystem::remove(folder / "manifest.sha256");
  EXPECT_EQ(test::code_of([&] { (void)load_manifest(folder.path()); }), "file.cannot_read");
}

}  // namespace
}  // namespace loa::cli
