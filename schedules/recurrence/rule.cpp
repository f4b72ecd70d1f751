#include "schedules/recurrence/rule.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <map>
#include <span>

#include "common/base/error.h"

namespace loa::recurrence {
namespace {

using lunar::MonthKind;

constexpr std::array<std::string_view, 7> kFrequencies = {"SECONDLY", "MINUTELY", "HOURLY", "DAILY",
                                                          "WEEKLY",   "MONTHLY",  "YEARLY"};
constexpr std::array<std::string_view, 7> kWeekdays = {"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
constexpr std::array<std::string_view, 2> kScales = {"GREGORIAN", "VIETNAMESE"};
constexpr std::array<std::string_view, 3> kSkips = {"OMIT", "BACKWARD", "FORWARD"};

// A piece of the text and where it starts, from 0.
struct Piece {
  std::string_view text;
  std::size_t at = 0;

  [[nodiscard]] std::string column() const { return std::to_string(at + 1); }
  [[nodiscard]] std::string shown() const { return std::string{text.substr(0, 40)}; }
};

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
bool is_word(std::string_view text, std::string_view word) {
  return std::ranges::equal(text, word, {}, upper);
}
std::optional<int> find_word(std::string_view text, std::span<const std::string_view> words) {
  for (std::size_t i = 0; i < words.size(); ++i)
    if (is_word(text, words[i])) return static_cast<int>(i);
  return std::nullopt;
}

std::vector<Piece> split(Piece whole, char separator) {
  std::vector<Piece> pieces;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= whole.text.size(); ++i) {
    if (i < whole.text.size() && whole.text[i] != separator) continue;
    pieces.push_back({whole.text.substr(start, i - start), whole.at + start});
    start = i + 1;
  }
  return pieces;
}

// Digits with an optional sign, as a whole.
std::optional<int> read_integer(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return is_negative ? -value : value;
}

struct Range {
  int least;
  int most;
};
// Also the same below zero, zero itself not.
enum class Signs { kPositive, kBoth };

int read_number(const Piece& piece, std::string_view part, Range range, Signs signs) {
  const auto value = read_integer(piece.text);
  const bool is_signed = !piece.text.empty() && (piece.text.front() == '+' || piece.text.front() == '-');
  const bool is_good = value && (signs == Signs::kBoth || !is_signed) &&
                       ((*value >= range.least && *value <= range.most) ||
                        (signs == Signs::kBoth && -*value >= range.least && -*value <= range.most));
  if (is_good) return *value;
  const std::string most = std::to_string(range.most);
  throw Error("rrule.bad_number",
              {piece.column(), std::string{part}, piece.shown(),
               signs == Signs::kBoth ? std::to_string(range.least) + " … " + most + ", −" + most + " … −1"
                                     : std::to_string(range.least) + " … " + most});
}

std::vector<int> read_numbers(const Piece& value, std::string_view part, Range range, Signs signs) {
  std::vector<int> numbers;
  for (const Piece& piece : split(value, ',')) numbers.push_back(read_number(piece, part, range, signs));
  std::ranges::sort(numbers);
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

WeekdayNumber read_weekday(const Piece& piece, int most) {
  if (piece.text.size() >= 2) {
    const auto weekday = find_word(piece.text.substr(piece.text.size() - 2), kWeekdays);
    const std::string_view ordinal = piece.text.substr(0, piece.text.size() - 2);
    if (weekday && ordinal.empty()) return {0, *weekday};
    if (weekday) return {read_number({ordinal, piece.at}, "BYDAY", {1, most}, Signs::kBoth), *weekday};
  }
  throw Error("rrule.bad_weekday", {piece.column(), piece.shown()});
}

MonthNumber read_month(const Piece& piece, Scale scale) {
  std::string_view digits = piece.text;
  MonthKind kind = MonthKind::kOrdinary;
  if (!digits.empty() && upper(digits.back()) == 'L') {
    if (scale == Scale::kGregorian) throw Error("rrule.leap_month_here", {piece.column(), piece.shown()});
    digits.remove_suffix(1);
    kind = MonthKind::kLeap;
  }
  return {read_number({digits, piece.at}, "BYMONTH", {1, 12}, Signs::kPositive), kind};
}

// 20261231, 20261231T235959 or 20261231T165959Z.
Until read_until(const Piece& piece) {
  const std::string_view text = piece.text;
  const auto is_digits = [&](std::size_t at, std::size_t count) {
    return std::ranges::all_of(text.substr(at, count), [](char c) { return c >= '0' && c <= '9'; });
  };
  const bool has_time = text.size() == 15 || text.size() == 16;
  if ((text.size() != 8 && !has_time) || !is_digits(0, 8) ||
      (has_time && (upper(text[8]) != 'T' || !is_digits(9, 6))) || (text.size() == 16 && upper(text[15]) != 'Z'))
    throw Error("rrule.bad_until", {piece.column(), piece.shown()});
  std::string form = std::string{text.substr(0, 4)} + "-" + std::string{text.substr(4, 2)} + "-" +
                     std::string{text.substr(6, 2)} + "T";
  form += has_time ? std::string{text.substr(9, 2)} + ":" + std::string{text.substr(11, 2)} + ":" +
                         std::string{text.substr(13, 2)}
                   : "00:00:00";
  try {
    const civil::Time time = civil::parse_time(form);
    if (!has_time) return {Until::Kind::kDay, time};
    return {text.size() == 16 ? Until::Kind::kUtc : Until::Kind::kLocal, time};
  } catch (const Error&) {
    throw Error("rrule.bad_until", {piece.column(), piece.shown()});
  }
}

// The parts of one rule by name, each once.
class Parts {
 public:
  explicit Parts(Piece whole) : end_(whole.at + whole.text.size()) {
    static constexpr std::array<std::string_view, 16> kNames = {
        "FREQ",       "INTERVAL",  "COUNT",    "UNTIL",   "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY",
        "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS", "WKST",     "RSCALE", "SKIP"};
    for (const Piece& part : split(whole, ';')) {
      const std::size_t equals = part.text.find('=');
      const Piece name{part.text.substr(0, equals), part.at};
      const auto known = find_word(name.text, kNames);
      if (!known) throw Error("rrule.unknown_part", {name.column(), name.shown()});
      const std::string_view spelt = kNames.at(static_cast<std::size_t>(*known));
      if (equals == std::string_view::npos || equals + 1 == part.text.size())
        throw Error("rrule.no_value", {std::to_string(part.at + name.text.size() + 1), std::string{spelt}});
      const Placed placed{name, {part.text.substr(equals + 1), part.at + equals + 1}};
      if (!parts_.emplace(spelt, placed).second) throw Error("rrule.twice", {name.column(), std::string{spelt}});
    }
  }

  [[nodiscard]] const Piece* value(std::string_view name) const {
    const auto found = parts_.find(name);
    return found == parts_.end() ? nullptr : &found->second.value;
  }
  [[nodiscard]] bool has(std::string_view name) const { return parts_.contains(name); }
  // Where the name of a part that is there stands.
  [[nodiscard]] std::string column(std::string_view name) const { return parts_.find(name)->second.name.column(); }
  [[nodiscard]] std::string end_column() const { return std::to_string(end_ + 1); }

 private:
  struct Placed {
    Piece name;
    Piece value;
  };
  std::map<std::string_view, Placed> parts_;
  std::size_t end_;
};

template <class Word>
Word read_word(const Parts& parts, std::string_view name, std::span<const std::string_view> words, Word otherwise,
               const char* code) {
  const Piece* value = parts.value(name);
  if (value == nullptr) return otherwise;
  const auto found = find_word(value->text, words);
  if (!found) throw Error(code, {value->column(), value->shown()});
  return static_cast<Word>(*found);
}

// Which parts may stand with which frequency: the table of RFC 5545 §3.3.10.
void check_frequency(const Parts& parts, Frequency frequency) {
  const auto refuse = [&](std::string_view part) {
    throw Error("rrule.not_with_frequency", {parts.column(part), std::string{part},
                                             std::string{kFrequencies.at(static_cast<std::size_t>(frequency))}});
  };
  if (parts.has("BYWEEKNO") && frequency != Frequency::kYearly) refuse("BYWEEKNO");
  if (parts.has("BYYEARDAY") &&
      (frequency == Frequency::kDaily || frequency == Frequency::kWeekly || frequency == Frequency::kMonthly))
    refuse("BYYEARDAY");
  if (parts.has("BYMONTHDAY") && frequency == Frequency::kWeekly) refuse("BYMONTHDAY");
}

void check_ordinals(const Parts& parts, const RecurrenceRule& rule) {
  const bool may_count =
      rule.frequency == Frequency::kMonthly || (rule.frequency == Frequency::kYearly && rule.by_week_number.empty());
  // Within a month there are at most five of a weekday.
  const bool in_month = rule.frequency == Frequency::kMonthly || !rule.by_month.empty();
  for (const Piece& piece : split(*parts.value("BYDAY"), ',')) {
    if (piece.text.size() <= 2) continue;
    if (!may_count) throw Error("rrule.ordinal_here", {piece.column(), piece.shown()});
    const int ordinal = read_integer(piece.text.substr(0, piece.text.size() - 2)).value_or(0);
    if (in_month && (ordinal > 5 || ordinal < -5)) throw Error("rrule.never", {piece.column(), piece.shown()});
  }
}

// Days of a month that no month asked for has; SKIP finds another day for those past the end.
void check_days_exist(const Parts& parts, const RecurrenceRule& rule) {
  if (rule.by_month_day.empty() || rule.by_month.empty() || rule.skip != Skip::kOmit) return;
  static constexpr std::array<int, 12> kLongest = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int longest = 30;
  if (rule.scale == Scale::kGregorian) {
    longest = 0;
    for (const MonthNumber& month : rule.by_month)
      longest = std::max(longest, kLongest.at(static_cast<std::size_t>(month.month - 1)));
  }
  if (std::ranges::none_of(rule.by_month_day, [&](int day) { return day <= longest && -day <= longest; }))
    throw Error("rrule.never", {parts.value("BYMONTHDAY")->column(), parts.value("BYMONTHDAY")->shown()});
}

template <class List, class Print>
void append_list(std::string& out, std::string_view name, const List& list, Print print) {
  if (list.empty()) return;
  out.append(";").append(name).append("=");
  for (std::size_t i = 0; i < list.size(); ++i) out.append(i == 0 ? "" : ",").append(print(list[i]));
}

std::string print_until(const Until& until) {
  const auto date = civil::date_of(civil::day_of(until.time));
  const std::chrono::hh_mm_ss clock{civil::clock_of(until.time)};
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04d%02u%02uT%02d%02d%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  const std::string text = buffer.data();
  if (until.kind == Until::Kind::kDay) return text.substr(0, 8);
  return until.kind == Until::Kind::kUtc ? text + "Z" : text;
}

}  // namespace

RecurrenceRule parse_rule(std::string_view text) {
  if (text.size() > kLongestRule)
    throw Error("rrule.too_long", {std::to_string(kLongestRule + 1), std::to_string(kLongestRule)});
  Piece whole{text, 0};
  constexpr std::string_view kPrefix = "RRULE:";
  if (is_word(text.substr(0, kPrefix.size()), kPrefix)) whole = {text.substr(kPrefix.size()), kPrefix.size()};
  if (whole.text.empty()) throw Error("rrule.no_frequency", {whole.column()});
  const Parts parts{whole};

  RecurrenceRule rule;
  if (!parts.has("FREQ")) throw Error("rrule.no_frequency", {parts.end_column()});
  rule.frequency = read_word(parts, "FREQ", kFrequencies, Frequency::kDaily, "rrule.bad_frequency");
  check_frequency(parts, rule.frequency);
  rule.scale = read_word(parts, "RSCALE", kScales, Scale::kGregorian, "rrule.bad_scale");
  if (parts.has("SKIP") && !parts.has("RSCALE")) throw Error("rrule.skip_alone", {parts.column("SKIP")});
  rule.skip = read_word(parts, "SKIP", kSkips, Skip::kOmit, "rrule.bad_skip");
  rule.week_start = read_word(parts, "WKST", kWeekdays, 1, "rrule.bad_weekday");

  const bool is_lunar = rule.scale == Scale::kVietnamese;
  if (const Piece* value = parts.value("INTERVAL"))
    rule.interval = read_number(*value, "INTERVAL", {1, kLongestInterval}, Signs::kPositive);
  if (const Piece* value = parts.value("COUNT"))
    rule.count = read_number(*value, "COUNT", {1, kMostCount}, Signs::kPositive);
  if (const Piece* value = parts.value("UNTIL")) {
    if (rule.count) throw Error("rrule.count_and_until", {parts.column("UNTIL")});
    rule.until = read_until(*value);
  }
  const auto numbers = [&](std::string_view name, Range range, Signs signs) {
    const Piece* value = parts.value(name);
    return value == nullptr ? std::vector<int>{} : read_numbers(*value, name, range, signs);
  };
  rule.by_second = numbers("BYSECOND", {0, 60}, Signs::kPositive);
  rule.by_minute = numbers("BYMINUTE", {0, 59}, Signs::kPositive);
  rule.by_hour = numbers("BYHOUR", {0, 23}, Signs::kPositive);
  rule.by_month_day = numbers("BYMONTHDAY", {1, is_lunar ? 30 : 31}, Signs::kBoth);
  rule.by_year_day = numbers("BYYEARDAY", {1, is_lunar ? 385 : 366}, Signs::kBoth);
  rule.by_week_number = numbers("BYWEEKNO", {1, is_lunar ? 55 : 53}, Signs::kBoth);
  rule.by_set_position = numbers("BYSETPOS", {1, is_lunar ? 385 : 366}, Signs::kBoth);
  if (const Piece* value = parts.value("BYMONTH")) {
    for (const Piece& piece : split(*value, ',')) rule.by_month.push_back(read_month(piece, rule.scale));
    const auto key = [](const MonthNumber& m) { return std::pair{m.month, m.kind}; };
    std::ranges::sort(rule.by_month, {}, key);
    rule.by_month.erase(std::unique(rule.by_month.begin(), rule.by_month.end()), rule.by_month.end());
  }
  if (const Piece* value = parts.value("BYDAY")) {
    for (const Piece& piece : split(*value, ',')) rule.by_day.push_back(read_weekday(piece, is_lunar ? 55 : 53));
    const auto key = [](const WeekdayNumber& w) { return std::pair{w.ordinal, w.weekday}; };
    std::ranges::sort(rule.by_day, {}, key);
    rule.by_day.erase(std::unique(rule.by_day.begin(), rule.by_day.end()), rule.by_day.end());
    check_ordinals(parts, rule);
  }
  check_days_exist(parts, rule);
  if (!rule.by_set_position.empty() && rule.by_second.empty() && rule.by_minute.empty() && rule.by_hour.empty() &&
      rule.by_day.empty() && rule.by_month_day.empty() && rule.by_year_day.empty() && rule.by_week_number.empty() &&
      rule.by_month.empty())
    throw Error("rrule.position_alone", {parts.column("BYSETPOS")});
  return rule;
}

std::string format_rule(const RecurrenceRule& rule) {
  const auto number = [](int value) { return std::to_string(value); };
  std::string out;
  if (rule.scale != Scale::kGregorian || rule.skip != Skip::kOmit)
    out.append("RSCALE=").append(kScales.at(static_cast<std::size_t>(rule.scale))).append(";");
  out.append("FREQ=").append(kFrequencies.at(static_cast<std::size_t>(rule.frequency)));
  if (rule.until) out.append(";UNTIL=").append(print_until(*rule.until));
  if (rule.count) out.append(";COUNT=").append(number(*rule.count));
  if (rule.interval != 1) out.append(";INTERVAL=").append(number(rule.interval));
  append_list(out, "BYSECOND", rule.by_second, number);
  append_list(out, "BYMINUTE", rule.by_minute, number);
  append_list(out, "BYHOUR", rule.by_hour, number);
  append_list(out, "BYDAY", rule.by_day, [&](const WeekdayNumber& day) {
    return (day.ordinal == 0 ? "" : number(day.ordinal)) +
           std::string{kWeekdays.at(static_cast<std::size_t>(day.weekday))};
  });
  append_list(out, "BYMONTHDAY", rule.by_month_day, number);
  append_list(out, "BYYEARDAY", rule.by_year_day, number);
  append_list(out, "BYWEEKNO", rule.by_week_number, number);
  append_list(out, "BYMONTH", rule.by_month, [&](const MonthNumber& month) {
    return number(month.month) + (month.kind == MonthKind::kLeap ? "L" : "");
  });
  append_list(out, "BYSETPOS", rule.by_set_position, number);
  if (rule.week_start != 1) out.append(";WKST=").append(kWeekdays.at(static_cast<std::size_t>(rule.week_start)));
  if (rule.skip != Skip::kOmit) out.append(";SKIP=").append(kSkips.at(static_cast<std::size_t>(rule.skip)));
  return out;
}

}  // namespace loa::recurrence
