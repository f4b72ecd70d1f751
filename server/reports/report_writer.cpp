#include "server/reports/report_writer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/base/bytes.h"
#include "common/base/log.h"
#include "common/crypto/files.h"
#include "common/crypto/sha256.h"
#include "common/json/json.h"
#include "server/reports/csv.h"
#include "server/reports/document.h"
#include "server/reports/evidence_reader.h"
#include "server/reports/pdf.h"
#include "server/reports/xlsx.h"
#include "server/reports/zip_file.h"

namespace loa::server {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr civil::days kLongestRange{400};
constexpr civil::days kWrittenBack{366};  // a missing report is made again so long after its deadline
constexpr std::size_t kKept = 8;          // files that somebody asked for; the download of one begins when it is made
constexpr std::size_t kLargestList = std::size_t{64} * 1024;
constexpr std::array kOwed = {ReportFormat::kPdf, ReportFormat::kXlsx, ReportFormat::kCsv};
constexpr std::string_view kAsked = "asked";

WrittenFile described(const fs::path& file) {
  return {file, fs::file_size(file), crypto::to_hex(crypto::sha256_of_file(file))};
}

fs::path list_of(const fs::path& folder, const std::string& period) {
  return folder / period / "report.json";
}

[[noreturn]] void cannot_write(const fs::path& file, const std::string& why) {
  throw Error("file.cannot_write", {file.string(), why});
}

// std::filesystem's failures are the disk's, and are told as such.
template <class Work>
auto on_disk(const fs::path& where, Work work) {
  try {
    return work();
  } catch (const fs::filesystem_error& error) {
    cannot_write(where, error.code().message());
  }
}

template <class Write>
void write_stream(const fs::path& file, Write write) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  write(out);
  if (!out.flush()) cannot_write(file, "-");
}

std::string in_hundredths(const std::optional<double>& value) {
  return value ? std::to_string(std::llround(*value * 100)) : "";
}

std::string in_us(const std::optional<microseconds>& value) {
  return value ? std::to_string(value->count()) : "";
}

// Every play, with all that is known of it.
void write_outcomes(Store& books, const EvidenceGround& ground, Language language, std::ostream& out) {
  std::map<std::string, std::pair<std::string, std::string>, std::less<>> announcements;  // title, class
  for (const Announcement& each : ground.announcements)
    announcements[each.id.str()] = {each.title, std::string{to_string(each.announcement_class)}};
  std::map<std::string, std::pair<std::string, std::string>, std::less<>> nodes;  // name, area
  std::map<AreaId, std::string> areas;
  for (const Area& area : ground.areas) areas[area.id] = area.name;
  for (const Node& node : ground.nodes) nodes[node.id.str()] = {node.name, areas[node.area]};
  const auto local = [&](const std::optional<WallTime>& instant) {
    return instant ? civil::format_time(std::chrono::floor<seconds>(ground.zone.to_civil(*instant))) : std::string{};
  };

  CsvWriter csv(out);
  std::vector<std::string> fields;
  for (const char* code :
       {"report.start",       "report.node",         "report.item",        "report.area",     "report.play",
        "report.schedule",    "report.announcement", "report.class",       "report.result",   "report.why",
        "report.started",     "report.heard_ms",     "report.start_error", "report.loudness", "report.peak",
        "report.clock_state", "report.clock_error",  "report.historical",  "report.reported", "report.committed"})
    fields.push_back(csv_text(render({code, {}}, language)));
  csv.record(fields);
  books.each_outcome(ground.from(), std::max(ground.until(), ground.from()),
                     [&](const PlayRow& play, const OutcomeDetail& detail) {
                       const auto& [name, area] = nodes.find(play.node)->second;
                       const auto announcement = announcements.find(play.announcement);
                       const bool is_known = announcement != announcements.end();
                       const bool has_sounded = play.heard > milliseconds{0};
                       fields = {local(play.start),
                                 csv_text(play.node),
                                 csv_text(name),
                                 csv_text(area),
                                 csv_text(play.play),
                                 csv_text(play.schedule),
                                 csv_text(is_known ? announcement->second.first : play.announcement),
                                 is_known ? announcement->second.second : "",
                                 play.result ? std::string{to_string(*play.result)} : "waiting",
                                 csv_text(play.reason),
                                 has_sounded ? local(play.started) : "",
                                 std::to_string(play.heard.count()),
                                 in_us(detail.start_error),
                                 in_hundredths(detail.loudness_lufs),
                                 in_hundredths(detail.peak_dbfs),
                                 csv_text(detail.clock_state),
                                 in_us(detail.clock_error),
                                 detail.is_historical ? "1" : "0",
                                 local(detail.reported),
                                 local(detail.committed)};
                       csv.record(fields);
                     });
}

}  // namespace

std::string_view to_string(ReportFormat format) {
  switch (format) {
    case ReportFormat::kPdf:
      return "pdf";
    case ReportFormat::kXlsx:
      return "xlsx";
    case ReportFormat::kCsv:
      return "csv";
    case ReportFormat::kZip:
      return "zip";
  }
  std::abort();
}

void require_range(const DayRange& range) {
  if (range.from > range.to || range.to - range.from >= kLongestRange)
    throw Error("report.bad_range", {std::to_string(kLongestRange.count())});
}

std::optional<WrittenReport> find_report(const fs::path& folder, const std::string& period) {
  const fs::path list = list_of(folder, period);
  std::error_code ignored;
  if (!fs::exists(list, ignored)) return std::nullopt;
  try {
    const json told = parse_json(view_text(crypto::read_small_file(list, kLargestList)));
    const FieldReader reader(told, "report");
    WrittenReport report;
    const auto made = parse_utc(reader.text("made", 64));
    if (!made) return std::nullopt;
    report.made = *made;
    report.is_final = reader.flag_or("final", false);
    for (const ReportFormat format : kOwed) {
      const std::string name{to_string(format)};
      const FieldReader file(reader.object(name.c_str(), 3), name);
      const std::string at = file.text("file", 64);
      if (at.find('/') != std::string::npos) return std::nullopt;
      WrittenFile written{folder / period / at, static_cast<std::uint64_t>(file.integer("bytes", 0, INT64_MAX)),
                          file.digest("sha256")};
      if (fs::file_size(written.file, ignored) != written.bytes) return std::nullopt;
      report.files[format] = std::move(written);
    }
    return report;
  } catch (const BadJson&) {
    return std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

ReportWriter::ReportWriter(ReportSettings settings, Store books)
    : settings_(std::move(settings)), books_(std::move(books)) {
  on_disk(settings_.folder, [&] {
    fs::remove_all(settings_.folder / kAsked);
    fs::create_directories(settings_.folder / kAsked);
  });
}

EvidenceFigures ReportWriter::figures(const DayRange& range, WallTime now) {
  require_range(range);
  EvidenceFigures found;
  books_.in_one_view([&] {
    const EvidenceGround ground = load_ground(books_, range, settings_.zone, now);
    found = tell_evidence(books_, ground);
  });
  return found;
}

fs::path ReportWriter::scratch(std::string_view ending) {
  return settings_.folder / kAsked / (std::to_string(++scratches_) + "." + std::string{ending});
}

void ReportWriter::write_into(const fs::path& file, const ReportOrder& order, const EvidenceFigures& figures) const {
  switch (order.format) {
    case ReportFormat::kPdf:
      write_pdf(report_text(figures, settings_.form, settings_.zone, order.language), settings_.form, order.language,
                file);
      return;
    case ReportFormat::kXlsx:
      write_xlsx(figures, settings_.zone, order.language, file);
      return;
    case ReportFormat::kCsv:
      write_stream(file, [&](std::ostream& out) {
        write_csv(table_of(figures, order.table, settings_.zone, order.language), order.language, out);
      });
      return;
    case ReportFormat::kZip:
      break;
  }
  std::abort();
}

WrittenFile ReportWriter::write(const ReportOrder& order, WallTime now) {
  const fs::path file = scratch(to_string(order.format));
  std::error_code ignored;  // what cannot be removed now is removed at the next start
  try {
    if (order.format == ReportFormat::kZip)
      write_pack(file, order, now);
    else
      write_into(file, order, figures(order.range, now));
    WrittenFile written = on_disk(file, [&] { return described(file); });
    asked_.push_back(file);
    if (asked_.size() > kKept) {
      fs::remove(asked_.front(), ignored);
      asked_.erase(asked_.begin());
    }
    return written;
  } catch (const Error&) {
    fs::remove(file, ignored);
    throw;
  }
}

void ReportWriter::write_pack(const fs::path& file, const ReportOrder& order, WallTime now) {
  require_range(order.range);
  const fs::path piece = scratch("piece");
  const auto remove_piece = [&] {
    std::error_code ignored;
    fs::remove(piece, ignored);
  };
  try {
    books_.in_one_view([&] {
      ZipFile zip(file, now);
      const auto add = [&](const std::string& name, ReportFormat format, const std::string& table,
                           const EvidenceFigures& figures) {
        write_into(piece, {figures.range, format, table, order.language}, figures);
        zip.add_file(name + "." + std::string{to_string(format)}, piece);
      };
      const EvidenceGround ground = load_ground(books_, order.range, settings_.zone, now);
      const EvidenceFigures whole = tell_evidence(books_, ground);
      for (const ReportFormat format : kOwed) add("report", format, "figures", whole);
      const civil::days longest{366};
      for (const Period& period :
           periods_with_deadline(settings_.form.deadlines, order.range.from, order.range.to + longest)) {
        if (period.range.from < order.range.from || period.range.to > order.range.to) continue;
        const EvidenceFigures part = tell_evidence(books_, load_ground(books_, period.range, settings_.zone, now));
        for (const ReportFormat format : kOwed) add("periods/" + period.id, format, "figures", part);
      }
      for (const std::string_view table : kTables)
        add("tables/" + std::string{table}, ReportFormat::kCsv, std::string{table}, whole);
      write_stream(piece, [&](std::ostream& out) { write_outcomes(books_, ground, order.language, out); });
      zip.add_file("outcomes.csv", piece);

      json manifest = {{"station", settings_.station.str()},
                       {"from", civil::format_day(order.range.from)},
                       {"to", civil::format_day(order.range.to)},
                       {"made", format_utc(now)},
                       {"program", LOA_VERSION},
                       {"files", json::array()}};
      std::string sums;
      for (const PackedFile& each : zip.files()) {
        manifest["files"].push_back({{"name", each.name}, {"bytes", each.bytes}, {"sha256", each.sha256}});
        sums += each.sha256 + "  " + each.name + "\n";
      }
      zip.add_text("manifest.json", manifest.dump(1) + "\n");
      sums += zip.files().back().sha256 + "  manifest.json\n";
      zip.add_text("SHA256SUMS", sums);
      zip.finish();
    });
  } catch (...) {
    remove_piece();
    throw;
  }
  remove_piece();
}

void ReportWriter::write_due(WallTime now) {
  const civil::Day today = civil::day_of(settings_.zone.to_civil(now));
  const auto began = books_.began();
  if (!began) return;
  std::exception_ptr failure;
  const civil::days ahead{settings_.form.deadlines.built_days_before};
  for (const Period& period : periods_with_deadline(settings_.form.deadlines, today - kWrittenBack, today + ahead)) {
    if (settings_.zone.to_wall(period.range.to + civil::days{1}) <= *began) continue;
    const auto wanted = writing_day(settings_.form.deadlines, period, today);
    if (!wanted) continue;
    const auto there = find_report(settings_.folder, period.id);
    if (there && civil::day_of(settings_.zone.to_civil(there->made)) >= *wanted) continue;
    try {
      write_report(period, now, today >= final_day(period));
      log::info("report written", {{"report", period.id}});
    } catch (const Error& error) {
      log::error("report not written", {{"report", period.id}, {"why", error.what()}});
      if (!failure) failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

void ReportWriter::write_report(const Period& period, WallTime now, bool is_final) {
  const fs::path folder = settings_.folder / period.id;
  on_disk(folder, [&] { fs::create_directories(folder); });
  const EvidenceFigures told = figures(period.range, now);
  // Under names of their own, so that whoever downloads the one before gets the end of it.
  const std::string name = std::to_string(to_us(now));
  json list = {{"made", format_utc(now)}, {"final", is_final}};
  for (const ReportFormat format : kOwed) {
    const std::string ending{to_string(format)};
    const fs::path file = folder / std::string{name}.append(".").append(ending);
    write_into(file, {period.range, format}, told);
    const WrittenFile written = on_disk(file, [&] { return described(file); });
    list[ending] = {{"file", file.filename().string()}, {"bytes", written.bytes}, {"sha256", written.sha256}};
  }
  crypto::write_file_atomically(list_of(settings_.folder, period.id), view_bytes(list.dump()), crypto::Readers::kOwner,
                                crypto::IfExists::kReplace);
  on_disk(folder, [&] {
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.path().stem() != name && entry.path() != list_of(settings_.folder, period.id)) fs::remove(entry.path());
  });
}

}  // namespace loa::server
