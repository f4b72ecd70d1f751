// What the intake child says: the parent must survive anything and believe little.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "audio/intake/protocol.h"

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace loa::intake;
  ReportReader reader;
  std::vector<Report> reports;
  std::size_t at = 0;
  bool fine = true;
  while (fine && at < size) {
    const std::size_t piece = std::min<std::size_t>(1 + data[at] % 64, size - at);
    fine = reader.add({reinterpret_cast<const char*>(data) + at, piece}, reports);
    at += piece;
  }
  for (const Report& report : reports) {
    // What was believed can be said again in the same words.
    std::string line = encode_report(report);
    line.pop_back();
    if (!parse_report(line).has_value()) std::abort();
    if (const auto* done = std::get_if<DoneReport>(&report)) {
      if (!(done->facts.duration_s > 0.0) || !(done->facts.output_true_peak_dbtp <= kCeilingDbtp)) std::abort();
    }
  }
  return 0;
}
