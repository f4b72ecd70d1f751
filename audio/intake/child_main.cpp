// loa-intake: turns the file on descriptor 0 into a clip on descriptor 1, and says on descriptor 3 how it goes
// (protocol.h). Started by ingest() only.
//   loa-intake <parent's pid> plain|libav <bit/s> <complexity>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <malloc.h>
#include <unistd.h>

#include "audio/intake/conform.h"
#include "audio/intake/decoder.h"
#include "audio/intake/protocol.h"
#include "common/base/error.h"
#include "common/sandbox/sandbox.h"

namespace loa::intake {
namespace {

constexpr std::chrono::milliseconds kReportEvery{100};

void write_all(int fd, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Error("intake.output", {std::generic_category().message(errno)});
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

void say(const Report& report) {
  const std::string line = encode_report(report);
  write_all(kReportFd, {reinterpret_cast<const std::uint8_t*>(line.data()), line.size()});
}

class OutputFile final : public ClipSink {
 public:
  void begin() override {
    if (ftruncate(kOutputFd, 0) != 0 || lseek(kOutputFd, 0, SEEK_SET) != 0)
      throw Error("intake.output", {std::generic_category().message(errno)});
  }
  void write(std::span<const std::uint8_t> bytes) override { write_all(kOutputFd, bytes); }
};

int number(const char* text) {
  int value = -1;
  const std::string_view view{text};
  std::from_chars(view.data(), view.data() + view.size(), value);
  return value;
}

// What strangers' words come through says what it is about by itself.
template <class Step>
void lock_in(Step step) {
  try {
    step();
  } catch (const Error& error) {
    throw Error("intake.sandbox", error.text().args);
  }
}

int run(int argc, char** argv) {
  if (argc != 5) return EXIT_FAILURE;
  const Codecs codecs = std::string_view{argv[2]} == "libav" ? Codecs::kWithLibav : Codecs::kPlain;
  const EncodeSettings settings{number(argv[3]), number(argv[4])};
  try {
    // Arenas reserve address space per thread that the limits would count.
    mallopt(M_ARENA_MAX, 2);
    lock_in([&] {
      sandbox::close_descriptors_above(kReportFd);
      sandbox::leave_network(sandbox::Means::kUserNamespace);
      sandbox::give_up_privileges({});
      sandbox::die_with(number(argv[1]));
    });
    load_codecs(codecs);
    lock_in([] { sandbox::seal(); });

    OutputFile out;
    double shown = 0.0;
    std::optional<std::chrono::steady_clock::time_point> said;
    const auto on_progress = [&](double share) {
      // Never backwards, when the sound has to be encoded again, but never silent either: silence means stuck.
      shown = std::max(shown, share);
      const auto now = std::chrono::steady_clock::now();
      if (said && now - *said < kReportEvery) return;
      said = now;
      say(ProgressReport{shown});
    };
    say(DoneReport{make_clip([] { return open_decoder(kInputFd); }, out, settings, on_progress)});
    return EXIT_SUCCESS;
  } catch (const NeedsLibav&) {
    say(NeedsLibavReport{});
  } catch (const Error& error) {
    say(RefusedReport{error.text()});
  } catch (const std::exception& error) {
    say(RefusedReport{{"intake.broke_down", {error.what()}}});
  }
  return EXIT_FAILURE;
}

}  // namespace
}  // namespace loa::intake

int main(int argc, char** argv) {
  int code = EXIT_FAILURE;
  try {
    code = loa::intake::run(argc, argv);
  } catch (...) {
    code = EXIT_FAILURE;  // nobody listens any more
  }
  // No exit handlers: they belong to libraries that cannot open anything now.
  _exit(code);
}
