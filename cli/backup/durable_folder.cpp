#include "cli/backup/durable_folder.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/descriptor.h"
#include "common/base/error.h"
#include "common/crypto/encoding.h"
#include "common/crypto/random.h"
#include "common/crypto/sha256.h"

namespace loa::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = 64UL * 1024;

[[noreturn]] void cannot_read(const fs::path& file, int error) {
  throw Error("file.cannot_read", {file.string(), std::strerror(error)});
}
[[noreturn]] void cannot_write(const fs::path& file, int error) {
  throw Error("file.cannot_write", {file.string(), std::strerror(error)});
}

void make_folders(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) cannot_write(folder, error.value());
}

}  // namespace

DraftFolder::DraftFolder(const fs::path& parent, std::string_view prefix)
    : path_(parent / (std::string{prefix} + crypto::encode_hex(crypto::random_bytes(8)))) {
  if (::mkdir(path_.c_str(), 0700) != 0) cannot_write(path_, errno);
}

DraftFolder::~DraftFolder() {
  if (path_.empty()) return;
  std::error_code ignored;  // nothing better can be done; the next backup removes it
  fs::remove_all(path_, ignored);
}

BackedUpFile DraftFolder::copy(const fs::path& from, const std::string& name) {
  const fs::path target = path_ / name;
  // Non-blocking: a named pipe in the place of a file must not stop the program.
  const Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!source.is_open() || ::fstat(source.number(), &status) != 0) cannot_read(from, errno);
  if (!S_ISREG(status.st_mode)) cannot_read(from, EINVAL);
  make_folders(target.parent_path());
  Descriptor copied(::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!copied.is_open()) cannot_write(target, errno);
  crypto::Sha256 sum;
  BackedUpFile file{name, 0, {}};
  Bytes piece(kPiece);
  while (const std::size_t got = read_some(source, piece, from)) {
    const ByteView part = ByteView{piece}.first(got);
    sum.update(part);
    write_all(copied, part, target);
    file.bytes += static_cast<std::int64_t>(got);
  }
  if (::fsync(copied.number()) != 0 || !copied.close()) cannot_write(target, errno);
  file.sha256 = crypto::to_hex(sum.finish());
  return file;
}

void DraftFolder::place(const fs::path& where) {
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path_))
    if (entry.is_directory()) sync_path(entry.path());
  sync_path(path_);
  if (::rename(path_.c_str(), where.c_str()) != 0) {
    if (errno == EEXIST || errno == ENOTEMPTY) throw Error("backup.not_empty", {where.string()});
    cannot_write(where, errno);
  }
  const fs::path parent = path_.parent_path();
  path_.clear();
  sync_path(parent);
}

}  // namespace loa::cli
