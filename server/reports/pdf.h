// A report as it is signed: laid out by Nghị định 30/2020/NĐ-CP, Phụ lục I, on A4. The only door to Cairo and Pango.
#pragma once

#include <filesystem>

#include "common/base/error.h"
#include "server/reports/document.h"

namespace loa::server {

// The same text gives the same file. Throws Error report.cannot_draw; then the file is good for nothing. Any thread.
void write_pdf(const ReportText& text, const ReportForm& form, Language language, const std::filesystem::path& file);

}  // namespace loa::server
