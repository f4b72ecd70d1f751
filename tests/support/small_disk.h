// A folder on a file system of its own, so small that a test can fill it. Seen by this program and what it starts from
// then on, by nobody else: the program enters a mount namespace of its own, for which it needs to be root or a kernel
// that lets users make namespaces.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace loa::test {

class SmallDisk {
 public:
  // Empty, or why this machine cannot do it: the test says so and is skipped. The test's only thread.
  [[nodiscard]] static std::string why_not();

  // What is in the folder moves onto it. Throws std::runtime_error.
  SmallDisk(std::filesystem::path folder, std::uint64_t bytes);
  // What is in it is gone.
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  // By a file, to the last byte; and without it again.
  void fill();
  void make_room();

 private:
  const std::filesystem::path folder_;
};

}  // namespace loa::test
