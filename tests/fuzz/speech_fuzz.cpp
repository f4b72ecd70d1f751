// Text of any content: refused as no UTF-8, or read aloud without digits, and the same when what was said is read
// again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/base/error.h"
#include "server/speech/lexicon_file.h"
#include "server/speech/reading.h"

// The name and the signature are libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const loa::speech::Lexicon lexicon = loa::speech::vietnamese();
  const std::string_view text = size == 0 ? "" : std::string_view{reinterpret_cast<const char*>(data), size};
  try {
    const loa::speech::Reading reading = loa::speech::read_text(text, lexicon);
    if (std::ranges::any_of(reading.spoken, [](char c) { return c >= '0' && c <= '9'; })) std::abort();
    std::size_t end = 0;
    for (const loa::speech::Piece& piece : reading.pieces) {
      if (piece.at < end || piece.length == 0) std::abort();
      end = piece.at + piece.length;
      if (end > reading.written.size()) std::abort();
    }
    (void)loa::speech::read_text(reading.spoken, lexicon);
  } catch (const loa::Error& error) {
    if (error.code() != "speech.bad_utf8") std::abort();
  }
  return 0;
}
