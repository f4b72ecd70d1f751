// What the intake child says to the process that started it: lines of text on one pipe. The child has read a stranger's
// file and may be a stranger itself by now, so the parent takes nothing but these few forms, bounded and range-checked.
//
//   progress <0…1000>
//   need_libav
//   refused <code> [<argument> …]        separated by tabs
//   done <duration µs> <input mLUFS> <output mLUFS> <true peak mdBTP> <bit/s>
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "audio/intake/clip_facts.h"
#include "common/base/error.h"

namespace loa::intake {

// File descriptors of the child. 2 is /dev/null: libraries write there as they like.
inline constexpr int kInputFd = 0;
inline constexpr int kOutputFd = 1;
inline constexpr int kReportFd = 3;

inline constexpr std::size_t kLongestLine = 256;

struct ProgressReport {
  double share = 0.0;  // 0…1
};
struct NeedsLibavReport {};
struct RefusedReport {
  Text reason;
};
struct DoneReport {
  ClipFacts facts;
};
using Report = std::variant<ProgressReport, NeedsLibavReport, RefusedReport, DoneReport>;

// One line, newline included.
[[nodiscard]] std::string encode_report(const Report& report);
// One line without its newline; nullopt when it is not exactly one of the forms above with values a clip can have. A
// refusal's code must be a known text of the area intake.
[[nodiscard]] std::optional<Report> parse_report(std::string_view line);

// Cuts what comes from the pipe into lines. One thread at a time.
class ReportReader {
 public:
  // The reports in `bytes` and what came before. False: not our protocol; nothing after that may be believed.
  [[nodiscard]] bool add(std::span<const char> bytes, std::vector<Report>& out);

 private:
  std::string line_;
};

}  // namespace loa::intake
