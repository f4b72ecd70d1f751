#include "server/reports/zip_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <archive.h>
#include <archive_entry.h>

#include "common/base/bytes.h"
#include "common/base/error.h"
#include "common/crypto/sha256.h"

namespace loa::server {
namespace {

constexpr std::size_t kPiece = std::size_t{64} * 1024;
constexpr unsigned kMode = 0644;

struct Free {
  void operator()(archive* each) const { archive_write_free(each); }
  void operator()(archive_entry* each) const { archive_entry_free(each); }
};

}  // namespace

struct ZipFile::State {
  std::filesystem::path file;
  std::int64_t made_s = 0;
  std::unique_ptr<archive, Free> zip;
  std::vector<PackedFile> files;

  void check(int result) const {
    if (result == ARCHIVE_OK) return;
    const char* const words = archive_error_string(zip.get());
    throw Error("report.cannot_pack", {file.string(), words != nullptr ? words : "libarchive"});
  }
  void begin(const std::string& name, std::uint64_t bytes) const {
    const std::unique_ptr<archive_entry, Free> entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), kMode);
    archive_entry_set_mtime(entry.get(), made_s, 0);
    check(archive_write_header(zip.get(), entry.get()));
  }
  void write(const char* data, std::size_t size) const {
    if (archive_write_data(zip.get(), data, size) != static_cast<la_ssize_t>(size)) check(ARCHIVE_FATAL);
  }
};

ZipFile::ZipFile(const std::filesystem::path& file, WallTime made) : state_(std::make_unique<State>()) {
  state_->file = file;
  state_->made_s = std::chrono::floor<seconds>(made.time_since_epoch()).count();
  state_->zip.reset(archive_write_new());
  state_->check(archive_write_set_format_zip(state_->zip.get()));
  // Lists of outcomes are as small by the fastest way as by the slowest, within a fifth.
  state_->check(archive_write_set_format_option(state_->zip.get(), "zip", "compression-level", "1"));
  state_->check(archive_write_open_filename(state_->zip.get(), file.c_str()));
}

ZipFile::~ZipFile() = default;

void ZipFile::add_file(const std::string& name, const std::filesystem::path& content) {
  std::error_code problem;
  const std::uint64_t bytes = std::filesystem::file_size(content, problem);
  if (problem) throw Error("file.cannot_read", {content.string(), problem.message()});
  std::ifstream stream(content, std::ios::binary);
  state_->begin(name, bytes);
  crypto::Sha256 sum;
  std::vector<char> piece(kPiece);
  std::uint64_t left = bytes;
  while (left > 0) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left, piece.size()));
    if (!stream.read(piece.data(), static_cast<std::streamsize>(size)))
      throw Error("file.cannot_read", {content.string(), std::strerror(errno)});
    sum.update(view_bytes(std::string_view{piece.data(), size}));
    state_->write(piece.data(), size);
    left -= size;
  }
  state_->files.push_back({name, bytes, crypto::to_hex(sum.finish())});
}

void ZipFile::add_text(const std::string& name, std::string_view content) {
  state_->begin(name, content.size());
  state_->write(content.data(), content.size());
  state_->files.push_back({name, content.size(), crypto::to_hex(crypto::sha256(view_bytes(content)))});
}

const std::vector<PackedFile>& ZipFile::files() const {
  return state_->files;
}

void ZipFile::finish() {
  state_->check(archive_write_close(state_->zip.get()));
}

}  // namespace loa::server
