#include "cli/report/report.h"

#include <gtest/gtest.h>

#include "tests/support/error_code.h"

namespace loa::cli {
namespace {

ReportArguments to(const char* file, const char* table = "") {
  return {{}, "2026-11-21", "2027-03-14", file, table};
}

TEST(ReportCommand, TheEndingSaysWhatIsWanted) {
  EXPECT_EQ(report_path(to("q1.pdf"), Language::kVietnamese),
            "/api/evidence.pdf?lang=vi&from=2026-11-21&to=2027-03-14");
  EXPECT_EQ(report_path(to("q1.csv", "nodes"), Language::kEnglish),
            "/api/evidence.csv?lang=en&from=2026-11-21&to=2027-03-14&table=nodes");
  EXPECT_EQ(report_path(to("year.xlsx"), Language::kEnglish).find("/api/evidence.xlsx?"), 0U);
  EXPECT_EQ(report_path(to("year.zip"), Language::kEnglish).find("/api/evidence.zip?"), 0U);
}

TEST(ReportCommand, AnythingElseIsRefused) {
  const auto refusal = [](const ReportArguments& arguments) {
    return test::code_of([&] { static_cast<void>(report_path(arguments, Language::kEnglish)); });
  };
  EXPECT_EQ(refusal(to("q1.docx")), "report.unknown_ending");
  EXPECT_EQ(refusal(to("q1")), "report.unknown_ending");
  EXPECT_EQ(refusal(to("q1.pdf", "nodes")), "report.only_csv_has_tables");
}

}  // namespace
}  // namespace loa::cli
