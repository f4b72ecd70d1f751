#include "cli/encode.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <ostream>
#include <stop_token>
#include <string>
#include <thread>

#include <nlohmann/json.hpp>
#include <pthread.h>

#include "common/base/error.h"

namespace loa::cli {
namespace {

// Turns SIGINT and SIGTERM into a stop request while it lives.
class StopOnSignal {
 public:
  StopOnSignal() {
    sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
    waiter_ = std::thread([this] {
      int signal = 0;
      sigwait(&signals_, &signal);
      source_.request_stop();
    });
  }
  ~StopOnSignal() {
    // The thread takes it with sigwait. NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread)
    pthread_kill(waiter_.native_handle(), SIGTERM);
    waiter_.join();
    // A second signal that came while the first was being answered has been answered too.
    const timespec now{0, 0};
    while (sigtimedwait(&signals_, nullptr, &now) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  sigset_t signals_{};
  sigset_t before_{};
  std::stop_source source_;
  std::thread waiter_;
};

std::string fixed(double value, int decimals) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

void print(const intake::IngestedClip& clip, EncodeOutput format, std::ostream& out) {
  if (format == EncodeOutput::kJson) {
    out << nlohmann::ordered_json{{"duration_s", clip.duration_s},
                                  {"input_lufs", clip.input_lufs},
                                  {"output_lufs", clip.output_lufs},
                                  {"output_true_peak_dbtp", clip.output_true_peak_dbtp},
                                  {"bitrate", clip.bitrate},
                                  {"sha256", clip.sha256.str()}}
               .dump()
        << "\n";
    return;
  }
  out << fixed(clip.duration_s, 2) << " s, " << fixed(clip.input_lufs, 1) << " → " << fixed(clip.output_lufs, 1)
      << " LUFS, " << fixed(clip.output_true_peak_dbtp, 1) << " dBTP, "
      << fixed(static_cast<double>(clip.bitrate) / 1000.0, 1) << " kbit/s, " << clip.bytes << " B\n"
      << clip.sha256.str() << "\n";
}

}  // namespace

int run_encode(const EncodeArguments& arguments, std::ostream& out, std::ostream& err) {
  const auto refuse = [&](const Text& reason) {
    std::string line = render(reason, language_of_environment());
    for (char& c : line)
      if (c == '\n' || c == '\r') c = ' ';  // a file name may hold anything
    err << line << "\n";
    return 1;
  };
  try {
    const StopOnSignal signals;
    print(intake::ingest_to(arguments.input, arguments.output, arguments.options, {}, signals.token()),
          arguments.format, out);
    return 0;
  } catch (const Error& error) {
    return refuse(error.text());
  } catch (const std::exception& error) {
    return refuse({"intake.broke_down", {error.what()}});
  }
}

}  // namespace loa::cli
