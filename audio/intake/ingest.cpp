#include "audio/intake/ingest.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audio/intake/protocol.h"
#include "common/base/descriptor.h"
#include "common/base/error.h"
#include "common/crypto/sha256.h"
#include "common/process/spawn.h"

namespace loa::intake {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTemporaryPrefix = ".intake-";
// Descriptors of ours stay clear of the numbers they get in the child.
constexpr int kLowestFd = 16;
constexpr mode_t kClipMode = 0644;

std::string reason(int code) {
  return std::generic_category().message(code);
}

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  [[nodiscard]] int get() const { return fd_; }
  void reset() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

// Moves a fresh descriptor above kLowestFd; throws when the call that made it failed.
Fd claim(int fd, const char* error, const fs::path& path) {
  if (fd < 0) throw Error(error, {path.string(), reason(errno)});
  const Fd low(fd);
  Fd high(fcntl(fd, F_DUPFD_CLOEXEC, kLowestFd));
  if (high.get() < 0) throw Error(error, {path.string(), reason(errno)});
  return high;
}

Fd open_input(const fs::path& path, struct stat& status) {
  // O_NONBLOCK: a pipe or device named by mistake must not make us wait for it.
  Fd fd = claim(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), "file.cannot_read", path);
  if (fstat(fd.get(), &status) != 0) throw Error("file.cannot_read", {path.string(), reason(errno)});
  if (!S_ISREG(status.st_mode)) throw Error("intake.not_a_file");
  if (status.st_size == 0) throw Error("intake.empty");
  if (static_cast<std::uint64_t>(status.st_size) > kLargestInput)
    throw Error("intake.too_large", {std::to_string(kLargestInput / 1'000'000)});
  return fd;
}

// A file that is not there yet: written under a hidden name, renamed when whole, removed when anything fails. The lock
// tells a file being written from one that was left behind.
class UnfinishedFile {
 public:
  explicit UnfinishedFile(fs::path directory) : directory_(std::move(directory)) {
    std::string name = (directory_ / (std::string{kTemporaryPrefix} + "XXXXXX")).string();
    fd_ = claim(mkostemp(name.data(), O_CLOEXEC), "file.cannot_write", directory_);
    path_ = name;
    if (flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) fail();
  }
  ~UnfinishedFile() {
    if (!path_.empty()) unlink(path_.c_str());
  }
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const fs::path& path() const { return path_; }

  void publish(const fs::path& name) {
    if (fchmod(fd_.get(), kClipMode) != 0 || fsync(fd_.get()) != 0) fail();
    if (rename(path_.c_str(), name.c_str()) != 0) throw cannot_write(name, errno);
    path_.clear();
    const Fd directory(open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() < 0 || fsync(directory.get()) != 0) {
      const int why = errno;
      unlink(name.c_str());
      throw cannot_write(name, why);
    }
  }

 private:
  [[noreturn]] void fail() const { throw cannot_write(directory_, errno); }

  fs::path directory_;
  fs::path path_;
  Fd fd_;
};

fs::path child_program(const IngestOptions& options) {
  if (!options.program.empty()) return options.program;
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return self.parent_path() / "loa-intake";
}

// The child, ended and collected at the latest when this goes.
class Child {
 public:
  Child(const fs::path& program, const std::vector<std::string>& arguments, int input, int output, int report) {
    process::Spawn spawn;
    spawn.pass(input, kInputFd);
    spawn.pass(output, kOutputFd);
    spawn.close_off(STDERR_FILENO);
    spawn.pass(report, kReportFd);
    std::vector<std::string> words{program.string()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const int result = spawn.start(words, process::Spawn::Environment::kEmpty, pid_);
    if (result != 0) {
      pid_ = -1;
      throw Error("intake.program_missing", {program.string(), reason(result)});
    }
  }
  ~Child() {
    if (pid_ < 0) return;
    kill(pid_, SIGKILL);
    collect();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Waits for its end.
  void collect() {
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
  }
  void end() const { kill(pid_, SIGKILL); }

 private:
  pid_t pid_ = -1;
};

// Readable once stop is requested, so that poll() sees it.
class StopFd {
 public:
  explicit StopFd(const std::stop_token& stop)
      : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), callback_(stop, [this] { raise(); }) {}
  [[nodiscard]] int get() const { return fd_.get(); }

 private:
  void raise() const {
    const std::uint64_t one = 1;
    // A full counter is readable as well.
    [[maybe_unused]] const ssize_t n = write(fd_.get(), &one, sizeof one);
  }

  Fd fd_;
  std::stop_callback<std::function<void()>> callback_;
};

// Follows the child to its end. The last report that is not progress.
Report follow(Child& child, int report_fd, const IngestOptions& options, const OnProgress& on_progress,
              const std::stop_token& stop) {
  const StopFd stop_fd(stop);
  ReportReader reader;
  std::optional<Report> answer;
  double shown = 0.0;
  for (;;) {
    std::array<pollfd, 2> wait{{{report_fd, POLLIN, 0}, {stop_fd.get(), POLLIN, 0}}};
    const int ready = poll(wait.data(), wait.size(), static_cast<int>(options.patience.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) throw Error("intake.stuck", {std::to_string(options.patience.count() / 1000)});
    if (stop.stop_requested()) throw Error("intake.cancelled");
    std::array<char, 4096> bytes{};
    const ssize_t n = read(report_fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    std::vector<Report> reports;
    const bool understood = reader.add({bytes.data(), static_cast<std::size_t>(n)}, reports);
    for (Report& report : reports) {
      if (const auto* progress = std::get_if<ProgressReport>(&report)) {
        shown = std::max(shown, progress->share);
        if (on_progress) on_progress(shown);
      } else if (answer) {
        throw Error("intake.broke_down", {"two answers"});
      } else {
        answer = std::move(report);
      }
    }
    if (!understood) throw Error("intake.broke_down", {"protocol"});
  }
  // The pipe's end without the child's would be a child that closed it and goes on.
  child.end();
  child.collect();
  if (answer) return *answer;
  // Killed by its own limits, or crashed on what is in the file: either way the file is to blame.
  throw Error("intake.damaged");
}

void check(const IngestOptions& options) {
  if (options.bitrate_bps < 6'000 || options.bitrate_bps > 256'000)
    throw Error("intake.bad_option", {"bitrate", "6", "256"});
  if (options.complexity < 0 || options.complexity > 10) throw Error("intake.bad_option", {"complexity", "0", "10"});
}

IngestedClip make(int input, UnfinishedFile& out, const IngestOptions& options, const OnProgress& on_progress,
                  const std::stop_token& stop) {
  std::optional<Report> report;
  for (const char* codecs : {"plain", "libav"}) {
    if (stop.stop_requested()) throw Error("intake.cancelled");
    std::array<int, 2> pipe_ends{};
    if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) throw Error("intake.broke_down", {reason(errno)});
    const Fd reading = claim(pipe_ends[0], "intake.broke_down", "pipe");
    Fd writing = claim(pipe_ends[1], "intake.broke_down", "pipe");
    Child child(
        child_program(options),
        {std::to_string(getpid()), codecs, std::to_string(options.bitrate_bps), std::to_string(options.complexity)},
        input, out.fd(), writing.get());
    writing.reset();
    report = follow(child, reading.get(), options, on_progress, stop);
    if (!std::holds_alternative<NeedsLibavReport>(*report)) break;
  }
  if (const auto* refused = std::get_if<RefusedReport>(&*report))
    throw Error(refused->reason.code, refused->reason.args);
  const auto* done = std::get_if<DoneReport>(&*report);
  if (done == nullptr) throw Error("intake.broke_down", {"no answer"});

  struct stat status {};
  if (fstat(out.fd(), &status) != 0 || status.st_size <= 0) throw Error("intake.broke_down", {"no file"});
  IngestedClip clip;
  clip.bytes = static_cast<std::uint64_t>(status.st_size);
  clip.sha256 = ClipHash(crypto::to_hex(crypto::sha256_of_file(out.path())));
  clip.duration_s = done->facts.duration_s;
  clip.input_lufs = done->facts.input_lufs;
  clip.output_lufs = done->facts.output_lufs;
  clip.output_true_peak_dbtp = done->facts.output_true_peak_dbtp;
  clip.bitrate = done->facts.bitrate_bps;
  return clip;
}

}  // namespace

IngestedClip ingest(const fs::path& input, const fs::path& directory, const IngestOptions& options,
                    const OnProgress& on_progress, const std::stop_token& stop) {
  check(options);
  struct stat status {};
  const Fd in = open_input(input, status);
  UnfinishedFile out(directory);
  IngestedClip clip = make(in.get(), out, options, on_progress, stop);
  out.publish(directory / (clip.sha256.str() + ".opus"));
  return clip;
}

IngestedClip ingest_to(const fs::path& input, const fs::path& file, const IngestOptions& options,
                       const OnProgress& on_progress, const std::stop_token& stop) {
  check(options);
  struct stat status {};
  const Fd in = open_input(input, status);
  struct stat target {};
  if (stat(file.c_str(), &target) == 0) {
    if (target.st_dev == status.st_dev && target.st_ino == status.st_ino)
      throw Error("intake.same_file", {file.string()});
    if (!S_ISREG(target.st_mode)) throw Error("file.cannot_write", {file.string(), reason(EEXIST)});
  }
  UnfinishedFile out(file.has_parent_path() ? file.parent_path() : fs::path("."));
  IngestedClip clip = make(in.get(), out, options, on_progress, stop);
  out.publish(file);
  return clip;
}

std::size_t remove_abandoned(const fs::path& directory) {
  std::size_t removed = 0;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (!it->path().filename().string().starts_with(kTemporaryPrefix)) continue;
    const Fd fd(open(it->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (fd.get() >= 0 && flock(fd.get(), LOCK_EX | LOCK_NB) == 0 && unlink(it->path().c_str()) == 0) ++removed;
  }
  return removed;
}

}  // namespace loa::intake
