// Reports as the programs of others read them: poppler for PDF, Python's own modules for XLSX and ZIP.
#include <algorithm>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/reports/document.h"
#include "server/reports/report_writer.h"
#include "tests/support/child.h"
#include "tests/support/scratch_folder.h"
#include "tests/unit/server/reports/report_books.h"

namespace loa::server {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

constexpr int kManyNodes = 150;

class ReportFiles : public testing::Test {
 protected:
  ReportFiles() {
    fill(books_);
    books_.announce("la", "=1+1, \"4 xin, 4 luôn, 5 không\"", AnnouncementClass::kPriority, seconds{20});
    const auto odd = books_.schedule("la", "la", at("2026-11-25T06:30"), seconds{20});
    books_.plan("n-10", {odd}, kMorning + std::chrono::minutes{2});
    books_.outcome("n-10", odd, OutcomeResult::kPlayed, "", seconds{20});
  }
  std::string file(ReportFormat format, const DayRange& range = kTwoDays, WallTime now = kTold) {
    return writer_.write({range, format}, now).file.string();
  }
  // What a program prints.
  std::string run(const std::vector<std::string>& words) const {
    fs::remove(folder_ / "output");  // a child adds to it
    test::Child child(words, folder_ / "output");
    const int code = child.wait();
    const std::string said = test::read_whole_file(folder_ / "output");
    EXPECT_EQ(code, 0) << words.front() << ": " << said;
    return said;
  }
  // Of each page.
  std::vector<std::string> pages_of(const std::string& pdf) const {
    std::vector<std::string> pages;
    std::istringstream text(run({"pdftotext", "-layout", pdf, "-"}));
    for (std::string page; std::getline(text, page, '\f');) pages.push_back(page);
    return pages;
  }
  static std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t from = text.find(part); from != std::string::npos; from = text.find(part, from + 1)) ++found;
    return found;
  }
  static std::string first_word(const std::string& page) {
    std::string word;
    std::istringstream(page) >> word;
    return word;
  }
  const std::string office_files_ = std::string{LOA_SOURCE_DIR} + "/tests/support/office_files.py";

  const test::ScratchFolder folder_;
  Store store_ = Store::make_writer(db::Database::open_writer(folder_ / "server.db"));
  ReportBooks books_{store_};
  ReportWriter writer_{
      {StationId{"phu-lien"}, folder_ / "reports", built_in_report_form(), civil::Zone{"Asia/Ho_Chi_Minh"}},
      Store::make_reader(db::Database::open_reader(folder_ / "server.db"))};
};

TEST_F(ReportFiles, ThePdfIsLaidOutAsTheDecreeWants) {
  const std::string pdf = file(ReportFormat::kPdf);
  const std::string info = run({"pdfinfo", pdf});
  EXPECT_THAT(info, HasSubstr("(A4)"));
  EXPECT_THAT(info, HasSubstr("Kết quả hoạt động truyền thanh số"));
  const auto pages = pages_of(pdf);
  ASSERT_GE(pages.size(), 2U);
  for (const char* text :
       {"ỦY BAN NHÂN DÂN", "PHƯỜNG PHÙ LIỄN", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc",
        "/BC-UBND", "Phù Liễn, ngày 25 tháng 11 năm 2026", "BÁO CÁO", "từ ngày 24/11/2026 đến ngày 25/11/2026"})
    EXPECT_THAT(pages[0], HasSubstr(text));
  std::string all;
  for (const std::string& page : pages) all += page;
  for (const char* text : {"Nơi nhận:", "- Lưu: VT, VHXH.", "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH", "Phụ lục I", "Phụ lục V",
                           "Báo bão", "Ngày hội phường", "15/TB-UBND", "báo cáo./."})
    EXPECT_THAT(all, HasSubstr(text));
  EXPECT_EQ(first_word(pages[0]), "ỦY");  // no number on the first
  EXPECT_EQ(first_word(pages[1]), "2");
}

TEST_F(ReportFiles, EveryLetterIsInTheFile) {
  const std::string fonts = run({"pdffonts", file(ReportFormat::kPdf)});
  std::istringstream lines(fonts);
  std::string line;
  std::getline(lines, line);
  const std::size_t embedded = line.find("emb");
  std::getline(lines, line);
  int found = 0;
  while (std::getline(lines, line)) {
    ++found;
    EXPECT_EQ(line.substr(embedded, 3), "yes") << fonts;
    // Times New Roman or its twin: a fallback would show that a letter is missing.
    EXPECT_THAT(line, testing::AnyOf(HasSubstr("LiberationSerif"), HasSubstr("TimesNewRoman"))) << fonts;
  }
  EXPECT_GE(found, 3) << fonts;
}

TEST_F(ReportFiles, ALongTableRepeatsItsHeadOnEveryPage) {
  for (int i = 100; i < 100 + kManyNodes; ++i) {
    const NodeId node{"n-" + std::to_string(i)};
    store_.add_node({node, AreaId{"to-3"}, "Loa cột điện số " + std::to_string(i), books_.key}, kMorning);
    store_.add_certificate(node, {"serial-" + node.str(), "pem", kMorning, kMorning + civil::days{400}});
  }
  std::size_t pages_with_nodes = 0;
  std::size_t rows = 0;
  for (const std::string& page : pages_of(file(ReportFormat::kPdf))) {
    const std::size_t here = count(page, "Loa cột điện số");
    if (here == 0) continue;
    rows += here;
    ++pages_with_nodes;
    EXPECT_THAT(page, HasSubstr("Khu vực"));
  }
  EXPECT_EQ(rows, kManyNodes);
  EXPECT_GE(pages_with_nodes, 3U);
}

TEST_F(ReportFiles, AnEmptyRangeIsAWholeDocument) {
  const civil::Day day = civil::parse_day("2025-01-01");
  const auto pages = pages_of(file(ReportFormat::kPdf, {day, day}));
  ASSERT_EQ(pages.size(), 1U);
  EXPECT_THAT(pages[0], HasSubstr("không có lượt phát nào theo kế hoạch"));
  EXPECT_THAT(pages[0], HasSubstr("CHỦ TỊCH"));
  EXPECT_THAT(run({"python3", office_files_, "xlsx", file(ReportFormat::kXlsx, {day, day})}), HasSubstr("# Theo loa"));
}

TEST_F(ReportFiles, TheWorkbookHasNumbersAsNumbers) {
  const std::string book = run({"python3", office_files_, "xlsx", file(ReportFormat::kXlsx)});
  EXPECT_EQ(count(book, "# "), 13U);
  EXPECT_THAT(book, StartsWith("# Toàn phường\n"));
  EXPECT_THAT(book, HasSubstr("\nToàn phường|6|9|5|1|0|1|1|1|0.5555555555555556"));
  EXPECT_THAT(book, HasSubstr("Thời lượng phát (phút)"));
  EXPECT_THAT(book, HasSubstr("\n=1+1, \"4 xin, 4 luôn, 5 không\"|Ưu tiên|1|1|1|"));
  EXPECT_THAT(book, HasSubstr("\n14:00–14:59|1|2|0.8666666666666667\n"));
}

TEST_F(ReportFiles, ThePackHasEverythingAndItsSums) {
  const DayRange year{civil::parse_day("2026-11-21"), civil::parse_day("2027-11-19")};
  const std::string zip = file(ReportFormat::kZip, year, at("2027-12-01T08:00"));
  std::istringstream lines(run({"python3", office_files_, "zip", zip}));
  std::vector<std::string> names;
  for (std::string name; std::getline(lines, name);) names.push_back(name);
  for (const char* name :
       {"report.pdf", "report.xlsx", "report.csv", "periods/2027-q1.pdf", "periods/2027-q4.csv",
        "tables/disclosures.csv", "tables/outside.csv", "outcomes.csv", "manifest.json", "SHA256SUMS"})
    EXPECT_THAT(names, testing::Contains(std::string{name}));
  EXPECT_EQ(names.size(), 3U + 12U + kTables.size() + 3U);
  const auto of = [&](const char* name) {
    return run({"python3", "-c", "import sys,zipfile; print(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]).decode())",
                zip, name});
  };
  const auto manifest = nlohmann::json::parse(of("manifest.json"));
  EXPECT_EQ(manifest.at("station"), "phu-lien");
  EXPECT_EQ(manifest.at("files").size(), names.size() - 2);
  const std::string outcomes = of("outcomes.csv");
  EXPECT_EQ(count(outcomes, "\r\n"), 1U + 9U + 2U + 1U);  // the head, what was told before, what came later, no plan
  EXPECT_THAT(outcomes,
              HasSubstr("2026-11-24T14:30:00,n-1,Loa n-1,Tổ dân phố 1,s-chao-20261124t073000z,s-chao,Lời chào,"
                        "normal,played,,2026-11-24T14:30:00,32000,1500,-2025,-350,synced,700,0,"));
  EXPECT_THAT(outcomes, HasSubstr("'=1+1"));
}

}  // namespace
}  // namespace loa::server
