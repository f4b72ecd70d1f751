#include <algorithm>
#include <cstdlib>
#include <memory>

#include <libical/ical.h>

#include "common/base/error.h"
#include "schedules/ics/ics.h"
#include "schedules/recurrence/walk.h"

namespace loa::ics {
namespace {

using civil::Time;
using recurrence::RecurrenceRule;
using recurrence::RecurrenceSet;
using recurrence::Until;

struct ComponentDeleter {
  void operator()(icalcomponent* component) const { icalcomponent_free(component); }
};
struct TextDeleter {
  void operator()(char* text) const { std::free(text); }
};

const Time kLast{Time{civil::kLastDay + civil::days{1}} - seconds{1}};

bool is_utc(const civil::Zone& zone) {
  return zone.name() == "Etc/UTC" || zone.name() == "UTC";
}

icaltimetype time_of(Time time) {
  const auto date = civil::date_of(civil::day_of(time));
  const std::chrono::hh_mm_ss clock{civil::clock_of(time)};
  icaltimetype out = icaltime_null_time();
  out.year = static_cast<int>(date.year());
  out.month = static_cast<int>(static_cast<unsigned>(date.month()));
  out.day = static_cast<int>(static_cast<unsigned>(date.day()));
  out.hour = static_cast<int>(clock.hours().count());
  out.minute = static_cast<int>(clock.minutes().count());
  out.second = static_cast<int>(clock.seconds().count());
  return out;
}
icaltimetype utc_time(WallTime wall) {
  icaltimetype out = time_of(Time{std::chrono::floor<seconds>(wall.time_since_epoch())});
  out.zone = icaltimezone_get_utc_timezone();
  return out;
}

// One moment as a property: with TZID, as UTC, or as a date.
class Moments {
 public:
  explicit Moments(const Event& event) : zone_(event.when.zone), is_all_day_(event.is_all_day) {}

  void add(icalcomponent* to, icalproperty* property, Time time) const {
    icaltimetype value = time_of(time);
    if (is_all_day_) {
      value.is_date = 1;
      icalproperty_set_value(property, icalvalue_new_date(value));
      icalproperty_add_parameter(property, icalparameter_new_value(ICAL_VALUE_DATE));
    } else if (is_utc(zone_)) {
      icalproperty_set_value(property, icalvalue_new_datetime(utc_time(zone_.to_wall(time))));
    } else {
      icalproperty_set_value(property, icalvalue_new_datetime(value));
      icalproperty_add_parameter(property, icalparameter_new_tzid(zone_.name().c_str()));
    }
    icalcomponent_add_property(to, property);
  }

 private:
  const civil::Zone& zone_;
  bool is_all_day_;
};

icalproperty* own_property(const char* name, const std::string& value) {
  icalproperty* property = icalproperty_new(ICAL_X_PROPERTY);
  icalproperty_set_x_name(property, name);
  icalproperty_set_value(property, icalvalue_new_x(value.c_str()));
  return property;
}

// What no line of a calendar may hold.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t') out += c;
  return out;
}

// UNTIL beside a TZID has to be UTC (§3.3.10), and a date beside a date.
RecurrenceRule for_others(RecurrenceRule rule, const civil::Zone& zone, bool is_all_day) {
  if (!rule.until) return rule;
  Time last = rule.until->time;
  if (rule.until->kind == Until::Kind::kUtc) {
    if (is_all_day)
      rule.until = Until{Until::Kind::kDay, Time{civil::day_of(zone.to_civil(WallTime{last.time_since_epoch()}))}};
    return rule;
  }
  if (is_all_day) {
    rule.until = Until{Until::Kind::kDay, Time{civil::day_of(last)}};
    return rule;
  }
  if (rule.until->kind == Until::Kind::kDay) last += civil::days{1} - seconds{1};
  rule.until = Until{Until::Kind::kUtc, Time{std::chrono::floor<seconds>(zone.to_wall(last).time_since_epoch())}};
  return rule;
}

// The first occurrence of a rule, exceptions or not.
std::optional<Time> first_of(const RecurrenceSet& set, const RecurrenceRule& rule) {
  recurrence::RuleWalk walk{rule, set.dtstart, set.dtstart, kLast};
  return walk.next();
}

bool is_known_to_others(const RecurrenceSet& set) {
  return set.rules.size() == 1 && set.rules[0].scale == recurrence::Scale::kGregorian &&
         set.rules[0].skip == recurrence::Skip::kOmit;
}

// Exceptions of whole days as the times they take out.
std::vector<Time> exceptions_of(const RecurrenceSet& set) {
  std::vector<Time> times = set.exdates;
  RecurrenceSet all = set;
  all.exdays.clear();
  all.overrides.clear();
  const auto add_between = [&](civil::Day first, civil::Day last) {
    for (const recurrence::Instance& one :
         recurrence::occurrences(all, set.zone.to_wall(first), set.zone.to_wall(last + civil::days{1})))
      if (std::ranges::find(set.exdays, civil::day_of(one.civil)) != set.exdays.end()) times.push_back(one.civil);
  };
  // A rule with COUNT is counted through once, any other is asked for each day.
  const bool is_counted =
      std::ranges::any_of(set.rules, [](const RecurrenceRule& rule) { return rule.count.has_value(); });
  if (is_counted && !set.exdays.empty())
    add_between(*std::ranges::min_element(set.exdays), *std::ranges::max_element(set.exdays));
  for (const civil::Day day : is_counted ? std::vector<civil::Day>{} : set.exdays) add_between(day, day);
  return times;
}

class Writer {
 public:
  Writer(std::string_view name, WallTime stamp, WallTime from, WallTime until)
      : calendar_(icalcomponent_new(ICAL_VCALENDAR_COMPONENT)), stamp_(stamp), from_(from), until_(until) {
    icalcomponent_add_property(calendar_.get(), icalproperty_new_prodid("-//Loa//Loa " LOA_VERSION "//VI"));
    icalcomponent_add_property(calendar_.get(), icalproperty_new_version("2.0"));
    icalcomponent_add_property(calendar_.get(), icalproperty_new_calscale("GREGORIAN"));
    icalcomponent_add_property(calendar_.get(), icalproperty_new_method(ICAL_METHOD_PUBLISH));
    icalcomponent_add_property(calendar_.get(), own_property("X-WR-CALNAME", plain(name)));
  }

  void add(const Event& event) {
    const RecurrenceSet& set = event.when;
    icalcomponent* block = nullptr;
    if (is_known_to_others(set)) {
      const auto first = first_of(set, set.rules[0]);
      if (!first) return;
      block = begin(event, *first);
      const std::string rule = recurrence::format_rule(for_others(set.rules[0], set.zone, event.is_all_day));
      icalcomponent_add_property(block, icalproperty_new_rrule(icalrecurrencetype_from_string(rule.c_str())));
      for (const Time time : set.rdates) Moments{event}.add(block, icalproperty_new(ICAL_RDATE_PROPERTY), time);
      for (const Time time : exceptions_of(set))
        Moments{event}.add(block, icalproperty_new(ICAL_EXDATE_PROPERTY), time);
    } else {
      block = add_as_dates(event);
      if (block == nullptr) return;
    }
    icalcomponent_add_component(calendar_.get(), block);
    for (const recurrence::Override& moved : set.overrides) {
      icalcomponent* other = begin(event, moved.start);
      Moments{event}.add(other, icalproperty_new(ICAL_RECURRENCEID_PROPERTY), moved.original);
      icalcomponent_add_component(calendar_.get(), other);
    }
    if (!event.is_all_day && !is_utc(set.zone)) note_zone(set);
  }

  std::string text() {
    for (const auto& [zone, since] : zones_) add_zone(zone, since);
    const std::unique_ptr<char, TextDeleter> text{icalcomponent_as_ical_string_r(calendar_.get())};
    return text == nullptr ? std::string{} : std::string{text.get()};
  }

 private:
  // A VEVENT with all that does not recur.
  icalcomponent* begin(const Event& event, Time start) const {
    icalcomponent* block = icalcomponent_new(ICAL_VEVENT_COMPONENT);
    icalcomponent_add_property(block, icalproperty_new_uid(plain(event.uid).c_str()));
    icalcomponent_add_property(block, icalproperty_new_dtstamp(utc_time(stamp_)));
    Moments{event}.add(block, icalproperty_new(ICAL_DTSTART_PROPERTY), start);
    if (event.duration > seconds{0})
      icalcomponent_add_property(
          block, icalproperty_new_duration(icaldurationtype_from_int(static_cast<int>(event.duration.count()))));
    icalcomponent_add_property(block, icalproperty_new_summary(plain(event.summary).c_str()));
    if (!event.description.empty())
      icalcomponent_add_property(block, icalproperty_new_description(plain(event.description).c_str()));
    if (!event.location.empty())
      icalcomponent_add_property(block, icalproperty_new_location(plain(event.location).c_str()));
    if (!event.days.empty()) icalcomponent_add_property(block, own_property("X-LOA-DAYS", plain(event.days)));
    return block;
  }

  // The dates of the window, and the rules for ourselves.
  icalcomponent* add_as_dates(const Event& event) const {
    RecurrenceSet set = event.when;
    set.overrides.clear();
    const auto dates = recurrence::occurrences(set, from_, until_);
    if (dates.empty()) return nullptr;
    if (dates.size() > kMostDates)
      throw Error("recurrence.too_many", {std::to_string(kMostDates), format_utc(from_), format_utc(until_)});
    icalcomponent* block = begin(event, dates.front().civil);
    for (const recurrence::Instance& one : std::span{dates}.subspan(1))
      Moments{event}.add(block, icalproperty_new(ICAL_RDATE_PROPERTY), one.civil);
    if (set.rules.empty()) return block;
    icalproperty* start = own_property("X-LOA-DTSTART", "");
    Moments{event}.add(block, start, event.when.dtstart);
    for (const RecurrenceRule& rule : set.rules)
      icalcomponent_add_property(block, own_property("X-LOA-RRULE", recurrence::format_rule(rule)));
    for (const Time time : exceptions_of(event.when))
      Moments{event}.add(block, icalproperty_new(ICAL_EXDATE_PROPERTY), time);
    return block;
  }

  void note_zone(const RecurrenceSet& set) {
    const WallTime since = set.zone.to_wall(set.dtstart);
    for (auto& [zone, first] : zones_)
      if (zone == set.zone) {
        first = std::min(first, since);
        return;
      }
    zones_.emplace_back(set.zone, since);
  }

  // Every change of the clock by itself: rules for summer time are not ours to guess.
  void add_zone(const civil::Zone& zone, WallTime since) {
    icalcomponent* block = icalcomponent_new(ICAL_VTIMEZONE_COMPONENT);
    icalcomponent_add_property(block, icalproperty_new_tzid(zone.name().c_str()));
    for (const civil::Zone::Change& change : zone.changes(since - civil::days{1}, std::max(since, until_))) {
      icalcomponent* part = icalcomponent_new(change.is_summer ? ICAL_XDAYLIGHT_COMPONENT : ICAL_XSTANDARD_COMPONENT);
      icalcomponent_add_property(part, icalproperty_new_dtstart(time_of(change.local_before)));
      icalcomponent_add_property(part, icalproperty_new_tzoffsetfrom(static_cast<int>(change.offset_before.count())));
      icalcomponent_add_property(part, icalproperty_new_tzoffsetto(static_cast<int>(change.offset_after.count())));
      icalcomponent_add_property(part, icalproperty_new_tzname(change.abbreviation.c_str()));
      icalcomponent_add_component(block, part);
    }
    icalcomponent_add_component(calendar_.get(), block);
  }

  std::unique_ptr<icalcomponent, ComponentDeleter> calendar_;
  WallTime stamp_;
  WallTime from_;
  WallTime until_;
  std::vector<std::pair<civil::Zone, WallTime>> zones_;
};

}  // namespace

std::string format_ics(std::span<const Event> events, std::string_view name, WallTime stamp, WallTime from,
                       WallTime until) {
  Writer writer{name, stamp, from, until};
  for (const Event& event : events) writer.add(event);
  return writer.text();
}

}  // namespace loa::ics
