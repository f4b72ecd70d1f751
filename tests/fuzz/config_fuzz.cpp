// A configuration file of any content: every question has an answer, and the only end besides a good one is an Error
// with known words.
#include <cstdint>
#include <cstdlib>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/config/config.h"

// The name and the signature are libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int fd = ::memfd_create("config", MFD_CLOEXEC);
  if (fd < 0 || ::write(fd, data, size) != static_cast<ssize_t>(size)) std::abort();
  try {
    loa::config::ConfigFile config("/proc/self/fd/" + std::to_string(fd));
    static_cast<void>(config.id("node.name"));
    static_cast<void>(config.text("node.station"));
    static_cast<void>(config.path("node.data"));
    static_cast<void>(config.text_or("sound.sink", "auto"));
    const std::int64_t port = config.integer("broker.port", 1, 65535);
    if (port < 1 || port > 65535) std::abort();
    const std::int64_t lead = config.integer_or("sound.lead_in_ms", 4000, 0, 10'000);
    if (lead < 0 || lead > 10'000) std::abort();
    config.finish();
  } catch (const loa::Error& error) {
    if (!loa::is_known_text(error.code())) std::abort();
  }
  ::close(fd);
  return 0;
}
