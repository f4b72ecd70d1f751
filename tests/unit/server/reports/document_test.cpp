#include "server/reports/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/reports/evidence_reader.h"
#include "tests/support/error_code.h"
#include "tests/unit/server/reports/report_books.h"

namespace loa::server {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr Language kVi = Language::kVietnamese;
constexpr Language kEn = Language::kEnglish;
const civil::Zone kZone{"Asia/Ho_Chi_Minh"};

TEST(Written, NumbersAsEachLanguageHasThem) {
  EXPECT_EQ(written(std::int64_t{0}, kVi), "0");
  EXPECT_EQ(written(std::int64_t{999}, kVi), "999");
  EXPECT_EQ(written(std::int64_t{1'234'567}, kVi), "1.234.567");
  EXPECT_EQ(written(std::int64_t{1'234'567}, kEn), "1,234,567");
  EXPECT_EQ(written(std::int64_t{-1000}, kVi), "-1.000");
  EXPECT_EQ(written_minutes(milliseconds{90'000}, kVi), "1,5");
  EXPECT_EQ(written_minutes(std::chrono::minutes{1234}, kEn), "1,234.0");
  EXPECT_EQ(written_minutes(milliseconds{2'999}, kVi), "0,0");
  EXPECT_EQ(written_minutes(milliseconds{3'000}, kVi), "0,1");
}

TEST(Written, AShareIsNeverRoundedToAllOrNothing) {
  EXPECT_EQ(written(Share{1, 3}, kVi), "33,3%");
  EXPECT_EQ(written(Share{1, 3}, kEn), "33.3%");
  EXPECT_EQ(written(Share{3, 3}, kVi), "100,0%");
  EXPECT_EQ(written(Share{99'999, 100'000}, kVi), "99,9%");
  EXPECT_EQ(written(Share{1, 100'000}, kVi), "0,1%");
  EXPECT_EQ(written(Share{0, 5}, kVi), "0,0%");
  EXPECT_EQ(written(Share{0, 0}, kVi), "–");
}

TEST(Written, DaysByTheDecree) {
  EXPECT_EQ(written(civil::parse_day("2027-03-05"), kVi), "05/3/2027");
  EXPECT_EQ(written(civil::parse_day("2027-02-14"), kVi), "14/02/2027");
  EXPECT_EQ(written(civil::parse_day("2026-11-21"), kVi), "21/11/2026");
  EXPECT_EQ(written(civil::parse_time("2027-03-05T06:00"), kVi), "06:00 05/3/2027");
}

class DocumentTest : public testing::Test {
 protected:
  [[nodiscard]] EvidenceFigures figures() { return tell_evidence(store_, load_ground(store_, kTwoDays, kZone, kTold)); }
  static std::string text_of(const ReportText& report) {
    std::string all;
    for (const Block& block : report.body) {
      if (const auto* said = std::get_if<Paragraph>(&block)) all += said->text + "\n";
      if (const auto* table = std::get_if<Table>(&block)) all += "[" + table->id + "]\n";
    }
    return all;
  }
  Store store_ = Store::make_writer(db::Database::open_in_memory());
  ReportBooks books_{store_};
};

TEST_F(DocumentTest, EveryTableHasACellForEveryColumn) {
  fill(books_);
  const EvidenceFigures told = figures();
  for (const Language language : {kVi, kEn})
    for (const std::string_view id : kTables) {
      const Table table = table_of(told, id, kZone, language);
      EXPECT_EQ(table.id, id);
      EXPECT_FALSE(table.rows.empty()) << id;
      for (const auto& row : table.rows) {
        ASSERT_EQ(row.size(), table.columns.size()) << id;
        for (std::size_t i = 0; i < row.size(); ++i)
          EXPECT_EQ(row[i].index(), static_cast<std::size_t>(table.columns[i].kind)) << id << " " << i;
      }
    }
  EXPECT_EQ(test::code_of([&] { static_cast<void>(table_of(told, "money", kZone, kVi)); }), "report.unknown_table");
}

TEST_F(DocumentTest, TheOneTableOfFiguresHasEveryGroup) {
  fill(books_);
  const Table table = table_of(figures(), "figures", kZone, kVi);
  std::map<std::string, int> rows;
  for (const auto& row : table.rows) ++rows[std::get<std::string>(row[0])];
  EXPECT_THAT(rows, testing::ElementsAre(std::pair{"Theo khu vực", 4}, std::pair{"Theo loa", 3},
                                         std::pair{"Theo loại chiến dịch", 3}, std::pair{"Theo mức ưu tiên", 3},
                                         std::pair{"Theo thông báo", 3}, std::pair{"Toàn phường", 1}));
  EXPECT_EQ(std::get<std::int64_t>(table.rows[0][3]), 8);
  EXPECT_EQ(std::get<Share>(table.rows[0][10]), (Share{4, 8}));
}

TEST_F(DocumentTest, TheReportSaysWhatTheFiguresAre) {
  fill(books_);
  const ReportText report = report_text(figures(), built_in_report_form(), kZone, kVi);
  EXPECT_EQ(report.date, "Phù Liễn, ngày 25 tháng 11 năm 2026");
  EXPECT_THAT(report.number, HasSubstr("/BC-UBND"));
  EXPECT_THAT(report.subject, HasSubstr("từ ngày 24/11/2026 đến ngày 25/11/2026"));
  const std::string text = text_of(report);
  EXPECT_THAT(text, HasSubstr("5 lượt phát, tính theo từng loa là 8 lượt; các loa phát đủ 4 lượt, đạt 50,0%"));
  EXPECT_THAT(text, HasSubstr("Kỳ báo cáo chưa kết thúc"));
  EXPECT_THAT(text, HasSubstr("1 lần không có trong kế hoạch"));
  EXPECT_THAT(text, HasSubstr("3 tổ dân phố; 2 tổ có loa, đạt 66,7%; 1 tổ có loa đã phát đủ"));
  EXPECT_THAT(text, HasSubstr("1 đợt công khai, 1 đợt đã phát đủ"));
  EXPECT_THAT(text, HasSubstr("Có 3 lượt phát ngoài quy định"));
  EXPECT_THAT(text, HasSubstr("2 lượt khẩn cấp hoặc có lý do ngoại lệ, 1 lượt không có lý do"));
  EXPECT_THAT(text, HasSubstr("Người dân gửi 4 phản ánh, đã xử lý và ghi kết quả 1 phản ánh, đạt 25,0%"));
  EXPECT_THAT(text, HasSubstr("Quý 2026-Q4: 3 lượt đánh giá, 66,7% hài lòng"));
  EXPECT_THAT(text, Not(HasSubstr("2026-Q3")));
  EXPECT_THAT(text, Not(HasSubstr("{")));
  ASSERT_EQ(report.appendices.size(), 5U);
  EXPECT_EQ(report.appendices.back().id, "outside");
}

TEST_F(DocumentTest, ComplaintsAreCountedByLoudspeaker) {
  fill(books_);
  const Table table = table_of(figures(), "complaints", kZone, kVi);
  const auto row = [&](std::size_t i) {
    std::vector<std::string> cells;
    for (const Cell& cell : table.rows.at(i)) cells.push_back(written(cell, kVi));
    return cells;
  };
  ASSERT_EQ(table.rows.size(), 3U);
  EXPECT_EQ(row(0), (std::vector<std::string>{"Loa n-1 (n-1)", "1", "1", "0", "0", "2", "1"}));
  EXPECT_EQ(row(1), (std::vector<std::string>{"Loa n-2 (n-2)", "1", "0", "0", "0", "1", "0"}));
  EXPECT_EQ(row(2), (std::vector<std::string>{"Không nêu loa", "0", "0", "0", "1", "1", "0"}));
}

TEST_F(DocumentTest, AnEmptyRangeIsSaidAndNotTabled) {
  const ReportText report = report_text(figures(), built_in_report_form(), kZone, kVi);
  const std::string text = text_of(report);
  EXPECT_THAT(text, HasSubstr("không có lượt phát nào theo kế hoạch"));
  EXPECT_THAT(text, HasSubstr("không có đợt công khai nào"));
  EXPECT_THAT(text, HasSubstr("chưa đặt quy định giờ phát"));
  EXPECT_THAT(text, Not(HasSubstr("[")));
  EXPECT_TRUE(report.appendices.empty());
}

TEST_F(DocumentTest, AReasonOfANewerNodeStandsAsItCame) {
  books_.announce("chao", "Lời chào", AnnouncementClass::kNormal, seconds{30});
  const auto greeting = books_.schedule("chao", "chao", at("2026-11-24T14:30"), seconds{30});
  books_.plan("n-1", {greeting}, kMorning + std::chrono::minutes{1});
  books_.outcome("n-1", greeting, OutcomeResult::kMissed, "struck_by_lightning", seconds{0});
  EXPECT_EQ(std::get<std::string>(table_of(figures(), "reasons", kZone, kVi).rows[0][1]), "struck_by_lightning");
}

}  // namespace
}  // namespace loa::server
