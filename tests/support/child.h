// A program started by a test, with stdout and stderr in a file. Ends with the test program, whatever happens to it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace loa::test {

class Child {
 public:
  // Throws std::runtime_error when it cannot be started.
  Child(const std::vector<std::string>& command, const std::filesystem::path& output);
  // Kills it when it still runs.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Exit code, or minus the signal; nullopt while it runs.
  [[nodiscard]] std::optional<int> poll();
  // Blocks until it ends.
  int wait();
  void send_signal(int signal) const;
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  std::optional<int> result_;
};

[[nodiscard]] std::string read_whole_file(const std::filesystem::path& file);

}  // namespace loa::test
