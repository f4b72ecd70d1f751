// CSV by RFC 4180, UTF-8 with a byte order mark, that every office program opens and none runs: docs/reports.md §3.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "server/reports/document.h"

namespace loa::server {

// Text as a field that no program takes for a formula.
[[nodiscard]] std::string csv_text(std::string_view text);

// Begins with the mark; then one call for each record.
class CsvWriter {
 public:
  explicit CsvWriter(std::ostream& out);
  // Fields as csv_text() and std::to_string() give them.
  void record(const std::vector<std::string>& fields);

 private:
  std::ostream& out_;
};

// Whole numbers alone: times in seconds, no shares.
void write_csv(const Table& table, Language language, std::ostream& out);

}  // namespace loa::server
