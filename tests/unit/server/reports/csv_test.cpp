#include "server/reports/csv.h"

#include <sstream>

#include <gtest/gtest.h>

namespace loa::server {
namespace {

std::string csv_of(const Table& table) {
  std::ostringstream out;
  write_csv(table, Language::kVietnamese, out);
  return out.str();
}

TEST(Csv, TextIsQuotedByTheRfc) {
  EXPECT_EQ(csv_text("Tổ 1"), "Tổ 1");
  EXPECT_EQ(csv_text(""), "");
  EXPECT_EQ(csv_text("phí, lệ phí"), "\"phí, lệ phí\"");
  EXPECT_EQ(csv_text("\"4 xin\""), "\"\"\"4 xin\"\"\"");
  EXPECT_EQ(csv_text("hai\ndòng"), "\"hai\ndòng\"");
}

TEST(Csv, NoTextIsAFormula) {
  EXPECT_EQ(csv_text("=1+1"), "'=1+1");
  EXPECT_EQ(csv_text("+84 225"), "'+84 225");
  EXPECT_EQ(csv_text("-2"), "'-2");
  EXPECT_EQ(csv_text("@SUM(A1)"), "'@SUM(A1)");
  EXPECT_EQ(csv_text("\t=1"), "'\t=1");
  EXPECT_EQ(csv_text("\r=1"), "\"'\r=1\"");
  EXPECT_EQ(csv_text("\n=1"), "\"'\n=1\"");
  EXPECT_EQ(csv_text("=cmd|' /C calc'!A0,\""), "\"'=cmd|' /C calc'!A0,\"\"\"");
  EXPECT_EQ(csv_text("1=1"), "1=1");
}

TEST(Csv, ATableBeginsWithTheMarkAndHasWholeNumbersOnly) {
  const Table table{
      "t",
      "",
      {{"Tên", ColumnKind::kText},
       {"Số", ColumnKind::kCount},
       {"Dài", ColumnKind::kTime},
       {"Phần", ColumnKind::kShare},
       {"Lúc", ColumnKind::kInstant}},
      {{std::string{"A, B"}, std::int64_t{1234567}, milliseconds{61'500}, Share{1, 3},
        civil::parse_time("2026-11-24T06:15")},
       {std::string{"=x"}, std::int64_t{0}, milliseconds{0}, Share{0, 0}, civil::parse_time("2026-11-24T06:15:30")}}};
  EXPECT_EQ(csv_of(table),
            "\xEF\xBB\xBFTên,Số,Dài (giây),Lúc\r\n"
            "\"A, B\",1234567,62,2026-11-24T06:15:00\r\n"
            "'=x,0,0,2026-11-24T06:15:30\r\n");
}

TEST(Csv, AnEmptyTableIsItsHead) {
  EXPECT_EQ(csv_of({"t", "", {{"Tên", ColumnKind::kText}}, {}}), "\xEF\xBB\xBFTên\r\n");
}

}  // namespace
}  // namespace loa::server
