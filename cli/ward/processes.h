// The programs of a ward as children of this one: they end when it ends, however it ends.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace loa::cli {

class Processes {
 public:
  Processes() = default;
  // Ends them all, last started first: SIGTERM, and SIGKILL for what is still there after 5 s.
  ~Processes();
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;

  // stdout and stderr go to `log`, from its beginning. The main thread. Throws Error ward.cannot_start.
  // Returns its process id.
  pid_t start(const std::string& name, const std::vector<std::string>& command, const std::filesystem::path& log);

  struct Ended {
    std::string name;
    std::filesystem::path log;
  };
  // The first child that ended by itself, if any.
  [[nodiscard]] std::optional<Ended> find_ended();

 private:
  struct Child {
    std::string name;
    std::filesystem::path log;
    pid_t pid = -1;
  };
  std::vector<Child> children_;
};

// Runs a program until it ends by itself; its exit code, or minus the signal that ended it. Output as above. The main
// thread. Throws Error ward.cannot_start.
[[nodiscard]] int run_to_end(const std::string& name, const std::vector<std::string>& command,
                             const std::filesystem::path& log);

// The last line of a log that holds more than white space; empty when there is none.
[[nodiscard]] std::string last_line(const std::filesystem::path& log);

}  // namespace loa::cli
