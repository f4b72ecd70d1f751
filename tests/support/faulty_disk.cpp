// Loaded before the C library (LD_PRELOAD): lets writes, syncs and renames fail where the file that LOA_FAULTS names
// says so, one rule a line:
//   <write|sync|rename> <errno> <part of the path>
// Without the file, or with an empty one, nothing fails.
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

// Past our own functions.
std::string rules() {
  const char* file = std::getenv("LOA_FAULTS");
  if (file == nullptr) return {};
  const int fd = ::open(file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  std::array<char, 512> text{};
  const ssize_t size = ::read(fd, text.data(), text.size());
  ::close(fd);
  return {text.data(), static_cast<std::size_t>(size > 0 ? size : 0)};
}

bool fails(const char* what, const std::string& path) {
  const int before = errno;
  std::string left = rules();
  while (!left.empty()) {
    const std::string line = left.substr(0, left.find('\n'));
    left.erase(0, line.size() + 1);
    std::array<char, 16> call{};
    std::array<char, 256> part{};
    int problem = 0;
    if (std::sscanf(line.c_str(), "%15s %d %255s", call.data(), &problem, part.data()) != 3) continue;
    if (std::strcmp(call.data(), what) != 0 || path.find(part.data()) == std::string::npos) continue;
    errno = problem;
    return true;
  }
  errno = before;
  return false;
}

bool fails(const char* what, int fd) {
  std::array<char, 4096> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = ::readlink(link.c_str(), path.data(), path.size());
  return size > 0 && fails(what, std::string{path.data(), static_cast<std::size_t>(size)});
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* bytes, size_t size) {
  if (fails("write", fd)) return -1;
  return ::syscall(SYS_write, fd, bytes, size);
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t at) {
  if (fails("write", fd)) return -1;
  return ::syscall(SYS_pwrite64, fd, bytes, size, at);
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t at) {
  return pwrite(fd, bytes, size, at);
}

int fsync(int fd) {
  if (fails("sync", fd)) return -1;
  return static_cast<int>(::syscall(SYS_fsync, fd));
}

int fdatasync(int fd) {
  if (fails("sync", fd)) return -1;
  return static_cast<int>(::syscall(SYS_fdatasync, fd));
}

int rename(const char* from, const char* to) {
  if (fails("rename", std::string{to})) return -1;
  return static_cast<int>(::syscall(SYS_rename, from, to));
}
}
