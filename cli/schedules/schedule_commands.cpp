#include "cli/schedules/schedule_commands.h"

#include <fstream>
#include <ostream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "common/http/uri.h"

namespace loa::cli {
namespace {

using nlohmann::json;

constexpr std::uintmax_t kLargestCalendar = 1024UL * 1024;

std::string joined(const json& texts) {
  std::string all;
  for (const json& text : texts) all += (all.empty() ? "" : ",") + text.get<std::string>();
  return all;
}

std::string read_calendar(const std::filesystem::path& file) {
  std::error_code problem;
  const auto size = std::filesystem::file_size(file, problem);
  if (problem) throw Error("file.cannot_read", {file.string(), problem.message()});
  if (size > kLargestCalendar) throw Error("file.too_large", {file.string(), std::to_string(kLargestCalendar)});
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  if (!(text << stream.rdbuf())) throw Error("file.cannot_read", {file.string(), "-"});
  return text.str();
}

}  // namespace

json import_body(const ImportArguments& arguments) {
  json body = {{"ics", read_calendar(arguments.file)},
               {"announcement", arguments.announcement},
               {"volume_pct", arguments.volume_pct},
               {"mode", arguments.is_preview ? "preview" : "save"}};
  if (!arguments.areas.empty()) body["areas"] = arguments.areas;
  if (!arguments.nodes.empty()) body["nodes"] = arguments.nodes;
  if (!arguments.session.empty()) body["session"] = arguments.session;
  if (arguments.later_ms) body["later_ms"] = *arguments.later_ms;
  return body;
}

void print_schedules(const json& schedules, std::ostream& out) {
  for (const json& each : schedules) {
    const json& rule = each.at("rule");
    std::string when = rule.at("start");
    if (rule.contains("rrules")) when += " " + joined(rule["rrules"]);
    std::string where = joined(each.at("areas"));
    for (const json& node : each.at("nodes"))
      where.append(where.empty() ? "" : ",").append("node:").append(node.get<std::string>());
    out << each.at("schedule").get<std::string>() << "\t" << (each.at("cancelled").is_null() ? "active" : "cancelled")
        << "\t" << when << "\t" << where << "\t" << each.at("volume_pct").get<int>() << "\t"
        << each.at("announcement").get<std::string>() << "\n";
  }
  out << std::flush;
}

void print_difference(const json& difference, Language language, std::ostream& out) {
  std::vector<std::string> counts;
  for (const char* field : {"added", "moved", "shortened", "cancelled", "silent"})
    counts.push_back(std::to_string(difference.at(field).get<int>()));
  out << render({"schedule.difference", counts}, language) << std::endl;
}

int list_schedules(const OfficeArguments& office, std::ostream& out, std::ostream& err) {
  return run_office(office, err, [&](Office& server) { print_schedules(server.get("/api/schedules"), out); });
}

int import_schedules(const ImportArguments& arguments, std::ostream& out, std::ostream& err) {
  return run_office(arguments.office, err, [&](Office& server) {
    const json made = server.post("/api/schedules/import", import_body(arguments));
    print_schedules(made.at("schedules"), out);
    print_difference(made.at("difference"), language_of_environment(), out);
  });
}

int export_schedules(const ExportArguments& arguments, std::ostream& out, std::ostream& err) {
  return run_office(arguments.office, err, [&](Office& server) {
    const std::string calendar = server.text("/api/schedules.ics");
    if (arguments.file.empty()) {
      out << calendar << std::flush;
      return;
    }
    std::ofstream file(arguments.file, std::ios::binary | std::ios::trunc);
    if (!(file << calendar << std::flush)) throw Error("file.cannot_write", {arguments.file.string(), "-"});
  });
}

int cancel_schedule(const OfficeArguments& office, const std::string& schedule, std::ostream& out, std::ostream& err) {
  return run_office(office, err, [&](Office& server) {
    print_difference(server.remove("/api/schedules/" + http::percent_encode(schedule)), language_of_environment(), out);
  });
}

int add_feed(const FeedArguments& arguments, std::ostream& out, std::ostream& err) {
  return run_office(arguments.office, err, [&](Office& server) {
    json body = {{"name", arguments.name}};
    if (!arguments.area.empty()) body["area"] = arguments.area;
    const json made = server.post("/api/feeds", body);
    out << made.at("feed").get<std::string>() << "\t" << server.address() << made.at("path").get<std::string>()
        << std::endl;
  });
}

int list_feeds(const OfficeArguments& office, std::ostream& out, std::ostream& err) {
  return run_office(office, err, [&](Office& server) {
    for (const json& feed : server.get("/api/feeds"))
      out << feed.at("feed").get<std::string>() << "\t" << feed.at("name").get<std::string>() << "\t"
          << (feed.at("area").is_null() ? "-" : feed["area"].get<std::string>()) << "\n";
    out << std::flush;
  });
}

int remove_feed(const OfficeArguments& office, const std::string& feed, std::ostream& err) {
  return run_office(office, err, [&](Office& server) { server.remove("/api/feeds/" + http::percent_encode(feed)); });
}

}  // namespace loa::cli
