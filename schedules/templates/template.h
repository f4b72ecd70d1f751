// Ready-made schedules of a ward's year: each says what it is for, what the user must give, and makes of that the rule
// and terms of a schedule or of a campaign, without announcement and areas. The templates themselves are data
// (template_file.h). Values; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/base/vocabulary.h"
#include "schedules/schedule.h"

namespace loa::templates {

struct Words {
  std::string vi;
  std::string en;
  bool operator==(const Words&) const = default;
};

//   kDate      2026-12-24, not before today
//   kTime      06:30
//   kWeekday   mo … su
//   kMonthDay  1 … 28, or last: a day that every month has
//   kNumber    a whole number from least to most
//   kText      words of the user, for titles
//   kHoliday   id of a holiday in force
//   kSession   name of one of the ward's sessions
enum class ParameterKind { kDate, kTime, kWeekday, kMonthDay, kNumber, kText, kHoliday, kSession };
[[nodiscard]] std::string_view to_string(ParameterKind kind);
[[nodiscard]] std::optional<ParameterKind> parse_parameter_kind(std::string_view text);

struct Parameter {
  std::string name;
  ParameterKind kind = ParameterKind::kText;
  Words label;
  std::string example;                // what a required one may look like; empty: need not be given
  std::string otherwise;              // stands when it is not given; empty: what uses it is left out
  int least = 0;                      // kNumber
  int most = 0;                       // kNumber
  std::vector<std::string> weekdays;  // kDate, kWeekday: only these (mo … su); empty: any
  [[nodiscard]] bool is_required() const { return !example.empty(); }
};

// Values by name, as a user writes them.
using Values = std::map<std::string, std::string, std::less<>>;

// What a template is filled in for.
struct Ward {
  civil::Day today;
  const schedules::Almanac& almanac;
  std::vector<std::string> sessions;  // of the rules in force
};

// What comes of it: all of a schedule but announcement and areas.
struct Draft {
  schedules::Recurring rule;
  std::vector<std::string> sessions;  // of a schedule at most one
  int rank = 0;
  milliseconds later{0};
  milliseconds shortest{0};
  std::optional<milliseconds> stagger;
  std::optional<schedules::Exception> exception;
  milliseconds late{0};
  int volume_pct = 0;
  std::optional<std::string> event;  // id of the holiday that it is for

  // A disclosure: turns of a pool of announcements, instead of one schedule.
  struct Campaign {
    std::string title;
    std::string source;  // number of the document that is disclosed
    int per_turn = 1;
    int consecutive_days = 3;
  };
  std::optional<Campaign> campaign;
};

struct Template {
  std::string id;
  Words title;
  Words note;         // what to write or record, and where to air it
  std::string basis;  // law, or place in the ward's plan
  AnnouncementClass announcement_class = AnnouncementClass::kNormal;
  std::vector<Parameter> parameters;  // in the order in which a form asks for them

  // The result, by the fields of template_file.h: texts in which {name} stands for a parameter.
  enum class Kind { kSchedule, kCampaign };
  Kind kind = Kind::kSchedule;
  std::string start;    // of the first day; empty: today
  std::string time;     // of the day
  std::string rrule;    // empty: on the days of `holiday`
  std::string holiday;  // id
  std::vector<std::string> days;
  std::string session;
  std::string exception_words;  // empty: no exception
  schedules::ExceptionReason exception_reason = schedules::ExceptionReason::kGreatHoliday;
  std::string campaign_title;
  std::string campaign_source;
  int rank = 0;
  milliseconds later{0};
  milliseconds shortest{0};
  std::optional<milliseconds> stagger;
  milliseconds late{0};
  int volume_pct = 0;
  int per_turn = 1;
  int consecutive_days = 3;
};

// Throws Error template.* whose first value is the name of the parameter that is missing, unknown or wrong, and what
// the readers of dates and rules throw when the result is outside of the calendar.
[[nodiscard]] Draft fill(const Template& form, const Values& values, const Ward& ward);

// The examples and defaults of all parameters: they fill the template.
[[nodiscard]] Values example_of(const Template& form);

}  // namespace loa::templates
