#include "schedules/lunar/lunar.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "schedules/lunar/astronomy.h"

namespace loa::lunar {
namespace {

// From month 11 of 1898, so that every day of 1900 is inside with a year to spare, to month 10 of 2201.
constexpr int kFirstSolstice = 1898;
constexpr int kLastSolstice = 2201;
constexpr int kFirstYear = 1900;
constexpr int kLastYear = 2199;
constexpr double kDegreesAYear = 360.0;
constexpr double kTropicalYear = 365.2422;

int number_of(Day day) {
  return static_cast<int>(day.time_since_epoch().count());
}
Day day_number(int number) {
  return Day{civil::days{number}};
}

// The day of UTC+7 on which the sun reaches 270° in December of that year.
int winter_solstice(int year) {
  double jde = 2451900.06 + kTropicalYear * (year - 2000);
  for (int i = 0; i < 5; ++i) {
    const double missing = std::remainder(270.0 - solar_longitude(jde), kDegreesAYear);
    jde += missing * kTropicalYear / kDegreesAYear;
  }
  return day_of_jde(jde);
}

// Which twelfth of its way the sun is in when the day begins; it enters the next at a principal term.
int sector_at(int day) {
  return static_cast<int>(solar_longitude(jde_of_midnight(day)) / 30.0);
}

// The number of the new moon that begins month 11 of that year: the last not after the solstice's day.
int month_eleven(int year) {
  const int solstice = winter_solstice(year);
  int k = new_moon_near(jde_of_midnight(solstice)) + 1;
  while (day_of_jde(new_moon(k)) > solstice) --k;
  return k;
}

// All months, with the place of each year's first.
struct Table {
  std::vector<Month> months;
  std::vector<int> first_of_year;  // from kFirstSolstice + 1 on

  Table() {
    int from = month_eleven(kFirstSolstice);
    for (int solstice = kFirstSolstice; solstice < kLastSolstice; ++solstice) {
      const int until = month_eleven(solstice + 1);
      add_between(solstice, from, until);
      from = until;
    }
    for (std::size_t i = 0; i < months.size(); ++i)
      if (months[i].month == 1 && months[i].kind == MonthKind::kOrdinary) first_of_year.push_back(static_cast<int>(i));
  }

  // From month 11 of `year` to month 10 of the next: new moons from … until − 1.
  void add_between(int year, int from, int until) {
    std::vector<int> starts;
    for (int k = from; k <= until; ++k) starts.push_back(day_of_jde(new_moon(k)));
    const std::size_t count = starts.size() - 1;
    std::size_t leap = count;
    if (count == 13)
      for (std::size_t i = 1; i < count && leap == count; ++i)
        if (sector_at(starts[i]) == sector_at(starts[i + 1])) leap = i;
    int month = 10;
    for (std::size_t i = 0; i < count; ++i) {
      if (i != leap) ++month;
      const int number = month > 12 ? month - 12 : month;
      months.push_back({day_number(starts[i]), starts[i + 1] - starts[i], month > 12 ? year + 1 : year, number,
                        i == leap ? MonthKind::kLeap : MonthKind::kOrdinary});
    }
  }
};

// Computed by the first that asks; never changes.
const Table& table() {
  static const Table all;
  return all;
}

void check_year_and_month(int year, int month) {
  if (year < kFirstYear - 1 || year > kLastYear || month < 1 || month > 12)
    throw Error("lunar.bad_date", {std::to_string(month) + "/" + std::to_string(year)});
}

// Months before month 1 of the table's first year are not asked for by year.
const Month& find_month(int year, int month, MonthKind kind) {
  check_year_and_month(year, month);
  const auto& months = table().months;
  for (int i = first_month(year); i < first_month(year + 1); ++i) {
    const Month& candidate = months[static_cast<std::size_t>(i)];
    if (candidate.month == month && candidate.kind == kind) return candidate;
  }
  const int leap = leap_month(year);
  if (leap == 0) throw Error("lunar.no_leap_year", {std::to_string(month), std::to_string(year)});
  throw Error("lunar.no_leap_month", {std::to_string(month), std::to_string(year), std::to_string(leap)});
}

constexpr std::array kCan = {"lunar.can_0", "lunar.can_1", "lunar.can_2", "lunar.can_3", "lunar.can_4",
                             "lunar.can_5", "lunar.can_6", "lunar.can_7", "lunar.can_8", "lunar.can_9"};
constexpr std::array kChi = {"lunar.chi_0", "lunar.chi_1", "lunar.chi_2",  "lunar.chi_3",
                             "lunar.chi_4", "lunar.chi_5", "lunar.chi_6",  "lunar.chi_7",
                             "lunar.chi_8", "lunar.chi_9", "lunar.chi_10", "lunar.chi_11"};

// The place in the cycle of sixty, 0 = Giáp Tý.
std::string can_chi(int place, Language language) {
  const int can = ((place % 10) + 10) % 10;
  const int chi = ((place % 12) + 12) % 12;
  return render({kCan.at(static_cast<std::size_t>(can)), {}}, language) + " " +
         render({kChi.at(static_cast<std::size_t>(chi)), {}}, language);
}

std::string month_words(const LunarDate& date, Language language) {
  std::string name;
  if (date.month == 1)
    name = render({"lunar.month_first", {}}, language);
  else if (date.month == 12)
    name = render({"lunar.month_last", {}}, language);
  else
    name = render({"lunar.month_number", {std::to_string(date.month)}}, language);
  return date.kind == MonthKind::kLeap ? render({"lunar.month_leap", {name}}, language) : name;
}

std::string day_words(int day, Language language) {
  if (day == 15) return render({"lunar.day_full", {}}, language);
  if (day <= 10) return render({"lunar.day_early", {std::to_string(day)}}, language);
  return render({"lunar.day_late", {std::to_string(day)}}, language);
}

}  // namespace

int month_count() {
  return static_cast<int>(table().months.size());
}

const Month& month_at(int index) {
  const auto& months = table().months;
  return months[static_cast<std::size_t>(std::clamp(index, 0, static_cast<int>(months.size()) - 1))];
}

int index_of(Day day) {
  const auto& months = table().months;
  // A month is 29.53 days on average and never more than one off that.
  const auto passed = static_cast<double>((day - months.front().start).count());
  auto index = static_cast<std::size_t>(
      std::clamp(static_cast<long>(passed / 29.530589), 0L, static_cast<long>(months.size()) - 1));
  while (index > 0 && months[index].start > day) --index;
  while (index + 1 < months.size() && months[index + 1].start <= day) ++index;
  return static_cast<int>(index);
}

int first_month(int year) {
  const auto& first = table().first_of_year;
  return first[static_cast<std::size_t>(std::clamp(year - kFirstSolstice - 1, 0, static_cast<int>(first.size()) - 1))];
}

LunarDate to_lunar(Day day) {
  if (!civil::is_in_range(day)) throw Error("civil.out_of_range", {civil::format_day(day)});
  const Month& month = month_at(index_of(day));
  return {month.year, month.month, month.kind, static_cast<int>((day - month.start).count()) + 1};
}

Day to_solar(const LunarDate& date) {
  if (date.day < 1 || date.day > 30)
    throw Error("lunar.bad_date",
                {std::to_string(date.day) + "/" + std::to_string(date.month) + "/" + std::to_string(date.year)});
  const Month& month = find_month(date.year, date.month, date.kind);
  if (date.day > month.length)
    throw Error("lunar.short_month", {std::to_string(date.month), std::to_string(date.year)});
  const Day day = month.start + civil::days{date.day - 1};
  if (!civil::is_in_range(day)) throw Error("civil.out_of_range", {civil::format_day(day)});
  return day;
}

int days_in_month(int year, int month, MonthKind kind) {
  return find_month(year, month, kind).length;
}

int leap_month(int year) {
  check_year_and_month(year, 1);
  for (int i = first_month(year); i < first_month(year + 1); ++i)
    if (month_at(i).kind == MonthKind::kLeap) return month_at(i).month;
  return 0;
}

std::string can_chi_of_year(int year, Language language) {
  return can_chi(year - 1984, language);  // 1984 was Giáp Tý
}

std::string can_chi_of_month(int year, int month, Language language) {
  return can_chi((year - 1984) * 12 + month + 1, language);  // month 11 of 1983 was Giáp Tý
}

std::string can_chi_of_day(Day day, Language language) {
  return can_chi(number_of(day) + 17, language);  // 1970-01-01 was Tân Tỵ
}

std::string describe(const LunarDate& date, Language language) {
  return render({"lunar.date",
                 {day_words(date.day, language), month_words(date, language), can_chi_of_year(date.year, language)}},
                language);
}

}  // namespace loa::lunar
