#include "server/http/calendar.h"

#include <algorithm>
#include <optional>

#include <nlohmann/json.hpp>

#include "common/json/json.h"
#include "schedules/ics/ics.h"
#include "server/store/schedule_json.h"

namespace loa::server {
namespace {

using nlohmann::json;

// The core expands and places all of them in one go.
constexpr std::size_t kMostImported = 500;
constexpr std::size_t kLongestSummary = 60;
constexpr const char* kZone = "Asia/Ho_Chi_Minh";

bool is_once(const ics::Event& event) {
  const recurrence::RecurrenceSet& when = event.when;
  return when.rules.empty() && when.rdates.empty() && when.exdates.empty() && when.exdays.empty() &&
         when.overrides.empty() && event.days.empty();
}

// By the reader of the books: what it would refuse later is refused now.
schedules::Rule rule_of(const ics::Event& event) {
  if (is_once(event)) return schedules::Once{event.when.zone.to_wall(event.when.dtstart)};
  json rule = rule_json(schedules::Recurring{event.when, {}});
  if (!event.days.empty()) rule["days"] = parse_json(event.days);
  return read_rule(rule, "rule");
}

std::string names_of(const schedules::Schedule& schedule, const CalendarWords& words) {
  std::string names;
  const auto add = [&](const std::string& name) { names.append(names.empty() ? "" : ", ").append(name); };
  for (const AreaId& area : schedule.areas) {
    const auto known = words.areas.find(area);
    add(known == words.areas.end() ? area.str() : known->second);
  }
  for (const NodeId& node : schedule.nodes) {
    const auto known = words.nodes.find(node);
    add(known == words.nodes.end() ? node.str() : known->second.name);
  }
  return names;
}

std::string title_of(const AnnouncementId& announcement, const CalendarWords& words) {
  const auto known = words.titles.find(announcement);
  return known == words.titles.end() ? announcement.str() : known->second;
}

recurrence::RecurrenceSet once_at(WallTime start) {
  const civil::Zone utc{"Etc/UTC"};
  return {utc.to_civil(start), utc, {}, {}, {}, {}, {}};
}

// As dates: no rule of a calendar says whose turn it is. None when there is none of them.
std::optional<recurrence::RecurrenceSet> turns_of(const schedules::Schedule& schedule,
                                                  const schedules::Almanac& almanac, WallTime from, WallTime until) {
  const auto day_of = [&](WallTime instant) { return civil::day_of(almanac.zone.to_civil(instant)); };
  std::vector<civil::Time> times;
  for (const schedules::Occurrence& each :
       expand(schedule, almanac, day_of(from), day_of(until) + std::chrono::days{1}))
    if (!each.silence && each.due >= from && each.due < until) times.push_back(almanac.zone.to_civil(each.due));
  if (times.empty()) return std::nullopt;
  return recurrence::RecurrenceSet{times.front(), almanac.zone, {}, {times.begin() + 1, times.end()}, {}, {}, {}};
}

}  // namespace

std::vector<ImportSchedules::Event> import_events(std::string_view ics, const schedules::Schedule& terms) {
  const std::vector<ics::Event> read = ics::parse_ics(ics, civil::Zone{kZone});
  if (read.empty()) throw Error("import.nothing");
  if (read.size() > kMostImported)
    throw Error("import.too_many", {std::to_string(read.size()), std::to_string(kMostImported)});
  std::vector<ImportSchedules::Event> events;
  for (const ics::Event& event : read) {
    ImportSchedules::Event made{event.line, event.summary.substr(0, kLongestSummary), terms};
    if (event.is_all_day && !terms.session) throw Error("import.all_day", {std::to_string(made.line), made.summary});
    try {
      made.wanted.rule = rule_of(event);
    } catch (const BadJson& bad) {
      throw Error("import.event", {std::to_string(made.line), made.summary, std::string{bad.what()} + "."});
    }
    events.push_back(std::move(made));
  }
  return events;
}

std::string export_schedules(const std::vector<schedules::Schedule>& schedules, const CalendarWords& words,
                             const StationId& station, const schedules::Almanac& almanac, WallTime stamp, WallTime from,
                             WallTime until) {
  std::vector<ics::Event> events;
  for (const schedules::Schedule& schedule : schedules) {
    ics::Event event{schedule.id.str() + "@" + station.str(),
                     title_of(schedule.announcement, words),
                     "",
                     names_of(schedule, words),
                     once_at(stamp),
                     std::chrono::ceil<seconds>(schedule.duration)};
    if (const auto* once = std::get_if<schedules::Once>(&schedule.rule)) {
      event.when = once_at(once->start);
    } else if (std::get<schedules::Recurring>(schedule.rule).rotation) {
      const auto turns = turns_of(schedule, almanac, from, until);
      if (!turns) continue;
      event.when = *turns;
    } else {
      event.when = std::get<schedules::Recurring>(schedule.rule).set;
      const json rule = rule_json(schedule.rule);
      if (rule.contains("days")) event.days = rule["days"].dump();
    }
    events.push_back(std::move(event));
  }
  return ics::format_ics(events, "Loa " + station.str(), stamp, from, until);
}

std::vector<Airing> airings_of(const std::vector<Explain::Told>& told,
                               const std::map<ScheduleId, std::vector<schedules::Schedule>>& versions,
                               const CalendarWords& words) {
  std::vector<Airing> airings;
  for (const Explain::Told& each_told : told) {
    const FateRow& row = each_told.row;
    if (row.fate.verdict == schedules::Verdict::kCancelled) continue;
    Airing airing{schedules::play_id(row.schedule, row.due),
                  row.announcement,
                  row.title,
                  row.fate.start,
                  row.fate.length,
                  {},
                  ""};
    if (const auto known = versions.find(row.schedule); known != versions.end()) {
      const schedules::Schedule* then = &known->second.front();
      for (const schedules::Schedule& each : known->second)
        if (each.made <= row.due) then = &each;
      airing.areas = then->areas;
      for (const NodeId& node : then->nodes)
        if (const auto stands = words.nodes.find(node); stands != words.nodes.end())
          airing.areas.push_back(stands->second.area);
      airing.places = names_of(*then, words);
    }
    airings.push_back(std::move(airing));
  }
  return airings;
}

std::string calendar_of(const std::vector<Airing>& airings, std::string_view name, const StationId& station,
                        WallTime stamp) {
  std::vector<ics::Event> events;
  WallTime from = stamp;
  WallTime until = stamp;
  for (const Airing& airing : airings) {
    from = std::min(from, airing.start - seconds{1});
    until = std::max(until, airing.start + seconds{1});
    events.push_back({airing.play.str() + "@" + station.str(), airing.title, "", airing.places, once_at(airing.start),
                      std::chrono::ceil<seconds>(airing.length)});
  }
  return ics::format_ics(events, name, stamp, from, until);
}

}  // namespace loa::server
