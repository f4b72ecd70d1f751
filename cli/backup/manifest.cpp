#include "cli/backup/manifest.h"

#include <algorithm>
#include <limits>
#include <set>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/crypto/files.h"
#include "common/crypto/sha256.h"
#include "common/json/json.h"

namespace loa::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kLargestManifest = std::size_t{64} * 1024 * 1024;
constexpr std::size_t kMostFiles = 1'000'000;
constexpr std::size_t kLongestPath = 1024;
constexpr std::size_t kLongestWord = 64;
constexpr int kFormat = 1;
// Whole numbers that every reader of JSON keeps exact, as the protocol has its sequences.
constexpr std::int64_t kMostSequence = (std::int64_t{1} << 53) - 1;

std::string sum_line(std::string_view text) {
  return crypto::to_hex(crypto::sha256(view_bytes(text))) + "  " + std::string{kManifestFile} + "\n";
}

Manifest read_manifest(const json& value) {
  const FieldReader reader(value, "manifest");
  (void)reader.integer("format", kFormat, kFormat);
  Manifest manifest;
  manifest.station = reader.id<StationId>("station");
  const auto taken = parse_utc(reader.text("taken", kLongestWord));
  if (!taken) throw BadJson("taken: not an instant");
  manifest.taken = *taken;
  manifest.version = reader.text("version", kLongestWord);
  manifest.schema = static_cast<int>(reader.integer("schema", 1, std::numeric_limits<int>::max()));
  manifest.sequence = reader.integer("sequence", 0, kMostSequence);
  std::set<std::string> seen;
  for (const json& entry : reader.array("files", kMostFiles)) {
    const FieldReader file(entry, "files");
    manifest.files.push_back({file.text("path", kLongestPath),
                              file.integer("bytes", 0, std::numeric_limits<std::int64_t>::max()),
                              file.digest("sha256")});
    const std::string& path = manifest.files.back().path;
    if (!is_safe_path(path)) throw BadJson("“" + path + "” leads out of the backup");
    if (!seen.insert(path).second) throw BadJson("“" + path + "” stands twice");
  }
  return manifest;
}

}  // namespace

bool is_safe_path(std::string_view path) {
  if (path.empty() || path == kManifestFile || path == kManifestSumFile) return false;
  if (std::ranges::any_of(path, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\\'; })) return false;
  while (true) {
    const std::size_t end = path.find('/');
    const std::string_view part = path.substr(0, end);
    if (part.empty() || part == "." || part == "..") return false;
    if (end == std::string_view::npos) return true;
    path.remove_prefix(end + 1);
  }
}

std::string encode_manifest(const Manifest& manifest) {
  json files = json::array();
  for (const BackedUpFile& file : manifest.files)
    files.push_back({{"path", file.path}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  return json{{"format", kFormat},           {"station", manifest.station.str()}, {"taken", format_utc(manifest.taken)},
              {"version", manifest.version}, {"schema", manifest.schema},         {"sequence", manifest.sequence},
              {"files", std::move(files)}}
             .dump(1) +
         "\n";
}

Manifest decode_manifest(std::string_view text, const std::string& name) {
  try {
    return read_manifest(parse_json(text));
  } catch (const BadJson& bad) {
    throw Error("backup.bad_manifest", {name, bad.what()});
  }
}

void save_manifest(const Manifest& manifest, const std::filesystem::path& backup) {
  const std::string text = encode_manifest(manifest);
  const auto write = [&](std::string_view name, const std::string& content) {
    crypto::write_file_atomically(backup / name, view_bytes(content), crypto::Readers::kOwner,
                                  crypto::IfExists::kRefuse);
  };
  write(kManifestFile, text);
  write(kManifestSumFile, sum_line(text));
}

Manifest load_manifest(const std::filesystem::path& backup) {
  const std::filesystem::path file = backup / kManifestFile;
  const Bytes text = crypto::read_small_file(file, kLargestManifest);
  const Bytes sum = crypto::read_small_file(backup / kManifestSumFile, kLargestManifest);
  if (view_text(sum) != sum_line(view_text(text)))
    throw Error("backup.bad_manifest", {file.string(), "its SHA-256 is not that of " + std::string{kManifestSumFile}});
  return decode_manifest(view_text(text), file.string());
}

}  // namespace loa::cli
