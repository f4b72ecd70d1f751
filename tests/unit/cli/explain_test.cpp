#include "cli/explain/explain.h"

#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace loa::cli {
namespace {

using nlohmann::json;

std::string printed(const json& fates, Language language = Language::kEnglish) {
  std::ostringstream out;
  print_fates(fates, civil::Zone{"Asia/Ho_Chi_Minh"}, language, out);
  return out.str();
}

json fate(const char* verdict) {
  return {{"due", "2026-11-27T23:00:00.000Z"},
          {"start", "2026-11-27T23:02:30.000Z"},
          {"verdict", verdict},
          {"length_ms", 124'600},
          {"title", "Thủ tục"},
          {"why", nullptr}};
}

TEST(Explain, ALineHasLocalTimesVerdictLengthAndTitle) {
  EXPECT_EQ(printed(json::array({fate("plays")})),
            "2026-11-28 06:00:00\tplays\t2026-11-28 06:02:30\t02:05\tThủ tục\t\n");
}

TEST(Explain, WhatIsSilentSaysWhyInTheReadersLanguage) {
  json silent = fate("cancelled");
  silent["why"] = {{"code", "fate.past"}, {"vi", "Đã qua."}, {"en", "Over."}};
  EXPECT_EQ(printed(json::array({silent})), "2026-11-28 06:00:00\tcancelled\t-\t-\tThủ tục\tOver.\n");
  EXPECT_EQ(printed(json::array({silent}), Language::kVietnamese),
            "2026-11-28 06:00:00\tcancelled\t-\t-\tThủ tục\tĐã qua.\n");
}

TEST(Explain, ANodesReportStandsBesideIt) {
  json told = fate("shifted");
  told["why"] = {{"code", "fate.lost"}, {"vi", "Nhường."}, {"en", "Gave way."}};
  told["outcome"] = {{"result", "partial"}, {"reason", "node_restarted"}};
  EXPECT_NE(printed(json::array({told})).find("\tGave way. [partial: node_restarted]\n"), std::string::npos);
  told["outcome"] = {{"result", "played"}, {"reason", ""}};
  EXPECT_NE(printed(json::array({told})).find("\tGave way. [played]\n"), std::string::npos);
  told["outcome"] = nullptr;
  EXPECT_NE(printed(json::array({told})).find("\tGave way.\n"), std::string::npos);
}

TEST(Explain, AnEmptyRangeSaysSo) {
  EXPECT_EQ(printed(json::array()), "Nothing is due in this range.\n");
}

TEST(Explain, AnAnswerThatIsNoneIsRefused) {
  json bad = fate("plays");
  bad["due"] = "tomorrow";
  EXPECT_THROW((void)printed(json::array({bad})), Error);
}

}  // namespace
}  // namespace loa::cli
