// Makes reports as files, of any range and of the ward's deadlines: docs/reports.md. It has the books to itself; all of
// one file is of one moment.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "server/reports/evidence.h"
#include "server/reports/report_file.h"
#include "server/store/store.h"

namespace loa::server {

enum class ReportFormat { kPdf, kXlsx, kCsv, kZip };
// pdf, xlsx, csv, zip: the ending of the file too.
[[nodiscard]] std::string_view to_string(ReportFormat format);

struct ReportSettings {
  StationId station;
  std::filesystem::path folder;  // for its files; made when it is missing
  ReportForm form;
  civil::Zone zone;
};

struct ReportOrder {
  DayRange range;
  ReportFormat format = ReportFormat::kPdf;
  std::string table = "figures";  // of a CSV
  Language language = Language::kVietnamese;
};

struct WrittenFile {
  std::filesystem::path file;
  std::uint64_t bytes = 0;
  std::string sha256;
};

// The report of a deadline as it is written.
struct WrittenReport {
  WallTime made;
  bool is_final = false;
  std::map<ReportFormat, WrittenFile> files;
};
// As the folder has it; any thread. None: not written, or a file of it is gone or has another size.
[[nodiscard]] std::optional<WrittenReport> find_report(const std::filesystem::path& folder, const std::string& period);

// Throws Error report.bad_range when the days are too many, or reversed.
void require_range(const DayRange& range);

class ReportWriter {
 public:
  // Removes what an earlier process has left half written. Throws Error file.cannot_write.
  ReportWriter(ReportSettings settings, Store books);

  [[nodiscard]] const ReportSettings& settings() const { return settings_; }
  [[nodiscard]] EvidenceFigures figures(const DayRange& range, WallTime now);
  // The file stays until several more have been made. Throws Error report.*, db.*, file.*.
  [[nodiscard]] WrittenFile write(const ReportOrder& order, WallTime now);
  // The reports of deadlines that are to be written by now and are not. One that fails keeps no other from being
  // written; the first failure is thrown in the end.
  void write_due(WallTime now);

 private:
  void write_into(const std::filesystem::path& file, const ReportOrder& order, const EvidenceFigures& figures) const;
  void write_pack(const std::filesystem::path& file, const ReportOrder& order, WallTime now);
  void write_report(const Period& period, WallTime now, bool is_final);
  [[nodiscard]] std::filesystem::path scratch(std::string_view ending);

  const ReportSettings settings_;
  Store books_;
  std::vector<std::filesystem::path> asked_;  // oldest first
  std::int64_t scratches_ = 0;
};

}  // namespace loa::server
