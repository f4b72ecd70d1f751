// Dates, times and weekdays.
#include <algorithm>
#include <array>
#include <utility>

#include "server/speech/numbers.h"
#include "server/speech/reader.h"

namespace loa::speech {
namespace {

constexpr std::array<std::string_view, 10> kStems = {"giáp", "ất",   "bính", "đinh", "mậu",
                                                     "kỷ",   "canh", "tân",  "nhâm", "quý"};

constexpr int kLongestList = 12;  // with its commas

bool is_day_of(std::uint64_t day, std::uint64_t month) {
  constexpr std::array<std::uint64_t, 13> kDays = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month >= 1 && month <= 12 && day >= 1 && day <= kDays[month];
}

std::string say_weekday(std::uint64_t day) {
  return day == 4 ? "tư" : say_number(day);
}

std::string year_of(std::uint64_t year) {
  return " năm " + say_number(year);
}

}  // namespace

std::optional<Reader::Date> Reader::date_at(std::size_t i) const {
  if (is_glued(i)) return std::nullopt;
  Date date;
  if (const auto year = number(i, 4); year && text(i).size() == 4 && is_mark(i + 1, "-") && is_mark(i + 3, "-")) {
    date = {number(i + 4, 2).value_or(0), number(i + 2, 2).value_or(0), *year, i + 5};  // ISO 8601
  } else {
    const std::string_view mark = text(i + 1);
    if (mark != "/" && mark != "-" && mark != ".") return std::nullopt;
    date = {number(i, 2).value_or(0), number(i + 2, 2).value_or(0), 0, i + 3};
    if (text(i + 3) == mark) {
      const auto year_too = number(i + 4, 4);
      if (!year_too) return std::nullopt;
      const std::size_t length = text(i + 4).size();
      if (length == 4)
        date.year = *year_too;
      else if (length == 2 && mark == "/")
        date.year = 2000 + *year_too;
      else
        return std::nullopt;
      date.end = i + 5;
    } else if (mark != "/" &&
               (mark != "-" || !is_behind(i, {"ngày", "dịp", "mừng", "lễ"}) || past_words(date.end, "tháng"))) {
      return std::nullopt;
    }
  }
  if (!is_day_of(date.day, date.month)) return std::nullopt;
  if (is(date.end, Kind::kWord) || is(date.end, Kind::kDigits)) return std::nullopt;
  if (is_mark(date.end, "/") && (is(date.end + 1, Kind::kWord) || is(date.end + 1, Kind::kDigits))) return std::nullopt;
  return date;
}

bool Reader::is_meant_as_date(std::size_t i, const Date& date) const {
  if (date.year != 0 || is_lunar(date.end)) return true;
  if (i > 0 && is_mark(i - 1, "/")) return false;
  if (is_behind(i, {"ngày",  "mùng", "mồng", "sáng", "trưa", "chiều", "tối", "đêm", "hôm", "từ",  "đến",  "tới", "hết",
                    "trước", "sau",  "lễ",   "dịp",  "hai",  "ba",    "tư",  "năm", "sáu", "bảy", "nhật", "cn"}))
    return true;
  if (is_behind(i, {"hơn", "gần", "khoảng", "chiếm", "đạt", "quá",  "thiểu", "đa",   "nhất", "được", "có",  "còn",
                    "số",  "nhà", "ngõ",    "ngách", "hẻm", "kiệt", "lô",    "thửa", "lệ",   "tổ",   "tầng"}))
    return false;
  const std::string next = word_at(past_spaces(date.end));
  for (const char* counted :
       {"điểm", "phiếu", "hộ", "người", "câu", "tiêu", "chỉ", "đại", "thành", "đảng", "cán", "diện", "dân", "số"})
    if (next == counted) return false;
  if (past_words(date.end, "tổ dân")) return false;
  constexpr std::array<std::pair<int, int>, 6> kFractions = {{{1, 2}, {1, 3}, {2, 3}, {1, 4}, {3, 4}, {24, 7}}};
  return std::ranges::find(kFractions, std::pair{static_cast<int>(date.day), static_cast<int>(date.month)}) ==
         kFractions.end();
}

bool Reader::is_lunar(std::size_t end) const {
  std::size_t i = past_spaces(end);
  // 28/12 đến 5/1 âm lịch: said once for both.
  const std::string joint = word_at(i);
  if (joint == "đến" || joint == "và" || joint == "tới" || is_dash(i)) {
    const auto other = date_at(past_spaces(past_words(i + 1, "ngày").value_or(i + 1)));
    if (!other) return false;
    i = past_spaces(other->end);
  }
  if (is_mark(i, "(")) i = past_spaces(i + 1);
  const std::string word = word_at(i);
  if (word == "âl" || word == "al" || past_words(i, "âm lịch")) return true;
  const std::string stem = word == "năm" ? word_at(past_spaces(i + 1)) : word;
  return std::ranges::find(kStems, stem) != kStems.end() && (word == "năm" || starts_upper(text(i)));
}

std::string Reader::say_day(std::uint64_t day, bool lunar, DayWord word) {
  if (lunar && day <= 10) return "mùng " + say_number(day);
  return (word == DayWord::kSaid ? "ngày " : "") + say_number(day);
}

Reader::DayWord Reader::day_word(std::size_t i) const {
  return is_behind(i, {"ngày", "mùng", "mồng"}) ? DayWord::kWritten : DayWord::kSaid;
}

std::string Reader::say_date(const Date& date, DayWord word) const {
  const bool lunar = is_lunar(date.end);
  std::string said = say_day(date.day, lunar, word) + " tháng ";
  said += lunar ? say_lunar_month(date.month) : say_month(date.month);
  if (date.year != 0) said += year_of(date.year);
  return said;
}

Reader::Found Reader::date(std::size_t i) const {
  const auto date = date_at(i);
  if (!date || !is_meant_as_date(i, *date)) return std::nullopt;
  std::string said = say_date(*date, day_word(i));
  // “mùng” stands there already.
  if (said.starts_with("mùng ") && is_behind(i, {"mùng", "mồng"})) said.erase(0, std::string_view{"mùng "}.size());
  return Said{date->end, std::move(said), Last::kWhen};
}

Reader::Found Reader::days_to_date(std::size_t i) const {
  const auto first = number(i, 2);
  if (!first || is_glued(i)) return std::nullopt;
  const std::size_t dash = past_spaces(i + 1);
  const std::size_t second = past_spaces(dash + 1);
  if (!is_dash(dash) || !is(second, Kind::kDigits) || number(second, 2).value_or(0) <= *first) return std::nullopt;
  // Read as if it were not glued to its dash.
  const auto until = date_at(second);
  if (!until || !is_day_of(*first, until->month)) return std::nullopt;
  const bool lunar = is_lunar(until->end);
  return Said{until->end, say_day(*first, lunar, day_word(i)) + " đến " + say_date(*until, DayWord::kSaid),
              Last::kWhen};
}

Reader::Found Reader::month_and_year(std::size_t i) const {
  const auto month = number(i, 2);
  const auto year = number(i + 2, 4);
  if (!month || *month < 1 || *month > 12 || (is_glued(i) && text(i - 1) != "T") || !is_mark(i + 1, "/") || !year ||
      text(i + 2).size() != 4 || *year < 1900 || *year > 2199 || is(i + 3, Kind::kWord))
    return std::nullopt;
  if (is_mark(i + 3, "/") && (is(i + 4, Kind::kWord) || is(i + 4, Kind::kDigits))) return std::nullopt;
  if (is_behind(i, {"số", "ngõ", "nhà"})) return std::nullopt;
  if (is_behind(i, {"quý"})) return Said{i + 3, say_number(*month) + year_of(*year), Last::kWhen};
  const bool is_said = is_behind(i, {"tháng"});
  const std::string name = is_lunar(i + 3) ? say_lunar_month(*month) : say_month(*month);
  return Said{i + 3, (is_said ? "" : "tháng ") + name + year_of(*year), Last::kWhen};
}

Reader::Found Reader::month(std::size_t i) const {
  const auto month = number(i, 2);
  if (!month || *month < 1 || *month > 12 || is_glued(i) || !is_behind(i, {"tháng"})) return std::nullopt;
  // 2 tháng 4 ngày is a span of time.
  if (is(before(before(i)), Kind::kDigits) && past_words(i + 1, "ngày")) return std::nullopt;
  if (is_mark(i + 1, ",") && is(i + 2, Kind::kDigits)) return std::nullopt;
  const bool lunar = is_lunar(i + 1) || is_behind(before(i), {"rằm"});
  return Said{i + 1, lunar ? say_lunar_month(*month) : say_month(*month), Last::kWhen};
}

Reader::Found Reader::lunar_day(std::size_t i) const {
  const auto day = number(i, 2);
  if (!day || *day < 1 || *day > 10 || !is_behind(i, {"ngày"})) return std::nullopt;
  const auto month = past_words(i + 1, "tháng");
  if (!month) return std::nullopt;
  const std::size_t name = past_spaces(*month);
  if ((!is(name, Kind::kDigits) && !is(name, Kind::kWord)) || !is_lunar(name + 1)) return std::nullopt;
  return Said{i + 1, "mùng " + say_number(*day), Last::kWhen};
}

Reader::Found Reader::time(std::size_t i) const {
  const auto hour = number(i, 2);
  if (!hour || *hour > 24 || is_glued(i)) return std::nullopt;
  std::string said = say_number(*hour) + " giờ";
  const auto with_minutes = [&](std::size_t place) -> std::optional<std::uint64_t> {
    const auto minutes = number(place, 2);
    if (!minutes || *minutes > 59 || text(place).size() != 2) return std::nullopt;
    return minutes;
  };
  const auto say_minutes = [&](std::uint64_t minutes) {
    if (minutes > 0) said += " " + say_number(minutes) + " phút";
  };
  if (is_mark(i + 1, ":")) {
    const auto minutes = with_minutes(i + 2);
    if (!minutes || is_behind(i, {"lệ", "số"}) || is(i + 3, Kind::kWord)) return std::nullopt;
    say_minutes(*minutes);
    if (!is_mark(i + 3, ":")) return Said{i + 3, std::move(said), Last::kWhen};
    const auto seconds = with_minutes(i + 4);
    if (!seconds) return std::nullopt;
    if (*minutes == 0) said += " không phút";
    return Said{i + 5, said + " " + say_number(*seconds) + " giây", Last::kWhen};
  }
  const std::size_t unit = past_spaces(i + 1);
  const std::string_view letter = text(unit);
  if (letter != "h" && letter != "H" && letter != "g") return std::nullopt;
  const std::size_t place = unit > i + 1 ? past_spaces(unit + 1) : unit + 1;
  const auto minutes = with_minutes(place);
  if (!minutes) {
    // 7g are grams.
    if (letter == "g" || is(unit + 1, Kind::kDigits) || is(unit + 1, Kind::kWord)) return std::nullopt;
    return Said{unit + 1, std::move(said), Last::kWhen};
  }
  say_minutes(*minutes);
  std::size_t end = place + 1;
  if (is_mark(end, "'") || is_mark(end, "’")) ++end;
  const std::size_t word = past_spaces(end);
  for (const char* minute : {"phút", "ph", "p"})
    if (*minutes > 0 && word_at(word) == minute) return Said{word + 1, std::move(said), Last::kWhen};
  if (is(end, Kind::kWord)) return std::nullopt;
  return Said{end, std::move(said), Last::kWhen};
}

Reader::Found Reader::hours_to_time(std::size_t i) const {
  const auto hour = number(i, 2);
  if (!hour || *hour > 24 || is_glued(i) || !is_dash(i + 1)) return std::nullopt;
  const Found until = time(i + 2);
  if (!until) return std::nullopt;
  return Said{until->end, say_number(*hour) + " giờ đến " + until->words, Last::kWhen};
}

Reader::Found Reader::weekday(std::size_t i) const {
  const auto day = number(i, 1);
  if (!day || *day < 2 || *day > 7 || is_glued(i)) return std::nullopt;
  // thứ 2, 4 và 6
  std::size_t place = before(i);
  for (int steps = 0; steps < kLongestList && (is_mark(place, ",") || is_mark(place, "/") || is_dash(place) ||
                                               word_at(place) == "và" || number(place, 1));
       ++steps)
    place = before(place);
  if (word_at(place) != "thứ") return std::nullopt;
  if (is_mark(i + 1, ",") && is(i + 2, Kind::kDigits)) return std::nullopt;
  return Said{i + 1, say_weekday(*day), Last::kWhen};
}

Reader::Found Reader::letter_t(std::size_t i) const {
  if (text(i) != "T" || is_glued(i) || !is(i + 1, Kind::kDigits) || is(i + 2, Kind::kWord)) return std::nullopt;
  if (Found month = month_and_year(i + 1)) return month;
  const auto value = number(i + 1, 2);
  if (!value || *value < 1 || *value > 12) return std::nullopt;
  // There are no more letters for months two to seven: those are weekdays.
  if (*value >= 2 && *value <= 7) return Said{i + 2, "thứ " + say_weekday(*value), Last::kWhen};
  return Said{i + 2, "tháng " + say_month(*value), Last::kWhen};
}

}  // namespace loa::speech
