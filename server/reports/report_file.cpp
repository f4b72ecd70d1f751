#include "server/reports/report_file.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>

#include "common/config/config.h"
#include "server/reports/preset.h"

namespace loa::server {
namespace {

constexpr std::int64_t kMostDaysBefore = 60;
constexpr std::size_t kMostReminders = 8;

std::optional<int> read_integer(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// `21/11`
std::optional<YearDay> read_year_day(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto day = read_integer(text.substr(0, slash));
  const auto month = read_integer(text.substr(slash + 1));
  if (!day || !month || *day < 1 || *month < 1) return std::nullopt;
  // 2001 has no 29/2.
  const std::chrono::year_month_day date{std::chrono::year{2001}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return YearDay{*month, *day};
}

ReportForm read(config::ConfigFile& file) {
  ReportForm form;
  form.superior = file.texts_or_none("letterhead.superior");
  form.name = file.texts_or_none("letterhead.name");
  if (form.name.empty()) file.refuse("letterhead.name", "at least one line");
  form.place = file.text("letterhead.place");
  form.symbol = file.text("letterhead.symbol");
  form.authority = file.text_or("signature.authority", "");
  form.title = file.text("signature.title");
  form.signer = file.text_or("signature.name", "");
  form.recipients = file.texts_or_none("signature.recipients");
  form.filed = file.text("signature.filed");
  form.deadlines.built_days_before = static_cast<int>(file.integer("schedule.built_days_before", 0, kMostDaysBefore));
  for (const std::int64_t days :
       file.integers_up_to("schedule.reminder_days_before", kMostReminders, 0, kMostDaysBefore))
    form.deadlines.reminder_days_before.push_back(static_cast<int>(days));
  std::ranges::sort(form.deadlines.reminder_days_before, std::greater<>{});
  if (std::ranges::adjacent_find(form.deadlines.reminder_days_before) != form.deadlines.reminder_days_before.end())
    file.refuse("schedule.reminder_days_before", "each once");
  for (const std::string& id : file.names("periods")) {
    PeriodRule rule;
    rule.id = id;
    if (!is_valid_id(id)) file.refuse("periods." + id, "a name of lower-case letters, digits and hyphens");
    const auto date = [&](const char* field) {
      const std::string key = std::string{"periods."}.append(id).append(".").append(field);
      const auto read = read_year_day(file.text(key));
      if (!read) file.refuse(key, "day/month like 15/3, no 29/2");
      return read.value_or(YearDay{});
    };
    rule.from = date("from");
    rule.to = date("to");
    rule.before = date("before");
    form.deadlines.periods.push_back(std::move(rule));
  }
  file.finish();
  return form;
}

}  // namespace

ReportForm built_in_report_form() {
  return parse_report_form("phu-lien.toml", kReportFormToml);
}

ReportForm parse_report_form(const std::filesystem::path& name, std::string_view text) {
  config::ConfigFile file{config::Content{name, text}};
  return read(file);
}

ReportForm load_report_form(const std::filesystem::path& file) {
  config::ConfigFile config{file};
  return read(config);
}

}  // namespace loa::server
