#include "common/crypto/files.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/descriptor.h"
#include "common/base/error.h"
#include "common/crypto/encoding.h"
#include "common/crypto/random.h"

namespace loa::crypto {
namespace {

// Removes the half-made file unless it has become the target.
class Draft {
 public:
  explicit Draft(std::filesystem::path path) : path_(std::move(path)) {}
  ~Draft() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  void keep() { path_.clear(); }

 private:
  std::filesystem::path path_;
};

[[noreturn]] void throw_cannot_read(const std::filesystem::path& file, int error) {
  throw Error("file.cannot_read", {file.string(), std::strerror(error)});
}

enum class Secrecy { kOpen, kSecret };

Bytes read_file(const std::filesystem::path& file, std::size_t most, Secrecy secrecy) {
  // Non-blocking: a named pipe in the place of a key must not stop the program.
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!descriptor.is_open()) throw_cannot_read(file, errno);
  struct stat status {};
  if (::fstat(descriptor.number(), &status) != 0) throw_cannot_read(file, errno);
  if (S_ISDIR(status.st_mode)) throw_cannot_read(file, EISDIR);
  if (!S_ISREG(status.st_mode)) throw_cannot_read(file, EINVAL);
  if (secrecy == Secrecy::kSecret && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    throw Error("key.too_open", {file.string()});
  Bytes content;
  Bytes buffer(4096);
  while (const std::size_t count = read_some(descriptor, buffer, file)) {
    if (content.size() + count > most) throw Error("file.too_large", {file.string(), std::to_string(most)});
    content.insert(content.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
  }
  return content;
}

}  // namespace

void write_file_atomically(const std::filesystem::path& file, ByteView content, Readers readers, IfExists if_exists) {
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
  std::string draft_name{'.'};
  draft_name += file.filename().string();
  draft_name += '.';
  draft_name += encode_hex(random_bytes(8));
  draft_name += ".new";
  const std::filesystem::path draft_path = folder / draft_name;
  const mode_t mode = readers == Readers::kOwner ? 0600 : 0644;

  Descriptor descriptor(::open(draft_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!descriptor.is_open()) throw cannot_write(file, errno);
  Draft draft(draft_path);
  if (mode != 0600 && ::fchmod(descriptor.number(), mode) != 0) throw cannot_write(file, errno);
  write_all(descriptor, content, file);
  if (::fsync(descriptor.number()) != 0 || !descriptor.close()) throw cannot_write(file, errno);

  const unsigned flags = if_exists == IfExists::kRefuse ? RENAME_NOREPLACE : 0;
  if (::renameat2(AT_FDCWD, draft_path.c_str(), AT_FDCWD, file.c_str(), flags) != 0) {
    if (errno == EEXIST && if_exists == IfExists::kRefuse) throw Error("file.exists", {file.string()});
    throw cannot_write(file, errno);
  }
  draft.keep();

  sync_path(folder);
}

Bytes read_small_file(const std::filesystem::path& file, std::size_t most) {
  return read_file(file, most, Secrecy::kOpen);
}

Bytes read_secret_file(const std::filesystem::path& file, std::size_t most) {
  return read_file(file, most, Secrecy::kSecret);
}

void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
  sync_path(from);
  if (::rename(from.c_str(), to.c_str()) != 0) throw cannot_write(to, errno);
  sync_path(to.parent_path());
}

}  // namespace loa::crypto
