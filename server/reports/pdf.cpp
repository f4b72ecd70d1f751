#include "server/reports/pdf.h"

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <cairo-pdf.h>
#include <glib-object.h>
#include <pango/pangocairo.h>

namespace loa::server {
namespace {

// Points of 1/72 inch.
constexpr double kMm = 72.0 / 25.4;
constexpr double kShortSide = 210 * kMm;
constexpr double kLongSide = 297 * kMm;
// Nghị định 30/2020/NĐ-CP, Phụ lục I, phần I, khoản 1: top and bottom 20–25, left 30–35, right 15–20 mm.
constexpr double kTop = 20 * kMm;
constexpr double kBottom = 20 * kMm;
constexpr double kLeft = 30 * kMm;
constexpr double kRight = 15 * kMm;
constexpr double kPageNumberAt = 9 * kMm;

constexpr double kTextSize = 13;
constexpr double kTitleSize = 14;
constexpr double kNationSize = 12;
constexpr double kRecipientsSize = 12;
constexpr double kRecipientSize = 11;
constexpr double kTableSize = 11;
constexpr double kSmallestTableSize = 8;
constexpr double kFirstLine = 10 * kMm;
constexpr double kParagraphGap = 6;
constexpr double kCellPadding = 3;
constexpr double kSigningRoom = 70;
constexpr double kRule = 0.6;

// Times New Roman where the machine has it; Liberation Serif has its metrics and every Vietnamese letter.
constexpr const char* kFamilies = "Times New Roman, Liberation Serif, DejaVu Serif, serif";

struct Unref {
  void operator()(cairo_surface_t* each) const { cairo_surface_destroy(each); }
  void operator()(cairo_t* each) const { cairo_destroy(each); }
  void operator()(cairo_font_options_t* each) const { cairo_font_options_destroy(each); }
  void operator()(PangoFontDescription* each) const { pango_font_description_free(each); }
  void operator()(PangoAttrList* each) const { pango_attr_list_unref(each); }
  void operator()(PangoLayout* each) const { g_object_unref(each); }
  void operator()(PangoContext* each) const { g_object_unref(each); }
  void operator()(PangoFontMap* each) const { g_object_unref(each); }
  void operator()(PangoLayoutIter* each) const { pango_layout_iter_free(each); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

enum class Weight { kRegular, kBold };
enum class Slant { kUpright, kItalic };
enum class Letters { kAsWritten, kCapital };
struct Style {
  double size = kTextSize;
  Weight weight = Weight::kRegular;
  Slant slant = Slant::kUpright;
  PangoAlignment align = PANGO_ALIGN_LEFT;
  double first_line = 0;
  bool is_justified = false;
  Letters letters = Letters::kAsWritten;
};

double points(int pango_units) {
  return static_cast<double>(pango_units) / PANGO_SCALE;
}
int units(double length) {
  return static_cast<int>(length * PANGO_SCALE);
}

// Pages, one after the other, and what stands on them from the top down.
class Paper {
 public:
  Paper(const std::filesystem::path& file, const std::string& title, const std::string& made)
      : surface_(cairo_pdf_surface_create(file.c_str(), kShortSide, kLongSide)),
        cairo_(cairo_create(surface_.get())),
        // A map of its own: Pango keeps the default one for as long as the thread lives.
        fonts_(pango_cairo_font_map_new()),
        context_(pango_font_map_create_context(fonts_.get())) {
    check();
    pango_cairo_context_set_resolution(context_.get(), 72);
    // Letters stand where their font puts them, not on the pixels of a screen.
    pango_context_set_round_glyph_positions(context_.get(), FALSE);
    const Owned<cairo_font_options_t> exact(cairo_font_options_create());
    cairo_font_options_set_hint_style(exact.get(), CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(exact.get(), CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context_.get(), exact.get());
    pango_context_set_language(context_.get(), pango_language_from_string("vi"));
    cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_TITLE, title.c_str());
    cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_CREATOR, "Loa " LOA_VERSION);
    cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_CREATE_DATE, made.c_str());
    cairo_set_line_width(cairo_.get(), kRule);
  }

  void check() const {
    for (const cairo_status_t status : {cairo_surface_status(surface_.get()), cairo_status(cairo_.get())})
      if (status != CAIRO_STATUS_SUCCESS) throw Error("report.cannot_draw", {cairo_status_to_string(status)});
  }
  void finish() const {
    cairo_show_page(cairo_.get());
    cairo_surface_finish(surface_.get());
    check();
  }

  // A part counts its own pages, and shows no number on the first.
  void begin_part(double width, double height) {
    if (page_ > 0) cairo_show_page(cairo_.get());
    width_ = width;
    height_ = height;
    page_ = 0;
    begin_page();
  }
  void next_page() {
    cairo_show_page(cairo_.get());
    begin_page();
  }

  [[nodiscard]] double y() const { return y_; }
  [[nodiscard]] double room() const { return height_ - kBottom - y_; }
  [[nodiscard]] double whole_room() const { return height_ - kBottom - kTop; }
  [[nodiscard]] double text_width() const { return width_ - kLeft - kRight; }
  [[nodiscard]] bool is_at_top() const { return y_ <= kTop; }
  void move_to(double y) { y_ = y; }
  void skip(double height) { y_ += height; }
  void require(double height) {
    if (room() < height && !is_at_top()) next_page();
  }

  [[nodiscard]] Owned<PangoLayout> layout(const std::string& text, const Style& style, double width) const {
    Owned<PangoLayout> made(pango_layout_new(context_.get()));
    const Owned<PangoFontDescription> font(pango_font_description_from_string(kFamilies));
    pango_font_description_set_absolute_size(font.get(), style.size * PANGO_SCALE);
    if (style.weight == Weight::kBold) pango_font_description_set_weight(font.get(), PANGO_WEIGHT_BOLD);
    if (style.slant == Slant::kItalic) pango_font_description_set_style(font.get(), PANGO_STYLE_ITALIC);
    pango_layout_set_font_description(made.get(), font.get());
    pango_layout_set_text(made.get(), text.c_str(), static_cast<int>(text.size()));
    pango_layout_set_alignment(made.get(), style.align);
    pango_layout_set_justify(made.get(), style.is_justified ? TRUE : FALSE);
    pango_layout_set_indent(made.get(), units(style.first_line));
    pango_layout_set_wrap(made.get(), PANGO_WRAP_WORD_CHAR);
    if (width > 0) pango_layout_set_width(made.get(), units(width));
    if (style.letters == Letters::kCapital) {
      const Owned<PangoAttrList> attributes(pango_attr_list_new());
      pango_attr_list_insert(attributes.get(), pango_attr_text_transform_new(PANGO_TEXT_TRANSFORM_UPPERCASE));
      pango_layout_set_attributes(made.get(), attributes.get());
    }
    return made;
  }
  static double height_of(PangoLayout* layout) {
    int height = 0;
    pango_layout_get_size(layout, nullptr, &height);
    return points(height);
  }
  static double width_of(PangoLayout* layout) {
    int width = 0;
    pango_layout_get_size(layout, &width, nullptr);
    return points(width);
  }
  [[nodiscard]] double natural_width(const std::string& text, const Style& style) const {
    return width_of(layout(text, style, 0).get());
  }

  void draw(PangoLayout* layout, double x, double y) const {
    cairo_move_to(cairo_.get(), x, y);
    pango_cairo_show_layout(cairo_.get(), layout);
  }
  // Returns its height.
  double draw(const std::string& text, const Style& style, double x, double y, double width) const {
    const auto made = layout(text, style, width);
    draw(made.get(), x, y);
    return height_of(made.get());
  }
  void line(double x1, double y1, double x2, double y2) const {
    cairo_move_to(cairo_.get(), x1, y1);
    cairo_line_to(cairo_.get(), x2, y2);
    cairo_stroke(cairo_.get());
  }

  // Over the end of a page where it must.
  void paragraph(const std::string& text, const Style& style) {
    const auto made = layout(text, style, text_width());
    const Owned<PangoLayoutIter> lines(pango_layout_get_iter(made.get()));
    do {
      PangoRectangle extents;
      pango_layout_iter_get_line_extents(lines.get(), nullptr, &extents);
      const double baseline = points(pango_layout_iter_get_baseline(lines.get()) - extents.y);
      require(points(extents.height));
      cairo_move_to(cairo_.get(), kLeft + points(extents.x), y_ + baseline);
      pango_cairo_show_layout_line(cairo_.get(), pango_layout_iter_get_line_readonly(lines.get()));
      skip(points(extents.height));
    } while (pango_layout_iter_next_line(lines.get()) != FALSE);
    skip(kParagraphGap);
  }

 private:
  void begin_page() {
    cairo_pdf_surface_set_size(surface_.get(), width_, height_);
    ++page_;
    y_ = kTop;
    if (page_ > 1)
      draw(std::to_string(page_), {.size = kTextSize, .align = PANGO_ALIGN_CENTER}, 0, kPageNumberAt, width_);
  }

  Owned<cairo_surface_t> surface_;
  Owned<cairo_t> cairo_;
  Owned<PangoFontMap> fonts_;
  Owned<PangoContext> context_;
  double width_ = kShortSide;
  double height_ = kLongSide;
  double y_ = kTop;
  int page_ = 0;
};

// --- tables

class DrawnTable {
 public:
  DrawnTable(Paper& paper, const Table& table, Language language) : paper_(paper) {
    columns_.push_back({render({"report.ordinal", {}}, language), ColumnKind::kCount});
    for (Column column : table.columns) {
      if (column.kind == ColumnKind::kTime) column.head = render({"report.in_minutes", {column.head}}, language);
      columns_.push_back(std::move(column));
    }
    std::int64_t ordinal = 0;
    for (const auto& row : table.rows) {
      std::vector<std::string>& texts = rows_.emplace_back();
      texts.push_back(std::to_string(++ordinal));
      for (const Cell& cell : row) {
        texts.push_back(written(cell, language));
        // The head has the sign already.
        if (std::holds_alternative<Share>(cell) && texts.back().ends_with('%')) texts.back().pop_back();
      }
    }
    fit();
  }

  void draw(const std::string& title) {
    const Style bold{.size = kTextSize, .weight = Weight::kBold, .align = PANGO_ALIGN_CENTER};
    double needed = height_of_head() + (rows_.empty() ? 0 : height_of(rows_.front()));
    const auto made = title.empty() ? nullptr : paper_.layout(title, bold, paper_.text_width());
    if (made) needed += Paper::height_of(made.get()) + kParagraphGap;
    paper_.require(needed);
    if (made) {
      paper_.draw(made.get(), kLeft, paper_.y());
      paper_.skip(Paper::height_of(made.get()) + kParagraphGap / 2);
    }
    draw_head();
    for (const auto& row : rows_) {
      const double height = height_of(row);
      if (paper_.room() < height && paper_.room() < paper_.whole_room() - height_of_head() - 1) {
        paper_.next_page();
        draw_head();
      }
      draw_row(row, height, Weight::kRegular);
    }
    paper_.skip(2 * kParagraphGap);
  }

 private:
  [[nodiscard]] Style style_of(std::size_t column, Weight weight) const {
    const bool is_text = columns_[column].kind == ColumnKind::kText;
    Style style{.size = size_, .weight = weight};
    if (weight == Weight::kBold)
      style.align = PANGO_ALIGN_CENTER;
    else if (!is_text)
      style.align = column == 0 ? PANGO_ALIGN_CENTER : PANGO_ALIGN_RIGHT;
    return style;
  }

  [[nodiscard]] double longest_word(const std::string& text, const Style& style) const {
    double longest = 0;
    std::size_t begin = 0;
    while (begin <= text.size()) {
      const std::size_t end = std::min(text.find(' ', begin), text.size());
      longest = std::max(longest, paper_.natural_width(text.substr(begin, end - begin), style));
      begin = end + 1;
    }
    return longest;
  }

  // Numbers get what they need, texts share the rest; in smaller letters where that is too much.
  void fit() {
    std::vector<double> least(columns_.size());
    std::vector<double> wanted(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const bool is_text = columns_[i].kind == ColumnKind::kText;
      least[i] = longest_word(columns_[i].head, style_of(i, Weight::kBold));
      const Style style = style_of(i, Weight::kRegular);
      for (const auto& row : rows_) {
        const double natural = paper_.natural_width(row[i], style);
        wanted[i] = std::max(wanted[i], natural);
        least[i] = std::max(least[i], is_text ? longest_word(row[i], style) : natural);
      }
      if (!is_text) wanted[i] = least[i];
      wanted[i] = std::max(wanted[i], least[i]);
    }
    const double around = 2 * kCellPadding + kRule + 1;
    const double room = paper_.text_width() - around * static_cast<double>(columns_.size());
    const double all_least = std::accumulate(least.begin(), least.end(), 0.0);
    const double all_wanted = std::accumulate(wanted.begin(), wanted.end(), 0.0);
    // Letters are as wide as they are high.
    const double scale = std::clamp(room / all_least, kSmallestTableSize / kTableSize, 1.0);
    size_ = kTableSize * scale;
    widths_.resize(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const double spare = room - all_least * scale;
      const double more = (all_wanted - all_least) * scale;
      widths_[i] = least[i] * scale + around;
      if (spare < 0)
        widths_[i] = least[i] * room / all_least + around;
      else if (spare < more)
        widths_[i] += spare * (wanted[i] - least[i]) / (all_wanted - all_least);
      else
        widths_[i] = wanted[i] * scale + around + (spare - more) * wanted[i] / all_wanted;
    }
  }

  [[nodiscard]] double height_of(const std::vector<std::string>& row, Weight weight = Weight::kRegular) const {
    double height = 0;
    for (std::size_t i = 0; i < row.size(); ++i)
      height = std::max(height, Paper::height_of(cell(row[i], i, weight).get()));
    return height + kCellPadding;
  }
  [[nodiscard]] Owned<PangoLayout> cell(const std::string& text, std::size_t column, Weight weight) const {
    return paper_.layout(text, style_of(column, weight), widths_[column] - 2 * kCellPadding);
  }
  [[nodiscard]] std::vector<std::string> heads() const {
    std::vector<std::string> texts;
    for (const Column& column : columns_) texts.push_back(column.head);
    return texts;
  }
  [[nodiscard]] double height_of_head() const { return height_of(heads(), Weight::kBold); }
  void draw_head() {
    const double top = paper_.y();
    paper_.line(kLeft, top, kLeft + paper_.text_width(), top);
    draw_row(heads(), height_of_head(), Weight::kBold);
  }

  void draw_row(const std::vector<std::string>& row, double height, Weight weight) {
    const double top = paper_.y();
    double x = kLeft;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto made = cell(row[i], i, weight);
      const double down = (height - Paper::height_of(made.get())) / 2;
      paper_.draw(made.get(), x + kCellPadding, top + down);
      paper_.line(x, top, x, top + height);
      x += widths_[i];
    }
    paper_.line(x, top, x, top + height);
    paper_.line(kLeft, top + height, x, top + height);
    paper_.skip(height);
  }

  Paper& paper_;
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<double> widths_;
  double size_ = kTableSize;
};

// --- the parts of a document, by Nghị định 30/2020/NĐ-CP, Phụ lục I, phần II

void draw_letterhead(Paper& paper, const ReportText& text, const ReportForm& form, Language language) {
  const Style capital{.size = kNationSize, .align = PANGO_ALIGN_CENTER, .letters = Letters::kCapital};
  Style name = capital;
  name.weight = Weight::kBold;
  const std::string nation = render({"report.nation", {}}, language);
  const std::string motto = render({"report.motto", {}}, language);
  const double right_width = paper.natural_width(nation, name) + 4;
  const double left_width = paper.text_width() - right_width - 6;
  const double right = kLeft + left_width + 6;

  double left_y = kTop;
  double widest = 0;
  for (const std::string& line : form.superior) left_y += paper.draw(line, capital, kLeft, left_y, left_width);
  for (const std::string& line : form.name) {
    left_y += paper.draw(line, name, kLeft, left_y, left_width);
    widest = std::max(widest, std::min(paper.natural_width(line, name), left_width));
  }
  const double middle = kLeft + left_width / 2;
  paper.line(middle - widest / 5, left_y + 2, middle + widest / 5, left_y + 2);

  double right_y = kTop + paper.draw(nation, name, right, kTop, right_width);
  const Style bold{.size = kTextSize, .weight = Weight::kBold, .align = PANGO_ALIGN_CENTER};
  right_y += paper.draw(motto, bold, right, right_y, right_width);
  const double motto_width = paper.natural_width(motto, bold);
  const double right_middle = right + right_width / 2;
  paper.line(right_middle - motto_width / 2, right_y + 2, right_middle + motto_width / 2, right_y + 2);

  const double below = std::max(left_y, right_y) + 8;
  const double number =
      paper.draw(text.number, {.size = kTextSize, .align = PANGO_ALIGN_CENTER}, kLeft, below, left_width);
  const double dated = paper.draw(text.date, {.size = kTextSize, .slant = Slant::kItalic, .align = PANGO_ALIGN_CENTER},
                                  right, below, right_width);
  paper.move_to(below + std::max(number, dated) + 18);
}

void draw_title(Paper& paper, const ReportText& text) {
  const Style title{.size = kTitleSize, .weight = Weight::kBold, .align = PANGO_ALIGN_CENTER};
  paper.skip(paper.draw(text.kind, title, kLeft, paper.y(), paper.text_width()));
  paper.skip(paper.draw(text.subject, title, kLeft, paper.y(), paper.text_width()));
  const double middle = kLeft + paper.text_width() / 2;
  const double half = std::min(paper.natural_width(text.subject, title), paper.text_width()) / 5;
  paper.line(middle - half, paper.y() + 3, middle + half, paper.y() + 3);
  paper.skip(18);
}

void draw_signature(Paper& paper, const ReportForm& form, Language language) {
  const double half = paper.text_width() / 2;
  const double top = paper.y() + kParagraphGap;
  double left =
      top + paper.draw(render({"report.recipients", {}}, language),
                       {.size = kRecipientsSize, .weight = Weight::kBold, .slant = Slant::kItalic}, kLeft, top, half);
  const Style recipient{.size = kRecipientSize};
  for (const std::string& each : form.recipients)
    left += paper.draw("- " + each + ";", recipient, kLeft, left, half - 10);
  left += paper.draw("- " + render({"report.filed", {form.filed}}, language), recipient, kLeft, left, half - 10);

  const Style office{
      .size = kTextSize, .weight = Weight::kBold, .align = PANGO_ALIGN_CENTER, .letters = Letters::kCapital};
  double right = top;
  for (const std::string& line : {form.authority, form.title})
    if (!line.empty()) right += paper.draw(line, office, kLeft + half, right, half);
  right += kSigningRoom;
  if (!form.signer.empty())
    right += paper.draw(form.signer, {.size = kTitleSize, .weight = Weight::kBold, .align = PANGO_ALIGN_CENTER},
                        kLeft + half, right, half);
  paper.move_to(std::max(left, right));
}

double signature_height(const ReportForm& form) {
  const double lines = static_cast<double>(form.recipients.size()) + 3;
  return std::max(lines * kRecipientsSize * 1.4, kSigningRoom + 5 * kTitleSize);
}

constexpr std::array kRoman = {"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"};

}  // namespace

void write_pdf(const ReportText& text, const ReportForm& form, Language language, const std::filesystem::path& file) {
  Paper paper(file, text.kind + ": " + text.subject, text.made);
  paper.begin_part(kShortSide, kLongSide);
  draw_letterhead(paper, text, form, language);
  draw_title(paper, text);

  const Style body{.size = kTextSize, .first_line = kFirstLine, .is_justified = true};
  const Style heading{.size = kTextSize, .weight = Weight::kBold, .first_line = kFirstLine};
  for (std::size_t i = 0; i < text.body.size(); ++i) {
    if (const auto* head = std::get_if<Heading>(&text.body[i])) {
      paper.require(5 * kTextSize);
      paper.paragraph(head->text, heading);
    } else if (const auto* said = std::get_if<Paragraph>(&text.body[i])) {
      // The last words and the signature stand on one page.
      if (i + 1 == text.body.size())
        paper.require(Paper::height_of(paper.layout(said->text, body, paper.text_width()).get()) +
                      signature_height(form));
      paper.paragraph(said->text, body);
    } else {
      const Table& table = std::get<Table>(text.body[i]);
      DrawnTable(paper, table, language).draw(table.title);
    }
  }
  draw_signature(paper, form, language);

  for (std::size_t i = 0; i < text.appendices.size(); ++i) {
    const Table& table = text.appendices[i];
    paper.begin_part(kLongSide, kShortSide);
    Style style{.size = kTitleSize, .weight = Weight::kBold, .align = PANGO_ALIGN_CENTER};
    paper.skip(
        paper.draw(render({"report.appendix", {kRoman.at(i)}}, language), style, kLeft, paper.y(), paper.text_width()));
    style.letters = Letters::kCapital;
    paper.skip(paper.draw(table.title, style, kLeft, paper.y(), paper.text_width()));
    paper.skip(paper.draw(text.enclosed, {.slant = Slant::kItalic, .align = PANGO_ALIGN_CENTER}, kLeft, paper.y(),
                          paper.text_width()));
    paper.skip(kParagraphGap);
    DrawnTable(paper, table, language).draw("");
  }
  paper.finish();
}

}  // namespace loa::server
