#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>

#include <libical/ical.h>

#include "common/base/error.h"
#include "schedules/ics/ics.h"

namespace loa::ics {
namespace {

using civil::Day;
using civil::Time;
using recurrence::RecurrenceSet;

struct ValueDeleter {
  void operator()(icalvalue* value) const { icalvalue_free(value); }
};

// A content line, unfolded: NAME;PARAM=a;PARAM="b":value
struct Line {
  std::size_t number = 0;  // of its first piece in the file
  std::string name;        // upper case
  std::map<std::string, std::string> parameters;
  std::string value;

  [[nodiscard]] std::string parameter(const char* wanted) const {
    const auto found = parameters.find(wanted);
    return found == parameters.end() ? std::string{} : found->second;
  }
};

std::string upper(std::string_view text) {
  std::string out{text};
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

[[noreturn]] void refuse(const Line& line, const char* code) {
  throw Error(code, {std::to_string(line.number), line.name, line.value.substr(0, 60)});
}

// Splits the head of a line at its semicolons; quotes may hold any of ;:,
Line read_line(const std::string& text, std::size_t number) {
  Line line;
  line.number = number;
  std::vector<std::string> pieces(1);
  std::size_t at = 0;
  bool is_quoted = false;
  for (; at < text.size() && (is_quoted || text[at] != ':'); ++at) {
    if (text[at] == '"')
      is_quoted = !is_quoted;
    else if (text[at] == ';' && !is_quoted)
      pieces.emplace_back();
    else
      pieces.back() += text[at];
  }
  const bool is_name = !pieces[0].empty() && std::ranges::all_of(pieces[0], [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (at == text.size() || !is_name) throw Error("ics.bad_line", {std::to_string(number), text.substr(0, 60)});
  line.name = upper(pieces[0]);
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const std::size_t equals = pieces[i].find('=');
    if (equals == std::string::npos) throw Error("ics.bad_line", {std::to_string(number), text.substr(0, 60)});
    line.parameters[upper(pieces[i].substr(0, equals))] = pieces[i].substr(equals + 1);
  }
  line.value = text.substr(at + 1);
  return line;
}

// Lines end with LF or CRLF; one that begins with a space or a tab goes on with the line before.
std::vector<Line> read_lines(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<Line> lines;
  std::string whole;
  std::size_t first = 0;
  std::size_t number = 0;
  const auto finish = [&] {
    if (!whole.empty()) lines.push_back(read_line(whole, first));
    whole.clear();
  };
  while (!text.empty()) {
    ++number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view piece = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (piece.ends_with('\r')) piece.remove_suffix(1);
    if (piece.find('\0') != std::string_view::npos) throw Error("ics.bad_line", {std::to_string(number), "\\0"});
    if (piece.starts_with(' ') || piece.starts_with('\t')) {
      if (whole.empty()) throw Error("ics.bad_line", {std::to_string(number), std::string{piece.substr(0, 60)}});
      whole += piece.substr(1);
      continue;
    }
    finish();
    whole = piece;
    first = number;
  }
  finish();
  return lines;
}

std::string read_text(const Line& line) {
  const std::unique_ptr<icalvalue, ValueDeleter> value{icalvalue_new_from_string(ICAL_TEXT_VALUE, line.value.c_str())};
  const char* text = value == nullptr ? nullptr : icalvalue_get_text(value.get());
  if (text == nullptr) refuse(line, "ics.bad_value");
  return text;
}

seconds read_duration(const Line& line) {
  const icaldurationtype duration = icaldurationtype_from_string(line.value.c_str());
  // Each of them far beyond a year is no length of an announcement, and would overflow.
  constexpr unsigned kMost = 1'000'000;
  if (icaldurationtype_is_bad_duration(duration) != 0 || duration.is_neg != 0 || duration.weeks > 100 ||
      duration.days > 1000 || duration.hours > kMost || duration.minutes > kMost || duration.seconds > kMost)
    refuse(line, "ics.bad_value");
  return std::chrono::weeks{duration.weeks} + std::chrono::days{duration.days} + std::chrono::hours{duration.hours} +
         std::chrono::minutes{duration.minutes} + seconds{duration.seconds};
}

struct When {
  Time time;
  bool is_date = false;
  bool is_utc = false;
};

When read_when(const Line& line, const std::string& word) {
  const icaltimetype time = icaltime_from_string(word.c_str());
  const std::chrono::year_month_day date{std::chrono::year{time.year},
                                         std::chrono::month{static_cast<unsigned>(time.month)},
                                         std::chrono::day{static_cast<unsigned>(time.day)}};
  if (icaltime_is_null_time(time) != 0 || !date.ok() || !civil::is_in_range(Day{date}) || time.hour < 0 ||
      time.hour > 23 || time.minute < 0 || time.minute > 59 || time.second < 0 || time.second > 60)
    refuse(line, "ics.bad_time");
  When when;
  when.is_date = time.is_date != 0;
  when.is_utc = icaltime_is_utc(time) != 0;
  when.time = Day{date};
  if (!when.is_date)
    when.time += std::chrono::hours{time.hour} + std::chrono::minutes{time.minute} + seconds{std::min(time.second, 59)};
  return when;
}

civil::Zone read_zone(const Line& line, const civil::Zone& otherwise) {
  std::string name = line.parameter("TZID");
  if (name.empty()) return otherwise;
  // `/mozilla.org/20070129_1/Asia/Ho_Chi_Minh`: a registry's prefix before the name.
  if (name.starts_with('/')) {
    const std::size_t last = name.rfind('/');
    const std::size_t before = last == 0 ? std::string::npos : name.rfind('/', last - 1);
    if (before != std::string::npos) name = name.substr(before + 1);
  }
  try {
    return civil::Zone{name};
  } catch (const Error& error) {
    throw Error("ics.bad_zone", {std::to_string(line.number), name, error.text().args.back()});
  }
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> words;
  for (std::size_t start = 0; start <= list.size();) {
    const std::size_t end = std::min(list.find(',', start), list.size());
    words.push_back(list.substr(start, end - start));
    start = end + 1;
  }
  return words;
}

// One VEVENT as it stands.
struct Block {
  std::size_t number = 0;
  std::vector<Line> lines;

  [[nodiscard]] const Line* find(const char* name) const {
    const auto found = std::ranges::find(lines, name, &Line::name);
    return found == lines.end() ? nullptr : &*found;
  }
  [[nodiscard]] std::string text(const char* name) const {
    const Line* line = find(name);
    return line == nullptr ? std::string{} : read_text(*line);
  }
  [[nodiscard]] const Line& demand(const char* name) const {
    const Line* line = find(name);
    if (line == nullptr) throw Error("ics.missing", {std::to_string(number), name});
    return *line;
  }
  [[nodiscard]] bool is_cancelled() const {
    const Line* line = find("STATUS");
    return line != nullptr && upper(line->value) == "CANCELLED";
  }
};

// `+0700` as the zone of that offset, whose name has the sign of POSIX: Etc/GMT-7. Empty for what has none.
std::string zone_of_offset(const std::string& offset) {
  if (offset.size() != 5 || !offset.ends_with("00") || (offset[0] != '+' && offset[0] != '-') || offset[1] < '0' ||
      offset[1] > '1' || offset[2] < '0' || offset[2] > '9')
    return {};
  const int hours = (offset[1] - '0') * 10 + (offset[2] - '0');
  return hours == 0 ? "Etc/UTC" : std::string{"Etc/GMT"} + (offset[0] == '+' ? "-" : "+") + std::to_string(hours);
}

bool is_zone(const std::string& name) {
  try {
    static_cast<void>(civil::Zone{name});
    return true;
  } catch (const Error&) {
    return false;
  }
}

// Names of the file's own for a clock that never changes (Outlook's “SE Asia Standard Time”): their times are those of
// the zone of that offset.
void rename_fixed_zones(std::vector<Block>& blocks, const std::map<std::string, std::set<std::string>>& offsets) {
  std::map<std::string, std::string> names;
  for (const auto& [name, own] : offsets) {
    const std::string other = own.size() == 1 ? zone_of_offset(*own.begin()) : std::string{};
    if (!other.empty() && !is_zone(name) && is_zone(other)) names[name] = other;
  }
  for (Block& block : blocks)
    for (Line& line : block.lines)
      if (const auto found = names.find(line.parameter("TZID")); found != names.end())
        line.parameters["TZID"] = found->second;
}

// The VEVENTs between one BEGIN:VCALENDAR and its end; several calendars in a file are one.
std::vector<Block> read_blocks(std::string_view text) {
  constexpr std::size_t kDeepest = 16;
  std::vector<Block> blocks;
  std::map<std::string, std::set<std::string>> offsets;  // of each VTIMEZONE
  std::string zone;
  std::vector<Line> open;
  for (Line& line : read_lines(text)) {
    if (line.name == "BEGIN") {
      const std::string kind = upper(line.value);
      if (open.empty() != (kind == "VCALENDAR")) throw Error("ics.not_calendar", {std::to_string(line.number)});
      if (open.size() >= kDeepest) refuse(line, "ics.bad_value");
      if (kind == "VEVENT" && open.size() == 1) {
        if (blocks.size() >= kMostEvents)
          throw Error("ics.too_many", {std::to_string(line.number), std::to_string(kMostEvents)});
        blocks.push_back({line.number, {}});
      }
      open.push_back(std::move(line));
    } else if (open.empty()) {
      throw Error("ics.not_calendar", {std::to_string(line.number)});
    } else if (line.name == "END") {
      if (upper(open.back().value) != upper(line.value))
        throw Error("ics.unclosed",
                    {std::to_string(line.number), open.back().value, std::to_string(open.back().number)});
      open.pop_back();
    } else if (open.size() == 2 && upper(open.back().value) == "VEVENT") {
      blocks.back().lines.push_back(std::move(line));
    } else if (open.size() > 1 && upper(open[1].value) == "VTIMEZONE") {
      if (line.name == "TZID") zone = line.value;
      if (line.name == "TZOFFSETTO") offsets[zone].insert(line.value);
    }
  }
  if (!open.empty())
    throw Error("ics.unclosed",
                {std::to_string(open.back().number), open.back().value, std::to_string(open.back().number)});
  rename_fixed_zones(blocks, offsets);
  return blocks;
}

// A moment of the file on the clock of the event's zone.
Time local_time(const Line& line, const std::string& word, const civil::Zone& zone) {
  const When when = read_when(line, word);
  if (when.is_utc) return zone.to_civil(WallTime{when.time.time_since_epoch()});
  if (when.is_date || line.parameter("TZID").empty()) return when.time;
  const civil::Zone other = read_zone(line, zone);
  return other == zone ? when.time : zone.to_civil(other.to_wall(when.time));
}

recurrence::RecurrenceRule read_rule(const Line& line) {
  try {
    return recurrence::parse_rule(line.value);
  } catch (const Error& error) {
    throw Error("ics.bad_rule", {std::to_string(line.number), error.what()});
  }
}

seconds read_length(const Block& block, const RecurrenceSet& when, bool is_all_day) {
  if (const Line* line = block.find("DURATION")) return read_duration(*line);
  const Line* line = block.find("DTEND");
  if (line == nullptr) return is_all_day ? std::chrono::days{1} : seconds{0};
  const WallTime end = when.zone.to_wall(local_time(*line, line->value, when.zone));
  const auto length = std::chrono::floor<seconds>(end - when.zone.to_wall(when.dtstart));
  if (length < seconds{0} || length > std::chrono::days{1000}) refuse(*line, "ics.bad_value");
  return length;
}

Event read_event(const Block& block, const civil::Zone& otherwise) {
  const Line& start = block.demand("DTSTART");
  const When when = read_when(start, start.value);
  const civil::Zone zone = when.is_utc ? civil::Zone{"Etc/UTC"} : read_zone(start, otherwise);
  Event event{block.text("UID"),
              block.text("SUMMARY"),
              block.text("DESCRIPTION"),
              block.text("LOCATION"),
              {when.time, zone, {}, {}, {}, {}, {}},
              seconds{0},
              when.is_date,
              block.text("X-LOA-DAYS"),
              block.number};
  RecurrenceSet& set = event.when;
  event.duration = read_length(block, set, event.is_all_day);
  std::vector<recurrence::RecurrenceRule> own_rules;
  std::optional<Time> own_start;
  std::size_t dates_read = 0;
  for (const Line& line : block.lines) {
    if (line.name == "RRULE") {
      set.rules.push_back(read_rule(line));
    } else if (line.name == "X-LOA-RRULE") {
      own_rules.push_back(read_rule(line));
    } else if (line.name == "X-LOA-DTSTART") {
      own_start = local_time(line, line.value, zone);
    } else if (line.name == "RDATE" || line.name == "EXDATE") {
      for (const std::string& word : split(line.value)) {
        if (++dates_read > kMostDates)
          throw Error("ics.too_many_dates", {std::to_string(line.number), std::to_string(kMostDates)});
        if (word.find('/') != std::string::npos) refuse(line, "ics.unsupported");
        const bool is_date = read_when(line, word).is_date;
        const Time time = local_time(line, word, zone);
        if (line.name == "EXDATE" && is_date && !event.is_all_day)
          set.exdays.push_back(civil::day_of(time));
        else if (line.name == "EXDATE")
          set.exdates.push_back(time);
        else
          set.rdates.push_back(is_date ? civil::day_of(time) + civil::clock_of(set.dtstart) : time);
      }
    } else if (line.name == "EXRULE") {
      refuse(line, "ics.unsupported");
    }
  }
  if (own_start && !own_rules.empty()) {
    // What format_ics() wrote out as dates: those that the rule gives need not be kept.
    std::vector<Time> dates = std::move(set.rdates);
    dates.push_back(set.dtstart);
    set.rdates.clear();
    set.rules = std::move(own_rules);
    set.dtstart = *own_start;
    const std::vector<Time> given = recurrence::given_among(set, dates);
    for (const Time time : dates)
      if (!std::ranges::binary_search(given, time)) set.rdates.push_back(time);
  }
  return event;
}

// Global state of libical that must not depend on who built it: an error is a value, never abort().
void prepare_libical() {
  static std::once_flag once;
  std::call_once(once, [] { icalerror_set_errors_are_fatal(0); });
}

}  // namespace

std::vector<Event> parse_ics(std::string_view text, const civil::Zone& otherwise) {
  prepare_libical();
  if (text.size() > kLongestFile) throw Error("ics.too_long", {"1", std::to_string(kLongestFile >> 20U)});
  const std::vector<Block> blocks = read_blocks(text);
  if (blocks.empty() && text.find("VCALENDAR") == std::string_view::npos) throw Error("ics.not_calendar", {"1"});

  std::vector<Event> events;
  std::map<std::string, std::size_t> by_uid;
  for (const Block& block : blocks) {
    if (block.find("RECURRENCE-ID") != nullptr || block.is_cancelled()) continue;
    Event event = read_event(block, otherwise);
    if (!event.uid.empty() && !by_uid.emplace(event.uid, events.size()).second)
      throw Error("ics.twice", {std::to_string(block.number), event.uid});
    events.push_back(std::move(event));
  }
  for (const Block& block : blocks) {
    const Line* id = block.find("RECURRENCE-ID");
    if (id == nullptr) continue;
    if (!id->parameter("RANGE").empty()) refuse(*id, "ics.unsupported");
    const auto master = by_uid.find(block.text("UID"));
    if (master == by_uid.end()) {
      // An occurrence whose series the file does not have stands alone.
      if (!block.is_cancelled()) events.push_back(read_event(block, otherwise));
      continue;
    }
    RecurrenceSet& set = events[master->second].when;
    const Time original = local_time(*id, id->value, set.zone);
    if (block.is_cancelled()) {
      set.exdates.push_back(original);
      continue;
    }
    const Line& start = block.demand("DTSTART");
    set.overrides.push_back({original, local_time(start, start.value, set.zone)});
  }
  return events;
}

}  // namespace loa::ics
