#include "schedules/holidays/holidays.h"

#include <algorithm>

#include "schedules/lunar/lunar.h"

namespace loa::holidays {
namespace {

using civil::days;

// Longer than any holiday with the weekends around it.
constexpr int kFarthest = 100;

int year_of(Day day) {
  return static_cast<int>(civil::date_of(day).year());
}

bool falls_on(const HolidayDate& date, Day day) {
  if (date.scale == DateScale::kSolar) {
    const auto solar = civil::date_of(day);
    return static_cast<int>(static_cast<unsigned>(solar.month())) == date.month &&
           static_cast<int>(static_cast<unsigned>(solar.day())) == date.day;
  }
  const lunar::Month& month = lunar::month_at(lunar::index_of(day));
  if (month.kind == lunar::MonthKind::kLeap || month.month != date.month) return false;
  const int wanted = date.day == 0 ? month.length : date.day;
  return day - month.start == days{wanted - 1};
}

}  // namespace

bool Holiday::is(HolidayKind kind) const {
  return std::ranges::find(kinds, kind) != kinds.end();
}

HolidayCalendar::HolidayCalendar(std::vector<Holiday> holidays, std::vector<YearNotice> notices)
    : holidays_(std::move(holidays)), notices_(std::move(notices)) {
  std::ranges::sort(notices_, {}, &YearNotice::year);
}

bool HolidayCalendar::covers(const Holiday& holiday, Day day) const {
  for (int i = 0; i < holiday.days; ++i)
    if (falls_on(holiday.date, day - days{i})) return year_of(day) >= holiday.since_year;
  return false;
}

const YearNotice* HolidayCalendar::notice_of(Day day) const {
  const auto found = std::ranges::lower_bound(notices_, year_of(day), {}, &YearNotice::year);
  return found == notices_.end() || found->year != year_of(day) ? nullptr : &*found;
}

std::vector<const Holiday*> HolidayCalendar::holidays_on(Day day) const {
  std::vector<const Holiday*> found;
  for (const Holiday& holiday : holidays_)
    if (covers(holiday, day)) found.push_back(&holiday);
  return found;
}

std::vector<const Holiday*> HolidayCalendar::feasts_on(Day day) const {
  std::vector<const Holiday*> found;
  for (const Holiday& holiday : holidays_)
    if (falls_on(holiday.date, day - days{holiday.feast - 1}) && year_of(day) >= holiday.since_year)
      found.push_back(&holiday);
  return found;
}

const Holiday* HolidayCalendar::find(std::string_view id) const {
  const auto found = std::ranges::find(holidays_, id, &Holiday::id);
  return found == holidays_.end() ? nullptr : &*found;
}

std::optional<DayOff> HolidayCalendar::day_off(Day day) const {
  const YearNotice* notice = notice_of(day);
  if (notice != nullptr) {
    if (std::ranges::find(notice->work, day) != notice->work.end()) return std::nullopt;
  }
  for (const Holiday& holiday : holidays_) {
    const bool counts =
        holiday.status == HolidayStatus::kInForce || (holiday.status == HolidayStatus::kExpected && notice == nullptr);
    if (counts && holiday.is(HolidayKind::kDayOff) && covers(holiday, day)) return DayOff{&holiday, nullptr};
  }
  if (notice != nullptr && std::ranges::find(notice->off, day) != notice->off.end()) return DayOff{nullptr, notice};
  return std::nullopt;
}

bool HolidayCalendar::is_working_day(Day day) const {
  const YearNotice* notice = notice_of(day);
  if (notice != nullptr && std::ranges::find(notice->work, day) != notice->work.end()) return true;
  return !is_weekend(day) && !day_off(day);
}

std::optional<Day> HolidayCalendar::working_day_before(Day day) const {
  for (int i = 1; i <= kFarthest && day - days{i} >= civil::kFirstDay; ++i)
    if (is_working_day(day - days{i})) return day - days{i};
  return std::nullopt;
}

std::optional<Day> HolidayCalendar::working_day_after(Day day) const {
  for (int i = 1; i <= kFarthest && day + days{i} <= civil::kLastDay; ++i)
    if (is_working_day(day + days{i})) return day + days{i};
  return std::nullopt;
}

bool is_weekend(Day day) {
  const std::chrono::weekday weekday{day};
  return weekday == std::chrono::Saturday || weekday == std::chrono::Sunday;
}

}  // namespace loa::holidays
