// `loa schedule` and `loa feed`: the ward's schedules and calendars over the office's interface.
//
// Every command gives 0, or 1 after exactly one line on `err`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cli/office.h"
#include "common/base/error.h"

namespace loa::cli {

struct ImportArguments {
  OfficeArguments office;
  std::filesystem::path file;  // .ics
  std::string announcement;
  std::vector<std::string> areas;
  std::vector<std::string> nodes;  // single loudspeakers beside them
  int volume_pct = 0;
  std::string session;                   // empty: the times of the file
  std::optional<std::int64_t> later_ms;  // none: not later
  bool is_preview = false;
};
struct ExportArguments {
  OfficeArguments office;
  std::filesystem::path file;  // is replaced; empty: `out`
};
struct FeedArguments {
  OfficeArguments office;
  std::string name;
  std::string area;  // empty: the whole ward
};

[[nodiscard]] int list_schedules(const OfficeArguments& office, std::ostream& out, std::ostream& err);
[[nodiscard]] int import_schedules(const ImportArguments& arguments, std::ostream& out, std::ostream& err);
[[nodiscard]] int export_schedules(const ExportArguments& arguments, std::ostream& out, std::ostream& err);
[[nodiscard]] int cancel_schedule(const OfficeArguments& office, const std::string& schedule, std::ostream& out,
                                  std::ostream& err);
[[nodiscard]] int add_feed(const FeedArguments& arguments, std::ostream& out, std::ostream& err);
[[nodiscard]] int list_feeds(const OfficeArguments& office, std::ostream& out, std::ostream& err);
[[nodiscard]] int remove_feed(const OfficeArguments& office, const std::string& feed, std::ostream& err);

// The body of an import. Throws Error file.* when the file cannot be read or is too large.
[[nodiscard]] nlohmann::json import_body(const ImportArguments& arguments);
// One schedule a line, between tabs: id, `cancelled` or `active`, its rule, areas and `node:<id>` of single
// loudspeakers, volume, announcement.
void print_schedules(const nlohmann::json& schedules, std::ostream& out);
// One line of what an edit changes.
void print_difference(const nlohmann::json& difference, Language language, std::ostream& out);

}  // namespace loa::cli
