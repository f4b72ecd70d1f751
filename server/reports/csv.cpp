#include "server/reports/csv.h"

#include <ostream>

namespace loa::server {

std::string csv_text(std::string_view text) {
  constexpr std::string_view kFormula = "=+-@\t\r\n";
  std::string field;
  if (!text.empty() && kFormula.find(text.front()) != std::string_view::npos) field += '\'';
  field += text;
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

CsvWriter::CsvWriter(std::ostream& out) : out_(out) {
  out_ << "\xEF\xBB\xBF";
}

void CsvWriter::record(const std::vector<std::string>& fields) {
  const char* separator = "";
  for (const std::string& field : fields) {
    out_ << separator << field;
    separator = ",";
  }
  out_ << "\r\n";
}

void write_csv(const Table& table, Language language, std::ostream& out) {
  CsvWriter csv(out);
  std::vector<std::string> fields;
  for (const Column& column : table.columns) {
    if (column.kind == ColumnKind::kShare) continue;
    fields.push_back(
        csv_text(column.kind == ColumnKind::kTime ? render({"report.seconds", {column.head}}, language) : column.head));
  }
  csv.record(fields);
  for (const std::vector<Cell>& row : table.rows) {
    fields.clear();
    for (const Cell& cell : row) {
      if (const auto* text = std::get_if<std::string>(&cell))
        fields.push_back(csv_text(*text));
      else if (const auto* count = std::get_if<std::int64_t>(&cell))
        fields.push_back(std::to_string(*count));
      else if (const auto* time = std::get_if<milliseconds>(&cell))
        fields.push_back(std::to_string(std::chrono::round<seconds>(*time).count()));
      else if (const auto* instant = std::get_if<civil::Time>(&cell))
        fields.push_back(csv_text(civil::format_time(*instant)));
    }
    csv.record(fields);
  }
}

}  // namespace loa::server
