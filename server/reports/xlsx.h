// Every table as a sheet of a workbook, numbers as numbers. The only door to libxlsxwriter.
#pragma once

#include <filesystem>

#include "common/base/error.h"
#include "server/reports/evidence.h"

namespace loa::server {

// Throws Error report.cannot_tabulate; then the file is good for nothing.
void write_xlsx(const EvidenceFigures& figures, const civil::Zone& zone, Language language,
                const std::filesystem::path& file);

}  // namespace loa::server
