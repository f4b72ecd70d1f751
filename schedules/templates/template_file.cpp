#include "schedules/templates/template_file.h"

#include <algorithm>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "common/base/ids.h"
#include "common/config/config.h"
#include "schedules/templates/filling.h"
#include "schedules/templates/preset.h"

namespace loa::templates {
namespace {

using std::chrono::minutes;

// A form that is longer is no help to anybody.
constexpr std::size_t kMostParameters = 12;
constexpr std::int64_t kMostMinutes = 1440;
constexpr std::int64_t kMostSeconds = 86'400;

Words read_words(config::ConfigFile& file, const std::string& key) {
  return {file.text(key + "_vi"), file.text(key + "_en")};
}

Parameter read_parameter(config::ConfigFile& file, const std::string& name) {
  const std::string at = "parameters." + name + ".";
  Parameter parameter;
  parameter.name = name;
  const std::string kind = file.text(at + "kind");
  if (const auto known = parse_parameter_kind(kind))
    parameter.kind = *known;
  else
    file.refuse(at + "kind", "date, time, weekday, month_day, number, text, holiday or session");
  parameter.label = read_words(file, at + "label");
  parameter.example = file.text_or(at + "example", "");
  parameter.otherwise = file.text_or(at + "default", "");
  if (!parameter.example.empty() && !parameter.otherwise.empty())
    file.refuse(at + "example", "only where there is no default: what has one need not be given");
  if (parameter.kind == ParameterKind::kNumber) {
    constexpr int kFarthest = 10'000;
    parameter.least = static_cast<int>(file.integer(at + "least", -kFarthest, kFarthest));
    parameter.most = static_cast<int>(file.integer(at + "most", parameter.least, kFarthest));
  }
  if (parameter.kind == ParameterKind::kDate || parameter.kind == ParameterKind::kWeekday) {
    parameter.weekdays = file.texts_or_none(at + "weekdays");
    for (const std::string& weekday : parameter.weekdays)
      if (std::ranges::find(kWeekdays, weekday) == kWeekdays.end())
        file.refuse(at + "weekdays", "each one of mo tu we th fr sa su");
  }
  return parameter;
}

void read_parameters(config::ConfigFile& file, Template& form) {
  const std::vector<std::string> order = file.texts_or_none("template.parameters");
  std::vector<std::string> sections = file.names("parameters");
  std::vector<std::string> named = order;
  std::ranges::sort(named);
  std::ranges::sort(sections);
  if (named != sections || order.size() > kMostParameters)
    file.refuse("template.parameters",
                "each [parameters.…] of the file once, in the order in which they are asked "
                "for, at most " +
                    std::to_string(kMostParameters));
  for (const std::string& name : named == sections ? order : sections) {
    if (!is_valid_id(name)) file.refuse("parameters." + name, "a name of lower-case letters, digits and hyphens");
    form.parameters.push_back(read_parameter(file, name));
  }
}

void read_terms(config::ConfigFile& file, const std::string& at, Template& form) {
  form.start = file.text_or(at + "start", "");
  form.time = file.text(at + "time");
  form.rrule = file.text_or(at + "rrule", "");
  form.holiday = file.text_or(at + "holiday", "");
  if (form.rrule.empty() == form.holiday.empty()) file.refuse(at + "rrule", "either rrule or holiday");
  form.days = file.texts_or_none(at + "days");
  form.session = file.text_or(at + "session", "");
  if (const std::string reason = file.text_or(at + "exception", ""); !reason.empty()) {
    if (const auto known = schedules::parse_exception_reason(reason))
      form.exception_reason = *known;
    else
      file.refuse(at + "exception", "great_holiday, political_event, emergency or repair");
    form.exception_words = file.text(at + "exception_words");
  }
  form.rank = static_cast<int>(file.integer_or(at + "rank", 0, -1000, 1000));
  form.later = minutes{file.integer_or(at + "later_min", 0, 0, kMostMinutes)};
  form.shortest = seconds{file.integer_or(at + "shortest_s", 0, 0, kMostSeconds)};
  if (const auto gap = file.integer_or(at + "stagger_s", -1, 0, kMostSeconds); gap >= 0) form.stagger = seconds{gap};
  form.late = minutes{file.integer_or(at + "late_min", 1, 0, kMostMinutes)};
  form.volume_pct = static_cast<int>(file.integer_or(at + "volume_pct", 60, 1, 100));
  if (form.kind == Template::Kind::kCampaign) {
    form.campaign_title = file.text(at + "title");
    form.campaign_source = file.text(at + "source");
    form.per_turn = static_cast<int>(file.integer_or(at + "per_turn", 1, 1, 1000));
    // Luật Thực hiện dân chủ ở cơ sở asks for three.
    form.consecutive_days = static_cast<int>(file.integer_or(at + "consecutive_days", 3, 3, 366));
  }
}

// What may stand in a field.
struct Place {
  const char* field;
  const std::string& text;
  std::vector<ParameterKind> kinds;  // none: any
};

void check_references(config::ConfigFile& file, const std::string& at, const Template& form) {
  using enum ParameterKind;
  std::vector<Place> places = {{"start", form.start, {kDate}},
                               {"time", form.time, {kTime}},
                               {"rrule", form.rrule, {kWeekday, kMonthDay, kNumber}},
                               {"holiday", form.holiday, {kHoliday}},
                               {"session", form.session, {kSession}},
                               {"exception_words", form.exception_words, {}},
                               {"title", form.campaign_title, {}},
                               {"source", form.campaign_source, {}}};
  for (const std::string& step : form.days) places.push_back({"days", step, {kTime, kNumber}});
  std::set<std::string> used;
  for (const Place& place : places)
    for (const std::string& name : references_of(place.text)) {
      const auto found = std::ranges::find(form.parameters, name, &Parameter::name);
      if (found == form.parameters.end()) {
        file.refuse(at + place.field, "{" + name + "} is no parameter of the template");
      } else if (!place.kinds.empty() && std::ranges::find(place.kinds, found->kind) == place.kinds.end()) {
        std::string kinds;
        for (const ParameterKind kind : place.kinds) kinds.append(kinds.empty() ? "" : " or ").append(to_string(kind));
        file.refuse(at + place.field,
                    std::string{"{"}.append(name).append("} must be a parameter of kind ").append(kinds));
      }
      used.insert(name);
    }
  for (const Parameter& parameter : form.parameters)
    if (!used.contains(parameter.name)) file.refuse("parameters." + parameter.name, "used somewhere in the result");
}

// Filled in once with its own examples: what cannot be made of them cannot be made at all. Holidays and sessions are
// the ward's, so any will do here.
void check_result(config::ConfigFile& file, const std::string& at, const Template& form) {
  Values values = example_of(form);
  schedules::Almanac almanac{civil::Zone{"Asia/Ho_Chi_Minh"}, {}};
  std::vector<holidays::Holiday> holidays;
  std::vector<std::string> sessions;
  for (const Parameter& parameter : form.parameters) {
    const std::string& example = values.at(parameter.name);
    if (parameter.kind == ParameterKind::kHoliday) {
      holidays::Holiday holiday;
      holiday.id = example;
      holiday.name_vi = holiday.name_en = example;
      holiday.date = {holidays::DateScale::kSolar, 9, 2};
      holidays.push_back(std::move(holiday));
    }
    if (parameter.kind == ParameterKind::kSession) sessions.push_back(example);
  }
  almanac.holidays = {std::move(holidays), {}};
  std::string field;
  try {
    static_cast<void>(fill_field_by_field(form, values, {civil::kFirstDay, almanac, std::move(sessions)}, field));
  } catch (const Error& error) {
    file.refuse(field.empty() ? "template.parameters" : at + field, error.what());
  }
}

Template read(config::ConfigFile& file, std::string id) {
  Template form;
  form.id = std::move(id);
  form.title = read_words(file, "template.title");
  form.note = read_words(file, "template.note");
  form.basis = file.text("template.basis");
  const std::string word = file.text_or("template.class", "normal");
  if (const auto known = parse_announcement_class(word))
    form.announcement_class = *known;
  else
    file.refuse("template.class", "normal, priority or emergency");
  read_parameters(file, form);
  const bool is_campaign = file.has_section("campaign");
  if (is_campaign == file.has_section("schedule")) {
    file.refuse("schedule", "exactly one section [schedule] or [campaign]");
    file.finish();
  }
  form.kind = is_campaign ? Template::Kind::kCampaign : Template::Kind::kSchedule;
  const std::string at = is_campaign ? "campaign." : "schedule.";
  read_terms(file, at, form);
  check_references(file, at, form);
  if (!file.has_mistakes()) check_result(file, at, form);
  file.finish();
  return form;
}

std::string id_of(const std::filesystem::path& name) {
  std::string id = name.stem().string();
  if (!is_valid_id(id)) throw Error("template.bad_file_name", {name.string()});
  return id;
}

}  // namespace

Template parse_template(const std::filesystem::path& name, std::string_view text) {
  config::ConfigFile file{config::Content{name, text}};
  return read(file, id_of(name));
}

std::vector<Template> built_in() {
  std::vector<Template> forms;
  for (const auto& [name, text] : preset()) forms.push_back(parse_template(name, text));
  std::ranges::sort(forms, {}, &Template::id);
  return forms;
}

std::vector<Template> with_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure))
    if (entry->path().extension() == ".toml") files.push_back(entry->path());
  if (failure) throw Error("file.cannot_read", {folder.string(), failure.message()});
  std::vector<Template> forms = built_in();
  for (const std::filesystem::path& path : files) {
    config::ConfigFile file{path};
    Template form = read(file, id_of(path));
    std::erase_if(forms, [&](const Template& other) { return other.id == form.id; });
    forms.push_back(std::move(form));
  }
  std::ranges::sort(forms, {}, &Template::id);
  return forms;
}

}  // namespace loa::templates
