#include "schedules/recurrence/walk.h"

#include <algorithm>
#include <span>

namespace loa::recurrence {
namespace {

using civil::Day;
using civil::days;
using civil::Time;
using lunar::MonthKind;

constexpr int kDaysAWeek = 7;
constexpr int kLastYear = 2200;

int weekday_of(Day day) {
  // 1970-01-01 was a Thursday.
  return static_cast<int>(((day.time_since_epoch().count() + 4) % kDaysAWeek + kDaysAWeek) % kDaysAWeek);
}
Day week_of(Day day, int week_start) {
  return day - days{(weekday_of(day) - week_start + kDaysAWeek) % kDaysAWeek};
}

// The two calendars as one: months in a row, numbered, each in one year.
struct MonthSpan {
  Day start;
  int length;
  MonthNumber number;
  int year;
};

MonthSpan month_span(Scale scale, int index) {
  if (scale == Scale::kVietnamese) {
    const lunar::Month& month = lunar::month_at(index);
    return {month.start, month.length, {month.month, month.kind}, month.year};
  }
  const std::chrono::year_month month{std::chrono::year{index / 12},
                                      std::chrono::month{static_cast<unsigned>(index % 12 + 1)}};
  const Day start{month / 1};
  const auto length = static_cast<unsigned>((month / std::chrono::last).day());
  return {start, static_cast<int>(length), {index % 12 + 1, MonthKind::kOrdinary}, index / 12};
}
int index_of(Scale scale, Day day) {
  if (scale == Scale::kVietnamese) return lunar::index_of(day);
  const auto date = civil::date_of(day);
  return static_cast<int>(date.year()) * 12 + static_cast<int>(static_cast<unsigned>(date.month())) - 1;
}
int first_month(Scale scale, int year) {
  return scale == Scale::kVietnamese ? lunar::first_month(year) : year * 12;
}
int year_of(Scale scale, Day day) {
  return month_span(scale, index_of(scale, day)).year;
}

struct YearSpan {
  Day start;
  int length;
};
YearSpan year_span(Scale scale, int year) {
  const Day start = month_span(scale, first_month(scale, year)).start;
  const Day end = month_span(scale, first_month(scale, year + 1)).start;
  return {start, static_cast<int>((end - start).count())};
}

std::uint32_t bit_of(const MonthNumber& number) {
  return 1U << static_cast<unsigned>(number.month + (number.kind == MonthKind::kLeap ? 16 : 0));
}
std::uint64_t bits_of(std::span<const int> numbers) {
  std::uint64_t bits = 0;
  for (const int number : numbers) bits |= std::uint64_t{1} << static_cast<unsigned>(number);
  return bits;
}
bool has_bit(std::uint64_t bits, int number) {
  return (bits >> static_cast<unsigned>(number) & 1U) != 0;
}

// The day that the n-th of a weekday is within a span, if it is.
std::optional<Day> nth_weekday(const WeekdayNumber& wanted, Day start, int length) {
  if (wanted.ordinal > 0) {
    const int first = (wanted.weekday - weekday_of(start) + kDaysAWeek) % kDaysAWeek;
    const int at = first + (wanted.ordinal - 1) * kDaysAWeek;
    return at < length ? std::optional{start + days{at}} : std::nullopt;
  }
  const int last = length - 1 - (weekday_of(start + days{length - 1}) - wanted.weekday + kDaysAWeek) % kDaysAWeek;
  const int at = last + (wanted.ordinal + 1) * kDaysAWeek;
  return at >= 0 ? std::optional{start + days{at}} : std::nullopt;
}

// Where week 1 of a year begins: the week with at least four of its days.
Day first_week(Day year_start, int week_start) {
  return week_of(year_start + days{3}, week_start);
}

seconds unit_of(Frequency frequency) {
  if (frequency == Frequency::kHourly) return std::chrono::hours{1};
  return frequency == Frequency::kMinutely ? std::chrono::minutes{1} : seconds{1};
}

std::vector<int> or_else(const std::vector<int>& list, long otherwise) {
  return list.empty() ? std::vector<int>{static_cast<int>(otherwise)} : list;
}

}  // namespace

RuleWalk::RuleWalk(const RecurrenceRule& rule, Time dtstart, Time from, Time last)
    : rule_(rule),
      dtstart_(dtstart),
      from_(std::max(from, dtstart)),
      last_(std::min(last, Time{civil::kLastDay + days{1}} - seconds{1})),
      count_left_(rule.count.value_or(0)) {
  for (const MonthNumber& month : rule_.by_month) months_ |= bit_of(month);
  for (const WeekdayNumber& day : rule_.by_day) {
    weekdays_ |= 1U << static_cast<unsigned>(day.weekday);
    counts_weekdays_ = counts_weekdays_ || day.ordinal != 0;
  }
  for (const int day : rule_.by_month_day)
    (day > 0 ? month_days_ : month_days_back_) |= 1U << static_cast<unsigned>(std::abs(day));
  hours_ = bits_of(rule_.by_hour);
  minutes_ = bits_of(rule_.by_minute);
  make_offsets();
  start_near(rule_.count ? dtstart_ : from_);
}

// The clock readings within one base: a day, an hour, a minute or a second.
void RuleWalk::make_offsets() {
  const std::chrono::hh_mm_ss clock{civil::clock_of(dtstart_)};
  std::vector<int> in_minute = or_else(rule_.by_second, clock.seconds().count());
  for (int& second : in_minute) second = std::min(second, 59);
  in_minute.erase(std::unique(in_minute.begin(), in_minute.end()), in_minute.end());
  if (!rule_.by_second.empty()) seconds_ = bits_of(in_minute);

  const bool is_daily = rule_.frequency >= Frequency::kDaily;
  const std::vector<int> none{0};
  const std::vector<int> hours = is_daily ? or_else(rule_.by_hour, clock.hours().count()) : none;
  const std::vector<int> minutes =
      rule_.frequency >= Frequency::kHourly ? or_else(rule_.by_minute, clock.minutes().count()) : none;
  if (rule_.frequency == Frequency::kSecondly) in_minute = none;
  for (const int hour : hours)
    for (const int minute : minutes)
      for (const int second : in_minute)
        offsets_.push_back(std::chrono::hours{hour} + std::chrono::minutes{minute} + seconds{second});
}

// The last period that begins no later than `from`, in step with DTSTART; one earlier where a period's days may lie
// outside it.
void RuleWalk::start_near(Time from) {
  const Day day = civil::day_of(from);
  const Day first = civil::day_of(dtstart_);
  const auto whole_steps = [](auto distance, auto step) {
    return std::max(distance / step, decltype(distance / step){0});
  };
  switch (rule_.frequency) {
    case Frequency::kYearly:
      number_ = year_of(rule_.scale, first);
      number_ += whole_steps(year_of(rule_.scale, day) - 1 - number_, rule_.interval) * rule_.interval;
      break;
    case Frequency::kMonthly:
      number_ = index_of(rule_.scale, first);
      number_ += whole_steps(index_of(rule_.scale, day) - 1 - number_, rule_.interval) * rule_.interval;
      break;
    case Frequency::kWeekly:
    case Frequency::kDaily: {
      const days step{rule_.frequency == Frequency::kWeekly ? kDaysAWeek * rule_.interval : rule_.interval};
      const Day start = rule_.frequency == Frequency::kWeekly ? week_of(first, rule_.week_start) : first;
      unit_ = start + whole_steps(day - start, step) * step;
      break;
    }
    case Frequency::kHourly:
    case Frequency::kMinutely:
    case Frequency::kSecondly: {
      const seconds unit = unit_of(rule_.frequency);
      const seconds step = unit * rule_.interval;
      const Time start{dtstart_.time_since_epoch() / unit * unit};
      const Time exact = start > dtstart_ ? start - unit : start;  // before 1970 division rounds up
      unit_ = exact + whole_steps(from - exact, step) * step;
      break;
    }
  }
}

std::optional<Time> RuleWalk::next() {
  while (!has_ended_) {
    if (position_ >= size_) {
      has_ended_ = !advance();
      continue;
    }
    const std::size_t at = rule_.by_set_position.empty() ? position_ : picked_[position_];
    ++position_;
    const Time time = bases_[at / offsets_.size()] + offsets_[at % offsets_.size()];
    // A day that SKIP moved may be one that the next period gives too.
    if (time < dtstart_ || (given_ && time <= *given_)) continue;
    if (time > last_ || (rule_.count && count_left_ == 0)) break;
    given_ = time;
    --count_left_;
    if (time >= from_) return time;
  }
  has_ended_ = true;
  return std::nullopt;
}

// Fills in the next period, which may be empty; false when there is none.
bool RuleWalk::advance() {
  bases_.clear();
  switch (rule_.frequency) {
    case Frequency::kYearly:
      if (number_ > kLastYear || year_span(rule_.scale, number_).start - days{kDaysAWeek} > last_) return false;
      gather_year(number_);
      number_ += rule_.interval;
      break;
    case Frequency::kMonthly:
      if (rule_.scale == Scale::kGregorian ? number_ > kLastYear * 12 : number_ >= lunar::month_count()) return false;
      if (month_span(rule_.scale, number_).start > last_) return false;
      gather_month(number_);
      number_ += rule_.interval;
      break;
    case Frequency::kWeekly:
      if (unit_ > last_) return false;
      gather_week(civil::day_of(unit_));
      unit_ += days{kDaysAWeek * rule_.interval};
      break;
    case Frequency::kDaily:
      while (unit_ <= last_ && !is_good_day(civil::day_of(unit_))) unit_ += days{rule_.interval};
      if (unit_ > last_) return false;
      bases_.push_back(unit_);
      unit_ += days{rule_.interval};
      break;
    case Frequency::kHourly:
    case Frequency::kMinutely:
    case Frequency::kSecondly:
      if (!advance_unit()) return false;
      break;
  }
  finish_period();
  return true;
}

// The next hour, minute or second that the limits let through. What cannot match is left in one step, in step with the
// interval.
bool RuleWalk::advance_unit() {
  const seconds step = unit_of(rule_.frequency) * rule_.interval;
  const auto jump_to = [&](Time target) { unit_ += (target - unit_ + step - seconds{1}) / step * step; };
  while (unit_ <= last_) {
    const Day day = civil::day_of(unit_);
    if (good_day_ != day) {
      if (!is_good_day(day)) {
        jump_to(day + days{1});
        continue;
      }
      good_day_ = day;
    }
    const std::chrono::hh_mm_ss clock{unit_ - day};
    const Time hour = day + clock.hours();
    if (hours_ != 0 && !has_bit(hours_, static_cast<int>(clock.hours().count()))) {
      jump_to(hour + std::chrono::hours{1});
      continue;
    }
    if (rule_.frequency <= Frequency::kMinutely && minutes_ != 0 &&
        !has_bit(minutes_, static_cast<int>(clock.minutes().count()))) {
      jump_to(hour + clock.minutes() + std::chrono::minutes{1});
      continue;
    }
    if (rule_.frequency == Frequency::kSecondly && seconds_ != 0 &&
        !has_bit(seconds_, static_cast<int>(clock.seconds().count()))) {
      unit_ += step;
      continue;
    }
    bases_.push_back(unit_);
    unit_ += step;
    return true;
  }
  return false;
}

void RuleWalk::gather_year(int year) {
  const YearSpan span = year_span(rule_.scale, year);
  const bool names_days = !rule_.by_month_day.empty() || !rule_.by_year_day.empty() || !rule_.by_week_number.empty() ||
                          !rule_.by_day.empty();
  const auto drop = [this](auto&& is_wanted) {
    std::erase_if(bases_, [&](Time base) { return !is_wanted(civil::day_of(base)); });
  };
  bool expands_weekdays = false;
  if (!rule_.by_month_day.empty() || !names_days) {
    for (const int index : months_of(year)) add_month_days(index);
    if (!rule_.by_year_day.empty()) drop([this](Day day) { return is_year_day(day); });
    if (!rule_.by_week_number.empty()) drop([this](Day day) { return is_in_weeks(day); });
  } else if (!rule_.by_year_day.empty()) {
    add_year_days(span.start, span.length);
    if (months_ != 0) drop([this](Day day) { return is_in_months(day); });
    if (!rule_.by_week_number.empty()) drop([this](Day day) { return is_in_weeks(day); });
  } else if (!rule_.by_week_number.empty()) {
    expands_weekdays = true;
    add_weeks(span.start, span.length);
    if (months_ != 0) drop([this](Day day) { return is_in_months(day); });
  } else {
    expands_weekdays = true;
    if (months_ == 0) add_weekdays(span.start, span.length);
    for (const int index : months_ == 0 ? std::vector<int>{} : months_of(year)) {
      const MonthSpan month = month_span(rule_.scale, index);
      add_weekdays(month.start, month.length);
    }
  }
  if (expands_weekdays || rule_.by_day.empty()) return;
  drop([&](Day day) {
    if (months_ == 0) return is_counted_weekday(day, span.start, span.length);
    const MonthSpan month = month_span(rule_.scale, index_of(rule_.scale, day));
    return is_counted_weekday(day, month.start, month.length);
  });
}

void RuleWalk::gather_month(int index) {
  const MonthSpan span = month_span(rule_.scale, index);
  if (months_ != 0 && (months_ & bit_of(span.number)) == 0) return;
  if (rule_.by_month_day.empty() && !rule_.by_day.empty()) {
    add_weekdays(span.start, span.length);
    return;
  }
  add_month_days(index);
  if (rule_.by_day.empty()) return;
  std::erase_if(bases_, [&](Time base) {
    const Day day = civil::day_of(base);
    const MonthSpan month = month_span(rule_.scale, index_of(rule_.scale, day));
    return !is_counted_weekday(day, month.start, month.length);
  });
}

void RuleWalk::gather_week(Day start) {
  const std::uint32_t wanted =
      weekdays_ != 0 ? weekdays_ : 1U << static_cast<unsigned>(weekday_of(civil::day_of(dtstart_)));
  for (Day day = start; day < start + days{kDaysAWeek}; day += days{1})
    if (has_bit(wanted, weekday_of(day)) && (months_ == 0 || is_in_months(day))) bases_.emplace_back(day);
}

// BYDAY within a month or a year.
void RuleWalk::add_weekdays(Day start, int length) {
  if (!counts_weekdays_) {
    int weekday = weekday_of(start);
    for (int i = 0; i < length; ++i, weekday = weekday == kDaysAWeek - 1 ? 0 : weekday + 1)
      if (has_bit(weekdays_, weekday)) bases_.emplace_back(start + days{i});
    return;
  }
  for (const WeekdayNumber& wanted : rule_.by_day) {
    if (wanted.ordinal != 0) {
      if (const auto day = nth_weekday(wanted, start, length)) bases_.emplace_back(*day);
      continue;
    }
    const int first = (wanted.weekday - weekday_of(start) + kDaysAWeek) % kDaysAWeek;
    for (int i = first; i < length; i += kDaysAWeek) bases_.emplace_back(start + days{i});
  }
}

// BYMONTHDAY, or DTSTART's day, of one month.
void RuleWalk::add_month_days(int index) {
  const MonthSpan span = month_span(rule_.scale, index);
  const auto add = [&](int day) {
    if (day < 0) {
      if (span.length + day >= 0) bases_.emplace_back(span.start + days{span.length + day});
    } else if (day <= span.length) {
      bases_.emplace_back(span.start + days{day - 1});
    } else if (rule_.skip != Skip::kOmit) {
      bases_.emplace_back(span.start + days{span.length - (rule_.skip == Skip::kBackward ? 1 : 0)});
    }
  };
  for (const int day : rule_.by_month_day) add(day);
  if (!rule_.by_month_day.empty()) return;
  const Day first = civil::day_of(dtstart_);
  add(static_cast<int>((first - month_span(rule_.scale, index_of(rule_.scale, first)).start).count()) + 1);
}

void RuleWalk::add_year_days(Day start, int length) {
  for (const int day : rule_.by_year_day) {
    const int at = day > 0 ? day - 1 : length + day;
    if (at >= 0 && at < length) bases_.emplace_back(start + days{at});
  }
}

void RuleWalk::add_weeks(Day start, int length) {
  const Day first = first_week(start, rule_.week_start);
  const auto count =
      static_cast<int>((first_week(start + days{length}, rule_.week_start) - first).count()) / kDaysAWeek;
  const std::uint32_t wanted =
      weekdays_ != 0 ? weekdays_ : 1U << static_cast<unsigned>(weekday_of(civil::day_of(dtstart_)));
  for (const int number : rule_.by_week_number) {
    const int week = number > 0 ? number : count + number + 1;
    if (week < 1 || week > count) continue;
    const Day monday = first + days{(week - 1) * kDaysAWeek};
    for (int i = 0; i < kDaysAWeek; ++i)
      if (has_bit(wanted, weekday_of(monday + days{i}))) bases_.emplace_back(monday + days{i});
  }
}

// The months of a yearly rule: BYMONTH, or all, or DTSTART's alone when nothing names days. A leap month that the year
// lacks is what SKIP says.
std::vector<int> RuleWalk::months_of(int year) const {
  const int begin = first_month(rule_.scale, year);
  const int end = first_month(rule_.scale, year + 1);
  std::vector<int> found;
  if (months_ == 0 && !rule_.by_month_day.empty()) {
    for (int index = begin; index < end; ++index) found.push_back(index);
    return found;
  }
  std::vector<MonthNumber> wanted = rule_.by_month;
  if (wanted.empty()) wanted.push_back(month_span(rule_.scale, index_of(rule_.scale, civil::day_of(dtstart_))).number);
  for (const MonthNumber& number : wanted) {
    const auto find = [&](const MonthNumber& one) {
      int index = begin;
      while (index < end && month_span(rule_.scale, index).number != one) ++index;
      return index;
    };
    int index = find(number);
    if (index == end && rule_.skip != Skip::kOmit)
      index = find({number.month, MonthKind::kOrdinary}) + (rule_.skip == Skip::kForward ? 1 : 0);
    else if (index == end)
      continue;
    found.push_back(index);
  }
  return found;
}

bool RuleWalk::is_in_months(Day day) const {
  return (months_ & bit_of(month_span(rule_.scale, index_of(rule_.scale, day)).number)) != 0;
}

bool RuleWalk::is_month_day(Day day) const {
  const MonthSpan span = month_span(rule_.scale, index_of(rule_.scale, day));
  const auto at = static_cast<int>((day - span.start).count());
  return has_bit(month_days_, at + 1) || has_bit(month_days_back_, span.length - at);
}

bool RuleWalk::is_year_day(Day day) const {
  const YearSpan span = year_span(rule_.scale, year_of(rule_.scale, day));
  const auto at = static_cast<int>((day - span.start).count());
  return std::ranges::any_of(rule_.by_year_day,
                             [&](int wanted) { return wanted == at + 1 || wanted == at - span.length; });
}

// By the week's own year, which near the turn is a neighbour of the day's.
bool RuleWalk::is_in_weeks(Day day) const {
  const int year = year_of(rule_.scale, day);
  for (int of = year - 1; of <= year + 1; ++of) {
    const YearSpan span = year_span(rule_.scale, of);
    const Day first = first_week(span.start, rule_.week_start);
    const Day end = first_week(span.start + days{span.length}, rule_.week_start);
    if (day < first || day >= end) continue;
    const auto week = static_cast<int>((day - first).count()) / kDaysAWeek;
    const auto count = static_cast<int>((end - first).count()) / kDaysAWeek;
    return std::ranges::any_of(rule_.by_week_number,
                               [&](int wanted) { return wanted == week + 1 || wanted == week - count; });
  }
  return false;
}

bool RuleWalk::is_counted_weekday(Day day, Day start, int length) const {
  const int weekday = weekday_of(day);
  return std::ranges::any_of(rule_.by_day, [&](const WeekdayNumber& wanted) {
    return wanted.weekday == weekday && (wanted.ordinal == 0 || nth_weekday(wanted, start, length) == day);
  });
}

// The limits on days of rules that are daily or quicker.
bool RuleWalk::is_good_day(Day day) const {
  return (weekdays_ == 0 || has_bit(weekdays_, weekday_of(day))) && (months_ == 0 || is_in_months(day)) &&
         (rule_.by_month_day.empty() || is_month_day(day)) && (rule_.by_year_day.empty() || is_year_day(day));
}

void RuleWalk::finish_period() {
  if (bases_.size() > 1) {
    std::ranges::sort(bases_);
    bases_.erase(std::unique(bases_.begin(), bases_.end()), bases_.end());
  }
  position_ = 0;
  size_ = bases_.size() * offsets_.size();
  if (rule_.by_set_position.empty()) {
    // Days before the window are passed over whole.
    if (!rule_.count) {
      const auto first = std::ranges::lower_bound(bases_, Time{civil::day_of(from_)});
      if (first != bases_.begin() && rule_.frequency >= Frequency::kDaily)
        position_ = static_cast<std::size_t>(first - bases_.begin()) * offsets_.size();
    }
    return;
  }
  picked_.clear();
  const auto total = static_cast<long>(size_);
  for (const int position : rule_.by_set_position) {
    const long at = position > 0 ? position - 1 : total + position;
    if (at >= 0 && at < total) picked_.push_back(static_cast<std::size_t>(at));
  }
  std::ranges::sort(picked_);
  picked_.erase(std::unique(picked_.begin(), picked_.end()), picked_.end());
  size_ = picked_.size();
}

}  // namespace loa::recurrence
