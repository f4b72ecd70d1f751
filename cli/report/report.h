// `loa report`: what was aired on some days, as a file of the kind that its ending says.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

#include "cli/office.h"
#include "common/base/error.h"

namespace loa::cli {

struct ReportArguments {
  OfficeArguments office;
  std::string from;           // 2026-11-21
  std::string to;             // included
  std::filesystem::path out;  // .pdf, .xlsx, .csv or .zip
  std::string table;          // of a .csv; empty: figures
};

// 0, or 1 after exactly one line on `err`. The file is there whole or not at all.
[[nodiscard]] int write_report(const ReportArguments& arguments, std::ostream& err);

// Where the server has it, in this language. Throws Error report.unknown_ending, report.only_csv_has_tables.
[[nodiscard]] std::string report_path(const ReportArguments& arguments, Language language);

}  // namespace loa::cli
