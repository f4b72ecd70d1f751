#include "schedules/holidays/day_rule.h"

#include <algorithm>
#include <cstdlib>

namespace loa::holidays {
namespace {

using civil::days;
using civil::Time;
using Kind = DayReason::Kind;

// The farthest a working day may be, see holidays.h.
constexpr int kFarthestMove = 100;

const Holiday* find_in_force(const HolidayCalendar& calendar, Day day, std::optional<HolidayKind> kind) {
  for (const Holiday* holiday : calendar.holidays_on(day))
    if (holiday->status == HolidayStatus::kInForce && (!kind || holiday->is(*kind))) return holiday;
  return nullptr;
}

DayReason named(Kind kind, Day day, const Holiday& holiday) {
  return {kind, day, std::nullopt, holiday.name_vi, holiday.name_en};
}

// Why the day is one of the set; nullopt when it is not.
std::optional<DayReason> belongs(const HolidayCalendar& calendar, Day day, DaySet set) {
  switch (set) {
    case DaySet::kDayOff:
    case DaySet::kNotWorking: {
      if (const auto off = calendar.day_off(day)) {
        if (off->holiday != nullptr) return named(Kind::kDayOff, day, *off->holiday);
        return DayReason{Kind::kNotice, day, std::nullopt, off->notice->basis, off->notice->basis};
      }
      if (set == DaySet::kDayOff || calendar.is_working_day(day)) return std::nullopt;
      return DayReason{Kind::kWeekend, day, std::nullopt, {}, {}};
    }
    case DaySet::kGreatDay:
      if (const Holiday* holiday = find_in_force(calendar, day, HolidayKind::kGreatDay))
        return named(Kind::kGreatDay, day, *holiday);
      return std::nullopt;
    case DaySet::kHoliday:
      if (const Holiday* holiday = find_in_force(calendar, day, std::nullopt))
        return named(Kind::kHoliday, day, *holiday);
      return std::nullopt;
  }
  std::abort();
}

struct Applied {
  const HolidayCalendar& calendar;
  std::vector<Planned>& list;

  void operator()(const SkipOn& step) const {
    for (Planned& one : list)
      if (one.fate != Fate::kSkipped) {
        if (const auto why = belongs(calendar, civil::day_of(one.civil), step.days)) skip(one, *why);
      }
  }
  void operator()(const OnlyOn& step) const {
    for (Planned& one : list) {
      const Day day = civil::day_of(one.civil);
      if (one.fate != Fate::kSkipped && !belongs(calendar, day, step.days))
        skip(one, {Kind::kOrdinaryDay, day, std::nullopt, {}, {}});
    }
  }
  void operator()(const MoveFrom& step) const {
    for (Planned& one : list) {
      if (one.fate == Fate::kSkipped) continue;
      const Day day = civil::day_of(one.civil);
      const auto why = belongs(calendar, day, step.days);
      if (!why) continue;
      one.reasons.push_back(*why);
      const auto to =
          step.direction == Direction::kBefore ? calendar.working_day_before(day) : calendar.working_day_after(day);
      if (!to) {
        skip(one, {Kind::kNoWorkingDay, day, std::nullopt, {}, {}});
        continue;
      }
      one.reasons.push_back({Kind::kMoved, day, to, {}, {}});
      one.civil = *to + civil::clock_of(one.civil);
      one.fate = Fate::kMoved;
    }
  }
  void operator()(const AirAt& step) const {
    std::vector<Planned> aired;
    for (const Planned& one : list)
      for (const Airing& airing : step.airings) {
        Planned copy = one;
        copy.civil = civil::day_of(one.civil) + days{airing.days} + airing.clock.value_or(civil::clock_of(one.civil));
        aired.push_back(std::move(copy));
      }
    list = std::move(aired);
  }

  static void skip(Planned& one, DayReason why) {
    one.reasons.push_back(std::move(why));
    one.fate = Fate::kSkipped;
  }
};

// How far the steps can carry an occurrence.
days reach_of(const DayRule& rule) {
  int reach = 1;
  for (const DayStep& step : rule.steps) {
    if (std::holds_alternative<MoveFrom>(step)) reach += kFarthestMove;
    if (const auto* air = std::get_if<AirAt>(&step)) {
      int farthest = 0;
      for (const Airing& airing : air->airings) farthest = std::max(farthest, std::abs(airing.days));
      if (farthest > kFarthestAiring)
        throw Error("day_rule.too_far", {std::to_string(farthest), std::to_string(kFarthestAiring)});
      reach += farthest + 1;
    }
  }
  return days{reach};
}

}  // namespace

AirAt evening_before_and_morning_of(seconds evening, seconds morning) {
  return {{{-1, evening}, {0, morning}}};
}

AirAt days_before(const std::vector<int>& days) {
  AirAt step;
  for (const int day : days) step.airings.push_back({-day, std::nullopt});
  return step;
}

std::vector<Planned> plan(const recurrence::RecurrenceSet& set, const DayRule& rule, const HolidayCalendar& calendar,
                          WallTime from, WallTime until) {
  const days reach = rule.steps.empty() ? days{0} : reach_of(rule);
  // As far as the window may be widened without leaving what WallTime holds.
  const WallTime first = std::max(from, WallTime::min() + reach) - reach;
  const WallTime last = std::min(until, WallTime::max() - reach) + reach;
  std::vector<Planned> list;
  for (const recurrence::Instance& instance : recurrence::occurrences(set, first, last))
    list.push_back({instance.start, instance.civil, instance, Fate::kPlanned, {}});
  for (const DayStep& step : rule.steps) std::visit(Applied{calendar, list}, step);

  for (Planned& one : list) one.start = set.zone.to_wall(one.civil);
  std::erase_if(list, [&](const Planned& one) { return one.start < from || one.start >= until; });
  std::ranges::stable_sort(list, [](const Planned& a, const Planned& b) {
    return std::pair{a.start, a.event.start} < std::pair{b.start, b.event.start};
  });
  const Planned* heard = nullptr;
  for (Planned& one : list) {
    if (one.fate == Fate::kSkipped) continue;
    if (heard != nullptr && heard->start == one.start)
      Applied::skip(one, {Kind::kDoubled, civil::day_of(one.civil), std::nullopt, {}, {}});
    else
      heard = &one;
  }
  return list;
}

std::string describe(const DayReason& reason, Language language) {
  const std::string day = civil::short_day(reason.day);
  const std::string& name = language == Language::kVietnamese ? reason.name_vi : reason.name_en;
  switch (reason.kind) {
    case Kind::kDayOff:
    case Kind::kGreatDay:
    case Kind::kHoliday:
      return render({"day_rule.holiday", {day, name}}, language);
    case Kind::kNotice:
      return render({"day_rule.notice", {day, name}}, language);
    case Kind::kWeekend:
      return render({"day_rule.weekend", {day}}, language);
    case Kind::kOrdinaryDay:
      return render({"day_rule.ordinary", {day}}, language);
    case Kind::kMoved:
      return render({"day_rule.moved", {day, civil::short_day(reason.to.value_or(reason.day))}}, language);
    case Kind::kNoWorkingDay:
      return render({"day_rule.no_working_day", {day}}, language);
    case Kind::kDoubled:
      return render({"day_rule.doubled", {day}}, language);
  }
  std::abort();
}

}  // namespace loa::holidays
