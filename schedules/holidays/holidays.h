// Days off, great days and days of remembrance, as data: what each is called, which law or notice it rests on, whether
// it is in force, and what a year's notice changes. The words of the law stand in vietnam.toml and in the ward's own
// file (holiday_file.h), never in code. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "schedules/civil/civil.h"

namespace loa::holidays {

using civil::Day;

enum class HolidayKind { kDayOff, kGreatDay, kCommemoration };

//   kInForce   by law, each year
//   kExpected  a day off in most years, which the year's notice settles: it counts until there is a notice for its year
//   kProposed  not yet in force: shown, and no day off
enum class HolidayStatus { kInForce, kExpected, kProposed };

enum class DateScale { kSolar, kLunar };

// A yearly date. A lunar one falls in the ordinary month, never in its leap twin.
struct HolidayDate {
  DateScale scale = DateScale::kSolar;
  int month = 0;
  int day = 0;  // 0 = the last of a lunar month
  bool operator==(const HolidayDate&) const = default;
};

struct Holiday {
  std::string id;
  std::string name_vi;
  std::string name_en;
  std::string basis;  // law, decree, notice
  std::vector<HolidayKind> kinds;
  HolidayStatus status = HolidayStatus::kInForce;
  HolidayDate date;
  int days = 1;        // from that date on
  int feast = 1;       // which of them is the feast itself: Tết is off from the day before
  int since_year = 0;  // civil year of the first

  [[nodiscard]] const std::string& name(Language language) const {
    return language == Language::kVietnamese ? name_vi : name_en;
  }
  [[nodiscard]] bool is(HolidayKind kind) const;
};

// What was announced for one year: compensated and swapped days.
struct YearNotice {
  int year = 0;
  std::string basis;
  std::vector<Day> off;   // days off that are no holiday
  std::vector<Day> work;  // working days that otherwise would not be
};

// Why a day is off: a holiday, or the year's notice when that is null. Both live as long as the calendar.
struct DayOff {
  const Holiday* holiday = nullptr;
  const YearNotice* notice = nullptr;
};

class HolidayCalendar {
 public:
  HolidayCalendar() = default;
  HolidayCalendar(std::vector<Holiday> holidays, std::vector<YearNotice> notices);

  // In the order they were given, whatever their kind and status. The pointers live as long as the calendar is neither
  // changed nor moved.
  [[nodiscard]] std::vector<const Holiday*> holidays_on(Day day) const;
  // Those whose feast itself is on that day, in the order they were given.
  [[nodiscard]] std::vector<const Holiday*> feasts_on(Day day) const;
  [[nodiscard]] const std::vector<Holiday>& holidays() const { return holidays_; }
  // Null when there is none.
  [[nodiscard]] const Holiday* find(std::string_view id) const;
  // A day on which people are off by law or notice. A Saturday or Sunday is not, for that alone.
  [[nodiscard]] std::optional<DayOff> day_off(Day day) const;
  // Monday to Friday unless off, and what a notice made a working day (Quyết định 188/1999/QĐ-TTg: 40 hours, five
  // days).
  [[nodiscard]] bool is_working_day(Day day) const;
  // The nearest working day strictly before or after. nullopt when there is none within a hundred days or in range.
  [[nodiscard]] std::optional<Day> working_day_before(Day day) const;
  [[nodiscard]] std::optional<Day> working_day_after(Day day) const;

 private:
  [[nodiscard]] bool covers(const Holiday& holiday, Day day) const;
  [[nodiscard]] const YearNotice* notice_of(Day day) const;

  std::vector<Holiday> holidays_;
  std::vector<YearNotice> notices_;  // ascending by year
};

[[nodiscard]] bool is_weekend(Day day);

}  // namespace loa::holidays
