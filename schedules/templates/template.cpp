#include "schedules/templates/template.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "schedules/templates/filling.h"

namespace loa::templates {
namespace {

using civil::Day;
using civil::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr std::size_t kLongestText = 200;
constexpr int kLastDayOfEveryMonth = 28;
constexpr std::array kKinds = {ParameterKind::kDate,     ParameterKind::kTime,   ParameterKind::kWeekday,
                               ParameterKind::kMonthDay, ParameterKind::kNumber, ParameterKind::kText,
                               ParameterKind::kHoliday,  ParameterKind::kSession};

std::optional<int> read_integer(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// `06:30`
std::optional<minutes> read_clock(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto is_digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (!is_digit(0) || !is_digit(1) || !is_digit(3) || !is_digit(4)) return std::nullopt;
  const hours hour{*read_integer(text.substr(0, 2))};
  const minutes minute{*read_integer(text.substr(3))};
  if (hour >= hours{24} || minute >= hours{1}) return std::nullopt;
  return hour + minute;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char between) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(between);
    if (const auto part = trimmed(text.substr(0, at)); !part.empty()) parts.push_back(part);
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
  return all.empty() ? "–" : all;
}

// A checked value: as rules write it, and as people say it.
struct Value {
  std::string code;
  std::string said;
};

class Reader {
 public:
  Reader(const Parameter& parameter, const std::string& text, const Ward& ward)
      : parameter_(parameter), text_(text), ward_(ward) {}

  [[nodiscard]] Value read() const {
    switch (parameter_.kind) {
      case ParameterKind::kDate:
        return date();
      case ParameterKind::kTime:
        if (!read_clock(text_)) refuse("template.bad_time", {});
        return {text_, text_};
      case ParameterKind::kWeekday:
        require_weekday(text_, "template.bad_weekday");
        return weekday();
      case ParameterKind::kMonthDay:
        return month_day();
      case ParameterKind::kNumber:
        return number();
      case ParameterKind::kText:
        if (text_.size() > kLongestText) refuse("template.long_text", {std::to_string(kLongestText)});
        return {text_, text_};
      case ParameterKind::kHoliday:
        return holiday();
      case ParameterKind::kSession:
        if (std::ranges::find(ward_.sessions, text_) == ward_.sessions.end())
          refuse("template.unknown_session", {joined(ward_.sessions)});
        return {text_, text_};
    }
    std::abort();
  }

 private:
  [[noreturn]] void refuse(const char* code, const std::vector<std::string>& further) const {
    std::vector<std::string> values = {parameter_.name, text_.substr(0, kLongestText)};
    values.insert(values.end(), further.begin(), further.end());
    throw Error(code, std::move(values));
  }
  void require_weekday(std::string_view weekday, const char* code) const {
    const auto& allowed = parameter_.weekdays;
    const bool is_good = allowed.empty() ? std::ranges::find(kWeekdays, weekday) != kWeekdays.end()
                                         : std::ranges::find(allowed, weekday) != allowed.end();
    if (!is_good) refuse(code, {allowed.empty() ? "mo, tu, we, th, fr, sa, su" : joined(allowed)});
  }
  [[nodiscard]] Value date() const {
    std::optional<Day> day;
    try {
      day = civil::parse_day(text_);
    } catch (const Error&) {
      refuse("template.bad_date", {});
    }
    if (*day < ward_.today) refuse("template.past_date", {civil::format_day(ward_.today)});
    require_weekday(kWeekdays.at(std::chrono::weekday{*day}.c_encoding()), "template.wrong_weekday");
    return {text_, civil::short_day(*day) + "/" + text_.substr(0, 4)};
  }
  [[nodiscard]] Value weekday() const {
    std::string code = text_;
    for (char& c : code) c = static_cast<char>(c - 'a' + 'A');
    return {code, code};
  }
  [[nodiscard]] Value month_day() const {
    if (text_ == "last") return {"-1", "cuối tháng"};
    const auto day = read_integer(text_);
    if (!day || *day < 1 || *day > kLastDayOfEveryMonth) refuse("template.bad_month_day", {});
    return {std::to_string(*day), std::to_string(*day)};
  }
  [[nodiscard]] Value number() const {
    const auto value = read_integer(text_);
    if (!value || *value < parameter_.least || *value > parameter_.most)
      refuse("template.bad_number", {std::to_string(parameter_.least), std::to_string(parameter_.most)});
    return {std::to_string(*value), std::to_string(*value)};
  }
  [[nodiscard]] Value holiday() const {
    const holidays::Holiday* found = ward_.almanac.holidays.find(text_);
    if (found == nullptr || found->status != holidays::HolidayStatus::kInForce) {
      std::vector<std::string> known;
      for (const holidays::Holiday& each : ward_.almanac.holidays.holidays())
        if (each.status == holidays::HolidayStatus::kInForce) known.push_back(each.id);
      refuse("template.unknown_holiday", {joined(known)});
    }
    return {found->id, found->name_vi};
  }

  const Parameter& parameter_;
  const std::string& text_;
  const Ward& ward_;
};

using Checked = std::map<std::string, Value, std::less<>>;

enum class Form { kCode, kSaid };
// Empty as soon as one of its parameters is.
std::string filled(std::string_view text, const Checked& values, Form form) {
  std::string out;
  while (true) {
    const std::size_t open = text.find('{');
    const std::size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) return out.append(text);
    const Value& value = values.at(std::string{text.substr(open + 1, close - open - 1)});
    if (value.code.empty()) return {};
    out.append(text.substr(0, open)).append(form == Form::kCode ? value.code : value.said);
    text.remove_prefix(close + 1);
  }
}

std::optional<holidays::DaySet> read_day_set(std::string_view word) {
  if (word == "day_off") return holidays::DaySet::kDayOff;
  if (word == "not_working") return holidays::DaySet::kNotWorking;
  if (word == "great_day") return holidays::DaySet::kGreatDay;
  if (word == "holiday") return holidays::DaySet::kHoliday;
  return std::nullopt;
}

// `-1 17:30`, `0`
std::optional<holidays::Airing> read_airing(std::string_view text) {
  const auto words = split(text, ' ');
  if (words.empty() || words.size() > 2) return std::nullopt;
  const auto day = read_integer(words[0]);
  if (!day || std::abs(*day) > holidays::kFarthestAiring) return std::nullopt;
  if (words.size() == 1) return holidays::Airing{*day, std::nullopt};
  const auto clock = read_clock(words[1]);
  if (!clock) return std::nullopt;
  return holidays::Airing{*day, *clock};
}

// nullopt when nothing is left of it: all that it uses was left out.
std::optional<holidays::DayStep> read_step(const std::string& text, const Checked& values) {
  constexpr std::string_view kAirAt = "air_at ";
  if (text.starts_with(kAirAt)) {
    holidays::AirAt air;
    for (const std::string_view part : split(std::string_view{text}.substr(kAirAt.size()), ',')) {
      const std::string one = filled(part, values, Form::kCode);
      if (one.empty()) continue;
      const auto airing = read_airing(one);
      if (!airing) throw Error("template.bad_step", {text});
      air.airings.push_back(*airing);
    }
    if (air.airings.empty()) return std::nullopt;
    return air;
  }
  const auto words = split(text, ' ');
  const auto set = words.size() < 2 ? std::nullopt : read_day_set(words[1]);
  if (set && words.size() == 2 && words[0] == "skip_on") return holidays::SkipOn{*set};
  if (set && words.size() == 2 && words[0] == "only_on") return holidays::OnlyOn{*set};
  if (set && words.size() == 3 && words[0] == "move_from" && (words[2] == "before" || words[2] == "after"))
    return holidays::MoveFrom{*set, words[2] == "before" ? holidays::Direction::kBefore : holidays::Direction::kAfter};
  throw Error("template.bad_step", {text});
}

std::string yearly_rule(const holidays::HolidayDate& date) {
  const std::string of_year = "FREQ=YEARLY;BYMONTH=" + std::to_string(date.month) +
                              ";BYMONTHDAY=" + std::to_string(date.day == 0 ? -1 : date.day);
  return date.scale == holidays::DateScale::kLunar ? "RSCALE=VIETNAMESE;" + of_year : of_year;
}

Checked check(const Template& form, const Values& values, const Ward& ward) {
  for (const auto& [name, value] : values)
    if (std::ranges::find(form.parameters, name, &Parameter::name) == form.parameters.end()) {
      std::vector<std::string> known;
      for (const Parameter& parameter : form.parameters) known.push_back(parameter.name);
      throw Error("template.unknown_parameter", {name, joined(known)});
    }
  Checked checked;
  for (const Parameter& parameter : form.parameters) {
    const auto given = values.find(parameter.name);
    std::string text{given == values.end() ? "" : trimmed(given->second)};
    if (text.empty()) {
      if (parameter.is_required()) throw Error("template.missing", {parameter.name, parameter.example});
      text = parameter.otherwise;
    }
    checked[parameter.name] = text.empty() ? Value{} : Reader(parameter, text, ward).read();
  }
  return checked;
}

}  // namespace

std::string_view to_string(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::kDate:
      return "date";
    case ParameterKind::kTime:
      return "time";
    case ParameterKind::kWeekday:
      return "weekday";
    case ParameterKind::kMonthDay:
      return "month_day";
    case ParameterKind::kNumber:
      return "number";
    case ParameterKind::kText:
      return "text";
    case ParameterKind::kHoliday:
      return "holiday";
    case ParameterKind::kSession:
      return "session";
  }
  std::abort();
}

std::optional<ParameterKind> parse_parameter_kind(std::string_view text) {
  for (const ParameterKind kind : kKinds)
    if (to_string(kind) == text) return kind;
  return std::nullopt;
}

std::vector<std::string> references_of(std::string_view text) {
  std::vector<std::string> names;
  for (std::size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
    const std::size_t close = text.find('}', open);
    names.emplace_back(text.substr(open + 1, close == std::string_view::npos ? close : close - open - 1));
  }
  return names;
}

Values example_of(const Template& form) {
  Values values;
  for (const Parameter& parameter : form.parameters)
    values[parameter.name] = parameter.is_required() ? parameter.example : parameter.otherwise;
  return values;
}

Draft fill(const Template& form, const Values& values, const Ward& ward) {
  std::string field;
  return fill_field_by_field(form, values, ward, field);
}

Draft fill_field_by_field(const Template& form, const Values& values, const Ward& ward, std::string& field) {
  field.clear();
  const Checked checked = check(form, values, ward);
  const auto code_of = [&](const char* name, const std::string& text) {
    field = name;
    return filled(text, checked, Form::kCode);
  };
  const auto said_of = [&](const char* name, const std::string& text) {
    field = name;
    return filled(text, checked, Form::kSaid);
  };

  Day first = ward.today;
  if (const std::string day = code_of("start", form.start); !day.empty()) first = civil::parse_day(day);
  const std::string time = code_of("time", form.time);
  const auto clock = read_clock(time);
  if (!clock) throw Error("template.bad_time", {"time", time});

  Draft draft{{{civil::Time{}, ward.almanac.zone, {}, {}, {}, {}, {}}, {}}, {}, 0, {}, {}, {}, {}, {}, 0, {}, {}};
  recurrence::RecurrenceSet& set = draft.rule.set;
  if (const std::string id = code_of("holiday", form.holiday); !id.empty()) {
    const holidays::Holiday* holiday = ward.almanac.holidays.find(id);
    if (holiday == nullptr) throw Error("template.unknown_holiday", {"holiday", id, "–"});
    set.rules.push_back(recurrence::parse_rule(yearly_rule(holiday->date)));
    if (holiday->feast > 1) draft.rule.days.steps.emplace_back(holidays::AirAt{{{holiday->feast - 1, std::nullopt}}});
    if (holiday->since_year > 0)
      first = std::max(first, Day{std::chrono::year{holiday->since_year} / std::chrono::January / 1});
    draft.event = id;
  } else {
    set.rules.push_back(recurrence::parse_rule(code_of("rrule", form.rrule)));
  }
  set.dtstart = first + *clock;

  field = "days";
  for (const std::string& text : form.days)
    if (auto step = read_step(text, checked)) draft.rule.days.steps.push_back(*std::move(step));
  if (std::string session = code_of("session", form.session); !session.empty())
    draft.sessions.push_back(std::move(session));
  if (!form.exception_words.empty()) {
    draft.exception = schedules::Exception{form.exception_reason, said_of("exception_words", form.exception_words)};
    if (draft.exception->words.empty()) throw Error("template.nothing_left", {form.exception_words});
  }
  if (form.kind == Template::Kind::kCampaign) {
    draft.campaign = Draft::Campaign{said_of("title", form.campaign_title), said_of("source", form.campaign_source),
                                     form.per_turn, form.consecutive_days};
    if (draft.campaign->title.empty()) throw Error("template.nothing_left", {form.campaign_title});
    if (draft.campaign->source.empty()) throw Error("template.nothing_left", {form.campaign_source});
  }
  draft.rank = form.rank;
  draft.later = form.later;
  draft.shortest = form.shortest;
  draft.stagger = form.stagger;
  draft.late = form.late;
  draft.volume_pct = form.volume_pct;
  return draft;
}

}  // namespace loa::templates
