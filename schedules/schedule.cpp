#include "schedules/schedule.h"

#include <cstdlib>

#include "common/base/error.h"
#include "schedules/arbitration/areas.h"

namespace loa::schedules {

PlayId play_id(const ScheduleId& schedule, WallTime start) {
  // <schedule>-20270206t000000z
  std::string stamp;
  for (const char c : format_utc(start).substr(0, 19))
    if (c != '-' && c != ':') stamp += c == 'T' ? 't' : c;
  return PlayId{schedule.str() + "-" + stamp + "z"};
}

std::vector<AreaId> Schedule::places() const {
  std::vector<AreaId> places = areas;
  for (const NodeId& node : nodes) places.push_back(place_of(node));
  return places;
}

bool Rotation::has_turn(std::int64_t n) const {
  const std::int64_t first = (n * sessions + session) * per_turn;
  for (std::int64_t slot = first; slot < first + per_turn; ++slot)
    if ((slot + slot / pool) % pool == place) return true;
  return false;
}

namespace {

std::vector<Occurrence> expand_rule(const Schedule& schedule, const Almanac& almanac, civil::Day from,
                                    civil::Day until) {
  const WallTime begin = almanac.zone.to_wall(from);
  const WallTime end = almanac.zone.to_wall(until);
  if (const auto* once = std::get_if<Once>(&schedule.rule)) {
    if (once->start < begin || once->start >= end) return {};
    return {{once->start, std::nullopt}};
  }
  const auto& recurring = std::get<Recurring>(schedule.rule);
  const auto& rotation = recurring.rotation;
  const WallTime counted_from =
      rotation
          ? almanac.zone.to_wall(civil::day_of(recurring.set.dtstart) - std::chrono::days{holidays::kFarthestAiring})
          : begin;
  std::vector<Occurrence> due;
  std::int64_t turn = 0;
  std::optional<civil::Day> taken;  // the day of the last turn
  for (const holidays::Planned& planned :
       holidays::plan(recurring.set, recurring.days, almanac.holidays, counted_from, end)) {
    if (rotation) {
      // Packed into a session, a day is one turn however often it comes due.
      const civil::Day day = civil::day_of(planned.civil);
      if (schedule.session && taken == day) continue;
      const bool is_ours = rotation->has_turn(turn);
      if (planned.fate != holidays::Fate::kSkipped) {
        ++turn;
        taken = day;
      }
      if (!is_ours || planned.start < begin) continue;
    }
    std::optional<Silence> silence;
    if (planned.fate == holidays::Fate::kSkipped && !planned.reasons.empty())
      silence = Silence{describe(planned.reasons.back(), Language::kVietnamese),
                        describe(planned.reasons.back(), Language::kEnglish)};
    due.push_back({planned.start, std::move(silence)});
  }
  return due;
}

}  // namespace

std::vector<Occurrence> expand(const Schedule& schedule, const Almanac& almanac, civil::Day from, civil::Day until) {
  std::vector<Occurrence> due = expand_rule(schedule, almanac, from, until);
  if (schedule.approval == Schedule::Approval::kGiven) return due;
  const Text why{"silence.not_approved", {}};
  for (Occurrence& each : due)
    if (!each.silence) each.silence = Silence{render(why, Language::kVietnamese), render(why, Language::kEnglish)};
  return due;
}

std::optional<std::string_view> to_string(ChimeTerm term) {
  return term == ChimeTerm::kNone ? std::optional<std::string_view>{"none"} : std::nullopt;
}

std::optional<ChimeTerm> parse_chime_term(std::string_view text) {
  return text == "none" ? std::optional{ChimeTerm::kNone} : std::nullopt;
}

std::string_view to_string(ExceptionReason reason) {
  switch (reason) {
    case ExceptionReason::kGreatHoliday:
      return "great_holiday";
    case ExceptionReason::kPoliticalEvent:
      return "political_event";
    case ExceptionReason::kEmergency:
      return "emergency";
    case ExceptionReason::kRepair:
      return "repair";
  }
  std::abort();
}

std::optional<ExceptionReason> parse_exception_reason(std::string_view text) {
  for (const ExceptionReason reason : {ExceptionReason::kGreatHoliday, ExceptionReason::kPoliticalEvent,
                                       ExceptionReason::kEmergency, ExceptionReason::kRepair})
    if (to_string(reason) == text) return reason;
  return std::nullopt;
}

}  // namespace loa::schedules
