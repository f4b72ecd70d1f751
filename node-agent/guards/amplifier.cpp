#include "node-agent/guards/amplifier.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/process/spawn.h"

namespace loa::node {
namespace {

const char* word_of(AmplifierState state) {
  return state == AmplifierState::kOn ? "on" : "off";
}

// No terminal, no output of ours. 0 or an error number.
int start(const std::vector<std::string>& words, pid_t& pid) {
  process::Spawn spawn;
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) spawn.close_off(fd);
  return spawn.start(words, process::Spawn::Environment::kOurs, pid);
}

}  // namespace

CommandAmplifier::CommandAmplifier(std::vector<std::string> command, milliseconds patience, OnDone on_done)
    : command_(std::move(command)), patience_(patience), on_done_(std::move(on_done)), wanted_(AmplifierState::kOff) {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

CommandAmplifier::~CommandAmplifier() {
  switch_to(AmplifierState::kOff);
}

void CommandAmplifier::switch_to(AmplifierState state) {
  const std::lock_guard lock(mutex_);
  wanted_ = state;
  changed_.notify_one();
}

void CommandAmplifier::run(const std::stop_token& stop) {
  while (true) {
    AmplifierState state{};
    {
      std::unique_lock lock(mutex_);
      // What is wanted at the end is still carried out.
      changed_.wait(lock, stop, [this] { return wanted_.has_value(); });
      if (!wanted_) return;
      state = *std::exchange(wanted_, std::nullopt);
    }
    std::optional<Text> problem = carry_out(state);
    if (problem) log::error(problem->code, {{"why", render(*problem, Language::kEnglish)}});
    on_done_(std::move(problem));
  }
}

std::optional<Text> CommandAmplifier::carry_out(AmplifierState state) const {
  std::vector<std::string> words = command_;
  words.emplace_back(word_of(state));
  pid_t pid = 0;
  if (const int problem = start(words, pid); problem != 0)
    return Text{"amplifier.cannot_start", {command_.front(), std::strerror(problem)}};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): glibc 2.36 has no wrapper of its own for C++
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  pollfd ended{fd, POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&ended, 1, static_cast<int>(patience_.count()));
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) ::kill(-pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (fd >= 0) ::close(fd);
  if (ready == 0) return Text{"amplifier.too_slow", {command_.front(), std::to_string(patience_.count())}};
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return Text{"amplifier.failed", {command_.front(), std::to_string(status)}};
  return std::nullopt;
}

AmplifiedPlayer::AmplifiedPlayer(playout::Player& player, Amplifier& amplifier)
    : player_(player), amplifier_(amplifier) {
  player_.set_on_event([this](playout::PlayerEvent event) { on_event(std::move(event)); });
}

void AmplifiedPlayer::arm(playout::PlayRequest request) {
  armed_ = request.play;
  amplifier_.switch_to(AmplifierState::kOn);
  player_.arm(std::move(request));
}

void AmplifiedPlayer::on_event(playout::PlayerEvent event) {
  const auto* ended = std::get_if<playout::PlayEnded>(&event);
  if (ended != nullptr && ended->play == armed_) {
    armed_ = {};
    amplifier_.switch_to(AmplifierState::kOff);
  }
  if (on_event_) on_event_(std::move(event));
}

}  // namespace loa::node
