#include "tests/support/small_disk.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

namespace loa::test {
namespace {

namespace fs = std::filesystem;

std::string enter_namespace() {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  const int flags = CLONE_NEWNS | (user == 0 ? 0 : CLONE_NEWUSER);
  if (::unshare(flags) != 0) return std::string{"unshare: "} + std::strerror(errno);
  if (user != 0) {
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << user << " " << user << " 1";
    std::ofstream("/proc/self/gid_map") << group << " " << group << " 1";
  }
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return std::string{"mount: "} + std::strerror(errno);
  return {};
}

}  // namespace

std::string SmallDisk::why_not() {
  static const std::string why = enter_namespace();
  return why;
}

SmallDisk::SmallDisk(fs::path folder, std::uint64_t bytes) : folder_(std::move(folder)) {
  const fs::path aside = folder_.string() + ".aside";
  fs::rename(folder_, aside);
  fs::create_directory(folder_);
  const std::string size = "size=" + std::to_string(bytes);
  if (::mount("tmpfs", folder_.c_str(), "tmpfs", 0, size.c_str()) != 0)
    throw std::runtime_error(std::string{"no small disk: "} + std::strerror(errno));
  fs::copy(aside, folder_, fs::copy_options::recursive);
  fs::remove_all(aside);
}

SmallDisk::~SmallDisk() {
  ::umount2(folder_.c_str(), MNT_DETACH);
}

void SmallDisk::fill() {
  const int file = ::open((folder_ / "filler").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const std::array<char, 4096> zeros{};
  while (::write(file, zeros.data(), zeros.size()) > 0) {
  }
  ::close(file);
}

void SmallDisk::make_room() {
  fs::remove(folder_ / "filler");
}

}  // namespace loa::test
