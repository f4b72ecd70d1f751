#include "server/store/schedule_json.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/json/json.h"

namespace loa::server {
namespace {

using nlohmann::json;
using std::chrono::hours;
using std::chrono::minutes;

constexpr std::array kWeekdays = {"mo", "tu", "we", "th", "fr", "sa", "su"};
constexpr std::int64_t kMostSessions = 12;
constexpr std::int64_t kMostPooled = 50;
constexpr std::size_t kMostClasses = 16;
constexpr std::size_t kMostClassed = 1000;
constexpr std::size_t kMostCeilings = 24;
constexpr std::int64_t kLongestGapMs = 600'000;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::size_t kClasses = 3;  // of announcements
constexpr std::string_view kZone = "Asia/Ho_Chi_Minh";
constexpr std::size_t kMostRules = 16;
constexpr std::size_t kMostDates = 1000;
constexpr std::size_t kMostAirings = 16;

std::string time_of_day(minutes time) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d", static_cast<int>(time / hours{1}),
                static_cast<int>((time % hours{1}).count()));
  return text.data();
}

minutes read_time_of_day(const FieldReader& reader, const char* field, std::string_view name) {
  const std::string text = reader.text(field, 5);
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : -100; };
  if (text.size() == 5 && text[2] == ':') {
    const int hour = digit(0) * 10 + digit(1);
    const int minute = digit(3) * 10 + digit(4);
    const minutes time = hours{hour} + minutes{minute};
    if (hour >= 0 && minute >= 0 && minute < 60 && time <= hours{24}) return time;
  }
  throw BadJson(std::string{name} + "." + field + ": must be a time of day from 00:00 to 24:00");
}

const json& object_of(const json& value, const std::string& name) {
  if (!value.is_object()) throw BadJson(name + ": must be an object");
  return value;
}

constexpr std::array<std::pair<const char*, holidays::DaySet>, 4> kDaySets = {
    {{"day_off", holidays::DaySet::kDayOff},
     {"not_working", holidays::DaySet::kNotWorking},
     {"great_day", holidays::DaySet::kGreatDay},
     {"holiday", holidays::DaySet::kHoliday}}};

const char* word_of(holidays::DaySet days) {
  return std::ranges::find(kDaySets, days, &std::pair<const char*, holidays::DaySet>::second)->first;
}

holidays::DaySet read_days(const FieldReader& reader, const char* field, const std::string& name) {
  const std::string word = reader.text(field, 16);
  for (const auto& [text, days] : kDaySets)
    if (word == text) return days;
  throw BadJson(name + "." + field + ": day_off, not_working, great_day or holiday");
}

json step_json(const holidays::DayStep& step) {
  if (const auto* skip = std::get_if<holidays::SkipOn>(&step)) return {{"skip_on", word_of(skip->days)}};
  if (const auto* only = std::get_if<holidays::OnlyOn>(&step)) return {{"only_on", word_of(only->days)}};
  if (const auto* move = std::get_if<holidays::MoveFrom>(&step))
    return {{"move_from", word_of(move->days)},
            {"to", move->direction == holidays::Direction::kBefore ? "before" : "after"}};
  json airings = json::array();
  for (const holidays::Airing& airing : std::get<holidays::AirAt>(step).airings) {
    json each = {{"days", airing.days}};
    if (airing.clock) each["time"] = time_of_day(std::chrono::floor<minutes>(*airing.clock));
    airings.push_back(std::move(each));
  }
  return {{"air_at", std::move(airings)}};
}

holidays::DayStep read_step(const json& value, const std::string& name) {
  const FieldReader reader(value, name);
  if (reader.find("skip_on") != nullptr) return holidays::SkipOn{read_days(reader, "skip_on", name)};
  if (reader.find("only_on") != nullptr) return holidays::OnlyOn{read_days(reader, "only_on", name)};
  if (reader.find("move_from") != nullptr) {
    const std::string to = reader.text("to", 8);
    if (to != "before" && to != "after") throw BadJson(name + ".to: before or after");
    return holidays::MoveFrom{read_days(reader, "move_from", name),
                              to == "before" ? holidays::Direction::kBefore : holidays::Direction::kAfter};
  }
  holidays::AirAt air;
  for (const json& item : reader.array("air_at", kMostAirings)) {
    const FieldReader airing(object_of(item, name + ".air_at"), name + ".air_at");
    air.airings.push_back(
        {static_cast<int>(airing.integer("days", -holidays::kFarthestAiring, holidays::kFarthestAiring)),
         airing.find("time") == nullptr ? std::nullopt
                                        : std::optional<seconds>{read_time_of_day(airing, "time", name + ".air_at")}});
  }
  return air;
}

schedules::Session read_session(const json& value, std::string_view name) {
  const FieldReader reader(object_of(value, std::string{name}), name);
  schedules::Session session;
  session.name = reader.text("name", 64);
  session.from = read_time_of_day(reader, "from", name);
  session.until = read_time_of_day(reader, "until", name);
  session.longest = milliseconds{reader.integer("longest_ms", 1, kDayMs)};
  if (session.until <= session.from) throw BadJson(std::string{name} + ": must end after it begins, within one day");
  return session;
}

}  // namespace

json rule_json(const schedules::Rule& rule) {
  if (const auto* once = std::get_if<schedules::Once>(&rule))
    return {{"kind", "once"}, {"start", format_utc(once->start)}};
  const auto& [set, days, rotation] = std::get<schedules::Recurring>(rule);
  json out = {{"kind", "recurring"}, {"start", civil::format_time(set.dtstart)}, {"zone", set.zone.name()}};
  const auto list = [&](const char* field, const auto& values, auto text_of) {
    if (values.empty()) return;
    json texts = json::array();
    for (const auto& value : values) texts.push_back(text_of(value));
    out[field] = std::move(texts);
  };
  list("rrules", set.rules, recurrence::format_rule);
  list("rdates", set.rdates, civil::format_time);
  list("exdates", set.exdates, civil::format_time);
  list("exdays", set.exdays, civil::format_day);
  list("moved", set.overrides, [](const recurrence::Override& moved) {
    return json{{"from", civil::format_time(moved.original)}, {"to", civil::format_time(moved.start)}};
  });
  list("days", days.steps, step_json);
  if (rotation)
    out["rotation"] = {{"place", rotation->place},
                       {"pool", rotation->pool},
                       {"per_turn", rotation->per_turn},
                       {"session", rotation->session},
                       {"sessions", rotation->sessions}};
  return out;
}

schedules::Rule read_rule(const json& value, std::string_view name) {
  const FieldReader reader(value, name);
  const std::string prefix = std::string{name} + ".";
  const std::string kind = reader.text("kind", 16);
  if (kind == "once") {
    const auto start = parse_utc(reader.text("start", 40));
    if (!start) throw BadJson(prefix + "start: not an RFC 3339 instant with seconds and offset");
    return schedules::Once{*start};
  }
  if (kind != "recurring") throw BadJson(prefix + "kind: must be once or recurring");
  schedules::Recurring recurring{
      {civil::parse_time(reader.text("start", 40)), civil::Zone{reader.text_or("zone", 64, kZone)}, {}, {}, {}, {}, {}},
      {},
      std::nullopt};
  const auto each = [&](const char* field, std::size_t most, auto take) {
    if (reader.find(field) == nullptr) return;
    for (const json& item : reader.array(field, most)) take(item);
  };
  const auto text_of = [&](const json& item, const char* field) -> const std::string& {
    if (!item.is_string()) throw BadJson(prefix + field + ": each must be a text");
    return item.get_ref<const std::string&>();
  };
  recurrence::RecurrenceSet& set = recurring.set;
  each("rrules", kMostRules,
       [&](const json& item) { set.rules.push_back(recurrence::parse_rule(text_of(item, "rrules"))); });
  each("rdates", kMostDates,
       [&](const json& item) { set.rdates.push_back(civil::parse_time(text_of(item, "rdates"))); });
  each("exdates", kMostDates,
       [&](const json& item) { set.exdates.push_back(civil::parse_time(text_of(item, "exdates"))); });
  each("exdays", kMostDates,
       [&](const json& item) { set.exdays.push_back(civil::parse_day(text_of(item, "exdays"))); });
  each("moved", kMostDates, [&](const json& item) {
    const FieldReader moved(object_of(item, prefix + "moved"), prefix + "moved");
    set.overrides.push_back({civil::parse_time(moved.text("from", 40)), civil::parse_time(moved.text("to", 40))});
  });
  each("days", kMostRules, [&](const json& item) {
    recurring.days.steps.push_back(read_step(object_of(item, prefix + "days"), prefix + "days"));
  });
  if (reader.find("rotation") != nullptr) {
    const FieldReader rotation(reader.object("rotation", 5), prefix + "rotation");
    const auto number = [&](const char* field, std::int64_t least, std::int64_t most) {
      return static_cast<int>(rotation.integer(field, least, most));
    };
    schedules::Rotation turns;
    turns.pool = number("pool", 1, kMostPooled);
    turns.place = number("place", 0, turns.pool - 1);
    turns.per_turn = number("per_turn", 1, turns.pool);
    turns.sessions = number("sessions", 1, kMostSessions);
    turns.session = number("session", 0, turns.sessions - 1);
    recurring.rotation = turns;
  }
  return recurring;
}

namespace {

json class_json(const schedules::AreaClass& each) {
  json areas = json::array();
  for (const AreaId& area : each.areas) areas.push_back(area.str());
  json ceilings = json::array();
  for (const schedules::AreaCeiling& ceiling : each.ceilings)
    ceilings.push_back({{"from", time_of_day(ceiling.from)},
                        {"until", time_of_day(ceiling.until)},
                        {"volume_pct", ceiling.volume_pct}});
  return {{"name", each.name}, {"areas", std::move(areas)}, {"ceilings", std::move(ceilings)}};
}

schedules::AreaClass read_class(const json& value, const std::string& name) {
  const FieldReader reader(object_of(value, name), name);
  schedules::AreaClass each;
  each.name = reader.text("name", 64);
  for (const json& area : reader.array("areas", kMostClassed)) {
    if (!area.is_string() || !is_valid_id(area.get_ref<const std::string&>()))
      throw BadJson(name + ".areas: not an id");
    each.areas.emplace_back(area.get<std::string>());
  }
  for (const json& item : reader.array("ceilings", kMostCeilings)) {
    const FieldReader ceiling(object_of(item, name + ".ceilings"), name + ".ceilings");
    each.ceilings.push_back({read_time_of_day(ceiling, "from", name + ".ceilings"),
                             read_time_of_day(ceiling, "until", name + ".ceilings"),
                             static_cast<int>(ceiling.integer("volume_pct", 1, 100))});
    if (each.ceilings.back().until <= each.ceilings.back().from)
      throw BadJson(name + ".ceilings: must end after it begins, within one day; over midnight give two");
  }
  return each;
}

schedules::Chime read_chime(const json& value, const std::string& name) {
  const FieldReader reader(object_of(value, name), name);
  schedules::Chime chime;
  chime.announcement = reader.id<AnnouncementId>("announcement");
  // Absent in what people send: the core looks them up.
  if (reader.find("clip") != nullptr) chime.clip = ClipHash{reader.digest("clip")};
  chime.duration = milliseconds{reader.optional_integer("duration_ms", 1, kDayMs).value_or(0)};
  return chime;
}

std::map<AnnouncementClass, schedules::Chime> read_chimes(const json& value, const std::string& name) {
  std::map<AnnouncementClass, schedules::Chime> chimes;
  for (const auto& [word, chime] : value.items()) {
    const auto announcement_class = parse_announcement_class(word);
    if (!announcement_class) throw BadJson(name + ": normal, priority or emergency");
    chimes[*announcement_class] = read_chime(chime, std::string{name}.append(".").append(word));
  }
  return chimes;
}

}  // namespace

json ward_rules_json(const schedules::WardRules& rules) {
  json weekdays = json::array();
  for (std::size_t i = 0; i < kWeekdays.size(); ++i)
    if (rules.weekdays[i]) weekdays.push_back(kWeekdays.at(i));
  json sessions = json::array();
  for (const schedules::Session& session : rules.sessions)
    sessions.push_back({{"name", session.name},
                        {"from", time_of_day(session.from)},
                        {"until", time_of_day(session.until)},
                        {"longest_ms", session.longest.count()}});
  json out = {{"weekdays", std::move(weekdays)}, {"sessions", std::move(sessions)}, {"gap_ms", rules.gap.count()}};
  for (const schedules::AreaClass& each : rules.classes) out["classes"].push_back(class_json(each));
  for (const auto& [announcement_class, chime] : rules.chimes)
    out["chimes"][std::string{to_string(announcement_class)}] = {{"announcement", chime.announcement.str()},
                                                                 {"clip", chime.clip.str()},
                                                                 {"duration_ms", chime.duration.count()}};
  if (rules.quiet)
    out["quiet"] = {{"from", time_of_day(rules.quiet->from)}, {"until", time_of_day(rules.quiet->to % hours{24})}};
  return out;
}

schedules::WardRules read_ward_rules(const json& value, std::string_view name) {
  const FieldReader reader(value, name);
  const std::string prefix = std::string{name} + ".";
  schedules::WardRules rules;
  if (reader.find("quiet") != nullptr) {
    const FieldReader quiet(reader.object("quiet", 2), prefix + "quiet");
    rules.quiet = QuietHours{read_time_of_day(quiet, "from", prefix + "quiet") % hours{24},
                             read_time_of_day(quiet, "until", prefix + "quiet") % hours{24}};
    if (rules.quiet->from == rules.quiet->to) throw BadJson(prefix + "quiet: begins and ends at the same time");
  }
  rules.weekdays.reset();
  for (const json& day : reader.array("weekdays", kWeekdays.size())) {
    const auto known = std::find(kWeekdays.begin(), kWeekdays.end(), day.is_string() ? day.get<std::string>() : "");
    if (known == kWeekdays.end()) throw BadJson(prefix + "weekdays: each is one of mo tu we th fr sa su");
    rules.weekdays.set(static_cast<std::size_t>(known - kWeekdays.begin()));
  }
  for (const json& session : reader.array("sessions", kMostSessions))
    rules.sessions.push_back(read_session(session, prefix + "sessions"));
  std::ranges::sort(rules.sessions, {}, &schedules::Session::from);
  for (std::size_t i = 0; i < rules.sessions.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j)
      if (rules.sessions[i].name == rules.sessions[j].name)
        throw BadJson(prefix + "sessions: two have the name " + rules.sessions[i].name);
    if (i > 0 && rules.sessions[i].from < rules.sessions[i - 1].until)
      throw BadJson(prefix + "sessions: " + rules.sessions[i].name + " begins before the one before it ends");
  }
  rules.gap = milliseconds{reader.integer("gap_ms", 0, kLongestGapMs)};
  if (reader.find("classes") != nullptr) {
    std::set<std::string> names;
    std::set<AreaId> classed;
    for (const json& item : reader.array("classes", kMostClasses)) {
      rules.classes.push_back(read_class(item, prefix + "classes"));
      const schedules::AreaClass& each = rules.classes.back();
      if (!names.insert(each.name).second) throw BadJson(prefix + "classes: two have the name " + each.name);
      for (const AreaId& area : each.areas)
        if (!classed.insert(area).second) throw BadJson(prefix + "classes: two name the area " + area.str());
    }
  }
  if (reader.find("chimes") != nullptr)
    rules.chimes = read_chimes(reader.object("chimes", kClasses), prefix + "chimes");
  return rules;
}

}  // namespace loa::server
