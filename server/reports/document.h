// Figures as tables and as the text of a report, before anybody says how it is to look: pdf.h, xlsx.h and csv.h do.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/error.h"
#include "server/reports/evidence.h"
#include "server/reports/report_file.h"

namespace loa::server {

struct Share {
  std::int64_t part = 0;
  std::int64_t whole = 0;  // 0: there is nothing to have a share of
  bool operator==(const Share&) const = default;
};
using Cell = std::variant<std::string, std::int64_t, milliseconds, Share, civil::Time>;

// Of one kind from top to bottom.
enum class ColumnKind { kText, kCount, kTime, kShare, kInstant };
struct Column {
  std::string head;
  ColumnKind kind = ColumnKind::kText;
};
struct Table {
  std::string id;  // a word of kTables
  std::string title;
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
};

// `figures` is the groups after it, one below the other; the others are each a table of their own.
inline constexpr std::array<std::string_view, 14> kTables = {
    "figures",  "total",   "announcements", "classes", "campaigns", "areas",      "nodes",
    "coverage", "reasons", "disclosures",   "hours",   "outside",   "complaints", "satisfaction"};

// Throws Error report.unknown_table.
[[nodiscard]] Table table_of(const EvidenceFigures& figures, std::string_view id, const civil::Zone& zone,
                             Language language);

struct Heading {
  std::string text;
};
struct Paragraph {
  std::string text;
};
using Block = std::variant<Heading, Paragraph, Table>;

struct ReportText {
  std::string kind;     // BÁO CÁO
  std::string subject;  // what of, and of which days
  std::string date;     // with the place
  std::string number;   // blank for the clerk, and the symbol
  std::vector<Block> body;
  std::vector<Table> appendices;
  std::string enclosed;  // what an appendix belongs to
  std::string made;      // RFC 3339
};
[[nodiscard]] ReportText report_text(const EvidenceFigures& figures, const ReportForm& form, const civil::Zone& zone,
                                     Language language);

// As they are written in a text: 1.234,5 or 1,234.5; 97,5%; a dash for a share of nothing.
[[nodiscard]] std::string written(std::int64_t count, Language language);
[[nodiscard]] std::string written_minutes(milliseconds time, Language language);
[[nodiscard]] std::string written(const Share& share, Language language);
// 05/3/2027 or 5 March 2027; with the time of day before it for an instant.
[[nodiscard]] std::string written(civil::Day day, Language language);
[[nodiscard]] std::string written(civil::Time instant, Language language);
[[nodiscard]] std::string written(const Cell& cell, Language language);

}  // namespace loa::server
