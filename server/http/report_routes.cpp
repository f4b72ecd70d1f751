#include "server/http/report_routes.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "server/reports/document.h"

namespace loa::server {
namespace {

using http::Parameter;
using http::ParameterType;
using http::Request;
using http::Responder;
using http::Route;
using nlohmann::json;

constexpr civil::days kListed{366};  // of deadlines, back and ahead
constexpr std::array kOwed = {ReportFormat::kPdf, ReportFormat::kXlsx, ReportFormat::kCsv};

const char* type_of(ReportFormat format) {
  switch (format) {
    case ReportFormat::kPdf:
      return "application/pdf";
    case ReportFormat::kXlsx:
      return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    case ReportFormat::kCsv:
      return "text/csv";
    case ReportFormat::kZip:
      return "application/zip";
  }
  std::abort();
}

void fail(const Responder& responder, const Error& error) {
  const std::string& code = error.code();
  const bool is_ours = code.starts_with("db.") || code.starts_with("file.") || code.starts_with("report.cannot_");
  responder.fail(http::Refused(is_ours ? 503 : 422, error));
}

void send_file(const Responder& responder, const WrittenFile& file, ReportFormat format, const std::string& name) {
  std::string type = type_of(format);
  if (format == ReportFormat::kCsv) type += "; charset=utf-8";
  const std::string attached = "attachment; filename=\"" + name + "." + std::string{to_string(format)} + "\"";
  responder.send(http::FileResponse{file.file, std::move(type), file.sha256, {{"Content-Disposition", attached}}});
}

// --- JSON

json counts_json(const PlayCounts& counts) {
  return {{"airings", counts.airings},
          {"planned", counts.planned()},
          {"played", counts.played},
          {"late", counts.late},
          {"partial", counts.partial},
          {"stopped", counts.stopped},
          {"missed", counts.missed},
          {"waiting", counts.waiting},
          {"airtime_ms", counts.airtime.count()},
          {"planned_ms", counts.planned_time.count()},
          {"heard_ms", counts.heard_time.count()}};
}

json uptime_json(const Uptime& uptime) {
  return {{"watched_ms", uptime.watched.count()}, {"heard_ms", uptime.heard.count()}};
}

json with(json counts, const json& named) {
  counts.update(named);
  return counts;
}

json figures_json(const EvidenceFigures& figures, const civil::Zone& zone) {
  json out = {{"from", civil::format_day(figures.range.from)},
              {"to", civil::format_day(figures.range.to)},
              {"made", format_utc(figures.made)},
              {"total", counts_json(figures.total)},
              {"unplanned", {{"plays", figures.unplanned}, {"heard_ms", figures.unplanned_time.count()}}},
              {"uptime", uptime_json(figures.uptime)},
              {"uptime_since", figures.watched_since ? json(format_utc(*figures.watched_since)) : json()},
              {"coverage",
               {{"groups", figures.coverage.groups},
                {"covered", figures.coverage.covered},
                {"working", figures.coverage.working}}},
              {"has_rules", figures.has_rules}};
  for (const char* list : {"announcements", "classes", "campaigns", "areas", "nodes", "reasons", "disclosures", "days",
                           "hours", "outside", "complaints", "satisfaction"})
    out[list] = json::array();
  for (const AnnouncementFigures& each : figures.announcements)
    out["announcements"].push_back(
        with(counts_json(each.counts),
             {{"announcement", each.id.str()}, {"title", each.title}, {"class", to_string(each.announcement_class)}}));
  for (std::size_t i = 0; i < figures.classes.size(); ++i)
    out["classes"].push_back(
        with(counts_json(figures.classes.at(i)), {{"class", to_string(static_cast<AnnouncementClass>(i))}}));
  for (std::size_t i = 0; i < figures.campaigns.size(); ++i)
    out["campaigns"].push_back(
        with(counts_json(figures.campaigns.at(i)), {{"kind", to_string(static_cast<CampaignPart>(i))}}));
  for (const AreaFigures& each : figures.areas)
    out["areas"].push_back(with(counts_json(each.counts), {{"area", each.id.str()},
                                                           {"name", each.name},
                                                           {"depth", each.depth},
                                                           {"group", each.is_group},
                                                           {"loudspeakers", each.loudspeakers},
                                                           {"working", each.working},
                                                           {"uptime", uptime_json(each.uptime)}}));
  for (const NodeFigures& each : figures.nodes)
    out["nodes"].push_back(with(counts_json(each.counts), {{"node", each.id.str()},
                                                           {"name", each.name},
                                                           {"area", each.area.str()},
                                                           {"enrolled", each.is_enrolled},
                                                           {"uptime", uptime_json(each.uptime)}}));
  for (const auto& [why, count] : figures.reasons)
    out["reasons"].push_back({{"result", to_string(why.first)}, {"reason", why.second}, {"plays", count}});
  for (const DisclosureFigures& each : figures.disclosures)
    out["disclosures"].push_back({{"campaign", each.id.str()},
                                  {"title", each.title},
                                  {"source", each.source},
                                  {"days_needed", each.days_needed},
                                  {"days_counted", each.days_counted},
                                  {"days_proved", each.days_proved},
                                  {"longest_run", each.longest_run},
                                  {"proved", each.is_proved()},
                                  {"cancelled", each.is_cancelled}});
  for (const DayFigures& each : figures.days)
    out["days"].push_back(with(counts_json(each.counts), {{"day", civil::format_day(each.day)}}));
  for (const HourFigures& each : figures.hours)
    out["hours"].push_back({{"airings", each.airings}, {"starts", each.starts}, {"heard_ms", each.heard_time.count()}});
  for (const OutsideFigures& each : figures.outside)
    out["outside"].push_back({{"start", civil::format_time(std::chrono::floor<seconds>(zone.to_civil(each.start)))},
                              {"title", each.title},
                              {"class", to_string(each.announcement_class)},
                              {"loudspeakers", each.loudspeakers},
                              {"quiet_hours_ms", each.time[0].count()},
                              {"weekday_ms", each.time[1].count()},
                              {"outside_sessions_ms", each.time[2].count()},
                              {"planned", each.is_planned},
                              {"exception", each.exception ? json{{"reason", to_string(each.exception->reason)},
                                                                  {"words", each.exception->words}}
                                                           : json()},
                              {"allowed", each.allowed ? json{{"person", each.allowed->person.str()},
                                                              {"name", each.allowed->name},
                                                              {"at", format_utc(each.allowed->at)}}
                                                       : json()}});
  for (const ComplaintFigures& each : figures.complaints) {
    json told = {{"node", each.node ? json(each.node->str()) : json()}, {"name", each.name}, {"settled", each.settled}};
    for (std::size_t i = 0; i < kComplaintKinds.size(); ++i)
      told[std::string{to_string(kComplaintKinds.at(i))}] = each.kinds.at(i);
    out["complaints"].push_back(std::move(told));
  }
  for (const SatisfactionFigures& each : figures.satisfaction)
    out["satisfaction"].push_back({{"quarter", each.quarter}, {"counts", each.counts}});
  return out;
}

json period_json(const ReportSettings& settings, const Period& period, civil::Day today) {
  const DeadlineRules& rules = settings.form.deadlines;
  json reminders = json::array();
  for (const int before : rules.reminder_days_before) {
    const civil::Day day = period.deadline - civil::days{before};
    const bool is_due = reminder_due(rules, period, today) == before;
    reminders.push_back({{"day", civil::format_day(day)},
                         {"days_before", before},
                         {"state", is_due        ? "due"
                                   : day > today ? "upcoming"
                                                 : "over"}});
  }
  json files = json::array();
  const auto written = find_report(settings.folder, period.id);
  if (written)
    for (const auto& [format, file] : written->files)
      files.push_back({{"format", to_string(format)},
                       {"path", "/api/reports/" + period.id + "/" + std::string{to_string(format)}},
                       {"bytes", file.bytes},
                       {"sha256", file.sha256}});
  return {{"report", period.id},
          {"from", civil::format_day(period.range.from)},
          {"to", civil::format_day(period.range.to)},
          {"deadline", civil::format_day(period.deadline)},
          {"reminders", std::move(reminders)},
          {"made", written ? json(format_utc(written->made)) : json()},
          {"final", written && written->is_final},
          {"files", std::move(files)}};
}

// --- requests

class Routes {
 public:
  explicit Routes(ReportDesk& desk) : desk_(desk) {}

  void list(const Responder& responder) const {
    json out = json::array();
    for (const Period& period : periods_about(today())) out.push_back(period_json(desk_.settings(), period, today()));
    responder.send(http::Response{200, out.dump(-1, ' ', false, json::error_handler_t::replace)});
  }

  void send_written(const Request& request, const Responder& responder, ReportFormat format) const {
    const std::string id{request.parameter("report")};
    const std::vector<Period> periods = periods_about(today());
    const auto period = std::ranges::find(periods, id, &Period::id);
    if (period == periods.end()) throw http::Refused(404, "report.unknown", {id});
    const auto written = find_report(desk_.settings().folder, id);
    if (!written) {
      const civil::days before{desk_.settings().form.deadlines.built_days_before};
      throw http::Refused(404, "report.not_ready", {id, civil::format_day(period->deadline - before)});
    }
    send_file(responder, written->files.at(format), format, "loa-" + id);
  }

  void tell(const Request& request, const Responder& responder) const {
    ask(responder, [range = range_of(request), now = desk_.now().wall](ReportWriter& writer, const Responder& to) {
      const json told = figures_json(writer.figures(range, now), writer.settings().zone);
      to.send(http::Response{200, told.dump(-1, ' ', false, json::error_handler_t::replace)});
    });
  }

  void write(const Request& request, const Responder& responder, ReportFormat format) const {
    ReportOrder order{range_of(request), format};
    if (const auto table = request.parameter("table"); !table.empty()) order.table = table;
    if (request.parameter("lang") == "en") order.language = Language::kEnglish;
    ask(responder, [order = std::move(order), now = desk_.now().wall](ReportWriter& writer, const Responder& to) {
      const std::string name = "loa-" + civil::format_day(order.range.from) + "-" + civil::format_day(order.range.to);
      send_file(to, writer.write(order, now), order.format, name);
    });
  }

 private:
  template <class Work>
  void ask(const Responder& responder, Work work) const {
    const bool is_taken = desk_.ask([responder, work = std::move(work)](ReportWriter& writer) {
      try {
        work(writer, responder);
      } catch (const Error& error) {
        fail(responder, error);
      }
    });
    if (!is_taken) throw http::Refused(503, "report.busy");
  }

  [[nodiscard]] civil::Day today() const { return civil::day_of(desk_.settings().zone.to_civil(desk_.now().wall)); }
  [[nodiscard]] std::vector<Period> periods_about(civil::Day day) const {
    return periods_with_deadline(desk_.settings().form.deadlines, day - kListed, day + kListed);
  }

  // Days of the ward's calendar; without any, the period that is running.
  [[nodiscard]] DayRange range_of(const Request& request) const {
    const auto day = [&](const char* parameter) -> std::optional<civil::Day> {
      const std::string_view text = request.parameter(parameter);
      if (text.empty()) return std::nullopt;
      try {
        return civil::parse_day(text);
      } catch (const Error& error) {
        throw http::Refused(400, error);
      }
    };
    const auto from = day("from");
    const auto to = day("to");
    DayRange range{today(), today()};
    for (const Period& period : periods_about(today()))
      if (!from && period.range.from <= today() && period.range.to >= today()) range = period.range;
    if (from) range.from = *from;
    if (to) range.to = *to;
    try {
      require_range(range);
    } catch (const Error& error) {
      throw http::Refused(422, error);
    }
    return range;
  }

  ReportDesk& desk_;
};

}  // namespace

std::vector<Route> report_routes(ReportDesk& desk, const std::vector<std::string>& roles) {
  const Routes handlers(desk);
  std::vector<Route> routes;
  const auto add = [&](std::string path, std::string operation, std::string summary, http::Answer answer,
                       std::vector<Parameter> parameters, auto handle) {
    Route route;
    route.path = std::move(path);
    route.operation = std::move(operation);
    route.summary = std::move(summary);
    route.roles = roles;
    route.parameters = std::move(parameters);
    route.answers = {std::move(answer)};
    route.handler = [handlers, handle](const Request& request, const Responder& responder) {
      handle(handlers, request, responder);
    };
    routes.push_back(std::move(route));
  };

  add("/api/reports", "list_reports", "The reports of the ward's deadlines, a year back and ahead",
      {200, "by deadline", "Reports"}, {},
      [](const Routes& to, const Request&, const Responder& responder) { to.list(responder); });
  for (const ReportFormat format : kOwed) {
    const std::string ending{to_string(format)};
    add("/api/reports/{report}/" + ending, "get_report_" + ending, "The report of a deadline as it is written",
        {200, "the file", "", type_of(format)}, {{"report", ParameterType::kId, "id of the report, 2027-q1"}},
        [format](const Routes& to, const Request& request, const Responder& responder) {
          to.send_written(request, responder, format);
        });
  }

  const std::vector<Parameter> range = {
      {"from", ParameterType::kText, "first day of the ward's calendar; without it the period that is running"},
      {"to", ParameterType::kText, "last day, included; today without it"}};
  add("/api/evidence", "get_evidence", "What was aired on these days, in figures",
      {200, "the figures, docs/reports.md", "Evidence"}, range,
      [](const Routes& to, const Request& request, const Responder& responder) { to.tell(request, responder); });
  for (const ReportFormat format : {ReportFormat::kPdf, ReportFormat::kXlsx, ReportFormat::kCsv, ReportFormat::kZip}) {
    const std::string ending{to_string(format)};
    std::vector<Parameter> parameters = range;
    parameters.push_back(
        {"lang", ParameterType::kChoice, "vi unless it says otherwise", http::Presence::kOptional, {"vi", "en"}});
    if (format == ReportFormat::kCsv)
      parameters.push_back({"table",
                            ParameterType::kChoice,
                            "which table; figures unless it says otherwise",
                            http::Presence::kOptional,
                            {kTables.begin(), kTables.end()}});
    add("/api/evidence." + ending, "get_evidence_" + ending, "The same, written down",
        {200, "the file", "", type_of(format)}, std::move(parameters),
        [format](const Routes& to, const Request& request, const Responder& responder) {
          to.write(request, responder, format);
        });
  }
  return routes;
}

std::map<std::string, std::string> report_schemas() {
  const json text = {{"type", "string"}};
  const json count = {{"type", "integer"}, {"minimum", 0}};
  const json flag = {{"type", "boolean"}};
  const json nullable_text = {{"type", {"string", "null"}}};
  const auto object = [](const json& properties) {
    json required = json::array();
    for (const auto& [name, schema] : properties.items()) required.push_back(name);
    return json{{"type", "object"},
                {"properties", properties},
                {"required", std::move(required)},
                {"additionalProperties", false}};
  };
  const auto list = [](const json& items) { return json{{"type", "array"}, {"items", items}}; };
  const auto counts = [&](const json& named) {
    json all = named;
    for (const char* field : {"airings", "planned", "played", "late", "partial", "stopped", "missed", "waiting",
                              "airtime_ms", "planned_ms", "heard_ms"})
      all[field] = count;
    return object(all);
  };
  const json uptime = object({{"watched_ms", count}, {"heard_ms", count}});
  json exception = object({{"reason", text}, {"words", text}});
  exception["type"] = {"object", "null"};
  json allowed = object({{"person", text}, {"name", text}, {"at", text}});
  allowed["type"] = {"object", "null"};
  const json evidence =
      object({{"from", text},
              {"to", text},
              {"made", text},
              {"total", counts(json::object())},
              {"unplanned", object({{"plays", count}, {"heard_ms", count}})},
              {"uptime", uptime},
              {"uptime_since", nullable_text},
              {"coverage", object({{"groups", count}, {"covered", count}, {"working", count}})},
              {"has_rules", flag},
              {"announcements", list(counts({{"announcement", text}, {"title", text}, {"class", text}}))},
              {"classes", list(counts({{"class", text}}))},
              {"campaigns", list(counts({{"kind", text}}))},
              {"areas", list(counts({{"area", text},
                                     {"name", text},
                                     {"depth", count},
                                     {"group", flag},
                                     {"loudspeakers", count},
                                     {"working", count},
                                     {"uptime", uptime}}))},
              {"nodes",
               list(counts({{"node", text}, {"name", text}, {"area", text}, {"enrolled", flag}, {"uptime", uptime}}))},
              {"reasons", list(object({{"result", text}, {"reason", text}, {"plays", count}}))},
              {"disclosures", list(object({{"campaign", text},
                                           {"title", text},
                                           {"source", text},
                                           {"days_needed", count},
                                           {"days_counted", count},
                                           {"days_proved", count},
                                           {"longest_run", count},
                                           {"proved", flag},
                                           {"cancelled", flag}}))},
              {"days", list(counts({{"day", text}}))},
              {"hours", list(object({{"airings", count}, {"starts", count}, {"heard_ms", count}}))},
              {"outside", list(object({{"start", text},
                                       {"title", text},
                                       {"class", text},
                                       {"loudspeakers", count},
                                       {"quiet_hours_ms", count},
                                       {"weekday_ms", count},
                                       {"outside_sessions_ms", count},
                                       {"planned", flag},
                                       {"exception", exception},
                                       {"allowed", allowed}}))},
              {"complaints", list(object({{"node", nullable_text},
                                          {"name", text},
                                          {"settled", count},
                                          {"too_loud", count},
                                          {"not_heard", count},
                                          {"broken", count},
                                          {"other", count}}))},
              {"satisfaction", list(object({{"quarter", text}, {"counts", list(count)}}))}});
  const json reminder = object(
      {{"day", text}, {"days_before", count}, {"state", {{"type", "string"}, {"enum", {"due", "upcoming", "over"}}}}});
  const json file = object({{"format", text}, {"path", text}, {"bytes", count}, {"sha256", text}});
  const json report = object({{"report", text},
                              {"from", text},
                              {"to", text},
                              {"deadline", text},
                              {"reminders", list(reminder)},
                              {"made", nullable_text},
                              {"final", flag},
                              {"files", list(file)}});
  return {{"Evidence", evidence.dump()}, {"Reports", list(report).dump()}};
}

}  // namespace loa::server
