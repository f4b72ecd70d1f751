// The text of phu-lien.toml, which CMake puts into the library. Internal to server/reports.
#pragma once

#include <string_view>

namespace loa::server {

extern const std::string_view kReportFormToml;

}  // namespace loa::server
