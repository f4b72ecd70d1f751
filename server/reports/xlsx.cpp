#include "server/reports/xlsx.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <xlsxwriter.h>

#include "server/reports/document.h"

namespace loa::server {
namespace {

constexpr double kWidestColumn = 60;
constexpr double kMsPerMinute = 60'000.0;

// Characters, as far as a column's width goes.
double width_of(const std::string& text) {
  return static_cast<double>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

class Workbook {
 public:
  explicit Workbook(const std::filesystem::path& file) : file_(file.string()), book_(workbook_new(file_.c_str())) {
    if (book_ == nullptr) throw Error("report.cannot_tabulate", {file_, "workbook_new"});
    head_ = format(nullptr);
    format_set_bold(head_);
    format_set_text_wrap(head_);
    format_set_align(head_, LXW_ALIGN_VERTICAL_CENTER);
    format_set_bottom(head_, LXW_BORDER_THIN);
    for (const auto& [kind, number_format] :
         {std::pair{ColumnKind::kText, "@"}, std::pair{ColumnKind::kCount, "#,##0"},
          std::pair{ColumnKind::kTime, "#,##0.0"}, std::pair{ColumnKind::kShare, "0.0%"},
          std::pair{ColumnKind::kInstant, "dd/mm/yyyy hh:mm"}})
      formats_[kind] = format(number_format);
  }
  ~Workbook() {
    // Of a workbook that was given up halfway; it frees what it holds.
    if (book_ != nullptr) workbook_close(book_);
  }
  Workbook(const Workbook&) = delete;
  Workbook& operator=(const Workbook&) = delete;

  void describe(std::string title, civil::Time made) {
    lxw_doc_properties properties{};
    properties.title = title.data();
    properties.created = std::chrono::duration_cast<seconds>(made.time_since_epoch()).count();
    check(workbook_set_properties(book_, &properties));
  }

  void add(const Table& table, Language language) {
    lxw_worksheet* const sheet = workbook_add_worksheet(book_, table.title.c_str());
    if (sheet == nullptr) throw Error("report.cannot_tabulate", {file_, table.title});
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      const Column& column = table.columns[i];
      const std::string head =
          column.kind == ColumnKind::kTime ? render({"report.in_minutes", {column.head}}, language) : column.head;
      check(worksheet_write_string(sheet, 0, static_cast<lxw_col_t>(i), head.c_str(), head_));
      double width = std::min(width_of(head), 14.0);
      if (column.kind == ColumnKind::kInstant) width = 18;
      for (const auto& row : table.rows)
        if (const auto* text = std::get_if<std::string>(&row[i])) width = std::max(width, width_of(*text));
      check(worksheet_set_column(sheet, static_cast<lxw_col_t>(i), static_cast<lxw_col_t>(i),
                                 std::min(width + 2, kWidestColumn), nullptr));
    }
    for (std::size_t i = 0; i < table.rows.size(); ++i)
      for (std::size_t j = 0; j < table.columns.size(); ++j)
        write(sheet, static_cast<lxw_row_t>(i + 1), static_cast<lxw_col_t>(j), table.columns[j].kind, table.rows[i][j]);
    worksheet_freeze_panes(sheet, 1, 1);
    worksheet_set_landscape(sheet);
    worksheet_set_paper(sheet, 9);  // A4
    worksheet_fit_to_pages(sheet, 1, 0);
    check(worksheet_repeat_rows(sheet, 0, 0));
  }

  void close() { check(workbook_close(std::exchange(book_, nullptr))); }

 private:
  lxw_format* format(const char* number_format) {
    lxw_format* const made = workbook_add_format(book_);
    if (number_format != nullptr) format_set_num_format(made, number_format);
    return made;
  }

  void write(lxw_worksheet* sheet, lxw_row_t row, lxw_col_t column, ColumnKind kind, const Cell& cell) {
    lxw_format* const as = formats_.at(kind);
    if (const auto* text = std::get_if<std::string>(&cell)) {
      check(worksheet_write_string(sheet, row, column, text->c_str(), as));
    } else if (const auto* count = std::get_if<std::int64_t>(&cell)) {
      check(worksheet_write_number(sheet, row, column, static_cast<double>(*count), as));
    } else if (const auto* time = std::get_if<milliseconds>(&cell)) {
      check(worksheet_write_number(sheet, row, column, static_cast<double>(time->count()) / kMsPerMinute, as));
    } else if (const auto* share = std::get_if<Share>(&cell)) {
      if (share->whole > 0)
        check(worksheet_write_number(sheet, row, column,
                                     static_cast<double>(share->part) / static_cast<double>(share->whole), as));
    } else {
      const civil::Time instant = std::get<civil::Time>(cell);
      const auto date = civil::date_of(civil::day_of(instant));
      const std::chrono::hh_mm_ss clock{civil::clock_of(instant)};
      lxw_datetime value{static_cast<int>(date.year()),
                         static_cast<int>(static_cast<unsigned>(date.month())),
                         static_cast<int>(static_cast<unsigned>(date.day())),
                         static_cast<int>(clock.hours().count()),
                         static_cast<int>(clock.minutes().count()),
                         static_cast<double>(clock.seconds().count())};
      check(worksheet_write_datetime(sheet, row, column, &value, as));
    }
  }

  void check(lxw_error error) const {
    if (error != LXW_NO_ERROR) throw Error("report.cannot_tabulate", {file_, lxw_strerror(error)});
  }

  const std::string file_;
  lxw_workbook* book_;
  lxw_format* head_ = nullptr;
  std::map<ColumnKind, lxw_format*> formats_;
};

}  // namespace

void write_xlsx(const EvidenceFigures& figures, const civil::Zone& zone, Language language,
                const std::filesystem::path& file) {
  Workbook book(file);
  book.describe(render({"report.subject", {written(figures.range.from, language), written(figures.range.to, language)}},
                       language),
                zone.to_civil(figures.made));
  for (const std::string_view id : kTables)
    if (id != "figures") book.add(table_of(figures, id, zone, language), language);
  book.close();
}

}  // namespace loa::server
