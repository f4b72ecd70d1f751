#include "server/speech/engine.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/process/spawn.h"

namespace loa::speech {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Descriptors of ours stay clear of the numbers they get in the child.
constexpr int kLowestFd = 16;
constexpr milliseconds kLook{100};              // how often a stop is looked for
constexpr std::size_t kLongestComplaint = 300;  // of what the engine wrote to standard error, its end
constexpr std::size_t kWavHeader = 12;
constexpr std::size_t kBuffer = 65'536;

std::string reason(int code) {
  return std::generic_category().message(code);
}

class Fd {
 public:
  Fd() = default;
  // Takes over what a call has just made, above kLowestFd.
  Fd(int made, const fs::path& path) {
    if (made >= 0) {
      fd_ = fcntl(made, F_DUPFD_CLOEXEC, kLowestFd);
      const int why = errno;
      close(made);
      errno = why;
    }
    if (fd_ < 0) throw Error("file.cannot_write", {path.string(), reason(errno)});
  }
  ~Fd() { reset(); }
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  void reset() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd reading;
  Fd writing;
  Pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw Error("file.cannot_write", {"pipe", reason(errno)});
    const int second = ends[1];
    try {
      reading = Fd(ends[0], "pipe");
    } catch (const Error&) {
      close(second);
      throw;
    }
    writing = Fd(second, "pipe");
    fcntl(reading.get(), F_SETFL, O_NONBLOCK);
  }
};

void write_all(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Error("file.cannot_write", {path.string(), reason(errno)});
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

// A file without a name that holds the text: whatever the engine does with its input, nobody waits for it.
Fd hold(std::string_view text) {
  Fd file(memfd_create("speech", MFD_CLOEXEC), "memfd");
  write_all(file.get(), text, "memfd");
  write_all(file.get(), "\n", "memfd");
  if (lseek(file.get(), 0, SEEK_SET) != 0) throw Error("file.cannot_write", {"memfd", reason(errno)});
  return file;
}

// The engine, ended and collected with all of its group at the latest when this goes.
class Child {
 public:
  Child(const std::vector<std::string>& words, int input, int output, int complaints, std::uint64_t largest_file) {
    process::Spawn spawn;
    spawn.pass(input, STDIN_FILENO);
    spawn.pass(output, STDOUT_FILENO);
    spawn.pass(complaints, STDERR_FILENO);
    spawn.close_above(STDERR_FILENO);
    const int result = spawn.start(words, process::Spawn::Environment::kEmpty, pid_);
    if (result != 0) {
      pid_ = -1;
      throw Error("speech.no_engine", {words.front(), reason(result)});
    }
    // Also of a file that the engine writes by itself.
    const rlimit size{largest_file, largest_file};
    const rlimit none{0, 0};
    prlimit(pid_, RLIMIT_FSIZE, &size, nullptr);
    prlimit(pid_, RLIMIT_CORE, &none, nullptr);
    try {
      // Not by sys/pidfd.h, which in glibc 2.36 is no C++.
      ended_ = Fd(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)), "pidfd");
    } catch (const Error&) {
      collect();
      throw;
    }
  }
  ~Child() {
    if (pid_ >= 0) collect();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] int ended() const { return ended_.get(); }
  // Its status, as of waitpid().
  int collect() {
    kill(-pid_, SIGKILL);
    kill(pid_, SIGKILL);
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_ = -1;
  Fd ended_;
};

// The file in progress, gone unless it is kept.
class Draft {
 public:
  explicit Draft(fs::path path)
      : path_(std::move(path)), fd_(open(path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), path_) {}
  ~Draft() {
    if (!path_.empty()) unlink(path_.c_str());
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  [[nodiscard]] int get() const { return fd_.get(); }
  void keep() { path_.clear(); }

 private:
  fs::path path_;
  Fd fd_;
};

// What the engine complained of last, fit for a sentence.
std::string complaint(std::string text) {
  if (text.size() > kLongestComplaint) text.erase(0, text.size() - kLongestComplaint);
  for (char& c : text)
    if (c < 0x20 || c > 0x7e) c = ' ';
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return "-";
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

enum class Left { kMaybeMore, kNothingNow, kNothingEver };

// One read of what is there.
template <class Take>
Left read_some(int fd, Take take) {
  std::array<char, kBuffer> bytes{};
  const ssize_t n = read(fd, bytes.data(), bytes.size());
  if (n > 0) take(std::string_view{bytes.data(), static_cast<std::size_t>(n)});
  if (n > 0 || (n < 0 && errno == EINTR)) return Left::kMaybeMore;
  return n < 0 && errno == EAGAIN ? Left::kNothingNow : Left::kNothingEver;
}

std::string ending(int status) {
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  return "exit " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

void speak(const EngineOptions& options, std::string_view text, const fs::path& wav, const std::stop_token& stop) {
  const std::string& name = options.command.front();
  std::vector<std::string> words = options.command;
  bool to_file = false;
  for (std::string& word : words)
    if (const auto place = word.find(kWavPlace); place != std::string::npos) {
      word.replace(place, kWavPlace.size(), fs::absolute(wav).string());
      to_file = true;
    }

  const std::string too_much = std::to_string(options.largest_wav >> 20U);
  Draft draft(wav);
  Pipe output;
  Pipe complaints;
  const Fd input = hold(text);
  Child child(words, input.get(), output.writing.get(), complaints.writing.get(), options.largest_wav);
  output.writing.reset();
  complaints.writing.reset();

  std::uint64_t given = 0;
  std::string complained;
  const auto take_output = [&](std::string_view bytes) {
    given += bytes.size();
    if (given > options.largest_wav) throw Error("speech.too_much", {name, too_much});
    if (!to_file) write_all(draft.get(), bytes, wav);
  };
  const auto take_complaint = [&](std::string_view bytes) {
    complained += bytes;
    if (complained.size() > 2 * kBuffer) complained.erase(0, kBuffer);
  };
  const auto deadline = Clock::now() + options.time_limit;
  for (bool has_ended = false; !has_ended;) {
    if (stop.stop_requested()) throw Error("speech.stopped");
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    if (left <= milliseconds{0}) throw Error("speech.timed_out", {name, std::to_string(options.time_limit.count())});
    std::array<pollfd, 3> wait{
        {{output.reading.get(), POLLIN, 0}, {complaints.reading.get(), POLLIN, 0}, {child.ended(), POLLIN, 0}}};
    if (poll(wait.data(), wait.size(), static_cast<int>(std::min(left, kLook).count())) < 0) continue;
    has_ended = (wait[2].revents & POLLIN) != 0;
    if (output.reading.is_open() && read_some(output.reading.get(), take_output) == Left::kNothingEver)
      output.reading.reset();
    if (complaints.reading.is_open() && read_some(complaints.reading.get(), take_complaint) == Left::kNothingEver)
      complaints.reading.reset();
  }
  const int status = child.collect();
  // What it wrote before its end and nobody has read yet.
  while (output.reading.is_open() && read_some(output.reading.get(), take_output) == Left::kMaybeMore) {
  }
  if (complaints.reading.is_open()) (void)read_some(complaints.reading.get(), take_complaint);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ) throw Error("speech.too_much", {name, too_much});
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw Error("speech.engine_failed", {name, ending(status), complaint(std::move(complained))});

  // The engine may have put another file in the place of ours.
  const int opened = open(wav.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  if (opened < 0) throw Error("speech.not_wav", {name, "0"});
  const Fd made(opened, wav);
  std::array<char, kWavHeader> header{};
  struct stat facts {};
  const bool is_file = fstat(made.get(), &facts) == 0 && S_ISREG(facts.st_mode);
  const bool has_header =
      is_file && pread(made.get(), header.data(), header.size(), 0) == static_cast<ssize_t>(header.size());
  const std::string_view magic{header.data(), header.size()};
  if (!has_header || !magic.starts_with("RIFF") || !magic.ends_with("WAVE"))
    throw Error("speech.not_wav", {name, std::to_string(is_file ? facts.st_size : 0)});
  if (static_cast<std::uint64_t>(facts.st_size) > options.largest_wav) throw Error("speech.too_much", {name, too_much});
  draft.keep();
}

}  // namespace loa::speech
