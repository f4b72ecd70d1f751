#include "schedules/holidays/holiday_file.h"

#include <charconv>
#include <set>
#include <string>
#include <string_view>

#include "common/config/config.h"
#include "schedules/holidays/preset.h"

namespace loa::holidays {
namespace {

std::optional<int> read_integer(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// `30/4`, `lunar 10/3`, `lunar last/12`
std::optional<HolidayDate> read_date(std::string_view text) {
  HolidayDate date;
  constexpr std::string_view kLunar = "lunar ";
  if (text.starts_with(kLunar)) {
    date.scale = DateScale::kLunar;
    text.remove_prefix(kLunar.size());
  }
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto month = read_integer(text.substr(slash + 1));
  const bool is_last = text.substr(0, slash) == "last";
  const auto day = is_last ? std::optional{0} : read_integer(text.substr(0, slash));
  if (!month || !day || *month < 1 || *month > 12) return std::nullopt;
  date.month = *month;
  date.day = *day;
  if (date.scale == DateScale::kLunar) return is_last || (*day >= 1 && *day <= 30) ? std::optional{date} : std::nullopt;
  // 29/2 comes every four years.
  const std::chrono::year_month_day solar{std::chrono::year{2000}, std::chrono::month{static_cast<unsigned>(*month)},
                                          std::chrono::day{static_cast<unsigned>(*day)}};
  return !is_last && *day > 0 && solar.ok() ? std::optional{date} : std::nullopt;
}

HolidayStatus read_status(config::ConfigFile& file, const std::string& key) {
  const std::string word = file.text_or(key, "in_force");
  if (word == "expected") return HolidayStatus::kExpected;
  if (word == "proposed") return HolidayStatus::kProposed;
  if (word != "in_force") file.refuse(key, "in_force, expected or proposed");
  return HolidayStatus::kInForce;
}

std::vector<HolidayKind> read_kinds(config::ConfigFile& file, const std::string& key) {
  std::vector<HolidayKind> kinds;
  bool is_good = true;
  for (const std::string& word : file.texts_or_none(key)) {
    if (word == "day_off")
      kinds.push_back(HolidayKind::kDayOff);
    else if (word == "great_day")
      kinds.push_back(HolidayKind::kGreatDay);
    else if (word == "commemoration")
      kinds.push_back(HolidayKind::kCommemoration);
    else
      is_good = false;
  }
  if (!is_good || kinds.empty()) file.refuse(key, "a list of day_off, great_day, commemoration");
  return kinds;
}

std::vector<Day> read_days(config::ConfigFile& file, const std::string& key, int year) {
  std::vector<Day> days;
  for (const std::string& word : file.texts_or_none(key)) {
    try {
      const Day day = civil::parse_day(word);
      if (static_cast<int>(civil::date_of(day).year()) != year)
        file.refuse(key, "days of " + std::to_string(year) + " only, not " + word);
      days.push_back(day);
    } catch (const Error& error) {
      file.refuse(key, error.what());
    }
  }
  return days;
}

HolidayCalendar read(config::ConfigFile& file) {
  constexpr int kMostDays = 30;
  std::vector<Holiday> holidays;
  for (const std::string& id : file.names("holidays")) {
    const std::string at = "holidays." + id + ".";
    Holiday holiday;
    holiday.id = id;
    holiday.name_vi = file.text(at + "name_vi");
    holiday.name_en = file.text(at + "name_en");
    holiday.basis = file.text(at + "basis");
    holiday.kinds = read_kinds(file, at + "kinds");
    holiday.status = read_status(file, at + "status");
    holiday.days = static_cast<int>(file.integer_or(at + "days", 1, 1, kMostDays));
    holiday.feast = static_cast<int>(file.integer_or(at + "feast", 1, 1, holiday.days));
    holiday.since_year = static_cast<int>(file.integer_or(at + "since_year", 0, 0, 2199));
    if (const auto date = read_date(file.text(at + "date")))
      holiday.date = *date;
    else
      file.refuse(at + "date", "day/month like 30/4, lunar 10/3 or lunar last/12");
    holidays.push_back(std::move(holiday));
  }
  std::vector<YearNotice> notices;
  for (const std::string& name : file.names("notices")) {
    const std::string at = "notices." + name + ".";
    YearNotice notice;
    const auto year = read_integer(name);
    if (!year || *year < 1900 || *year > 2199 || std::to_string(*year) != name)
      file.refuse("notices." + name, "a year, 1900 to 2199");
    notice.year = year.value_or(0);
    notice.basis = file.text(at + "basis");
    notice.off = read_days(file, at + "off", notice.year);
    notice.work = read_days(file, at + "work", notice.year);
    notices.push_back(std::move(notice));
  }
  file.finish();
  return {std::move(holidays), std::move(notices)};
}

}  // namespace

HolidayCalendar vietnam() {
  return parse_holidays("vietnam.toml", kVietnamToml);
}

HolidayCalendar parse_holidays(const std::filesystem::path& name, std::string_view text) {
  config::ConfigFile file{config::Content{name, text}};
  return read(file);
}

HolidayCalendar load_holidays(const std::filesystem::path& file) {
  config::ConfigFile config{file};
  return read(config);
}

}  // namespace loa::holidays
