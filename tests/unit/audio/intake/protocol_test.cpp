#include "audio/intake/protocol.h"

#include <gtest/gtest.h>

namespace loa::intake {
namespace {

std::optional<Report> back(const Report& report) {
  std::string line = encode_report(report);
  EXPECT_EQ(line.back(), '\n');
  line.pop_back();
  return parse_report(line);
}

TEST(IntakeProtocol, ComesBackAsItWasSent) {
  EXPECT_DOUBLE_EQ(std::get<ProgressReport>(back(ProgressReport{0.25}).value()).share, 0.25);
  EXPECT_TRUE(std::holds_alternative<NeedsLibavReport>(back(NeedsLibavReport{}).value()));
  const auto refused = std::get<RefusedReport>(back(RefusedReport{{"intake.odd_format", {"1", "2"}}}).value());
  EXPECT_EQ(refused.reason.code, "intake.odd_format");
  EXPECT_EQ(refused.reason.args, (std::vector<std::string>{"1", "2"}));
  const auto done = std::get<DoneReport>(back(DoneReport{{12.5, -20.25, -16.125, -2.5, 24'000}}).value());
  EXPECT_DOUBLE_EQ(done.facts.duration_s, 12.5);
  EXPECT_DOUBLE_EQ(done.facts.input_lufs, -20.25);
  EXPECT_DOUBLE_EQ(done.facts.output_lufs, -16.125);
  EXPECT_DOUBLE_EQ(done.facts.output_true_peak_dbtp, -2.5);
  EXPECT_EQ(done.facts.bitrate_bps, 24'000);
}

TEST(IntakeProtocol, ArgumentsCannotBreakTheLine) {
  const auto refused =
      std::get<RefusedReport>(back(RefusedReport{{"intake.broke_down", {"a\nb\tc" + std::string(200, 'x')}}}).value());
  EXPECT_EQ(refused.reason.args.at(0).substr(0, 5), "a?b?c");
  EXPECT_LE(refused.reason.args.at(0).size(), 80U);
}

TEST(IntakeProtocol, BelievesNothingElse) {
  for (const std::string_view line : {"",
                                      "hello",
                                      "progress",
                                      "progress ",
                                      "progress -1",
                                      "progress 1001",
                                      "progress 5 ",
                                      "progress 1e3",
                                      "need_libav ",
                                      "refused ",
                                      "refused file.cannot_read",
                                      "refused intake.no_such_text",
                                      "refused intake.empty\t\x1b[2J",
                                      "refused intake.empty\ta\tb\tc\td",
                                      "done",
                                      "done 1 2 3 4",
                                      "done 1000000 -20000 -16000 -2000 24000 1",
                                      "done 0 -20000 -16000 -2000 24000",
                                      "done 9999999999 -20000 -16000 -2000 24000",
                                      "done 1000000 -90000 -16000 -2000 24000",
                                      "done 1000000 -20000 -15000 -2000 24000",
                                      "done 1000000 -20000 -16000 -1000 24000",
                                      "done 1000000 -20000 -16000 -2000 0",
                                      "done 1000000 nan -16000 -2000 24000",
                                      "done 99999999999999999999 -20000 -16000 -2000 24000"})
    EXPECT_FALSE(parse_report(line).has_value()) << line;
}

TEST(ReportReader, CutsLinesAnywhereAndBoundsThem) {
  ReportReader reader;
  std::vector<Report> reports;
  for (const char c : std::string_view{"progress 10\nneed_libav\n"}) ASSERT_TRUE(reader.add({&c, 1}, reports));
  EXPECT_EQ(reports.size(), 2U);
  const std::string endless(kLongestLine + 1, 'a');
  EXPECT_FALSE(reader.add(endless, reports));
  EXPECT_FALSE(ReportReader().add(std::string_view{"progress 1\nrubbish\n"}, reports));
}

}  // namespace
}  // namespace loa::intake
