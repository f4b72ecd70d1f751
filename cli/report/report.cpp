#include "cli/report/report.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "common/base/bytes.h"
#include "common/crypto/files.h"
#include "common/http/uri.h"

namespace loa::cli {

std::string report_path(const ReportArguments& arguments, Language language) {
  constexpr std::array<std::string_view, 4> kEndings = {".pdf", ".xlsx", ".csv", ".zip"};
  const std::string ending = arguments.out.extension().string();
  if (std::ranges::find(kEndings, ending) == kEndings.end())
    throw Error("report.unknown_ending", {arguments.out.string()});
  if (!arguments.table.empty() && ending != ".csv") throw Error("report.only_csv_has_tables");
  std::string path = "/api/evidence" + ending + "?lang=" + (language == Language::kVietnamese ? "vi" : "en");
  path += "&from=" + http::percent_encode(arguments.from) + "&to=" + http::percent_encode(arguments.to);
  if (!arguments.table.empty()) path += "&table=" + http::percent_encode(arguments.table);
  return path;
}

int write_report(const ReportArguments& arguments, std::ostream& err) {
  return run_office(arguments.office, err, [&](Office& office) {
    const std::string file = office.text(report_path(arguments, language_of_environment()));
    crypto::write_file_atomically(arguments.out, view_bytes(file), crypto::Readers::kEveryone,
                                  crypto::IfExists::kReplace);
  });
}

}  // namespace loa::cli
