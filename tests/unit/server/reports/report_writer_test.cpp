#include "server/reports/report_writer.h"

#include <fstream>
#include <future>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/reports/desk.h"
#include "server/reports/zip_file.h"
#include "tests/support/error_code.h"
#include "tests/support/scratch_folder.h"
#include "tests/unit/server/reports/report_books.h"

namespace loa::server {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const civil::Zone kZone{"Asia/Ho_Chi_Minh"};

std::string content_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

class ReportWriterTest : public testing::Test {
 protected:
  ReportWriterTest() { fill(books_); }

  [[nodiscard]] ReportSettings settings() const {
    return {StationId{"phu-lien"}, folder_ / "reports", built_in_report_form(), kZone};
  }
  [[nodiscard]] Store reader() const { return Store::make_reader(db::Database::open_reader(folder_ / "server.db")); }
  [[nodiscard]] std::vector<std::string> names_in(const fs::path& folder) const {
    std::vector<std::string> names;
    if (fs::exists(folder))
      for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
  }

  const test::ScratchFolder folder_;
  Store store_ = Store::make_writer(db::Database::open_writer(folder_ / "server.db"));
  ReportBooks books_{store_};
};

TEST_F(ReportWriterTest, EachFormatIsWhatItsNameSays) {
  ReportWriter writer(settings(), reader());
  const auto begin_of = [&](ReportFormat format) {
    const WrittenFile file = writer.write({kTwoDays, format}, kTold);
    EXPECT_EQ(file.file.extension(), "." + std::string{to_string(format)});
    EXPECT_EQ(file.bytes, fs::file_size(file.file));
    return content_of(file.file).substr(0, 5);
  };
  EXPECT_EQ(begin_of(ReportFormat::kPdf), "%PDF-");
  EXPECT_THAT(begin_of(ReportFormat::kXlsx), StartsWith("PK"));
  EXPECT_THAT(begin_of(ReportFormat::kCsv), StartsWith("\xEF\xBB\xBF"));
  EXPECT_THAT(begin_of(ReportFormat::kZip), StartsWith("PK"));
}

TEST_F(ReportWriterTest, TheSameFiguresGiveTheSameFile) {
  ReportWriter writer(settings(), reader());
  for (const ReportFormat format : {ReportFormat::kPdf, ReportFormat::kXlsx, ReportFormat::kCsv, ReportFormat::kZip})
    EXPECT_EQ(writer.write({kTwoDays, format}, kTold).sha256, writer.write({kTwoDays, format}, kTold).sha256)
        << to_string(format);
}

TEST_F(ReportWriterTest, ACsvIsOfTheTableThatIsAskedFor) {
  ReportWriter writer(settings(), reader());
  const WrittenFile file = writer.write({kTwoDays, ReportFormat::kCsv, "disclosures", Language::kEnglish}, kTold);
  EXPECT_EQ(content_of(file.file),
            "\xEF\xBB\xBF"
            "Disclosure,Document,Days in a row needed,Days due,Days proved,Longest run,Verdict\r\n"
            "Công khai phí,15/TB-UBND,3,2,2,3,Proved\r\n");
}

TEST_F(ReportWriterTest, ARangeIsOneToFourHundredDays) {
  ReportWriter writer(settings(), reader());
  const civil::Day from = civil::parse_day("2026-11-24");
  const auto refusal = [&](civil::Day to) {
    return test::code_of([&] { static_cast<void>(writer.write({{from, to}, ReportFormat::kCsv}, kTold)); });
  };
  EXPECT_EQ(refusal(from - civil::days{1}), "report.bad_range");
  EXPECT_EQ(refusal(from), "");
  EXPECT_EQ(refusal(from + civil::days{399}), "");
  EXPECT_EQ(refusal(from + civil::days{400}), "report.bad_range");
}

TEST_F(ReportWriterTest, FilesThatWereAskedForDoNotPileUp) {
  ReportWriter writer(settings(), reader());
  const fs::path first = writer.write({kTwoDays, ReportFormat::kCsv}, kTold).file;
  for (int i = 0; i < 7; ++i) static_cast<void>(writer.write({kTwoDays, ReportFormat::kCsv}, kTold));
  EXPECT_TRUE(fs::exists(first));
  static_cast<void>(writer.write({kTwoDays, ReportFormat::kZip}, kTold));
  EXPECT_FALSE(fs::exists(first));
  EXPECT_EQ(names_in(folder_ / "reports/asked").size(), 8U);
  // What a process has left behind goes with the next.
  ReportWriter next(settings(), reader());
  EXPECT_THAT(names_in(folder_ / "reports/asked"), IsEmpty());
}

TEST_F(ReportWriterTest, AFullDiskIsToldAndLeavesNothing) {
  ReportWriter writer(settings(), reader());
  fs::remove_all(folder_ / "reports/asked");
  const auto refusal = [&](ReportFormat format) {
    return test::code_of([&] { static_cast<void>(writer.write({kTwoDays, format}, kTold)); });
  };
  EXPECT_EQ(refusal(ReportFormat::kPdf), "report.cannot_draw");
  EXPECT_EQ(refusal(ReportFormat::kXlsx), "report.cannot_tabulate");
  EXPECT_EQ(refusal(ReportFormat::kCsv), "file.cannot_write");
  EXPECT_EQ(refusal(ReportFormat::kZip), "report.cannot_pack");
}

TEST_F(ReportWriterTest, TheReportOfADeadlineIsWrittenAheadAndAgain) {
  ReportWriter writer(settings(), reader());
  const fs::path folder = folder_ / "reports";
  writer.write_due(at("2027-03-04T23:59"));
  EXPECT_FALSE(find_report(folder, "2027-q1"));
  writer.write_due(at("2027-03-05T00:01"));
  const auto ahead = find_report(folder, "2027-q1");
  ASSERT_TRUE(ahead);
  EXPECT_EQ(ahead->made, at("2027-03-05T00:01"));
  EXPECT_FALSE(ahead->is_final);
  EXPECT_THAT(content_of(ahead->files.at(ReportFormat::kCsv).file), HasSubstr("Toàn phường,Toàn phường,6,11,"));
  // Nothing to do until the next reminder.
  writer.write_due(at("2027-03-09T12:00"));
  EXPECT_EQ(find_report(folder, "2027-q1")->made, ahead->made);
  writer.write_due(at("2027-03-10T00:00"));
  EXPECT_EQ(find_report(folder, "2027-q1")->made, at("2027-03-10T00:00"));
  EXPECT_FALSE(fs::exists(ahead->files.at(ReportFormat::kPdf).file));
  EXPECT_EQ(names_in(folder / "2027-q1").size(), 4U);
  writer.write_due(at("2027-03-24T01:00"));
  EXPECT_TRUE(find_report(folder, "2027-q1")->is_final);
  writer.write_due(at("2027-05-01T01:00"));
  EXPECT_EQ(find_report(folder, "2027-q1")->made, at("2027-03-24T01:00"));
  EXPECT_THAT(names_in(folder), ElementsAre("2027-q1", "asked"));  // before the books began there is nothing to report
}

TEST_F(ReportWriterTest, AReportThatIsMissingIsMadeAgain) {
  ReportWriter writer(settings(), reader());
  const fs::path folder = folder_ / "reports";
  const WallTime now = at("2027-05-01T01:00");
  writer.write_due(now);
  ASSERT_TRUE(find_report(folder, "2027-q1"));
  EXPECT_TRUE(find_report(folder, "2027-q1")->is_final);
  const fs::path pdf = find_report(folder, "2027-q1")->files.at(ReportFormat::kPdf).file;
  fs::remove(pdf);
  EXPECT_FALSE(find_report(folder, "2027-q1"));
  writer.write_due(now);
  EXPECT_TRUE(fs::exists(pdf));
  std::ofstream(pdf, std::ios::app) << "x";
  EXPECT_FALSE(find_report(folder, "2027-q1"));
  fs::remove_all(folder / "2027-q1");
  writer.write_due(now);
  EXPECT_TRUE(find_report(folder, "2027-q1"));
  std::ofstream(folder / "2027-q1/report.json")
      << R"({"made":"2027-05-01T01:00:00Z","pdf":{"file":"../../etc/passwd"}})";
  EXPECT_FALSE(find_report(folder, "2027-q1"));
}

TEST_F(ReportWriterTest, RemindersAreAlarmsUntilTheDeadline) {
  Alarms alarms;
  const auto said = [&](const std::string& local) {
    remind_of_reports(settings(), at(local), alarms);
    const auto texts = alarms.list();
    return texts.empty() ? "" : texts.front().args.back();
  };
  EXPECT_EQ(said("2027-03-04T23:59"), "");
  EXPECT_EQ(said("2027-03-05T00:00"), "10");
  EXPECT_EQ(alarms.list().front().code, "report.due");
  EXPECT_EQ(said("2027-03-13T07:00"), "2");
  EXPECT_EQ(said("2027-03-14T23:59"), "1");
  EXPECT_EQ(said("2027-03-15T00:00"), "");
}

TEST_F(ReportWriterTest, TheDeskWritesOnAThreadOfItsOwnAndTakesAFewAtATime) {
  Alarms alarms;
  const Now now{at("2027-03-06T08:00"), MonoTime{}};
  ReportDesk desk(settings(), reader(), alarms, [now] { return now; });
  std::promise<std::thread::id> began;
  std::promise<void> go;
  std::promise<WrittenFile> made;
  ASSERT_TRUE(desk.ask([&](ReportWriter&) {
    began.set_value(std::this_thread::get_id());
    go.get_future().wait();
  }));
  EXPECT_NE(began.get_future().get(), std::this_thread::get_id());
  // Before the first job it has seen to the deadlines.
  EXPECT_TRUE(find_report(folder_ / "reports", "2027-q1"));
  EXPECT_EQ(alarms.list().size(), 1U);
  ASSERT_TRUE(desk.ask([&](ReportWriter& writer) {
    made.set_value(writer.write({kTwoDays, ReportFormat::kCsv}, kTold));
  }));
  for (std::size_t i = 1; i < ReportDesk::kMostWaiting; ++i) EXPECT_TRUE(desk.ask([](ReportWriter&) {}));
  EXPECT_FALSE(desk.ask([](ReportWriter&) {}));
  go.set_value();
  EXPECT_TRUE(fs::exists(made.get_future().get().file));
}

TEST_F(ReportWriterTest, ADeskThatCannotWriteSaysSo) {
  Alarms alarms;
  const Now now{at("2027-03-06T08:00"), MonoTime{}};
  fs::create_directories(folder_ / "reports");
  std::ofstream(folder_ / "reports/2027-q1") << "in the way";
  ReportDesk desk(settings(), reader(), alarms, [now] { return now; });
  std::promise<void> seen;
  ASSERT_TRUE(desk.ask([&](ReportWriter&) { seen.set_value(); }));
  seen.get_future().wait();
  std::vector<std::string> codes;
  for (const Text& text : alarms.list()) codes.push_back(text.code);
  EXPECT_THAT(codes, ElementsAre("report.due", "report.not_written"));
}

TEST(ZipFile, ListsWhatIsInItWithItsSum) {
  const test::ScratchFolder folder;
  std::ofstream(folder / "abc") << "abc";
  ZipFile zip(folder / "a.zip", kMorning);
  zip.add_file("in/abc.txt", folder / "abc");
  zip.add_text("empty.txt", "");
  zip.finish();
  ASSERT_EQ(zip.files().size(), 2U);
  EXPECT_EQ(zip.files()[0].sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(zip.files()[1].bytes, 0U);
  EXPECT_EQ(test::code_of([&] { ZipFile(folder / "none/a.zip", kMorning); }), "report.cannot_pack");
  EXPECT_EQ(test::code_of([&] { ZipFile(folder / "b.zip", kMorning).add_file("x", folder / "missing"); }),
            "file.cannot_read");
}

}  // namespace
}  // namespace loa::server
