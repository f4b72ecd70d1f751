// The routes of evidence and reports: docs/reports.md. They are answered by the desk, from its thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/http/route.h"
#include "server/reports/desk.h"

namespace loa::server {

// `desk` outlives the server; `roles` may read.
[[nodiscard]] std::vector<http::Route> report_routes(ReportDesk& desk, const std::vector<std::string>& roles);

// Name → JSON Schema of their answers.
[[nodiscard]] std::map<std::string, std::string> report_schemas();

}  // namespace loa::server
