// A clip as it may lie on a node's disk: read and rendered, it sounds or throws loa::Error, and what sounds has the
// length that was announced. Each input is tried as it is and with its pages' checksums made right.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "audio/opus/ogg_opus_reader.h"
#include "audio/playout/timeline.h"
#include "common/base/error.h"
#include "tests/support/clip.h"

namespace {

constexpr std::int64_t kLongest = 20 * loa::opus::kSampleRate;

void play(const std::string& bytes, std::int64_t join) {
  try {
    auto reader = std::make_unique<loa::opus::OggOpusReader>(std::make_unique<std::istringstream>(bytes), "fuzz");
    const std::int64_t length = reader->length().value_or(-1);
    if (length < 0) std::abort();
    loa::playout::Timeline timeline(std::move(reader), {.ramp_in = 48, .limit = kLongest, .volume = 1.0F});
    if (join > 0) timeline.join(join, join + 480);
    std::array<std::int16_t, 960> block{};
    while (!timeline.ended()) {
      const std::int64_t before = timeline.position();
      if (timeline.render(block) == 0 && !timeline.ended()) std::abort();
      if (timeline.position() < before || timeline.position() > std::max(length, join)) std::abort();
    }
  } catch (const loa::Error&) {
    return;
  }
}

}  // namespace

// The name and the signature are libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(data, data + size);
  play(bytes, 0);
  loa::test::repair_checksums(bytes);
  play(bytes, 0);
  play(bytes, static_cast<std::int64_t>(size % 50) * 960);
  return 0;
}
