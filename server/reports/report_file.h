// Reads what is the ward's own in its reports from TOML (docs/reports.md §4): the ward's file, or the built-in one that
// stands for it, server/reports/phu-lien.toml.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "server/reports/deadlines.h"

namespace loa::server {

struct ReportForm {
  std::vector<std::string> superior;  // lines over the name
  std::vector<std::string> name;      // lines
  std::string place;
  std::string symbol;
  std::string authority;  // empty: the title alone
  std::string title;
  std::string signer;  // empty: written by hand
  std::vector<std::string> recipients;
  std::string filed;
  DeadlineRules deadlines;
};

[[nodiscard]] ReportForm built_in_report_form();
// The name is for messages. Throws Error config.cannot_parse or config.bad, with every mistake and its line.
[[nodiscard]] ReportForm parse_report_form(const std::filesystem::path& name, std::string_view text);
// Throws Error file.cannot_read too.
[[nodiscard]] ReportForm load_report_form(const std::filesystem::path& file);

}  // namespace loa::server
